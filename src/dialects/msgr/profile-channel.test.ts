// How news of a conversation are merged and ordered, with look-ups that take as long as the test wants.
import { describe, expect, test } from 'bun:test'
import { manualClock } from '../../base/clock.ts'
import { type Actor, type Core, FaultError, type Frame, type Note, type Sink } from '../../core/index.ts'
import type { ChannelHost } from './channel.ts'
import { Persona } from './persona.ts'
import { joinProfile } from './profile-channel.ts'
import type { ProfileNotice } from './projection.ts'
import type { Views } from './views.ts'

interface LookUp {
  readonly id: string
  answer(): void
  fail(error: Error): void
}

const scene = async () => {
  const clock = manualClock()
  const lookUps: LookUp[] = []
  const told: string[] = []
  const errors: unknown[] = []
  const sinks: Sink[] = []
  let version = 0
  const core = {
    conversations: {
      get: (_actor: Actor, { id }: { id: string }) => {
        const { promise, resolve, reject } = Promise.withResolvers<string>()
        lookUps.push({ id, answer: () => resolve(id), fail: reject })
        return promise
      },
    },
    feed: {
      follow: async (following: Sink) => {
        sinks.push(following)
        return { [Symbol.dispose]: () => undefined }
      },
    },
  } as unknown as Core
  const views = { conversation: async (_actor: Actor, id: unknown) => `${id}@${++version}` } as unknown as Views
  const host: ChannelHost = {
    push: () => undefined,
    pushEvent: (event, payload) => {
      const { data, id } = payload as { data?: string; id?: string }
      told.push(`${event.replace('conversation_', '')} ${data ?? id}`)
    },
    end: () => undefined,
    failed: error => void errors.push(error),
  }
  const persona = new Persona({ actor: { profile: { id: 'kari' } } as Actor, credentialId: 'credential' })
  const channel = await joinProfile({ core, clock, views, encoder: { name: 'x', encode: () => [] }, host, persona })
  channel.open()
  const hear = (notice: ProfileNotice, id: string): void => {
    const body = { type: notice === 'conversation_updated' ? 'message.sent' : 'membership.began', conversation: { id } }
    const note = { stream: `conversation/${id}`, body } as unknown as Note
    sinks[0]?.deliver(notice as Frame, note)
  }
  /** The look-up under way. */
  const pending = (): LookUp => {
    const last = lookUps.at(-1)
    if (!last) throw new Error('nothing is looked up')
    return last
  }
  /** Lets what has been answered be told. */
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }
  /** Answers the look-up under way, and lets the time of a round pass. */
  const next = async () => {
    pending().answer()
    await settle()
    clock.advance(250)
    await settle()
  }
  return { clock, next, channel, lookUps, told, errors, hear, pending, settle }
}

describe('news', () => {
  test('MS100: a burst while one is looked up is one more', async () => {
    const s = await scene()
    for (let i = 0; i < 10; i++) s.hear('conversation_updated', 'a')
    await s.next()
    expect(s.told).toEqual(['updated a@1'])
    await s.next()
    expect([s.told, s.lookUps.length]).toEqual([['updated a@1', 'updated a@2'], 2])
  })

  test('MS100: the first is told at once, the next four times a second at most', async () => {
    const s = await scene()
    s.hear('conversation_updated', 'a')
    s.pending().answer()
    await s.settle()
    expect(s.told).toEqual(['updated a@1'])
    for (let i = 0; i < 5; i++) s.hear('conversation_updated', 'a')
    s.clock.advance(249)
    expect(s.lookUps.length).toBe(1)
    s.clock.advance(1)
    expect(s.lookUps.length).toBe(2)
    await s.next()
    expect(s.told).toEqual(['updated a@1', 'updated a@2'])
    s.hear('conversation_created', 'b')
    expect(s.lookUps.map(l => l.id)).toEqual(['a', 'a', 'b'])
  })

  test('MS100: what is news already is not also a change', async () => {
    const s = await scene()
    s.hear('conversation_updated', 'busy')
    s.hear('conversation_created', 'a')
    s.hear('conversation_updated', 'a')
    await s.next()
    await s.next()
    expect([s.told, s.lookUps.length]).toEqual([['updated busy@1', 'created a@2'], 2])
  })

  test('MS100: one look-up at a time, and none is starved', async () => {
    const s = await scene()
    for (const id of ['a', 'b', 'c']) s.hear('conversation_updated', id)
    expect(s.lookUps.map(l => l.id)).toEqual(['a'])
    s.hear('conversation_updated', 'a')
    for (let i = 0; i < 4; i++) await s.next()
    expect(s.told).toEqual(['updated a@1', 'updated b@2', 'updated c@3', 'updated a@4'])
  })

  test('MS100: after a removal nothing is told of what was being looked up, until one is back', async () => {
    const s = await scene()
    s.hear('conversation_updated', 'a')
    s.hear('conversation_updated', 'a')
    s.hear('conversation_removed', 'a')
    await s.next()
    expect([s.told, s.lookUps.length]).toEqual([['removed a'], 1])
    s.hear('conversation_created', 'a')
    await s.next()
    expect(s.told.at(-1)).toBe('created a@2')
  })

  test('MS100: back before the look-up of the time before is done: told once', async () => {
    const s = await scene()
    s.hear('conversation_updated', 'a')
    s.hear('conversation_removed', 'a')
    s.hear('conversation_created', 'a')
    await s.next()
    await s.next()
    expect(s.told).toEqual(['removed a', 'created a@2'])
  })

  test('MS100: what has ended by the time it is looked up is passed over; a failure is reported and the rest is told', async () => {
    const s = await scene()
    for (const id of ['a', 'b', 'c']) s.hear('conversation_updated', id)
    s.pending().fail(new FaultError({ kind: 'member.required' }))
    await s.settle()
    s.clock.advance(250)
    expect(s.pending().id).toBe('b')
    s.pending().fail(new Error('broken'))
    await s.settle()
    s.clock.advance(250)
    await s.next()
    expect(s.told).toEqual(['updated c@1'])
    expect(s.errors).toEqual([new Error('broken')])
  })

  test('MS87: after leaving nothing is told', async () => {
    const s = await scene()
    s.hear('conversation_updated', 'a')
    s.hear('conversation_updated', 'b')
    s.channel[Symbol.dispose]()
    s.pending().answer()
    await s.settle()
    s.hear('conversation_updated', 'c')
    s.hear('conversation_removed', 'c')
    expect([s.told, s.lookUps.length]).toEqual([[], 1])
  })
})
