// A host with one scripted WebSocket endpoint, `/x/ws`, and what its links did.
import type { Endpoint, Link, LinkHandler } from '../../../src/host/dialect.ts'
import type { ListenOptions } from '../../../src/host/listen.ts'
import { Inbox } from '../wait.ts'
import { fakeDialect, fakeEndpoint } from './fake-dialect.ts'
import { openRaw, type RawFrame, type RawWebSocket } from './raw-socket.ts'
import { type StartedHost, startHost } from './start-host.ts'

export interface Opened {
  readonly link: Link
  closed: number
  readonly received: Inbox<string | Uint8Array>
}

/** What a link's handler does, and `opened`: what is done before the 101 leaves. */
export type Script = Partial<LinkHandler> & { readonly opened?: (link: Link) => void | Promise<void> }

const running: AsyncDisposable[] = []
/** Stops all that were started: for `afterEach`. */
export const stopSocketHosts = async (): Promise<void> => {
  for (const host of running.splice(0)) await host[Symbol.asyncDispose]()
}

/** A host with one endpoint `/x/ws`; every link it opens is told. */
export const startSocketHost = (
  script: (link: Link) => Script = () => ({}),
  own: Partial<Endpoint> = {},
  options: Partial<ListenOptions> = {},
): {
  readonly host: StartedHost
  readonly links: Inbox<Opened>
  open(headers?: readonly string[]): Promise<RawWebSocket>
} => {
  const links = new Inbox<Opened>()
  const endpoint = fakeEndpoint('/x/ws', {
    authenticate: () => null,
    async open(link) {
      const opened: Opened = { link, closed: 0, received: new Inbox() }
      const { opened: ready, receive, closed } = script(link)
      await ready?.(link)
      links.push(opened)
      return {
        receive(frame) {
          opened.received.push(frame)
          return receive?.(frame)
        },
        closed() {
          opened.closed++
          closed?.()
        },
      }
    },
    ...own,
  })
  const host = startHost([fakeDialect({ name: 'x', endpoints: [endpoint] })], options)
  running.push(host)
  return { host, links, open: headers => openRaw(host.listening.port, '/x/ws', headers) }
}

/** The text frames among these. */
export const texts = (frames: readonly RawFrame[]) =>
  frames.flatMap(frame => (frame.type === 'text' ? [frame.text] : []))
export const closeOf = (socket: RawWebSocket) =>
  socket.frames.find('a close frame', (frame): frame is RawFrame => frame.type === 'close')
/** Skips to the text frame. */
export const untilText = (socket: RawWebSocket, text: string) =>
  socket.frames.find(text, frame => frame.type === 'text' && frame.text === text)
