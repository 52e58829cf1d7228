// JSON Web Tokens with one algorithm, HS256: signed and read back, free of what their claims mean.
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'

export type Claims = JWTPayload

export interface JwtCodec {
  /** Claims as they are; `iat` and `exp` are whole seconds since 1970. */
  sign(claims: Claims): Promise<string>
  /**
   * The claims of a token that this key signed and that has not expired at `now` (milliseconds); null for any other,
   * and where one of `required` is missing. The token's own word for its algorithm is never believed.
   */
  read(token: string, now: number, required: readonly string[]): Promise<Claims | null>
}

const ALGORITHM = 'HS256'

/** `key` is asked for once, when it is first needed. */
export const hs256 = (key: () => Uint8Array<ArrayBuffer>): JwtCodec => {
  let importing: Promise<CryptoKey> | null = null
  const imported = (): Promise<CryptoKey> => {
    importing ??= crypto.subtle.importKey('raw', key(), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
    return importing
  }
  return {
    sign: async claims => new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' }).sign(await imported()),

    async read(token, now, required) {
      const signed = await imported()
      try {
        const options = { algorithms: [ALGORITHM], currentDate: new Date(now), requiredClaims: [...required] }
        return (await jwtVerify(token, signed, options)).payload
      } catch (error) {
        if (error instanceof errors.JOSEError) return null
        throw error
      }
    },
  }
}
