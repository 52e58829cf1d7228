import { describe, expect, test } from 'bun:test'
import type { Core } from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import { Refused } from '../../host/refused.ts'
import { printFid } from './ids.ts'
import { editedText, findMentions, judgeSend, messageOf } from './inbound.messages.ts'
import {
  applyMessageOf,
  countOf,
  emoteOf,
  judgeGroup,
  judgeLogin,
  judgeMute,
  judgeProfile,
  judgeRegistration,
  peopleOf,
  readBody,
  targetOf,
} from './inbound.ts'

/** What a refusal says: `code field`. */
const refusal = (judge: () => unknown): string => {
  try {
    return `accepted ${JSON.stringify(judge())}`
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { code, field } = (error.reply.body as { error: { code: string; field?: string } }).error
    return field ? `${code} ${field}` : code
  }
}

const body = (text: string | Uint8Array, contentType: string | null = 'application/json'): RouteRequest =>
  ({
    raw: new Request('http://localhost/', { headers: contentType === null ? {} : { 'content-type': contentType } }),
    bytes: async () => (typeof text === 'string' ? new TextEncoder().encode(text) : text),
  }) as unknown as RouteRequest

const statusOf = async (reading: Promise<unknown>): Promise<number> => {
  try {
    await reading
    return 200
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return error.reply.status
  }
}

describe('WT4: bodies', () => {
  test('are JSON objects; anything else is 400', async () => {
    expect(await readBody(body('{"a":1}'))).toEqual({ a: 1 })
    for (const text of ['{', '[]', '"a"', 'null', '1', '{"a":1}x', '\ufeff{}']) {
      expect(await statusOf(readBody(body(text)))).toBe(400)
    }
    expect(await statusOf(readBody(body(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]))))).toBe(400)
  })

  test('WT8: nest 32 levels at most', async () => {
    const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    expect(await statusOf(readBody(body(nested(32))))).toBe(200)
    expect(await statusOf(readBody(body(nested(33))))).toBe(400)
  })

  test('need a JSON content type: 415', async () => {
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/problem+json']) {
      expect(await statusOf(readBody(body('{}', type)))).toBe(200)
    }
    for (const type of [null, 'text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      expect(await statusOf(readBody(body('{}', type)))).toBe(415)
    }
  })

  test('may be empty only where no key is required', async () => {
    expect(await readBody(body('', null), false)).toEqual({})
    expect(await statusOf(readBody(body('')))).toBe(400)
  })

  test('beyond the limit are 413', async () => {
    const request = { bytes: async () => 'too-large' } as unknown as RouteRequest
    expect(await statusOf(readBody(request))).toBe(413)
  })
})

describe('WT10: registration', () => {
  const judge = (username: unknown, password: unknown = 'long enough') =>
    refusal(() => judgeRegistration({ username, password } as never))

  test('takes letters and digits of any script, `.`, `_`, `-`', () => {
    for (const username of ['abc', 'Ольга', '小林さん', 'a-b', '1_2', '...a', '𝒜𝒷𝒸', 'a'.repeat(32)]) {
      expect(judge(username)).toStartWith('accepted')
    }
    for (const username of [
      'ab',
      'a'.repeat(33),
      '...',
      'a b',
      'a@b',
      'abc\n',
      'abc\0',
      '\ud800abc',
      '',
      5,
      null,
      undefined,
    ]) {
      expect(judge(username)).toBe('invalid_field username')
    }
  })

  test('takes passwords of 8 to 128 characters', () => {
    for (const password of ['a'.repeat(8), '🔑'.repeat(8), '🔑'.repeat(128)])
      expect(judge('abc', password)).toStartWith('accepted')
    for (const password of ['a'.repeat(7), 'a'.repeat(129), '🔑'.repeat(7), 5, null, 'nul nul\0']) {
      expect(judge('abc', password)).toBe('invalid_field password')
    }
  })
})

test('WT11: login takes `web` where no client type is given, and no other words', () => {
  const judge = (client_type?: unknown) =>
    refusal(() =>
      judgeLogin({ username: 'a', password: 'b', ...(client_type !== undefined && { client_type }) } as never),
    )
  expect(judge()).toContain('"clientType":"web"')
  expect(judge('mobile')).toContain('"clientType":"mobile"')
  for (const word of ['WEB', 'desktop', '', 1, null]) expect(judge(word)).toBe('invalid_field client_type')
})

