// How a client of this contract reaches the server under test, by plain fetch.
import { type Answer, call as ask, type Sent } from '../../kit/http.ts'
import type { Target } from '../../kit/target.ts'
import { judgeAnswer } from './described.ts'

export type { Answer, Loose, Sent } from '../../kit/http.ts'
export { fresh } from '../../kit/people.ts'

/** Rejects where the answer is not as it is described. */
export const call = async (target: Target, method: string, path: string, sent: Sent = {}): Promise<Answer> => {
  const answer = await ask(target, method, path, sent)
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false
  if (isJson || answer.status < 300) judgeAnswer(method, target.url + path, answer.status, answer.body)
  return answer
}

/** `403 muted`; the status alone where it is no refusal. */
export const said = ({ status, body }: Answer): string => (status < 400 ? `${status}` : `${status} ${body?.code}`)

/** As `said`, with the fields that a 400 names. */
export const blamed = (answer: Answer): string => `${said(answer)}: ${answer.body?.details?.fields}`

export const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const UID = /^uid_[0-9a-f]{32}$/
export const TOKEN = /^[A-Za-z0-9_-]{43}$/
/** Well-formed, and nobody's. */
export const NO_ID = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
export const NO_UID = 'uid_00000000000000000000000000000000'

/** The id of the home server. */
export const homeOf = async (target: Target): Promise<string> =>
  (await call(target, 'GET', '/client/capabilities')).body.server_id
