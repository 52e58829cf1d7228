// A host with one Engine.IO transport, `/x/io`, whose sessions speak just enough Socket.IO for the official client.
import { systemClock } from '../../../src/base/clock.ts'
import { createLogger } from '../../../src/base/log.ts'
import type { Link, LinkHandler, RouteRequest } from '../../../src/host/dialect.ts'
import { createEngineIo, type EngineIo, type EngineIoOptions } from '../../../src/host/engine-io.ts'
import { createDecoder } from '../../../src/wire/socket-io.ts'
import { Inbox } from '../wait.ts'
import { fakeDialect } from './fake-dialect.ts'
import { type StartedHost, startHost } from './start-host.ts'

export interface EngineSession {
  readonly link: Link
  /** Messages as they came. */
  readonly received: Inbox<string | Uint8Array>
  closed: number
}

export interface EngineHost {
  readonly host: StartedHost
  readonly engine: EngineIo
  readonly sessions: Inbox<EngineSession>
  /** The address of a request of this transport. */
  url(query: Readonly<Record<string, string>>): string
  /** Begins a polling session. */
  begin(): Promise<string>
  poll(sid: string): Promise<Response>
  /** Begins a poll, and resolves when the server has it. */
  polling(sid: string, signal?: AbortSignal): Promise<{ readonly answer: Promise<Response> }>
  post(sid: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response>
}

const running: AsyncDisposable[] = []
/** Stops all that were started: for `afterEach`. */
export const stopEngineHosts = async (): Promise<void> => {
  for (const host of running.splice(0)) await host[Symbol.asyncDispose]()
}

/** Takes every CONNECT; an event `echo` comes back as it was, and is acknowledged with what it carried. */
const socketIo = (link: Link): LinkHandler['receive'] => {
  const decode = createDecoder()
  return frame => {
    const packet = decode(frame)
    if (packet === 'malformed') link.close(1002, 'protocol error')
    else if (packet?.type === 'connect') link.write(`40${JSON.stringify({ sid: link.id })}`)
    else if (packet?.type === 'event' && packet.name === 'echo') {
      link.write(`42${JSON.stringify(['echo', ...packet.args])}`)
      if (packet.ackId !== null) link.write(`43${packet.ackId}${JSON.stringify(packet.args)}`)
    }
  }
}

export type EngineScript = (link: Link) => Partial<LinkHandler>

/** Its clock is the real one: sessions are pinged every 25 s unless told otherwise. */
export const startEngineHost = (script: EngineScript = () => ({}), own: Partial<EngineIoOptions> = {}): EngineHost => {
  const sessions = new Inbox<EngineSession>()
  const engine = createEngineIo({
    path: '/x/io',
    name: 'io',
    summary: 'A transport of a test',
    rules: [],
    pingIntervalMs: 25_000,
    pingTimeoutMs: 20_000,
    maxPayload: 1_000_000,
    clock: systemClock,
    log: createLogger('silent'),
    open(link) {
      const session: EngineSession = { link, received: new Inbox(), closed: 0 }
      const { receive = socketIo(link), closed } = script(link)
      sessions.push(session)
      return {
        receive(frame) {
          session.received.push(frame)
          return receive(frame)
        },
        closed() {
          session.closed++
          closed?.()
        },
      }
    },
    ...own,
  })
  const polls = new Inbox<string | null>()
  const routes = engine.routes.map(route => ({
    ...route,
    handle(request: RouteRequest) {
      const answer = route.handle(request)
      if (request.method === 'GET') polls.push(request.query.get('sid'))
      return answer
    },
  }))
  const { endpoints } = engine
  const host = startHost([fakeDialect({ name: 'x', routes, endpoints })])
  running.push(host)

  const path = (query: Readonly<Record<string, string>>): string =>
    `/x/io/?${new URLSearchParams({ EIO: '4', transport: 'polling', ...query })}`
  return {
    host,
    engine,
    sessions,
    url: query => `${host.url}${path(query)}`,
    async begin() {
      const text = await (await host.fetch(path({}))).text()
      return (JSON.parse(text.slice(1)) as { readonly sid: string }).sid
    },
    poll: sid => host.fetch(path({ sid })),
    async polling(sid, signal) {
      polls.take()
      const answer = host.fetch(path({ sid }), signal ? { signal } : {})
      await polls.find('the poll at the server', asked => asked === sid)
      return { answer }
    },
    post: (sid, body) => host.fetch(path({ sid }), { method: 'POST', body }),
  }
}
