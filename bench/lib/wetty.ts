// The smallest wetty client that a load needs: people with tokens, a group, sends, and sockets that count.

export interface Person {
  readonly uid: number
  readonly name: string
  readonly token: string
}

/** Everybody's here. */
export const password = 'a long password'

export const post = async (url: string, body: unknown, token?: string): Promise<Record<string, unknown>> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

let made = 0

/** A new account, logged in. */
const makePerson = async (url: string): Promise<Person> => {
  const name = `bench${process.pid}x${made++}`
  const credentials = { username: name, password }
  const { uid } = await post(`${url}/users/auth/register`, credentials)
  const { token } = await post(`${url}/users/auth/login`, { ...credentials, client_type: 'mobile' })
  return { uid: uid as number, name, token: token as string }
}

/** People made a few at a time, as the server hashes a password for each. */
export const makePeople = async (url: string, count: number): Promise<Person[]> => {
  const people: Person[] = []
  while (people.length < count) {
    const batch = Math.min(50, count - people.length)
    people.push(...(await Promise.all(Array.from({ length: batch }, () => makePerson(url)))))
  }
  return people
}

/** A group of the owner's with everybody in it; answers its id. */
export const makeGroup = async (
  url: string,
  owner: Person,
  others: readonly Pick<Person, 'uid'>[],
): Promise<string> => {
  const { id } = await post(`${url}/group`, { name: 'bench', category: 'large' }, owner.token)
  for (let i = 0; i < others.length; i += 100) {
    const user_ids = others.slice(i, i + 100).map(p => p.uid)
    await post(`${url}/group/${id}/members`, { user_ids }, owner.token)
  }
  return id as string
}

export const send = (url: string, chat: string, token: string, text: string): Promise<unknown> =>
  post(`${url}/chats/${chat}/messages`, { message: text, message_type: 'text' }, token)

export const openSocket = (url: string, person: Person, onFrame: (frame: string) => void): Promise<WebSocket> => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/chats?uid=${person.uid}&token=${person.token}`)
  socket.onmessage = event => onFrame(event.data as string)
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve(socket)
    socket.onerror = () => reject(new Error('socket refused'))
  })
}
