import { describe, expect, test } from 'bun:test'
import type { JsonObject } from '../../base/json.ts'
import type { Profile } from '../../core/index.ts'
import { Refused } from '../../host/refused.ts'
import { editIn, findMentions, messageIn, sendIn } from './inbound.messages.ts'

const ID = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const OTHER = '01922f5e-7000-7b3e-a2f4-000000000002'
const none = new Headers()

/** `code fields` of a refusal. */
const refusal = (judge: () => unknown): string => {
  try {
    return `accepted ${JSON.stringify(judge())}`
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, details } = error.reply.body as { code: string; details?: { fields?: string[] } }
    return [code, ...(details?.fields ?? [])].join(' ')
  }
}
const send = (body: JsonObject) => sendIn(body, none)

describe('OC73 to OC76: what is to be sent', () => {
  test('the text exactly as it is; null is as absent', () => {
    const plain = { type: 'message', replyTo: null, attachments: [], kind: null, clientKey: null } as const
    const text = ' \u{1f680} e\u0301 '
    const all = {
      body: text,
      reply_to_message_id: null,
      client_message_id: null,
      attachment_ids: null,
      kind: null,
      forward: null,
    }
    expect(send(all)).toEqual({ ...plain, text })
    expect(send({ attachment_ids: [ID, OTHER, ID], kind: 'emote', reply_to_message_id: ID.toUpperCase() })).toEqual({
      ...plain,
      text: null,
      attachments: [ID, OTHER],
      kind: 'emote',
      replyTo: ID,
    })
  })

  test('white space alone says nothing, but beside a file it is as it is', () => {
    for (const body of [{}, { body: '' }, { body: ' \n\u2003' }])
      expect(refusal(() => send(body))).toBe('message_empty')
    expect(messageIn({ body: ' ' }, none, 1).text).toBe(' ')
    expect(refusal(() => messageIn({ attachment_ids: [ID] }, none, 10))).toBe('attachment_count_exceeded')
  })

  test('each field is judged by itself', () => {
    const cases: readonly [JsonObject, string][] = [
      [{ body: 1 }, 'invalid_payload body'],
      [{ body: 'x'.repeat(65_537) }, 'message_too_large'],
      [{ body: 'ä'.repeat(32_769) }, 'message_too_large'],
      [{ body: 'x', kind: 'system' }, 'invalid_payload kind'],
      [{ body: 'x', client_message_id: 'é' }, 'invalid_payload client_message_id'],
      [{ body: 'x', reply_to_message_id: 'x' }, 'reply_target_not_found'],
      [{ body: 'x', attachment_ids: [1] }, 'invalid_payload attachment_ids'],
      [{ body: 'x', attachment_ids: ['x'] }, 'attachment_not_found'],
      [{ forward: { channel_id: OTHER } }, 'invalid_payload forward'],
      [
        { forward: { channel_id: OTHER, message_id: ID }, attachment_ids: [ID] },
        'invalid_payload forward attachment_ids',
      ],
      [{ forward: { channel_id: OTHER, message_id: 'x' } }, 'message_not_found'],
    ]
    for (const [body, expected] of cases) expect(refusal(() => send(body))).toBe(expected)
    expect(send({ body: 'ä'.repeat(32_768) })).toMatchObject({ type: 'message' })
    expect(
      send({ body: '', attachment_ids: [], forward: { channel_id: OTHER, message_id: ID }, client_message_id: 'k' }),
    ).toEqual({
      type: 'forward',
      channelId: OTHER,
      messageId: ID,
      clientKey: 'k',
    })
  })

  test('OC75: the header is the key where the body names none', () => {
    const header = new Headers({ 'Idempotency-Key': 'from header' })
    expect(sendIn({ body: 'x' }, header)).toMatchObject({ clientKey: 'from header' })
    expect(sendIn({ body: 'x', client_message_id: 'k' }, header)).toMatchObject({ clientKey: 'k' })
    const long = new Headers({ 'Idempotency-Key': 'k'.repeat(65) })
    expect(refusal(() => sendIn({ body: 'x' }, long))).toBe('invalid_payload Idempotency-Key')
  })

  test('OC78: an edit is a text, were it empty', () => {
    expect(editIn({ body: '' })).toBe('')
    for (const body of [{}, { body: null }, { body: 7 }])
      expect(refusal(() => editIn(body))).toBe('invalid_payload body')
    expect(refusal(() => editIn({ body: 'x'.repeat(65_537) }))).toBe('message_too_large')
  })
})

describe('OC69: people named by uid', () => {
  const people: Readonly<Record<string, Pick<Profile, 'id' | 'rootKey'>>> = {
    uid_aa: { id: 'a', rootKey: null },
    'uid_b.c': { id: 'b', rootKey: 'key' },
  }
  let asked: string[] = []
  const uids = {
    profileBy: async (_space: string, uid: string) => {
      asked.push(uid)
      return (people[uid] ?? null) as Profile | null
    },
  }
  const find = (text: string | null) => {
    asked = []
    return findMentions(uids, 'space', text)
  }

  test('whole tokens, in UTF-16 units, whatever their case; a trailing point is none of it', async () => {
    expect(await find('\u{1f680} @uid_aa. @UID_B.C-, x@uid_aa @uid_aaa @@uid_aa')).toEqual([
      { type: 'user', target: 'a', start: 3, end: 10 },
      { type: 'user', target: 'b', rootKey: 'key', start: 12, end: 20 },
      { type: 'user', target: 'a', start: 42, end: 49 },
    ])
  })

  test('nobody is looked for without need, nor more than a hundred', async () => {
    for (const text of [null, '', 'uid_aa', '@mila']) expect(await find(text)).toEqual([])
    expect(asked).toEqual([])
    await find('@uid_aa '.repeat(50))
    expect(asked).toEqual(['uid_aa'])
    await find(Array.from({ length: 500 }, (_, i) => `@uid_x${i}`).join(' '))
    expect(asked).toHaveLength(100)
    expect(await find('@uid_aa '.repeat(500))).toHaveLength(100)
  })
})
