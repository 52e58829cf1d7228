import { describe, expect, test } from 'bun:test'
import type { Event, EventBody } from '../event.ts'
import type { Note } from '../ports/bus.ts'
import type { Signal } from '../signal.ts'
import type { Delivery, Encoder, Sink } from './encoder.ts'
import { FanOut, type Home, Join, type Watcher } from './fan-out.ts'

const event = (seq: number, body: EventBody = { type: 'credential.revoked', credentialId: 'c' }): Event => ({
  stream: 'profile/p',
  seq,
  at: 0,
  body,
})

const person = { id: 'p', num: 1, handle: 'p', displayName: null, avatar: null }
const signal: Signal = {
  stream: 'profile/p',
  at: 0,
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
}

const deciding: EventBody = {
  type: 'membership.ended',
  conversation: { id: 'c', num: 2, kind: 'group', slug: 'c', title: null, pair: null },
  why: 'left',
  by: person,
}

class Encoding implements Encoder {
  readonly name: string
  readonly encoded: Note[] = []
  readonly deliveries: readonly Omit<Delivery, 'frame'>[]

  constructor(name: string, ...deliveries: readonly Omit<Delivery, 'frame'>[]) {
    this.name = name
    this.deliveries = deliveries.length > 0 ? deliveries : [{}]
  }

  encode(note: Note): readonly Delivery[] {
    this.encoded.push(note)
    return this.deliveries.map((to, i) => ({ ...to, frame: `${this.name}${i} ${'seq' in note ? note.seq : 'signal'}` }))
  }
}

class Hall implements Home {
  readonly stream = 'profile/p'
  readonly errors: unknown[] = []
  readonly fanOut = new FanOut(error => void this.errors.push(error))
  readonly heard: string[] = []

  left(join: Join): void {
    this.fanOut.remove(join)
  }

  /** Adds a sink that writes down what it hears, and then does something. */
  add(
    profileId: string,
    encoder: Encoder,
    since = 0,
    then?: (join: Join) => void,
    watcher: Watcher | null = null,
  ): Join {
    const sink: Sink = {
      profileId,
      deliver: frame => {
        this.heard.push(`${profileId}: ${frame}`)
        then?.(join)
      },
    }
    const join = new Join(this, sink, since, watcher)
    this.fanOut.add(join, encoder)
    return join
  }

  take(): readonly string[] {
    return this.heard.splice(0)
  }
}

describe('a note is encoded once per encoder', () => {
  test('however many sinks share it, and not for an encoder whose last sink has left', () => {
    const hall = new Hall()
    const [x, y] = [new Encoding('x'), new Encoding('y')]
    for (let i = 0; i < 5; i++) hall.add(`x${i}`, x)
    const only = hall.add('y', y)
    hall.fanOut.deliver(event(1))
    expect(hall.take()).toHaveLength(6)
    only[Symbol.dispose]()
    hall.fanOut.deliver(event(2))
    expect(hall.take()).toHaveLength(5)
    expect([x.encoded.length, y.encoded.length]).toEqual([2, 1])
  })

  test('one that throws is reported and costs the others nothing', () => {
    const hall = new Hall()
    const bug = new Error('a bug')
    const broken: Encoder = {
      name: 'broken',
      encode: () => {
        throw bug
      },
    }
    hall.add('a', broken)
    hall.add('b', new Encoding('x'))
    hall.fanOut.deliver(event(1))
    expect(hall.take()).toEqual(['b: x0 1'])
    expect(hall.errors).toEqual([bug])
  })
})

describe('frames reach whom they are for', () => {
  const many = Array.from({ length: 20 }, (_, i) => `other ${i}`)
  for (const [length, others] of [
    ['short', []],
    ['long', many],
  ] as const) {
    test(`only and except, with ${length} lists`, () => {
      const hall = new Hall()
      const encoder = new Encoding(
        'x',
        { only: ['a', ...others] },
        { except: ['a', ...others] },
        { only: ['a', 'b'], except: ['b', ...others] },
      )
      for (const id of ['a', 'b', 'c']) hall.add(id, encoder)
      hall.fanOut.deliver(event(1))
      expect(hall.take()).toEqual(['a: x0 1', 'b: x1 1', 'c: x1 1', 'a: x2 1'])
      const late = hall.add('a', encoder)
      hall.fanOut.deliverTo(late, encoder, event(2))
      expect(hall.take()).toEqual(['a: x0 2', 'a: x2 2'])
    })
  }

  test('events not at or before the position of a sink, signals whatever its position', () => {
    const hall = new Hall()
    const encoder = new Encoding('x')
    hall.add('a', encoder, 4)
    hall.add('b', encoder, 5)
    hall.fanOut.deliver(event(5))
    expect(hall.take()).toEqual(['a: x0 5'])
    hall.fanOut.deliver(signal)
    expect(hall.take()).toEqual(['a: x0 signal', 'b: x0 signal'])
  })
})