describe('WT21: profile changes', () => {
  const judge = (fields: object) => refusal(() => judgeProfile(fields as never))

  test('name only the keys given; null and "" clear', () => {
    expect(judgeProfile({})).toEqual({})
    expect(judgeProfile({ unknown: 'key', bio: 'b' })).toEqual({ bio: 'b' })
    expect(judgeProfile({ nickname: null, bio: '', sr_link: null, avatar_fid: '', add_friend_setting: null })).toEqual({
      displayName: null,
      bio: null,
      link: null,
      avatar: null,
      addFriend: null,
    })
  })

  test('WT8: are bounded in code points', () => {
    expect(judge({ nickname: '👪'.repeat(64), bio: 'b'.repeat(500) })).toStartWith('accepted')
    expect(judge({ nickname: '👪'.repeat(65) })).toBe('invalid_field nickname')
    expect(judge({ bio: 'b'.repeat(501) })).toBe('invalid_field bio')
  })

  test('take absolute http and https links only', () => {
    for (const link of ['http://a', 'https://example.org/x?y#z', 'HTTPS://EXAMPLE.ORG']) {
      expect(judge({ sr_link: link })).toStartWith('accepted')
    }
    for (const link of [
      'javascript:alert(1)',
      '//a',
      'http:a',
      'ftp://a',
      'https://',
      'https://a b',
      ' https://a',
      5,
    ]) {
      expect(judge({ sr_link: link })).toBe('invalid_field sr_link')
    }
  })

  test('know four settings', () => {
    for (const word of ['need_verify', 'mutual_only', 'anyone', 'nobody']) {
      expect(judgeProfile({ add_friend_setting: word })).toEqual({ addFriend: word } as never)
    }
    expect(judge({ add_friend_setting: 'everyone' })).toBe('invalid_field add_friend_setting')
    expect(judge({ add_friend_setting: ['anyone'] })).toBe('invalid_field add_friend_setting')
  })
})

describe('WT33, WT36: groups', () => {
  test('a blank or missing name is none; any other is kept as it is', () => {
    expect(judgeGroup({})).toEqual({})
    for (const name of ['', '  ', null]) expect(judgeGroup({ name })).toEqual({ title: null })
    expect(judgeGroup({ name: ' Kitchen ' })).toEqual({ title: ' Kitchen ' })
  })

  test('`is_public` is a synonym of `visibility`, `avatar` of `avatar_fid`', () => {
    expect(judgeGroup({ is_public: true })).toEqual({ visibility: 'public' })
    expect(judgeGroup({ is_public: true, visibility: 'private' })).toEqual({ visibility: 'private' })
    const fid = '6f1c2d3e-0000-4000-8000-000000000001'
    for (const fields of [
      { avatar_fid: printFid(fid) },
      { avatar: printFid(fid) },
      { avatar: `/f/fserv/download/${printFid(fid)}` },
    ]) {
      expect(judgeGroup(fields)).toEqual({ avatar: fid })
    }
  })

  test('bad values name their field', () => {
    for (const [field, value] of [
      ['name', 'n'.repeat(256)],
      ['name', 7],
      ['description', 'd'.repeat(501)],
      ['visibility', 'hidden'],
      ['visibility', null],
      ['is_public', 'yes'],
      ['join_rule', 'invite'],
      ['category', 'huge'],
      ['avatar_fid', 5],
    ] as const) {
      expect(refusal(() => judgeGroup({ [field]: value }))).toBe(`invalid_field ${field}`)
    }
  })
})

