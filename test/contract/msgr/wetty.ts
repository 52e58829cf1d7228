// Somebody at another door of the same server, for what this contract cannot cause itself: blocks, roles, mutes, files.
import type { Target } from '../../kit/target.ts'
import { fresh, type Loose } from './target.ts'

export interface WettyUser {
  readonly uid: number
  readonly username: string
  call(method: string, path: string, body?: unknown): Promise<Loose>
  upload(name: string, mime: string, bytes: string): Promise<string>
  /** What its sockets are opened with. */
  session(): { readonly token: string }
  /** This door's number for somebody. */
  uidOf(handle: string): Promise<number>
}

export const wettyUser = async (target: Target): Promise<WettyUser> => {
  const credentials = { username: fresh('w'), password: `pass-${crypto.randomUUID()}` }
  let token = ''
  const request = async (method: string, path: string, init: RequestInit): Promise<Loose> => {
    const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(init.headers as Record<string, string>) }
    const response = await fetch(target.url + path, { ...init, method, headers })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return text === '' ? null : JSON.parse(text)
  }
  const call = (method: string, path: string, body?: unknown): Promise<Loose> =>
    request(method, path, {
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const { uid } = await call('POST', '/users/auth/register', credentials)
  token = (await call('POST', '/users/auth/login', { ...credentials, client_type: 'mobile' })).token
  return {
    uid,
    username: credentials.username,
    call,
    session: () => ({ token }),
    async upload(name, mime, bytes) {
      const path = `/fserv/upload?filename=${encodeURIComponent(name)}&content_type=${encodeURIComponent(mime)}`
      const sent = { headers: { 'content-type': 'application/octet-stream' }, body: bytes }
      return (await request('POST', path, sent)).fid
    },
    async uidOf(handle) {
      const { users } = await call('GET', `/users/search?q=${encodeURIComponent(handle)}`)
      return users.find((user: { username: string }) => user.username === handle).uid
    },
  }
}
