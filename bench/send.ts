// (b) Durable sends over HTTP: 200 concurrent senders, and one alone.
import { startParlance } from './lib/process.ts'
import { makeGroup, makePeople } from './lib/wetty.ts'

const SENDERS = 200
const SECONDS = 8
const ALONE = 2000

export interface Sends {
  readonly perSecond: number
  readonly p50: number
  readonly p99: number
  /** Microseconds of server CPU per send, of all it takes: HTTP, token, gate, rows, sync. */
  readonly cpu: number
  /** Milliseconds until the acknowledgement of a lone sender. */
  readonly loneP50: number
}

const percentile = (sorted: readonly number[], p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))] ?? Number.NaN

export const benchSend = async (): Promise<Sends> => {
  await using server = await startParlance()
  const people = await makePeople(server.url, SENDERS)
  const [owner, ...others] = people
  if (!owner) throw new Error('nobody there')
  const chat = await makeGroup(server.url, owner, others)
  const url = `${server.url}/chats/${chat}/messages`
  const body = JSON.stringify({ message: 'durable', message_type: 'text' })
  const requests = people.map(person => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
    body,
  }))

  const once = async (request: RequestInit, times: number[]): Promise<void> => {
    const start = performance.now()
    const response = await fetch(url, request)
    if (response.status !== 201) throw new Error(`${response.status}: ${await response.text()}`)
    await response.arrayBuffer()
    times.push(performance.now() - start)
  }

  const alone: number[] = []
  for (let i = 0; i < ALONE; i++) await once(requests[0] as RequestInit, alone)
  const times: number[] = []
  const run = async (until: number, into: number[]) => {
    await Promise.all(
      requests.map(async request => {
        while (performance.now() < until) await once(request, into)
      }),
    )
  }
  await run(performance.now() + 1500, []) // warm
  const cpu = server.cpuMs()
  const start = performance.now()
  await run(start + SECONDS * 1000, times)
  const seconds = (performance.now() - start) / 1000
  times.sort((a, b) => a - b)
  alone.sort((a, b) => a - b)
  return {
    perSecond: times.length / seconds,
    cpu: ((server.cpuMs() - cpu) * 1000) / times.length,
    p50: percentile(times, 50),
    p99: percentile(times, 99),
    loneP50: percentile(alone, 50),
  }
}
