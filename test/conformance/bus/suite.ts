// What every bus must do, whatever carries its notes.
import { describe, expect, test } from 'bun:test'
import type { StreamId } from '../../../src/core/model/ids.ts'
import type { Bus, Note } from '../../../src/core/ports/bus.ts'
import { until } from '../../kit/wait.ts'

/** Two nodes of one bus; the same object twice where there can be only one node. */
export interface BusNodes extends AsyncDisposable {
  readonly here: Bus
  readonly there: Bus
}

const event = (stream: StreamId, seq: number): Note => ({
  stream,
  seq,
  at: 1_700_000_000_000 + seq,
  body: { type: 'credential.revoked', credentialId: `ключ 🔑 ${seq}` },
})

const person = { id: 'p', num: 1, handle: 'p', displayName: null, avatar: null }

const signal = (stream: StreamId): Note => ({
  stream,
  at: 1_700_000_000_000,
  body: {
    type: 'presence',
    person,
    online: true,
    seenAt: null,
    circle: 'friend',
    conversationId: null,
    except: [],
    change: 'c',
  },
})

export const busConformance = (name: string, open: () => Promise<BusNodes>): void => {
  describe(`bus: ${name}`, () => {
    test('hands a note over on its own node before publish returns, whole and once', async () => {
      await using nodes = await open()
      const heard: Note[] = []
      await nodes.here.subscribe('profile/a', note => void heard.push(note))
      nodes.here.publish(event('profile/a', 1))
      expect(heard).toEqual([event('profile/a', 1)])
      nodes.here.publish(signal('profile/a'))
      expect(heard).toEqual([event('profile/a', 1), signal('profile/a')])
      // An echo of the first two, if there were one, would come before this.
      nodes.there.publish(event('profile/a', 2))
      await until('the note from the other node', () => heard.some(note => 'seq' in note && note.seq === 2))
      expect(heard).toHaveLength(3)
    })

    test('hands a note over on every node from when subscribe resolves', async () => {
      await using nodes = await open()
      const heard: Note[] = []
      await nodes.there.subscribe('conversation/a', note => void heard.push(note))
      nodes.here.publish(event('conversation/a', 7))
      nodes.here.publish(signal('conversation/a'))
      await until('both notes', () => heard.length === 2)
      expect(heard).toContainEqual(event('conversation/a', 7))
      expect(heard).toContainEqual(signal('conversation/a'))
    })

    test('tells apart streams, and reaches every subscriber of one', async () => {
      await using nodes = await open()
      const heard: string[] = []
      await nodes.here.subscribe('profile/a', () => void heard.push('first'))
      await nodes.here.subscribe('profile/a', () => void heard.push('second'))
      await nodes.here.subscribe('profile/b', () => void heard.push('other person'))
      await nodes.here.subscribe('conversation/a', () => void heard.push('conversation'))
      nodes.here.publish(event('profile/a', 1))
      expect(heard.sort()).toEqual(['first', 'second'])
    })

    test('takes a note nobody waits for', async () => {
      await using nodes = await open()
      nodes.here.publish(event('profile/nobody', 1))
      const heard: Note[] = []
      await nodes.here.subscribe('profile/nobody', note => void heard.push(note))
      expect(heard).toEqual([])
    })

    test('stops at once when a subscription is disposed, once or twice, and leaves the others', async () => {
      await using nodes = await open()
      const heard: string[] = []
      const subscribe = (who: string) => nodes.here.subscribe('profile/a', () => void heard.push(who))
      const [first, second, third] = [await subscribe('first'), await subscribe('second'), await subscribe('third')]
      second[Symbol.dispose]()
      second[Symbol.dispose]()
      nodes.here.publish(event('profile/a', 1))
      expect(heard.splice(0).sort()).toEqual(['first', 'third'])
      third[Symbol.dispose]()
      nodes.here.publish(event('profile/a', 2))
      expect(heard.splice(0)).toEqual(['first'])
      first[Symbol.dispose]()
      nodes.here.publish(event('profile/a', 3))
      expect(heard).toEqual([])
      await subscribe('again')
      nodes.here.publish(event('profile/a', 4))
      expect(heard).toEqual(['again'])
    })

    test('bears subscribers that come, go and publish while they are being told', async () => {
      await using nodes = await open()
      const { here } = nodes
      const heard: string[] = []
      const going: Disposable[] = []
      const told = (who: string) => (note: Note) => {
        heard.push(`${who} ${'seq' in note ? note.seq : 0}`)
        for (const each of going.splice(0)) each[Symbol.dispose]()
        if ('seq' in note && note.seq === 1) here.publish(event('profile/b', 5))
      }
      going.push(await here.subscribe('profile/a', told('first')))
      await here.subscribe('profile/a', told('second'))
      going.push(await here.subscribe('profile/a', told('third')))
      await here.subscribe('profile/b', told('other'))
      here.publish(event('profile/a', 1))
      here.publish(event('profile/a', 2))
      // Whether those who went meanwhile had their turn is open; the one who stayed had each note once.
      expect(heard.filter(line => line.startsWith('second'))).toEqual(['second 1', 'second 2'])
      expect(heard).toContain('other 5')
      expect(heard).not.toContain('first 2')
      expect(heard).not.toContain('third 2')
    })

    test('keeps the order of one publisher, unless it says that it is lossy', async () => {
      await using nodes = await open()
      const heard: number[] = []
      await nodes.there.subscribe('profile/a', note => void heard.push('seq' in note ? note.seq : 0))
      const seqs = Array.from({ length: 100 }, (_, i) => i + 1)
      for (const seq of seqs) nodes.here.publish(event('profile/a', seq))
      if (nodes.here.lossy) return
      await until('all of them', () => heard.length >= seqs.length)
      expect(heard).toEqual(seqs)
    })

    test('says nothing after it is disposed, and does not mind being spoken to', async () => {
      const nodes = await open()
      const heard: Note[] = []
      const subscription = await nodes.here.subscribe('profile/a', note => void heard.push(note))
      await nodes[Symbol.asyncDispose]()
      nodes.here.publish(event('profile/a', 1))
      subscription[Symbol.dispose]()
      expect(heard).toEqual([])
    })
  })
}
