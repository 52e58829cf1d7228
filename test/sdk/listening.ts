// A listener with a server that does as it is told, and what it heard.
import type { Live, LiveOptions, LiveState } from '../../clients/sdk/src/index.ts'
import { until } from '../kit/wait.ts'
import { FakeServer, type Heard, QUICK } from './fake.ts'

export interface Listening extends AsyncDisposable {
  readonly server: FakeServer
  readonly live: Live
  readonly bodies: string[]
  readonly names: string[]
  readonly states: LiveState[]
}

export const listen = async (
  prepare: (server: FakeServer) => void = () => {},
  options: LiveOptions = {},
  platform: { webSocket?: null } = {},
): Promise<Listening> => {
  const server = new FakeServer()
  prepare(server)
  const live = (await server.client(platform)).live({ backoff: QUICK, ...options })
  const bodies: string[] = []
  const names: string[] = []
  const states: LiveState[] = []
  live.on('chat.message.created', ({ message }) => void bodies.push(message.body))
  live.onState(state => void states.push(state))
  const reading = (async () => {
    for await (const { event_type } of live.events()) names.push(event_type)
  })()
  return {
    server,
    live,
    bodies,
    names,
    states,
    async [Symbol.asyncDispose]() {
      live.close()
      await reading
      await server[Symbol.asyncDispose]()
    },
  }
}

export const opened = (server: FakeServer, count: number): Promise<Heard> =>
  until(`connection ${count}`, () => server.connections[count - 1])

/** The answer to a poll. */
export const poll = (events: object[], token: string, more: object = {}): object => ({
  events,
  resume_token: token,
  resync_required: false,
  retry_after_ms: 0,
  ...more,
})
