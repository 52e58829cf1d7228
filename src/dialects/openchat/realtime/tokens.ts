// Resume tokens: a position in the log with the time it was given, sealed (OC122, OC124).
import { equalSecrets, sign } from '../../../base/secret.ts'
import type { Mark, Time } from '../../../core/index.ts'
import { RESUME } from '../settings.ts'

export interface ResumeTokens {
  print(mark: Mark): string
  /** The position; or why there is none to go on from. */
  read(token: string): { readonly mark: Mark } | { readonly reason: 'unknown_token' | 'expired' }
}

const MAC_CHARS = 16
const FORM = /^[A-Za-z0-9_.~-]{1,256}$/
/** The time is kept to so many milliseconds: a token of the same place is then mostly the same text. */
const STEP = 60_000
/** Tokens remembered within a step: when thousands resume at once, they are all told of the same places. */
const REMEMBERED = 10_000

export const createResumeTokens = (key: string, now: () => Time): ResumeTokens => {
  const mac = (place: string): string => sign(key, place).slice(0, MAC_CHARS)
  const remembered = new Map<Mark, string>()
  let step = 0
  return {
    print(mark) {
      const time = Math.ceil(now() / STEP)
      if (time !== step) remembered.clear()
      step = time
      const known = remembered.get(mark)
      if (known !== undefined) return known
      if (remembered.size >= REMEMBERED) remembered.clear()
      const place = `${mark}~${time.toString(36)}`
      const token = `${place}~${mac(place)}`
      remembered.set(mark, token)
      return token
    },
    read(token) {
      const [mark = '', time = '', given = '', more] = token.split('~')
      const sealed = FORM.test(token) && more === undefined && equalSecrets(given, mac(`${mark}~${time}`))
      if (!sealed) return { reason: 'unknown_token' }
      return Number.parseInt(time, 36) * STEP + RESUME.windowMs <= now() ? { reason: 'expired' } : { mark }
    },
  }
}
