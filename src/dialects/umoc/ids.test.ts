import { describe, expect, test } from 'bun:test'
import { AT, direct, groupRef as group, mila, noor, TIME } from '../../../test/kit/samples.ts'
import { NIL_ID } from '../../base/id.ts'
import type { Actor, Core } from '../../core/index.ts'
import { faultIn, refuse } from '../../core/index.ts'
import {
  chatIdFor,
  createChatIds,
  parseInteger,
  parseMessageId,
  parseNum,
  printPreciseSeconds,
  printSeconds,
  printTime,
} from './ids.ts'

describe('numbers', () => {
  test('UM3: digits are taken like the number', () => {
    expect(parseNum(12)).toBe(12)
    expect(parseNum('12')).toBe(12)
    expect(parseNum('0012')).toBe(12)
  })

  test.each([[-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY], [''], ['1.5'], ['-1'], [' 1'], ['1e3'], ['٣']])(
    'UM3: %p is no id',
    value => {
      expect(parseNum(value)).toBeNull()
    },
  )

  test.each([[null], [undefined], [true], [{}], [[12]], [['12']]])('UM3: %p is no id either', value => {
    expect(parseNum(value)).toBeNull()
  })

  test('UM3: a number too great to exist names nobody rather than being malformed', () => {
    expect(parseNum(2 ** 31)).toBe(0)
    expect(parseNum('4294967296')).toBe(0)
  })

  test('UM67: no integer beyond what a number holds exactly', () => {
    expect(parseInteger(2 ** 53 - 1)).toBe(2 ** 53 - 1)
    expect(parseInteger(2 ** 53)).toBeNull()
    expect(parseInteger('9'.repeat(32))).toBeNull()
  })
})

describe('names', () => {
  test('UM1: message ids are uuids in any letter case; anything else names none', () => {
    expect(parseMessageId('01922F5E-8D10-7B3E-A2F4-5C6D7E8F9A0B')).toBe('01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b')
    expect(parseMessageId('17')).toBe(NIL_ID)
    expect(parseMessageId({})).toBe(NIL_ID)
  })

  test('UM2: a direct chat is called by the peer, a group by its own number', () => {
    expect(chatIdFor(direct, mila.id)).toBe(noor.num)
    expect(chatIdFor(direct, noor.id)).toBe(mila.num)
    expect(chatIdFor(group, mila.id)).toBe(group.num)
  })

  test('UM4 UM5: ISO with milliseconds and Z; whole seconds; seconds with fraction', () => {
    expect(printTime(AT)).toBe(TIME)
    expect(printSeconds(AT)).toBe(Math.floor(AT / 1000))
    expect(printPreciseSeconds(1_636_750_000_123)).toBe(1_636_750_000.123)
  })
})

describe('chats by number', () => {
  const actor = { profile: { id: mila.id } } as Actor
  const fixture = (capacity?: number) => {
    const asked: string[] = []
    const core = {
      people: {
        byNum: async (num: number) => {
          asked.push(`person ${num}`)
          return num === noor.num ? noor : null
        },
      },
      conversations: {
        get: async (_: Actor, { num }: { num: number }) => {
          asked.push(`conversation ${num}`)
          if (num === 99) return refuse({ kind: 'member.required' })
          const found = [group, direct].find(conversation => conversation.num === num)
          return found ? { conversation: found } : refuse({ kind: 'conversation.unknown' })
        },
        openDirect: async (_: Actor, peer: string) => {
          asked.push(`open ${peer}`)
          return { conversation: direct }
        },
      },
    }
    return { asked, chats: createChatIds(core as unknown as Pick<Core, 'conversations' | 'people'>, capacity) }
  }
  const kindOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'none',
      error => faultIn(error)?.kind,
    )

  test('UM7: without is_group the number itself decides', async () => {
    const { chats } = fixture()
    expect(await chats.find(actor, noor.num, undefined)).toEqual({ type: 'direct', peer: noor.id })
    expect(await chats.find(actor, group.num, undefined)).toEqual({ type: 'group', id: group.id })
  })

  test('UM7: an is_group that contradicts the number makes it unknown', async () => {
    const { chats } = fixture()
    expect(await chats.find(actor, group.num, false)).toEqual({ type: 'nothing' })
    expect(await kindOf(chats.find(actor, noor.num, true))).toBe('conversation.unknown')
    expect(await kindOf(chats.find(actor, 12_345, true))).toBe('conversation.unknown')
    expect(await chats.find(actor, 12_345, false)).toEqual({ type: 'nothing' })
  })

  test('UM2: the own number of a direct conversation names nothing here', async () => {
    const { chats } = fixture()
    expect(await chats.find(actor, direct.num, undefined)).toEqual({ type: 'nothing' })
  })

  test('UM65: a group of others is refused by the core, and not remembered as open', async () => {
    const { chats } = fixture()
    expect(await kindOf(chats.find(actor, 99, true))).toBe('member.required')
    expect(await kindOf(chats.find(actor, 99, true))).toBe('member.required')
  })

  test('what was found is remembered, what was not is asked for again, and only so much is kept', async () => {
    const { chats, asked } = fixture(1)
    await chats.find(actor, noor.num, undefined)
    await chats.find(actor, noor.num, false)
    expect(asked).toEqual(['person 18'])
    await chats.find(actor, 12_345, false)
    await chats.find(actor, 12_345, false)
    expect(asked.filter(question => question === 'person 12345')).toHaveLength(2)
    await chats.find(actor, group.num, true)
    await chats.find(actor, noor.num, undefined)
    expect(asked.filter(question => question === 'person 18')).toHaveLength(2)
  })

  test('a direct conversation is opened once', async () => {
    const { chats, asked } = fixture()
    expect(await chats.open(actor, noor.id)).toBe(direct.id)
    expect(await chats.open(actor, noor.id)).toBe(direct.id)
    expect(asked).toEqual([`open ${noor.id}`])
  })
})
