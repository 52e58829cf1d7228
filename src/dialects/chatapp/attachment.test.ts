import { describe, expect, test } from 'bun:test'
import { kitchen, kitchenRef, messagesIn, mila, profileOf } from '../../../test/kit/samples.ts'
import { manualClock } from '../../base/clock.ts'
import { createLogger } from '../../base/log.ts'
import type { Actor, Event, EventBody, Frame, Message, Note, Sink } from '../../core/index.ts'
import type { Link } from '../../host/dialect.ts'
import { Attachment, type SocketScope, type Wishes } from './attachment.ts'
import { door } from './auth.ts'
import { createEncoders, createEvents } from './projection.ts'

const profile = profileOf(mila)
const message = messagesIn(kitchenRef)
const DAY = 24 * 3600_000
const idOf = (n: number): string => `01922f5e-8d10-7b3e-a2f4-${n.toString(16).padStart(12, '0')}`
const said = (n: number): Message => message({ id: idOf(n), text: `m${n}` })

/** A socket that is being opened: its history is not read before `read`. */
const opening = (wishes: Partial<Wishes> = {}) => {
  const clock = manualClock()
  const frames: string[] = []
  const closes: number[] = []
  const link: Link = {
    id: 'l',
    closed: false,
    write: frame => void frames.push(String(frame)),
    push: frame => void frames.push(String(frame)),
    hold: () => ({ [Symbol.dispose]() {} }),
    close: code => void closes.push(code),
  }
  const reading = Promise.withResolvers<readonly Message[]>()
  const begun = Promise.withResolvers<void>()
  let session = { expiresAt: clock.now() + 30 * DAY }
  const core = {
    feed: { follow: async () => ({ [Symbol.dispose]() {} }) },
    sessions: { resume: async () => ({ session }) },
    presence: { connect: async () => ({ [Symbol.dispose]() {} }) },
    typing: { linkClosed() {} },
    messages: {
      recent: () => {
        begun.resolve()
        return reading.promise
      },
    },
  }
  const scope = {
    core,
    clock,
    log: createLogger('silent'),
    lifetimes: { accessMs: DAY, sessionMs: 30 * DAY },
    printJson: (m: Message) => m.text ?? '',
    encoders: createEncoders(createEvents(m => m.text ?? '')),
  } as unknown as SocketScope
  const actor: Actor = { accountId: 'a17', profile, sessionId: 's', door }
  const socket = new Attachment(
    scope,
    link,
    { actor, sid: 'sid' },
    { channel: null, since: null, events: false, ...wishes },
  )
  const sink: Sink = socket
  const deliver = (body: EventBody): void => {
    const note: Note = { stream: `conversation/${kitchen.id}`, seq: 1, at: 0, body } satisfies Event
    for (const { frame } of scope.encoders.plain.encode(note)) sink.deliver(frame as Frame, note)
  }
  const attached = socket.attach()
  return {
    clock,
    frames,
    closes,
    begun: begun.promise,
    sent: (n: number) => deliver({ type: 'message.sent', message: said(n) }),
    recalled: (n: number) =>
      deliver({ type: 'message.recalled', message: message({ id: idOf(n), text: null, recalledAt: 1 }), by: profile }),
    ended: (sessionId: string) => deliver({ type: 'session.ended', sessionId, door: 'chatapp' }),
    prolong: (ms: number) => {
      session = { expiresAt: clock.now() + ms }
    },
    async read(...numbers: readonly number[]) {
      reading.resolve(numbers.map(said))
      await attached
    },
  }
}

describe('CA64: what happens while the history is read', () => {
  test('comes behind it, once', async () => {
    const { frames, begun, sent, read } = opening()
    await begun
    sent(3)
    sent(4)
    expect(frames).toEqual([])
    await read(1, 2, 3)
    sent(5)
    expect(frames).toEqual(['m1', 'm2', 'm3', 'm4', 'm5'])
  })

  test('also when it is told late', async () => {
    const { frames, begun, sent, read } = opening()
    await begun
    await read(1, 2)
    sent(2)
    sent(3)
    expect(frames).toEqual(['m1', 'm2', 'm3'])
  })

  test('does not come at all when it was taken back meanwhile', async () => {
    const { frames, begun, sent, recalled, read } = opening()
    await begun
    sent(3)
    sent(4)
    recalled(3)
    await read(1, 2)
    recalled(4)
    expect(frames).toEqual(['m1', 'm2', 'm4'])
  })

  test('is not put behind what is newer, when so much happened that it fell out', async () => {
    const { frames, begun, sent, read } = opening()
    await begun
    sent(1)
    await read(...Array.from({ length: 50 }, (_, i) => i + 2))
    expect(frames).toHaveLength(50)
    expect(frames).not.toContain('m1')
  })

  test('what is no message is none', async () => {
    const { frames, begun, recalled, read } = opening()
    await begun
    await read(1)
    recalled(1)
    expect(frames).toEqual(['m1'])
  })
})

describe('CA31: the session', () => {
  test('ends the socket, its own only, whenever it ends', async () => {
    const { closes, begun, ended, read } = opening()
    await begun
    ended('another')
    expect(closes).toEqual([])
    ended('s')
    expect(closes).toEqual([4001])
    await read()
  })

  test('that was over before the socket could hear of it shows nothing', async () => {
    const { frames, closes, prolong, read } = opening()
    prolong(0)
    await read(1, 2)
    expect([frames, closes]).toEqual([[], [4001]])
  })

  test('keeps it until its newest access token ends', async () => {
    const { closes, clock, begun, prolong, read } = opening()
    await begun
    await read()
    const pass = async (ms: number) => {
      clock.advance(ms)
      await Bun.sleep(0)
    }
    await pass(60_000)
    await pass(DAY - 61_000)
    prolong(30 * DAY)
    await pass(1000)
    expect(closes).toEqual([])
    await pass(DAY - 2000)
    expect(closes).toEqual([])
    await pass(2000)
    expect(closes).toEqual([4001])
  })
})
