// The HTTP half as tests call it: any method, any body, and what came back.
import { expect } from 'bun:test'
import { type Answer, readAnswer } from '../../kit/http.ts'
import type { Target } from '../../kit/target.ts'
import { fresh, type Login } from './people.ts'

export type { Answer } from '../../kit/http.ts'

export interface CallOptions {
  readonly query?: Readonly<Record<string, string>>
  readonly json?: unknown
  readonly form?: Readonly<Record<string, string>>
  /** Sent as it is. */
  readonly body?: BodyInit
  readonly headers?: Readonly<Record<string, string>>
}

const bodyOf = ({ json, form, body }: CallOptions): { readonly body?: BodyInit; readonly type?: string } => {
  if (json !== undefined) return { body: JSON.stringify(json), type: 'application/json' }
  if (form) return { body: new URLSearchParams(form).toString(), type: 'application/x-www-form-urlencoded' }
  return body === undefined ? {} : { body }
}

export const request = (target: Target, method: string, path: string, options: CallOptions = {}): Promise<Response> => {
  const { body, type } = bodyOf(options)
  const query = options.query ? `?${new URLSearchParams(options.query)}` : ''
  const headers = { ...(type && { 'content-type': type }), ...options.headers }
  return fetch(target.url + path + query, { method, headers, ...(body !== undefined && { body }) })
}

export const call = async (target: Target, method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
  readAnswer(await request(target, method, path, options))

/** Every refusal says its words twice. */
export const refusal = (status: number, words: string): object => ({ status, body: { error: words, message: words } })

export const said = ({ status, body }: Answer): object => ({ status, body })

export const bearer = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` })
export const accessOf = ({ sessionID, token }: Pick<Login, 'sessionID' | 'token'>): string => `${sessionID}.${token}`

export const PASSWORD = 'correct horse battery'

/** Somebody without a session. */
export const register = async (target: Target, username = fresh('r')): Promise<string> => {
  const answer = await call(target, 'POST', '/register', { json: { username, password: PASSWORD } })
  expect(answer.status).toBe(201)
  return username
}

export const logIn = async (target: Target, username: string): Promise<Login> => {
  const answer = await call(target, 'POST', '/login', { json: { username, password: PASSWORD } })
  expect(answer.status).toBe(200)
  return answer.body
}

/** Whether both secrets of a login still open. Asking is activity. */
export const opens = async (target: Target, login: Login): Promise<boolean> => {
  const { status } = await call(target, 'GET', '/user', { headers: bearer(accessOf(login)) })
  return status === 200
}
