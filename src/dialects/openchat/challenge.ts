// The challenge by which somebody proves that a key is his (OC21 to OC26).
//
// Nothing is kept for strangers: the challenge's id is the sealed challenge itself. That it was used is remembered, once
// somebody answers it, for as long as it would be valid.
import { createPublicKey, verify } from 'node:crypto'
import { randomToken } from '../../base/id.ts'
import { equalSecrets, sign } from '../../base/secret.ts'
import type { Core, SpaceId, Time } from '../../core/index.ts'
import { printTime } from './ids.ts'
import { CHALLENGE_MS } from './settings.ts'

export interface Challenge {
  readonly space: SpaceId
  readonly uid: string
  readonly deviceId: string
  readonly publicKey: string
  readonly nonce: string
  readonly expiresAt: Time
}

const NONCE_BYTES = 32
const KEY = /^[A-Za-z0-9_-]{43}$/
const SIGNATURE = /^[A-Za-z0-9_-]{86}$/

/** SubjectPublicKeyInfo of Ed25519 up to the key itself. */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

/** The points of small order: whoever knows them could sign as anybody (OC24). The last bit is the sign of x. */
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

/** Whether a text is a public key: 43 characters of base64url that stand for 32 bytes, and no weak point. */
export const isPublicKey = (text: string): boolean => {
  if (!KEY.test(text)) return false
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length === 32 && bytes.toString('base64url') === text && !isSmallOrder(bytes)
}

/** Whether a text is in the form of a signature. */
export const isSignature = (text: string): boolean =>
  SIGNATURE.test(text) && Buffer.from(text, 'base64url').toString('base64url') === text

/** 1 to 128 characters, none of them a control character. */
export const isDeviceId = (text: string): boolean => text.length > 0 && [...text].length <= 128 && !/\p{Cc}/u.test(text)

/** What is to be signed (OC22). */
export const payloadOf = ({ space, uid, deviceId, nonce, expiresAt }: Challenge): string =>
  ['openchat-session-v1', space, uid, deviceId, nonce, printTime(expiresAt)].join('\n')

/** Whether the key's owner signed it. */
export const isSigned = (challenge: Challenge, signature: string): boolean => {
  const raw = Buffer.from(challenge.publicKey, 'base64url')
  try {
    const key = createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' })
    return verify(null, Buffer.from(payloadOf(challenge)), key, Buffer.from(signature, 'base64url'))
  } catch {
    // Not a point of the curve.
    return false
  }
}

export interface Challenges {
  make(wish: Pick<Challenge, 'space' | 'uid' | 'deviceId' | 'publicKey'>): {
    readonly id: string
    readonly challenge: Challenge
  }
  /** The challenge behind an id that this server made; null for any other text, and past its time. */
  read(id: string): Challenge | null
  /** Whether this is its first well-formed attempt. */
  attempt(id: string, challenge: Challenge): Promise<boolean>
}

type Fields = readonly [space: SpaceId, uid: string, device: string, key: string, nonce: string, expires: Time]

/** Without names: so an id has at most 1024 characters. */
const printFields = ({ space, uid, deviceId, publicKey, nonce, expiresAt }: Challenge): string =>
  JSON.stringify([space, uid, deviceId, publicKey, nonce, expiresAt] satisfies Fields)

/** Of what `printFields` made: the seal has been checked. */
const parseFields = (text: string): Challenge => {
  const [space, uid, deviceId, publicKey, nonce, expiresAt]: Fields = JSON.parse(text)
  return { space, uid, deviceId, publicKey, nonce, expiresAt }
}

export const createChallenges = (core: Pick<Core, 'keyFor' | 'once'>, now: () => Time): Challenges => {
  const key = core.keyFor('openchat challenge')
  const seal = (text: string): string => sign(key, text)
  return {
    make(wish) {
      const challenge: Challenge = { ...wish, nonce: randomToken(NONCE_BYTES), expiresAt: now() + CHALLENGE_MS }
      const fields = Buffer.from(printFields(challenge)).toString('base64url')
      return { id: `${fields}.${seal(fields)}`, challenge }
    },
    read(id) {
      const [fields = '', mac = '', more] = id.split('.')
      if (more !== undefined || !equalSecrets(mac, seal(fields))) return null
      const challenge = parseFields(Buffer.from(fields, 'base64url').toString())
      return challenge.expiresAt > now() ? challenge : null
    },
    attempt: (id, { expiresAt }) => core.once(`challenge ${id}`, expiresAt),
  }
}
