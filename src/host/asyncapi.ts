// What goes over a dialect's sockets, as an AsyncAPI 3.0 document. The same endpoints and messages always give the same text.
import { exampleOf } from '../base/schema.ts'
import type { Dialect, Endpoint, LiveMessage } from './dialect.ts'
import { Components, type Json, type JsonObject, parametersIn, templateOf, told } from './document.ts'

const DESCRIPTION =
  'As the server sees it: it sends what clients hear, and receives what they write. `x-rules` names the rules of the contract.'

/** Where a server is, its operator knows. */
const HOST = { host: '{host}', variables: { host: { default: 'localhost:8080' } } }

/** A channel: one address, over one family of protocols. */
interface Channel {
  readonly key: string
  readonly address: string
  readonly transport: 'ws' | 'http'
  readonly endpoint: Endpoint
}

const ref = (...path: readonly string[]): JsonObject => ({ $ref: `#/${path.join('/')}` })

const channelsOf = (endpoints: readonly Endpoint[]): readonly Channel[] =>
  told(endpoints).flatMap(endpoint => {
    const socket: Channel = { key: endpoint.name, address: endpoint.path, transport: 'ws', endpoint }
    return endpoint.polling === undefined
      ? [socket]
      : [socket, { key: `${endpoint.name}-polling`, address: endpoint.polling, transport: 'http', endpoint }]
  })

/** The servers of a transport, by name: in the clear and encrypted, and both once more under the dialect's alias. */
const serversOf = (
  transport: Channel['transport'],
  alias: string | undefined,
): Readonly<Record<string, JsonObject>> => {
  const servers: Record<string, JsonObject> = {}
  for (const protocol of [transport, `${transport}s`]) {
    servers[protocol] = { ...HOST, protocol }
    if (alias !== undefined) servers[`${protocol}-alias`] = { ...HOST, protocol, pathname: alias }
  }
  return servers
}

/** Keys of the document by message: its name without what a key may not hold, and its direction where both have one. */
const keysOf = (messages: readonly LiveMessage[]): ReadonlyMap<LiveMessage, string> => {
  const plain = (name: string) => name.replaceAll(/[^\w-]+/g, '.')
  const uses = Map.groupBy(messages, ({ name }) => plain(name))
  const keys = new Map<LiveMessage, string>()
  for (const [key, sharing] of uses) {
    for (const message of sharing) keys.set(message, sharing.length === 1 ? key : `${key}.${message.direction}`)
  }
  if (new Set(keys.values()).size < messages.length) {
    const twice = [...uses.values()].find(sharing => new Set(sharing.map(m => m.direction)).size < sharing.length)
    throw new Error(`two messages of one direction are named ${twice?.[0]?.name}`)
  }
  return keys
}

const rulesOf = (rules: readonly string[]): JsonObject => (rules.length > 0 ? { 'x-rules': [...rules] } : {})

const messageOf = ({ name, summary, rules, schema }: LiveMessage, components: Components): JsonObject => ({
  name,
  summary,
  contentType: 'application/json',
  ...rulesOf(rules),
  payload: components.place(schema),
  examples: [{ payload: exampleOf(schema) as Json }],
})

const channelOf = (
  { address, transport, endpoint }: Channel,
  dialect: Dialect,
  keys: readonly string[],
): JsonObject => ({
  address: templateOf(address),
  summary:
    transport === 'ws'
      ? endpoint.summary
      : `The same over plain HTTP, as the OpenAPI document tells. ${endpoint.summary}`,
  servers: Object.keys(serversOf(transport, dialect.alias)).map(name => ref('servers', name)),
  parameters: Object.fromEntries(parametersIn(address).map(name => [name, {}])),
  messages: Object.fromEntries(keys.map(key => [key, ref('components', 'messages', key)])),
  ...rulesOf(endpoint.rules),
  ...(transport === 'ws'
    ? {
        'x-max-frame-bytes': endpoint.maxFrameBytes,
        'x-close-codes': { ...endpoint.closeCodes, idle: endpoint.idle.code },
        bindings: { ws: { method: 'GET', bindingVersion: '0.1.0' } },
      }
    : {}),
})

/**
 * The document of one dialect. Throws when two schemas share a title and differ, when two messages of one direction share
 * a name, and when nothing answers where frames are said to go over HTTP.
 */
export const asyncApi = (dialect: Dialect, version: string): JsonObject => {
  const components = new Components()
  const keys = keysOf(dialect.messages)
  const channels = channelsOf(dialect.endpoints)
  for (const { transport, address } of channels) {
    if (transport === 'http' && !dialect.routes.some(({ path }) => path === address)) {
      throw new Error(`no route answers at ${address}`)
    }
  }
  const sorted = [...keys].sort(([, a], [, b]) => (a < b ? -1 : 1))
  const going = (direction: LiveMessage['direction']): readonly string[] =>
    sorted.filter(([message]) => message.direction === direction).map(([, key]) => key)
  const operations = channels.flatMap(({ key }) =>
    (['send', 'receive'] as const).flatMap(action => {
      const messages = going(action === 'send' ? 'down' : 'up').map(name => ref('channels', key, 'messages', name))
      const operation = { action, channel: ref('channels', key), messages }
      return messages.length > 0 ? [[`${key}-${action}`, operation] as const] : []
    }),
  )
  return {
    asyncapi: '3.0.0',
    info: { title: `Parlance: ${dialect.name}`, version, description: `${dialect.title}. ${DESCRIPTION}` },
    defaultContentType: 'application/json',
    servers: Object.assign({}, ...channels.map(({ transport }) => serversOf(transport, dialect.alias))),
    channels: Object.fromEntries(
      channels.map(channel => [
        channel.key,
        channelOf(
          channel,
          dialect,
          sorted.map(([, key]) => key),
        ),
      ]),
    ),
    operations: Object.fromEntries(operations),
    components: {
      messages: Object.fromEntries(sorted.map(([message, key]) => [key, messageOf(message, components)])),
      schemas: components.all,
    },
  }
}
