// A host in this process, on a free port, with a clock that stands still and a log that is kept.
import { manualClock } from '../../../src/base/clock.ts'
import { createLogger } from '../../../src/base/log.ts'
import { createMeter } from '../../../src/base/meter.ts'
import type { Dialect } from '../../../src/host/dialect.ts'
import { type Listening, type ListenOptions, listen } from '../../../src/host/listen.ts'

export interface StartedHost extends AsyncDisposable {
  readonly listening: Listening
  readonly url: string
  readonly wsUrl: string
  readonly clock: ReturnType<typeof manualClock>
  /** Lines logged so far, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[]
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export const startHost = (dialects: readonly Dialect[], options: Partial<ListenOptions> = {}): StartedHost => {
  const clock = manualClock()
  const lines: Record<string, unknown>[] = []
  const listening = listen({
    dialects,
    hostname: '127.0.0.1',
    port: 0,
    clock,
    log: createLogger('debug', { write: line => void lines.push(JSON.parse(line)) }),
    meter: createMeter(),
    version: '0.0.0-test',
    ready: async () => true,
    routes: [],
    drainMs: 2000,
    ...options,
  })
  return {
    listening,
    url: listening.url,
    wsUrl: listening.url.replace('http', 'ws'),
    clock,
    lines,
    fetch: (path, init) => fetch(`${listening.url}${path}`, { redirect: 'manual', ...init }),
    [Symbol.asyncDispose]: () => listening.drain(),
  }
}
