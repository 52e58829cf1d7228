// The smallest openchat client that a load needs: sessions, sends and sockets.
import { type Person, password, post } from './wetty.ts'

/** A session of somebody who registered at another contract; answers its token. */
export const logIn = async (url: string, { name }: Pick<Person, 'name'>): Promise<string> => {
  const { token } = await post(`${url}/v1/sessions/password`, { username: name, password, device_id: 'bench' })
  return token as string
}

/** Sessions of them all, in their order. */
export const logAllIn = async (url: string, people: readonly Person[]): Promise<readonly string[]> => {
  const tokens: string[] = []
  for (let i = 0; i < people.length; i += 50) {
    tokens.push(...(await Promise.all(people.slice(i, i + 50).map(person => logIn(url, person)))))
  }
  return tokens
}

/** What Bun's sockets can beside those of a browser. */
export interface Droppable extends WebSocket {
  /** Cuts the connection without a word. */
  terminate(): void
}

/** `resumeToken`: to go on from there. */
export const openchatSocket = (url: string, token: string, resumeToken?: string): Droppable => {
  const query = resumeToken === undefined ? '' : `?resume_token=${resumeToken}`
  return new WebSocket(`${url.replace('http', 'ws')}/v1/realtime${query}`, `openchat.session.${token}`) as Droppable
}

/** The one group somebody is in. */
export const onlyGroup = async (url: string, token: string): Promise<string> => {
  const response = await fetch(`${url}/v1/chats`, { headers: { authorization: `Bearer ${token}` } })
  const { chats } = (await response.json()) as { chats: readonly { channel: { id: string; kind: string } }[] }
  const group = chats.find(({ channel }) => channel.kind === 'group')
  if (!group) throw new Error('there is no group')
  return group.channel.id
}

/** Sends a message; answers its seq in the channel. */
export const say = async (url: string, channel: string, token: string, body: string): Promise<number> => {
  const { message } = await post(`${url}/v1/channels/${channel}/messages`, { body }, token)
  return (message as { readonly seq: number }).seq
}
