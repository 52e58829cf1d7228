// Identifiers: UUIDs in and out, and the random alphabets secrets are made of.

/** A time-ordered UUIDv7, lower case; monotonic within this process. */
export const newId = (): string => Bun.randomUUIDv7()

/** The lowest id that `newId` can have made at a time (milliseconds since 1970) or later. */
export const firstIdAt = (time: number): string => {
  const hex = Math.max(0, time).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

/** A random UUIDv4 from the CSPRNG, lower case. For ids that must not tell when they were made. */
export const newRandomId = (): string => crypto.randomUUID()

/** The UUID that names nobody. */
export const NIL_ID = '00000000-0000-0000-0000-000000000000'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** The canonical (lower case) spelling of a UUID in any letter case, or null for anything else. */
export const parseUuid = (value: unknown): string | null =>
  typeof value === 'string' && UUID.test(value) ? value.toLowerCase() : null

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** `length` random characters of `[0-9A-Za-z]` from the CSPRNG, without modulo bias (5.95 bits each). */
export const randomAlphanumeric = (length: number): string => {
  let out = ''
  while (out.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte < 248 && out.length < length) out += BASE62[byte % 62]
    }
  }
  return out
}

/** `bytes` random bytes from the CSPRNG as unpadded base64url. */
export const randomToken = (bytes = 32): string =>
  Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('base64url')