describe('WT6: the person a body names', () => {
  test('stands under any of three names, the contract’s first', () => {
    expect(targetOf({ target_user_id: 1, uid: 2, user_id: 3 })).toBe(1)
    expect(targetOf({ uid: '2' })).toBe(2)
    expect(targetOf({ user_id: '3'.padStart(32, '0') })).toBe(3)
    expect(refusal(() => targetOf({}))).toBe('invalid_field target_user_id')
    expect(refusal(() => targetOf({ uid: 'x' }))).toBe('invalid_field uid')
  })

  test('lists are bounded', () => {
    expect(peopleOf({ user_ids: [1, '2'] }, 'user_ids', 2)).toEqual([1, 2])
    for (const user_ids of [undefined, {}, 'x', [1, 2, 3], [null]]) {
      expect(refusal(() => peopleOf({ user_ids } as never, 'user_ids', 2))).toBe('invalid_field user_ids')
    }
  })

  test('WT8: an application says 200 characters at most', () => {
    expect(applyMessageOf({ apply_msg: 'a'.repeat(200) })).toHaveLength(200)
    expect(applyMessageOf({})).toBeNull()
    expect(refusal(() => applyMessageOf({ apply_msg: 'a'.repeat(201) }))).toBe('invalid_field apply_msg')
  })
})

test('WT44: mutes last whole seconds above zero, or until unmuted', () => {
  expect(judgeMute({ uid: 1, mute_status: true })).toEqual({ num: 1, muted: true, seconds: null })
  expect(judgeMute({ uid: 1, mute_status: true, duration_seconds: 60 })).toEqual({ num: 1, muted: true, seconds: 60 })
  for (const duration_seconds of [0, -1, 1.5, '60', true]) {
    expect(refusal(() => judgeMute({ uid: 1, mute_status: true, duration_seconds }))).toBe(
      'invalid_field duration_seconds',
    )
  }
  expect(refusal(() => judgeMute({ uid: 1, mute_status: 'true' }))).toBe('invalid_field mute_status')
})

test('WT61: an emote is exactly one emoji, or a code', () => {
  for (const emote of ['👍', '👍🏽', '👨‍👩‍👧', '🇩🇪', '❤️', ':party_parrot:', ':+1:'])
    expect(emoteOf({ emote })).toBe(emote)
  expect(emoteOf({ emoji: '👍' })).toBe('👍')
  for (const emote of ['', 'a', '👍👍', '👍 ', ':Party:', '::', `:${'a'.repeat(33)}:`, 5, null, undefined]) {
    expect(refusal(() => emoteOf({ emote } as never))).toBe('invalid_emoji')
  }
})

test('WT46, WT49: counts are clamped; what is no whole number is 400', () => {
  const count = (query: string) => countOf(new URLSearchParams(query), 'max', { fallback: 100, min: 1, max: 100 })
  expect([
    count(''),
    count('max=7'),
    count('max=0'),
    count('max=-5'),
    count('max=1000'),
    count(`max=${'9'.repeat(40)}`),
  ]).toEqual([100, 7, 1, 1, 100, 100])
  for (const query of ['max=', 'max=x', 'max=1.5', 'max=1e2', 'max=%201'])
    expect(refusal(() => count(query))).toBe('bad_request max')
})

