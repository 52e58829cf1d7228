import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { NIL_ID } from '../../base/id.ts'
import type { Actor, ConversationView, Core } from '../../core/index.ts'
import {
  createChatIds,
  isFid,
  parseChatNum,
  parseFid,
  parseMessageId,
  parseNum,
  parseTime,
  printChatId,
  printFid,
  printTime,
} from './ids.ts'

describe('WT6: numbers come in leniently', () => {
  test('as JSON number, digits, or 32 zero-padded digits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), num => {
        expect(parseNum(num)).toBe(num)
        expect(parseNum(String(num))).toBe(num)
        expect(parseNum(String(num).padStart(32, '0'))).toBe(num)
        expect(parseChatNum(printChatId(num))).toBe(num)
      }),
    )
  })

  test('what is too great to exist is unknown rather than malformed', () => {
    for (const value of [2 ** 31, 1e21, '2147483648', '9'.repeat(32)]) expect(parseNum(value)).toBe(0)
  })

  test('anything else is malformed', () => {
    for (const value of [
      -1,
      1.5,
      Number.NaN,
      '',
      '-1',
      '1.5',
      '0x1',
      ' 1',
      '1 ',
      'abc',
      '1'.repeat(33),
      null,
      true,
      {},
      [7],
    ]) {
      expect(parseNum(value)).toBeNull()
    }
  })

  test('a chat id that is no number names no chat', () => {
    for (const id of ['', 'abc', '-1', '1/2']) expect(parseChatNum(id)).toBe(0)
  })
})

describe('WT66: file ids', () => {
  test('print a uuid as `file_` and 22 URL-safe characters, and read it back', () => {
    fc.assert(
      fc.property(fc.uuid(), fid => {
        const printed = printFid(fid)
        expect(printed).toMatch(/^file_[A-Za-z0-9_-]{22}$/)
        expect(isFid(printed)).toBe(true)
        expect(parseFid(printed)).toBe(fid)
      }),
    )
  })

  test('have one spelling; anything else names no file', () => {
    // The last character carries four unused bits: spelled otherwise it would decode to the same uuid.
    const printed = printFid('00000000-0000-4000-8000-000000000000')
    const twin = `${printed.slice(0, -1)}B`
    for (const text of [twin, `${printed}A`, printed.slice(0, -1), '', 'file_', NIL_ID, `x${printed}`]) {
      expect(parseFid(text)).toBe(NIL_ID)
    }
  })
})

test('WT5: a message id is opaque; what is no uuid names no message', () => {
  const id = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
  expect(parseMessageId(id.toUpperCase())).toBe(id)
  for (const text of ['', '0', 'abc', `${id}0`]) expect(parseMessageId(text)).toBe(NIL_ID)
})

describe('WT7: times', () => {
  test('print as RFC 3339 UTC with milliseconds', () => {
    expect(printTime(Date.UTC(2026, 2, 1, 12))).toBe('2026-03-01T12:00:00.000Z')
  })

  test('read with any offset and precision, and nothing that is no time', () => {
    const at = Date.UTC(2026, 2, 1, 12)
    for (const text of ['2026-03-01T12:00:00Z', '2026-03-01t12:00:00.000z', '2026-03-01T14:00:00+02:00']) {
      expect(parseTime(text)).toBe(at)
    }
    for (const text of ['', 'tomorrow', '2026-03-01', '2026-03-01T12:00:00', '1772366400000', '2026-13-01T12:00:00Z']) {
      expect(parseTime(text)).toBeNull()
    }
  })
})

describe('chat ids', () => {
  const actor = {} as Actor
  const counting = () => {
    const asked: number[] = []
    const get = async (_actor: Actor, name: object) => {
      const { num } = name as { num: number }
      asked.push(num)
      return { conversation: { id: `id-${num}`, num } } as unknown as ConversationView
    }
    return { asked, core: { conversations: { get } } as unknown as Pick<Core, 'conversations'> }
  }

  test('are asked for once', async () => {
    const { asked, core } = counting()
    const ids = createChatIds(core)
    expect([await ids.find(actor, 7), await ids.find(actor, 7)]).toEqual(['id-7', 'id-7'])
    expect(asked).toEqual([7])
  })

  test('are forgotten, oldest first, beyond the capacity', async () => {
    const { asked, core } = counting()
    const ids = createChatIds(core, 2)
    for (const num of [1, 2, 3, 3, 2, 1]) await ids.find(actor, num)
    expect(asked).toEqual([1, 2, 3, 1])
  })

  test('that were refused are not kept', async () => {
    let open = false
    const get = async () => {
      if (!open) throw new Error('not a member')
      return { conversation: { id: 'id', num: 1 } } as unknown as ConversationView
    }
    const ids = createChatIds({ conversations: { get } } as unknown as Pick<Core, 'conversations'>)
    expect(ids.find(actor, 1)).rejects.toThrow('not a member')
    open = true
    expect(await ids.find(actor, 1)).toBe('id')
  })
})
