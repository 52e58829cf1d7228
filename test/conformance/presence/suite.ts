// What every presence store must do.
import { describe, expect, test } from 'bun:test'
import { type Clock, manualClock } from '../../../src/base/clock.ts'
import type { ProfileId } from '../../../src/core/model/ids.ts'
import type { PresenceStore } from '../../../src/core/ports/presence-store.ts'

/** Two nodes of one presence; the same object twice where there can be only one node. */
export interface PresenceNodes extends AsyncDisposable {
  readonly here: PresenceStore
  readonly there: PresenceStore
}

const anna: ProfileId = '6f0e3f4e-3f0a-4c37-9d5c-0d2f6f0e0001'
const bert: ProfileId = '6f0e3f4e-3f0a-4c37-9d5c-0d2f6f0e0002'

export const presenceConformance = (name: string, open: (clock: Clock) => Promise<PresenceNodes>): void => {
  const start = async () => {
    const clock = manualClock()
    return { clock, nodes: await open(clock) }
  }
  const onlineNow = async (store: PresenceStore) => [...(await store.online([anna, bert]))]

  describe(`presence: ${name}`, () => {
    test('the first link of a profile brings it online, the last one takes it offline, over all nodes', async () => {
      const { nodes } = await start()
      await using _ = nodes
      const { here, there } = nodes
      expect(await onlineNow(here)).toEqual([])
      expect(await here.connect(anna)).toBe(true)
      expect(await there.connect(anna)).toBe(false)
      expect(await here.connect(anna)).toBe(false)
      expect(await onlineNow(there)).toEqual([anna])
      expect(await here.disconnect(anna)).toBe(false)
      expect(await here.disconnect(anna)).toBe(false)
      expect(await onlineNow(here)).toEqual([anna])
      expect(await there.disconnect(anna)).toBe(true)
      expect(await onlineNow(here)).toEqual([])
      expect(await here.connect(anna)).toBe(true)
    })

    test('profiles do not touch each other, and nobody is online who was not asked about', async () => {
      const { nodes } = await start()
      await using _ = nodes
      expect(await nodes.here.connect(anna)).toBe(true)
      expect(await nodes.here.connect(bert)).toBe(true)
      expect((await onlineNow(nodes.here)).sort()).toEqual([anna, bert])
      expect([...(await nodes.here.online([bert]))]).toEqual([bert])
      expect([...(await nodes.here.online([]))]).toEqual([])
      expect(await nodes.here.disconnect(bert)).toBe(true)
      expect(await onlineNow(nodes.here)).toEqual([anna])
    })

    test('a link less than were counted changes nothing', async () => {
      const { nodes } = await start()
      await using _ = nodes
      expect(await nodes.here.disconnect(anna)).toBe(false)
      expect(await nodes.here.connect(anna)).toBe(true)
      expect(await onlineNow(nodes.here)).toEqual([anna])
    })

    test('many connects at once bring it online once', async () => {
      const { nodes } = await start()
      await using _ = nodes
      const { here, there } = nodes
      const all = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? here : there))
      expect((await Promise.all(all.map(node => node.connect(anna)))).filter(Boolean)).toHaveLength(1)
      expect((await Promise.all(all.map(node => node.disconnect(anna)))).filter(Boolean)).toHaveLength(1)
      expect(await onlineNow(here)).toEqual([])
    })

    test('CA39: a lease keeps a profile online without a link until it runs out', async () => {
      const { clock, nodes } = await start()
      await using _ = nodes
      await nodes.here.lease(anna, clock.now() + 60_000)
      expect(await onlineNow(nodes.there)).toEqual([anna])
      clock.advance(59_999)
      expect(await onlineNow(nodes.there)).toEqual([anna])
      clock.advance(1)
      expect(await onlineNow(nodes.there)).toEqual([])
      expect(await nodes.here.connect(anna)).toBe(true)
    })

    test('CA39: a lease in force means that links do not bring online, and the last link ends it', async () => {
      const { clock, nodes } = await start()
      await using _ = nodes
      await nodes.here.lease(anna, clock.now() + 60_000)
      expect(await nodes.here.connect(anna)).toBe(false)
      expect(await nodes.there.connect(anna)).toBe(false)
      expect(await nodes.here.disconnect(anna)).toBe(false)
      expect(await onlineNow(nodes.here)).toEqual([anna])
      expect(await nodes.there.disconnect(anna)).toBe(true)
      expect(await onlineNow(nodes.here)).toEqual([])
      expect(await nodes.here.connect(anna)).toBe(true)
    })

    test('everybody who is online: by links, and by leases in force', async () => {
      const { clock, nodes } = await start()
      await using _ = nodes
      await nodes.here.connect(anna)
      await nodes.there.lease('leased', clock.now() + 1000)
      await nodes.there.lease('over', clock.now() + 1)
      clock.advance(1)
      expect([...(await nodes.here.list())].toSorted()).toEqual([anna, 'leased'].toSorted())
    })

    test('a lease is replaced by the next one, and ended by one in the past', async () => {
      const { clock, nodes } = await start()
      await using _ = nodes
      await nodes.here.lease(anna, clock.now() + 60_000)
      await nodes.there.lease(anna, clock.now() + 1_000)
      clock.advance(1_000)
      expect(await onlineNow(nodes.here)).toEqual([])
      await nodes.here.lease(anna, clock.now() + 60_000)
      await nodes.here.lease(anna, clock.now() - 1)
      expect(await onlineNow(nodes.here)).toEqual([])
    })

    test('thousands of leases that have run out leave those in force alone', async () => {
      const { clock, nodes } = await start()
      await using _ = nodes
      await nodes.here.lease(anna, clock.now() + 60_000)
      for (let i = 0; i < 3000; i++) {
        await nodes.here.lease(`profile ${i}`, clock.now() + 1)
        if (i % 100 === 0) clock.advance(2)
      }
      clock.advance(2)
      expect([...(await nodes.here.online([anna, 'profile 1', 'profile 2999']))]).toEqual([anna])
    })
  })
}
