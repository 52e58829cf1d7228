// How a client of this contract reaches the server under test, by plain fetch.
import type { Target } from '../../kit/target.ts'
import { judgeAnswer } from './described.ts'

// biome-ignore lint/suspicious/noExplicitAny: what a server answers is looked into, not relied upon
export type Loose = any

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON, else the text; null when empty. */
  readonly body: Loose
}

/** What is sent beside method and path. `json` is printed; `raw` goes as it is, with the headers given. */
export interface Sent {
  readonly json?: unknown
  readonly raw?: BodyInit
  readonly headers?: Readonly<Record<string, string>>
}

export const call = async (target: Target, method: string, path: string, sent: Sent = {}): Promise<Answer> => {
  const json: Record<string, string> = sent.json === undefined ? {} : { 'content-type': 'application/json' }
  const body = sent.raw ?? (sent.json === undefined ? null : JSON.stringify(sent.json))
  const headers = { ...json, ...sent.headers }
  const response = await fetch(target.url + path, { method, headers, body, redirect: 'manual' })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
  const parsed = text === '' ? null : isJson ? JSON.parse(text) : text
  if (isJson || response.status < 300) judgeAnswer(method, response.url, response.status, parsed)
  return { status: response.status, headers: response.headers, body: parsed }
}

/** `403 muted`; the status alone where it is no refusal. */
export const said = ({ status, body }: Answer): string => (status < 400 ? `${status}` : `${status} ${body?.code}`)

/** As `said`, with the fields that a 400 names. */
export const blamed = (answer: Answer): string => `${said(answer)}: ${answer.body?.details?.fields}`

let made = 0
/** A name nobody else has. */
export const fresh = (stem = 'o'): string =>
  `${stem}${process.pid.toString(36)}${Date.now().toString(36)}${(made++).toString(36)}`

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
