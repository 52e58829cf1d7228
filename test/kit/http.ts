// How tests of a contract ask: by plain fetch, with a bearer token where there is one, and what came back.
import type { Target } from './target.ts'

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

export const readAnswer = async (response: Response): Promise<Answer> => {
  const { status, headers } = response
  const text = await response.text()
  const isJson = headers.get('content-type')?.startsWith('application/json') ?? false
  return { status, headers, body: text === '' ? null : isJson ? JSON.parse(text) : text }
}

/** Redirects are answers. */
export const call = async (target: Target, method: string, path: string, sent: Sent = {}): Promise<Answer> => {
  const json: Record<string, string> = sent.json === undefined ? {} : { 'content-type': 'application/json' }
  const body = sent.raw ?? (sent.json === undefined ? null : JSON.stringify(sent.json))
  const headers = { ...json, ...sent.headers }
  return readAnswer(await fetch(target.url + path, { method, headers, body, redirect: 'manual' }))
}

const handshake = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** The answer to an upgrade; 101 where it is granted. */
export const upgrade = async (
  target: Target,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => {
  const response = await fetch(target.url + path, { headers: { ...handshake, ...headers } })
  return response.status === 101 ? { status: 101, headers: response.headers, body: null } : readAnswer(response)
}

/** Somebody who shows a bearer token with whatever he asks. */
export abstract class Caller {
  readonly target: Target
  abstract readonly token: string

  constructor(target: Target) {
    this.target = target
  }

  get bearer(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.token}` }
  }

  protected ask(method: string, path: string, sent: Sent): Promise<Answer> {
    return call(this.target, method, path, sent)
  }
  protected isSuccess(status: number): boolean {
    return status < 300
  }

  call(method: string, path: string, json?: unknown, sent: Sent = {}): Promise<Answer> {
    const headers = { ...this.bearer, ...sent.headers }
    return this.ask(method, path, { ...sent, headers, ...(json !== undefined && { json }) })
  }
  get(path: string): Promise<Answer> {
    return this.call('GET', path)
  }
  post(path: string, json?: unknown): Promise<Answer> {
    return this.call('POST', path, json)
  }
  put(path: string, json?: unknown): Promise<Answer> {
    return this.call('PUT', path, json)
  }
  patch(path: string, json?: unknown): Promise<Answer> {
    return this.call('PATCH', path, json)
  }
  delete(path: string): Promise<Answer> {
    return this.call('DELETE', path)
  }

  /** What a successful call answers. */
  async must(method: string, path: string, json?: unknown): Promise<Loose> {
    const { status, body } = await this.call(method, path, json)
    if (!this.isSuccess(status)) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(body)}`)
    return body
  }
}