describe('sinks may do as they like while they are served', () => {
  test('one that throws is reported and costs the others nothing', () => {
    const hall = new Hall()
    const bug = new Error('a bug')
    hall.add('a', new Encoding('x'), 0, () => {
      throw bug
    })
    hall.add('b', new Encoding('y'))
    hall.fanOut.deliver(event(1))
    hall.fanOut.deliver(event(2))
    expect(hall.take()).toEqual(['a: x0 1', 'b: y0 1', 'a: x0 2', 'b: y0 2'])
    expect(hall.errors).toEqual([bug, bug])
  })

  test('whoever leaves, or is sent away by another, hears nothing more; everyone else each frame once', () => {
    const hall = new Hall()
    const encoder = new Encoding('x', {}, {})
    const away: Join[] = []
    const sendAway = () => {
      for (const join of away) join[Symbol.dispose]()
    }
    away.push(hall.add('first', encoder))
    hall.add('sender', encoder, 0, sendAway)
    away.push(hall.add('third', encoder))
    const last = hall.add('last', encoder)
    hall.fanOut.deliver(event(1))
    expect(hall.take()).toEqual(['first: x0 1', 'sender: x0 1', 'last: x0 1', 'sender: x1 1', 'last: x1 1'])
    hall.fanOut.deliver(event(2))
    expect([...hall.take()].sort()).toEqual(['last: x0 2', 'last: x1 2', 'sender: x0 2', 'sender: x1 2'])
    last[Symbol.dispose]()
    last[Symbol.dispose]()
    hall.fanOut.deliver(event(3))
    expect(hall.take()).toEqual(['sender: x0 3', 'sender: x1 3'])
  })

  test('whoever comes during an event has missed it, with the same encoder or another', () => {
    const hall = new Hall()
    const [x, y] = [new Encoding('x'), new Encoding('y')]
    let come = true
    hall.add('a', x, 0, () => {
      if (!come) return
      come = false
      hall.add('b', x, 1)
      hall.add('c', y, 1)
    })
    hall.fanOut.deliver(event(1))
    expect(hall.take()).toEqual(['a: x0 1'])
    hall.fanOut.deliver(event(2))
    expect(hall.take()).toEqual(['a: x0 2', 'b: x0 2', 'c: y0 2'])
  })

  test('coming and going in any order keeps the books right', () => {
    const hall = new Hall()
    const encoder = new Encoding('x')
    const present = new Map<string, Join>()
    // A fixed shuffle: primes step through all residues.
    for (let step = 0; step < 500; step++) {
      const id = `s${(step * 37) % 23}`
      const join = present.get(id)
      if (join) {
        join[Symbol.dispose]()
        present.delete(id)
      } else {
        present.set(id, hall.add(id, encoder))
      }
      hall.fanOut.deliver(event(step + 1))
      expect([...hall.take()].sort()).toEqual([...present.keys()].map(who => `${who}: x0 ${step + 1}`).sort())
    }
  })
})

describe('watchers', () => {
  test('hear of events that decide memberships, after the frames, even when nothing is printed of them', () => {
    const hall = new Hall()
    const silent: Encoder = { name: 'silent', encode: () => [] }
    const watcher: Watcher = { noticed: ({ seq }) => void hall.heard.push(`noticed ${seq}`) }
    hall.add('a', silent, 0, undefined, watcher)
    hall.add('b', new Encoding('x'))
    hall.add('late', silent, 3, undefined, watcher)
    hall.fanOut.deliver(event(1))
    hall.fanOut.deliver(event(2, deciding))
    expect(hall.take()).toEqual(['b: x0 1', 'b: x0 2', 'noticed 2'])
    hall.fanOut.deliver(signal)
    expect(hall.take()).toEqual(['b: x0 signal'])
  })

  test('one that throws is reported, and the delivery is finished', () => {
    const hall = new Hall()
    const bug = new Error('a bug')
    const watcher: Watcher = {
      noticed: () => {
        throw bug
      },
    }
    const join = hall.add('a', new Encoding('x'), 0, undefined, watcher)
    hall.fanOut.deliver(event(1, deciding))
    expect(hall.errors).toEqual([bug])
    join[Symbol.dispose]()
    hall.fanOut.deliver(event(2))
    expect(hall.take()).toEqual(['a: x0 1'])
  })
})
