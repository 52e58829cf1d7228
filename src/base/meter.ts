// What the server counts about itself, in the Prometheus text format. Labels name kinds of things, never ids.
import { readdirSync } from 'node:fs'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface Meter {
  readonly contentType: string
  /** Everything counted so far, as text. */
  render(): Promise<string>
  /** One answered request: `seconds` from its arrival to its answer's first byte. */
  request(dialect: string, method: string, status: number, seconds: number): void
  linkOpened(endpoint: string): void
  linkClosed(endpoint: string): void
  framesOut(endpoint: string, count: number): void
  /** A link that was closed because its reader could not keep up. */
  overflow(endpoint: string): void
  /** One durable commit that held `works` pieces of work. */
  commit(works: number): void
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30]
const WORK_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000]

// The usual names. prom-client's own set is not used: its event-loop series are meaningless under Bun.
const addProcessGauges = (registers: Registry[]): void => {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }
  const startedAt = Date.now() / 1000 - process.uptime()
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss())
  gauge('process_heap_bytes', 'Bytes of the JavaScript heap in use.', () => process.memoryUsage().heapUsed)
  gauge('process_cpu_seconds_total', 'User and system CPU time spent, in seconds.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  gauge('process_start_time_seconds', 'Start time of the process, in seconds since 1970.', () => startedAt)
  gauge('process_open_fds', 'Open file descriptors (0 where the system does not tell).', () => {
    try {
      return readdirSync('/proc/self/fd').length
    } catch {
      return 0
    }
  })
}

/** A meter with a registry of its own, so that several servers in one process do not mix. */
export const createMeter = (): Meter => {
  const registry = new Registry()
  const registers = [registry]
  addProcessGauges(registers)

  const labelNames = ['dialect', 'method', 'status'] as const
  const requests = new Counter({ name: 'http_requests_total', help: 'Answered requests.', labelNames, registers })
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'From arrival to answer.',
    labelNames: ['dialect'] as const,
    buckets: DURATION_BUCKETS,
    registers,
  })
  const byEndpoint = { labelNames: ['endpoint'] as const, registers }
  const links = new Gauge({ name: 'links', help: 'Attached clients.', ...byEndpoint })
  const frames = new Counter({ name: 'frames_out_total', help: 'Frames written to clients.', ...byEndpoint })
  const overflows = new Counter({ name: 'outbox_overflows_total', help: 'Links closed as too slow.', ...byEndpoint })
  const works = new Histogram({
    name: 'store_commit_works',
    help: 'Pieces of work per durable commit.',
    buckets: WORK_BUCKETS,
    registers,
  })

  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),
    request(dialect, method, status, seconds) {
      const known = METHODS.has(method) ? method : 'other'
      requests.inc({ dialect, method: known, status: `${Math.trunc(status / 100)}xx` })
      durations.observe({ dialect }, seconds)
    },
    linkOpened: endpoint => links.inc({ endpoint }),
    linkClosed: endpoint => links.dec({ endpoint }),
    framesOut: (endpoint, count) => frames.inc({ endpoint }, count),
    overflow: endpoint => overflows.inc({ endpoint }),
    commit: count => works.observe(count),
  }
}