describe('WT53: messages to send', () => {
  const judge = (fields: object) => refusal(() => judgeSend(fields as never))

  test('are texts without a type, and kept byte for byte', () => {
    const message = '  # *md* <b>\r\n\t e\u0301 '
    expect(judgeSend({ message })).toEqual({
      kind: 'text',
      label: null,
      text: message,
      attachments: [],
      replyTo: null,
      replyRoot: null,
      remindAt: null,
      clientKey: null,
    })
  })

  test('keep types that nobody knows, under a label of our own', () => {
    expect(judgeSend({ message: 'a', message_type: 'poll' })).toMatchObject({ kind: 'text', label: 'wetty:poll' })
    expect(judgeSend({ message: 'a', message_type: 'constructor' })).toMatchObject({
      kind: 'text',
      label: 'wetty:constructor',
    })
    expect(judgeSend({ message: 'a', message_type: 'emoji' })).toMatchObject({ kind: 'emote', label: 'emoji' })
    for (const message_type of ['system', '', 'Text', 'a'.repeat(21), 'a-b', 5, null]) {
      expect(judge({ message: 'a', message_type })).toBe('invalid_field message_type')
    }
  })

  test('are not empty, and 20 000 code points at most', () => {
    for (const fields of [{}, { message: '' }, { message: null }]) expect(judge(fields)).toBe('message_empty')
    expect(judge({ message: '👪'.repeat(20_000) })).toStartWith('accepted')
    expect(judge({ message: '👪'.repeat(20_001) })).toBe('message_too_long')
    expect(judge({ message: 'a'.repeat(20_001) })).toBe('message_too_long')
    for (const message of [5, ['a'], 'a\0b', 'a\ud800']) expect(judge({ message })).toBe('invalid_field message')
  })

  test('WT54: carry a key of 1 to 128 characters', () => {
    expect(judgeSend({ message: 'a', client_generated_id: 'k'.repeat(128) }).clientKey).toHaveLength(128)
    for (const client_generated_id of ['', 'k'.repeat(129), 5]) {
      expect(judge({ message: 'a', client_generated_id })).toBe('invalid_field client_generated_id')
    }
  })

  test('WT72: files stand in `fid`, `fids`, or as the message itself', () => {
    const fid = '6f1c2d3e-0000-4000-8000-000000000001'
    const printed = printFid(fid)
    const file = (fields: object) => {
      const { text, attachments } = judgeSend({ message_type: 'image', ...fields } as never)
      return { text, attachments }
    }
    expect(file({ fid: printed })).toEqual({ text: null, attachments: [fid] })
    expect(file({ fids: [printed, printed], message: 'cats' })).toEqual({ text: 'cats', attachments: [fid, fid] })
    expect(file({ message: printed })).toEqual({ text: null, attachments: [fid] })
    // Read back and sent again as it was printed.
    expect(file({ message: printed, fid: printed })).toEqual({ text: null, attachments: [fid] })
    expect(judge({ message_type: 'image', message: 'cat.jpg' })).toBe('fid_required')
    expect(judge({ message_type: 'sticker' })).toBe('fid_required')
    // A text is a text, whatever it looks like.
    expect(judgeSend({ message: printed })).toMatchObject({ text: printed, attachments: [] })
    for (const fids of ['x', Array(21).fill(printed), [5]])
      expect(judge({ message_type: 'image', fids })).toBe('invalid_field fids')
  })

  test('WT62: `remind_at` counts for reminders only', () => {
    const remind_at = '2026-03-01T12:00:00Z'
    expect(judgeSend({ message: 'a', message_type: 'reminder', remind_at }).remindAt).toBe(Date.UTC(2026, 2, 1, 12))
    expect(judgeSend({ message: 'a', remind_at }).remindAt).toBeNull()
    expect(judge({ message: 'a', message_type: 'reminder', remind_at: 'soon' })).toBe('invalid_field remind_at')
  })

  test('WT57: name the message they are about', () => {
    const id = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
    expect(messageOf({ msg_id: id }, 'msg_id')).toBe(id)
    expect(messageOf({ message_id: id }, 'msg_id', 'message_id')).toBe(id)
    for (const msg_id of [undefined, null, 5]) {
      expect(refusal(() => messageOf({ msg_id } as never, 'msg_id'))).toBe('invalid_field msg_id')
    }
  })

  test('WT59: an edit is not empty', () => {
    expect(editedText({ message: 'b' })).toBe('b')
    for (const fields of [{}, { message: '' }]) expect(refusal(() => editedText(fields))).toBe('message_empty')
  })
})

describe('WT64: `@[uid:17]`', () => {
  const asked: number[] = []
  const core = {
    people: {
      byNum: async (num: number) => {
        asked.push(num)
        return num === 17 ? { id: 'p17' } : null
      },
    },
  } as unknown as Pick<Core, 'people'>

  test('mentions whoever has that number, at that place', async () => {
    expect(await findMentions(core, 'a @[uid:17] b @[uid:99] @[uid:x] @[uid:17]')).toEqual([
      { type: 'user', target: 'p17', start: 2, end: 11 },
      { type: 'user', target: 'p17', start: 33, end: 42 },
    ])
  })

  test('asks for nobody twice, and for a hundred people at most', async () => {
    asked.length = 0
    await findMentions(core, '@[uid:17]@[uid:17]')
    expect(asked).toEqual([17])
    asked.length = 0
    await findMentions(core, Array.from({ length: 500 }, (_, i) => `@[uid:${1000 + i}]`).join(''))
    expect(asked).toHaveLength(100)
  })
})
