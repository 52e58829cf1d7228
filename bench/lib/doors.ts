// How a person of each contract comes into a room and listens there: the smallest clients that a load needs.
import { logIn, openchatSocket } from './openchat.ts'
import { makePeople, openSocket, type Person, password, post } from './wetty.ts'

/** Somebody to be put into a group by number, who then opens a socket there. */
export interface Listener {
  readonly person: Pick<Person, 'uid'>
  /** Resolves when the socket hears all that is said in the group from then on. */
  listen(url: string, onFrame: (frame: string) => void): Promise<WebSocket>
}

/** People of one contract, on a server. */
export type Door = (url: string, count: number) => Promise<readonly Listener[]>

const opened = (socket: WebSocket, onFrame: (frame: string) => void, isReady?: (frame: string) => boolean) =>
  new Promise<WebSocket>((resolve, reject) => {
    socket.onerror = () => reject(new Error('socket refused'))
    if (!isReady) socket.onopen = () => resolve(socket)
    socket.onmessage = event => {
      const frame = event.data as string
      // Engine.IO asks now and then whether anybody is there.
      if (frame === '2') socket.send('3')
      else if (frame.startsWith('0{')) socket.send('40')
      else if (isReady?.(frame)) resolve(socket)
      else onFrame(frame)
    }
  })

const wetty: Door = async (url, count) =>
  (await makePeople(url, count)).map(person => ({ person, listen: (at, onFrame) => openSocket(at, person, onFrame) }))

const umoc: Door = async (url, count) =>
  (await makePeople(url, count)).map(person => ({
    person,
    async listen(at, onFrame) {
      const { sessionID, token } = await post(`${at}/login`, { username: person.name, password })
      const query = `EIO=4&transport=websocket&sessionID=${sessionID}&token=${token}`
      const socket = new WebSocket(`${at.replace('http', 'ws')}/socket.io/?${query}`)
      return opened(socket, onFrame, frame => frame.startsWith('42["connection_successful"'))
    },
  }))

const chatapp: Door = async (url, count) =>
  (await makePeople(url, count)).map(person => ({
    person,
    async listen(at, onFrame) {
      const { access_token } = await post(`${at}/api/auth/login`, { username: person.name, password })
      return opened(new WebSocket(`${at.replace('http', 'ws')}/api/ws/${person.name}?token=${access_token}`), onFrame)
    },
  }))

const openchat: Door = async (url, count) =>
  (await makePeople(url, count)).map(person => ({
    person,
    async listen(at, onFrame) {
      const socket = openchatSocket(at, await logIn(at, person))
      return opened(socket, onFrame, frame => frame.includes('"chat.hello"'))
    },
  }))

interface Account {
  readonly id: string
  readonly handle: string
  readonly profiles: readonly { readonly id: string }[]
}

const msgr: Door = async (url, count) => {
  const [finder] = await makePeople(url, 1)
  const made: Listener[] = []
  for (let i = 0; i < count; i++) {
    const { data } = await post(`${url}/api/users`, { display_name: `Bench ${i}`, handle: `m${process.pid}x${i}` })
    const { id, handle, profiles } = data as Account
    const found = await fetch(`${url}/users/search?q=${handle}`, {
      headers: { authorization: `Bearer ${finder?.token}` },
    })
    const { users } = (await found.json()) as { users: readonly { uid: number; username: string }[] }
    const uid = users.find(user => user.username === handle)?.uid
    if (uid === undefined) throw new Error(`${handle} is not found`)
    const identity = { account_id: id, profile_id: profiles[0]?.id }
    made.push({
      person: { uid },
      async listen(at, onFrame) {
        const headers = { 'x-account-id': id, 'x-profile-id': profiles[0]?.id ?? '' }
        const listed = await (await fetch(`${at}/api/conversations`, { headers })).json()
        const topic = `conversation:${(listed as { data: readonly { id: string }[] }).data[0]?.id}`
        const socket = new WebSocket(`${at.replace('http', 'ws')}/socket/websocket?vsn=2.0.0`)
        const ready = opened(socket, onFrame, frame => frame.includes('phx_reply'))
        socket.onopen = () => socket.send(JSON.stringify(['1', '1', topic, 'phx_join', identity]))
        return ready
      },
    })
  }
  return made
}

export const doors = { wetty, umoc, chatapp, msgr, openchat } as const satisfies Readonly<Record<string, Door>>
