// Secrets at rest: digests of tokens, bcrypt for passwords, HMAC for signed links, comparison in constant time.
import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto'

/**
 * SHA-256 of a high-entropy secret (a token, a capability), as unpadded base64url: what is stored in its place.
 * Looking a token up by this digest tells an attacker nothing by its timing, so no second comparison is needed.
 */
export const digest = (secret: string): string => new Bun.CryptoHasher('sha256').update(secret).digest('base64url')

/** Whether two strings are equal, in time that depends on their length only. */
export const equalSecrets = (a: string, b: string): boolean => {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/** HMAC-SHA-256 of `text` as unpadded base64url. */
export const sign = (key: string, text: string): string => createHmac('sha256', key).update(text).digest('base64url')

/** Turns passwords into bcrypt hashes and checks them, off the event loop. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** Whether the password fits; with `null` (nobody by that name) it works as long and answers false. */
  verify(password: string, hash: string | null): Promise<boolean>
}

// bcrypt stops at 72 bytes and at a NUL; a digest of the whole password does neither (CA25, UM19).
const wholePassword = (password: string): string => new Bun.CryptoHasher('sha256').update(password).digest('base64')

/** bcrypt at `cost` (4 to 31; 12 takes about a quarter of a second). */
export const passwordHasher = (cost: number): PasswordHasher => {
  const hash = (password: string) => Bun.password.hash(wholePassword(password), { algorithm: 'bcrypt', cost })
  let nobody: Promise<string> | undefined
  return {
    hash,
    async verify(password, stored) {
      nobody ??= hash('nobody has this password')
      const fits = await Bun.password.verify(wholePassword(password), stored ?? (await nobody))
      return fits && stored !== null
    },
  }
}

/** SHA-256 of these parts, one after the other, as lower-case hex. */
export const sha256 = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** A stream as it is, and the SHA-256 (lower-case hex) of what of it has been read; to be asked for once, at the end. */
export const digested = (
  bytes: AsyncIterable<Uint8Array>,
): { readonly bytes: AsyncIterable<Uint8Array>; digest(): string } => {
  const hash = createHash('sha256')
  async function* passed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      hash.update(chunk)
      yield chunk
    }
  }
  return { bytes: passed(), digest: () => hash.digest('hex') }
}

/** Turns 16 bytes into 16 others and back, under a key: what is one to one, and looks like chance to who has no key. */
export interface BlockCipher {
  /** 32 hex digits in, 32 out. */
  encipher(hex: string): string
  decipher(hex: string): string
}

/** AES-128 on single blocks, its key from a secret. For names, never for texts: equal blocks come out equal. */
export const blockCipher = (secret: string): BlockCipher => {
  const key = Buffer.from(sha256(secret), 'hex').subarray(0, 16)
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
  return {
    encipher: hex => createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(bytes(hex)).toString('hex'),
    decipher: hex =>
      createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(bytes(hex)).toString('hex'),
  }
}
