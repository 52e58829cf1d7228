// The one list that a person's friends, requests and blocks make.
import { expect, test } from 'bun:test'
import type { Actor, Core, Person } from '../../core/index.ts'
import { contactsBehind, contactsOf, contactWith, printContactPlace } from './contacts.ts'

const person = (num: number): Person => ({ id: `p${num}`, num, handle: `h${num}`, displayName: null, avatar: null })
const actor = {} as Actor

/** Only what the list asks for. */
const core = (sets: { friends?: object[]; incoming?: object[]; outgoing?: object[]; blocks?: object[] }) =>
  ({
    contacts: {
      friends: async () => sets.friends ?? [],
      pending: async () => ({ incoming: sets.incoming ?? [], outgoing: sets.outgoing ?? [] }),
      blocks: async () => sets.blocks ?? [],
    },
  }) as unknown as Pick<Core, 'contacts'>

test('OC95: friends, requests and blocks are one list, the latest change first', async () => {
  const all = await contactsOf(
    core({
      friends: [{ person: person(1), since: 10 }],
      incoming: [{ person: person(2), since: 30, message: 'hi' }],
      outgoing: [{ person: person(3), since: 20, message: null }],
      blocks: [{ person: person(4), since: 20 }],
    }),
    actor,
  )
  expect(all.map(({ person, state, message }) => [person.num, state, message])).toEqual([
    [2, 'requested_in', 'hi'],
    [3, 'requested_out', null],
    [4, 'blocked', null],
    [1, 'friend', null],
  ])
})

test('OC96: a friend who is blocked is listed as blocked, once', async () => {
  const both = core({ friends: [{ person: person(1), since: 10 }], blocks: [{ person: person(1), since: 5 }] })
  expect(await contactsOf(both, actor)).toEqual([{ person: person(1), state: 'blocked', message: null, since: 5 }])
  expect((await contactWith(both, actor, 'p1'))?.state).toBe('blocked')
  expect(await contactWith(both, actor, 'p2')).toBeNull()
})

test('OC95: a page goes on behind its last one, also when that one is gone', async () => {
  const friends = [1, 2, 3, 4].map(num => ({ person: person(num), since: num === 4 ? 20 : 10 }))
  const all = await contactsOf(core({ friends }), actor)
  expect(all.map(({ person }) => person.num)).toEqual([4, 1, 2, 3])
  const place = printContactPlace(all[1] as (typeof all)[number])
  expect(contactsBehind(all, place).map(({ person }) => person.num)).toEqual([2, 3])
  const without = all.filter(({ person }) => person.num !== 1)
  expect(contactsBehind(without, place).map(({ person }) => person.num)).toEqual([2, 3])
})
