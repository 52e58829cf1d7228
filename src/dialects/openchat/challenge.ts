// The challenge by which somebody proves that a key is his (OC21 to OC26).
//
// Nothing is kept for strangers: the challenge's id is the sealed challenge itself. That it was used is remembered, once
// somebody answers it, for as long as it would be valid.
import { isSigned as isSignedBy } from '../../base/ed25519.ts'
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
/** 1 to 128 characters, none of them a control character. */
export const isDeviceId = (text: string): boolean => text.length > 0 && [...text].length <= 128 && !/\p{Cc}/u.test(text)

/** What is to be signed (OC22). */
export const payloadOf = ({ space, uid, deviceId, nonce, expiresAt }: Challenge): string =>
  ['openchat-session-v1', space, uid, deviceId, nonce, printTime(expiresAt)].join('\n')

/** Whether the key's owner signed it. */
export const isSigned = (challenge: Challenge, signature: string): boolean =>
  isSignedBy(payloadOf(challenge), signature, challenge.publicKey)

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
