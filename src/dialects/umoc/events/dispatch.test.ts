import { describe, expect, test } from 'bun:test'
import type { Logger } from '../../../base/log.ts'
import { type Actor, type Fault, type RateRule, refuse } from '../../../core/index.ts'
import type { Link } from '../../../host/dialect.ts'
import type { Scope } from '../scope.ts'
import { Refused } from '../words.ts'
import { type Attending, dispatch, type EventTable, type Incoming, noted, perUser, reply } from './dispatch.ts'

const actor = { profile: { id: 'p17' } } as Actor
const rule = perUser('x', 1, 1)

const fixture = (
  table: EventTable,
  { attend = async () => actor, limited = false }: Partial<Attending> & { limited?: boolean } = {},
) => {
  const written: unknown[] = []
  const logged: unknown[] = []
  const spent: unknown[] = []
  let holds = 0
  const link = {
    id: 'l1',
    write: (frame: string) => written.push(frame),
    hold: () => {
      holds++
      return { [Symbol.dispose]: () => void holds-- }
    },
  } as unknown as Link
  const scope = {
    log: { error: (about: unknown) => logged.push(about) } as unknown as Logger,
    core: {
      spend: async (...of: readonly [RateRule, string]) => {
        spent.push(of)
        if (limited) refuse({ kind: 'rate.limited', retryAfterMs: 1200 })
      },
    },
  } as unknown as Scope
  const emit = (name: unknown, ...args: readonly unknown[]): Promise<void> =>
    dispatch(table, { scope, link, sessionID: 's1', attend }, { name, args, ackId: null })
  const ask = (incoming: Incoming): Promise<void> => dispatch(table, { scope, link, sessionID: 's1', attend }, incoming)
  return { written, logged, spent, emit, ask, holds: () => holds }
}

const plain = { rate: null, rules: [] } as const
const echo: EventTable = { echo: { ...plain, handle: async (_, payload) => reply('echoed', payload) } }
const throwing = (thrown: unknown): EventTable => ({
  fail: { ...plain, handle: () => Promise.reject(thrown) },
})
const faulty = (fault: Fault): EventTable => ({ fail: { ...plain, handle: async () => refuse(fault) } })

describe('answers', () => {
  test('UM41: the reply event is emitted with and without an acknowledgement, which repeats its payload', async () => {
    const { written, emit, ask } = fixture(echo)
    await emit('echo', { a: 1 })
    await ask({ name: 'echo', args: [{ a: 1 }], ackId: 7 })
    expect(written).toEqual(['42["echoed",{"a":1}]', '42["echoed",{"a":1}]', '437[{"ok":true,"data":{"a":1}}]'])
  })

  test('UM41: without a reply event there is the acknowledgement alone', async () => {
    const { written, ask } = fixture({ note: { ...plain, handle: async () => noted({ b: 2 }) } })
    await ask({ name: 'note', args: [], ackId: 0 })
    expect(written).toEqual(['430[{"ok":true,"data":{"b":2}}]'])
  })

  test('UM44: a refusal is an error event, also when an acknowledgement was asked for', async () => {
    const { written, ask } = fixture(throwing(new Refused('No')))
    await ask({ name: 'fail', args: [{}], ackId: 3 })
    expect(written).toEqual(['42["error",{"message":"No","event":"fail"}]', '433[{"ok":false,"message":"No"}]'])
  })

  test('UM44: a fault of the core is told in this contract’s words', async () => {
    const { written, emit } = fixture(faulty({ kind: 'member.required' }))
    await emit('fail')
    expect(written).toEqual(['42["error",{"message":"You are not a member of this group","event":"fail"}]'])
  })

  test('UM45: a bug is told as such, logged, and nothing more', async () => {
    const { written, logged, emit } = fixture(throwing(new Error('secret detail')))
    await emit('fail')
    expect(written).toEqual(['42["error",{"message":"Internal error","event":"fail"}]'])
    expect(logged).toHaveLength(1)
  })

  test('UM48: broadcasts are kept back until it has been answered, and not after', async () => {
    let during = 0
    const { emit, holds } = fixture({
      look: {
        ...plain,
        handle: async () => {
          during = holds()
          return noted()
        },
      },
    })
    await emit('look')
    expect([during, holds()]).toEqual([1, 0])
  })
})

describe('what comes in', () => {
  test.each(['nope', 'error', 'disconnect', 'connect', '__proto__', 'constructor', 'toString', 5])(
    'UM45 UM46: %p is an unknown event',
    async name => {
      const { written, emit } = fixture(echo)
      await emit(name, {})
      expect(written).toHaveLength(1)
      expect(JSON.parse(String(written[0]).slice(2))).toMatchObject(['error', { message: 'Unknown event' }])
    },
  )

  test('UM46: a long name is not repeated whole', async () => {
    const { written, emit } = fixture(echo)
    await emit('x'.repeat(100_000))
    expect(String(written[0]).length).toBeLessThan(200)
  })

  test.each([[undefined], [null], ['text'], [[1]], [5]])('UM45: %p has no fields', async payload => {
    const { written, emit } = fixture(echo)
    await emit('echo', payload)
    expect(written).toEqual(['42["echoed",{}]'])
  })

  test('UM39: the own session may be named, no other', async () => {
    const { written, emit } = fixture(echo)
    await emit('echo', { sessionID: 's1' })
    await emit('echo', { sessionID: null })
    await emit('echo', { sessionID: 's2' })
    await emit('echo', { sessionID: ['s1'] })
    const error = '42["error",{"message":"Invalid session","event":"echo"}]'
    expect(written.slice(2)).toEqual([error, error])
  })

  test('UM42: unless the event is about sessions', async () => {
    const { written, emit } = fixture({ any: { ...plain, anySession: true, handle: async () => noted() } })
    await emit('any', { sessionID: 's2' })
    expect(written).toEqual([])
  })

  test('UM38: once the session is over nothing is done and nothing said', async () => {
    const { written, emit } = fixture(echo, { attend: async () => null })
    await emit('echo', {})
    expect(written).toEqual([])
  })
})

describe('rates', () => {
  const limitedTable = (quiet?: true): EventTable => ({
    x: { handle: async () => noted(), rate: rule, rules: [], ...(quiet && { quiet }) },
  })

  test('UM130: what is limited counts per user; over the limit the wait is said in whole seconds', async () => {
    const { written, spent, emit } = fixture(limitedTable(), { limited: true })
    await emit('x', {})
    expect(spent).toEqual([[rule, 'p17']])
    expect(written).toEqual(['42["error",{"message":"Rate limit exceeded, please wait","event":"x","retry_after":2}]'])
  })

  test('UM131: what is dropped silently says nothing', async () => {
    const { written, emit } = fixture(limitedTable(true), { limited: true })
    await emit('x', {})
    expect(written).toEqual([])
  })
})
