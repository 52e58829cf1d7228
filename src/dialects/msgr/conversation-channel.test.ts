// The moments no client can hit on purpose: what happens between a join's first look and its answer.
import { describe, expect, test } from 'bun:test'
import type { Actor, Core, Frame, Note, Sink } from '../../core/index.ts'
import type { ChannelHost } from './channel.ts'
import { joinConversation } from './conversation-channel.ts'
import { Persona } from './persona.ts'
import { CHANNEL_ENDS } from './projection.ts'
import type { Views } from './views.ts'

const ID = '01922f5d-0c44-7d2a-9b1c-77a1c9e0f310'
const note = {} as Note

/** A channel about to be joined, on a core whose feed the test holds in its hands. */
const scene = () => {
  const subscribed = Promise.withResolvers<Disposable>()
  const heard: string[] = []
  const sinks: Sink[] = []
  let disposed = 0
  let ended = 0
  const core = {
    conversations: { get: async () => ({}) },
    feed: {
      join: (joining: Sink) => {
        sinks.push(joining)
        return subscribed.promise
      },
    },
    typing: { linkClosed: () => undefined },
  } as unknown as Core
  const host: ChannelHost = {
    push: tail => void heard.push(String(tail)),
    pushEvent: () => undefined,
    end: () => void ended++,
    failed: error => {
      throw error
    },
  }
  const persona = new Persona({ actor: { profile: { id: 'kari' } } as Actor, credentialId: 'credential' })
  const joining = joinConversation({
    core,
    views: {} as Views,
    encoder: { name: 'x', encode: () => [] },
    host,
    persona,
    id: ID,
    channelId: 'link/1',
  })
  // What is awaited before the feed is asked has settled.
  const asked = (async () => {
    for (;;) {
      const [sink] = sinks
      if (sink) return sink
      await Promise.resolve()
    }
  })()
  return {
    persona,
    joining,
    heard,
    deliver: async (frame: Frame) => (await asked).deliver(frame, note),
    asked,
    subscribe: () => subscribed.resolve({ [Symbol.dispose]: () => void disposed++ }),
    disposed: () => disposed,
    ended: () => ended,
  }
}
const faultIn = async (joining: Promise<unknown>) => joining.then(() => null).catch(error => error.fault.kind)

describe('while joining', () => {
  test('MS85 MS88 MS97: nothing is heard before the join is answered, everything after', async () => {
    const s = scene()
    await s.deliver('early')
    s.subscribe()
    const channel = await s.joining
    await s.deliver('still early')
    channel.open()
    await s.deliver('live')
    expect(s.heard).toEqual(['live'])
    channel[Symbol.dispose]()
    await s.deliver('late')
    channel.open()
    await s.deliver('later')
    expect([s.heard, s.disposed(), s.ended(), s.persona.idle]).toEqual([['live'], 1, 0, true])
  })

  test('MS90: who is removed meanwhile is refused, whichever stream says it first', async () => {
    const told: readonly ((s: ReturnType<typeof scene>) => Promise<void> | void)[] = [
      s => s.deliver(CHANNEL_ENDS),
      s =>
        s.persona.deliver('', {
          ...note,
          body: { type: 'membership.ended', conversation: { id: ID } },
        } as unknown as Note),
    ]
    for (const tell of told) {
      const s = scene()
      await s.asked
      await tell(s)
      s.subscribe()
      expect(await faultIn(s.joining)).toBe('member.required')
      expect([s.disposed(), s.ended(), s.persona.idle]).toEqual([1, 0, true])
    }
  })

  test('MS90: a removal elsewhere, or told late, changes nothing', async () => {
    const s = scene()
    await s.asked
    const ended = (id: string) =>
      ({ ...note, body: { type: 'membership.ended', conversation: { id } } }) as unknown as Note
    s.persona.deliver('', ended('another'))
    s.subscribe()
    const channel = await s.joining
    channel.open()
    s.persona.deliver('', ended(ID))
    await s.deliver('live')
    expect(s.heard).toEqual(['live'])
    await s.deliver(CHANNEL_ENDS)
    expect([s.ended(), s.disposed()]).toEqual([1, 1])
  })

  test('MS8: whose capability is revoked meanwhile is nobody', async () => {
    const revoked = (credentialId: string) => ({ ...note, body: { type: 'credential.revoked', credentialId } }) as Note
    const s = scene()
    await s.asked
    s.persona.deliver('', revoked('another'))
    s.persona.deliver('', revoked('credential'))
    s.subscribe()
    expect(await faultIn(s.joining)).toBe('credentials.wrong')
    expect([s.disposed(), s.ended()]).toEqual([1, 0])
  })
})
