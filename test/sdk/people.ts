// People of a test, each with a client of their own.
import { type ClientOptions, createKey, type Live, OpenChat } from '../../clients/sdk/src/index.ts'
import { fresh } from '../kit/people.ts'

export { fresh } from '../kit/people.ts'

export const PASSWORD = 'correct horse'

/** Somebody with a name and a password. */
export const registered = async (url: string, options: ClientOptions = {}): Promise<OpenChat> => {
  const client = await OpenChat.open(url, options)
  await client.register({ username: fresh('p'), password: PASSWORD })
  return client
}

/** Somebody with a key. */
export const keyed = async (url: string): Promise<OpenChat> => {
  const client = await OpenChat.open(url)
  await client.enter(await createKey())
  return client
}

export const generalOf = async (client: OpenChat): Promise<string> => {
  const [channel] = await client.channels()
  if (!channel) throw new Error('the server has no channel')
  return channel.id
}

/** The bodies of all messages that come, in order. */
export const bodiesOf = (live: Live): string[] => {
  const bodies: string[] = []
  live.on('chat.message.created', ({ message }) => void bodies.push(message.body))
  return bodies
}
