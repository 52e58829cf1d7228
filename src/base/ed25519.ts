// Ed25519 public keys and signatures, in base64url without padding.
import { createPublicKey, verify } from 'node:crypto'

const KEY = /^[A-Za-z0-9_-]{43}$/
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/

/** SubjectPublicKeyInfo of a key, up to the key itself. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** The points of small order, without the sign of x: signatures that fit them can be made by anybody. */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

const isSmallOrder = (key: Buffer): boolean => {
  const unsigned = Buffer.from(key)
  unsigned[31] = (unsigned[31] ?? 0) & 0x7f
  return SMALL_ORDER.has(unsigned.toString('hex'))
}

const isCanonical = (text: string): boolean => Buffer.from(text, 'base64url').toString('base64url') === text

/** Whether a text is a public key: 43 characters that stand for 32 bytes, and no point of small order. */
export const isPublicKey = (text: string): boolean =>
  KEY.test(text) && isCanonical(text) && !isSmallOrder(Buffer.from(text, 'base64url'))

/** Whether a text has the form of a signature: 86 characters that stand for 64 bytes. */
export const isSignature = (text: string): boolean => SIGNATURE.test(text) && isCanonical(text)

/** Whether the owner of the key signed the UTF-8 bytes of `text` (pure Ed25519). False for keys that are no point of the curve. */
export const isSigned = (text: string, signature: string, publicKey: string): boolean => {
  try {
    const der = Buffer.concat([SPKI, Buffer.from(publicKey, 'base64url')])
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}
