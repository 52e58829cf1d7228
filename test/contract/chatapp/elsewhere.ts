// The same people at another door, for what this contract cannot cause itself: groups, roles, mutes, blocks, edits, files.
import { call, type Loose, PASSWORD, type Person } from './target.ts'

export interface Elsewhere {
  readonly uid: number
  /** Its push socket's token. */
  readonly token: string
  /** What a successful call answers. */
  call(method: string, path: string, json?: unknown): Promise<Loose>
  upload(name: string, mime: string, bytes: string): Promise<string>
  /** A private group of these people; answers its id there. */
  group(name: string, others?: readonly Elsewhere[], keys?: object): Promise<string>
  befriend(other: Elsewhere): Promise<void>
}

/** wetty, with the same username and password. */
export const atWetty = async ({ target, username }: Pick<Person, 'target' | 'username'>): Promise<Elsewhere> => {
  const json = { username, password: PASSWORD, client_type: 'mobile' }
  const { token, uid } = (await call(target, 'POST', '/users/auth/login', { json })).body
  const headers = { authorization: `Bearer ${token}` }
  const must = (path: string, { status, body }: { status: number; body: Loose }): Loose => {
    if (status >= 300) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
    return body
  }
  const own: Elsewhere['call'] = async (method, path, body) =>
    must(path, await call(target, method, path, { headers, ...(body !== undefined && { json: body }) }))
  return {
    uid,
    token,
    call: own,
    async upload(name, mime, bytes) {
      const path = `/fserv/upload?filename=${encodeURIComponent(name)}&content_type=${encodeURIComponent(mime)}`
      const type = { 'content-type': 'application/octet-stream' }
      return must(path, await call(target, 'POST', path, { raw: bytes, headers: { ...headers, ...type } })).fid
    },
    async group(name, others = [], keys = {}) {
      const { id } = await own('POST', '/group', { name, ...keys })
      if (others.length > 0) await own('POST', `/group/${id}/members`, { user_ids: others.map(other => other.uid) })
      return id
    },
    async befriend(other) {
      await own('POST', '/friend/apply', { target_user_id: other.uid })
      await other.call('POST', '/friend/accept', { target_user_id: uid })
    },
  }
}
