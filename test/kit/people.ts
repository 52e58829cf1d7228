// People of both contracts by plain fetch, for tests whose subject is not the contract.

export interface WettyPerson {
  readonly uid: number
  readonly username: string
  readonly password: string
  readonly token: string
}
export interface MsgrPerson {
  readonly accountId: string
  readonly profileId: string
  readonly handle: string
  readonly headers: Readonly<Record<string, string>>
}

let made = 0
/** A name nobody else has: 2 to 32 of a-z0-9. */
export const fresh = (stem = 'p'): string =>
  `${stem}${process.pid.toString(36)}${Date.now().toString(36)}${(made++).toString(36)}`

export const post = (url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

const read = async (response: Response): Promise<Record<string, unknown>> => {
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

export const wettyPerson = async (url: string): Promise<WettyPerson> => {
  const credentials = { username: fresh('w'), password: `pass-${crypto.randomUUID()}` }
  const { uid } = await read(await post(`${url}/users/auth/register`, credentials))
  const { token } = await read(await post(`${url}/users/auth/login`, { ...credentials, client_type: 'mobile' }))
  return { uid: uid as number, token: token as string, ...credentials }
}

export const msgrPerson = async (url: string): Promise<MsgrPerson> => {
  const handle = fresh('m')
  const { data } = await read(await post(`${url}/api/users`, { display_name: `Person ${handle}`, handle }))
  const { id, profiles } = data as { id: string; profiles: { id: string }[] }
  const profileId = profiles[0]?.id ?? ''
  return { accountId: id, profileId, handle, headers: { 'x-account-id': id, 'x-profile-id': profileId } }
}

export const bearer = (person: WettyPerson) => ({ authorization: `Bearer ${person.token}` })

/** A wetty group of these people; answers its id. */
export const wettyGroup = async (url: string, owner: WettyPerson, others: readonly WettyPerson[]): Promise<string> => {
  const { id } = await read(await post(`${url}/group`, { name: 'Room' }, bearer(owner)))
  const user_ids = others.map(other => other.uid)
  if (user_ids.length > 0) await read(await post(`${url}/group/${id}/members`, { user_ids }, bearer(owner)))
  return id as string
}

/** All messages of a wetty chat, oldest first. */
export const wettyHistory = async (
  url: string,
  person: WettyPerson,
  chat: string,
): Promise<readonly { id: string; seq: number; message: string }[]> => {
  const all: { id: string; seq: number; message: string }[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor ? `&before=${cursor}` : ''
    const page = await read(await fetch(`${url}/chats/${chat}/messages?max=100${query}`, { headers: bearer(person) }))
    all.push(...(page.messages as typeof all))
    cursor = page.next_cursor as string | null
  } while (cursor)
  return all.reverse()
}
