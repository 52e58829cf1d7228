import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor } from '../../src/core/index.ts'
import { createTestCore, faultOf, type TestCore } from '../kit/core.ts'
import { until } from '../kit/wait.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let t: TestCore
let ada: Actor
let bob: Actor
let eve: Actor
let chat: string
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  bob = await t.person('bob')
  eve = await t.person('eve')
  chat = (await t.core.conversations.create(ada, { memberIds: [bob.profile.id] })).conversation.id
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const UNKNOWN = { kind: 'file.unknown' } as const
const INVALID = { kind: 'link.invalid' } as const
const send = async (who: Actor, fid: string, where = chat) =>
  (await t.core.messages.send(who, where, { kind: 'file', attachments: [fid] })).message
const readable = async (who: Actor, fid: string): Promise<boolean> => {
  const attempt = t.core.files.open(who, fid)
  try {
    return (await attempt).attachment.fid === fid
  } catch {
    expect(await faultOf(attempt)).toEqual(UNKNOWN)
    return false
  }
}
const who = async (fid: string) => [await readable(ada, fid), await readable(bob, fid), await readable(eve, fid)]
const tokenIn = (link: string) => new URL(link, 'http://x').searchParams.get('t') ?? ''
const gone = (fid: string) => until('the sweep', async () => !(await readable(ada, fid)))
/** Time goes on, sweep by sweep, until the file is gone. */
const swept = (fid: string) =>
  until('a sweep', async () => {
    t.clock.advance(MINUTE)
    return !(await readable(ada, fid))
  })

async function* bytesOf(...chunks: readonly string[]) {
  for (const chunk of chunks) yield new TextEncoder().encode(chunk)
}
const upload = (chunks: readonly string[], maxBytes?: number) =>
  t.core.files.upload(ada, {
    name: 'a.txt',
    mime: 'text/plain',
    bytes: bytesOf(...chunks),
    ...(maxBytes !== undefined && { maxBytes }),
  })

describe('uploading', () => {
  test('WT66 WT68: whole or not at all, within the bound, read back in parts', async () => {
    const file = await upload(['hello ', 'world'])
    expect(file).toMatchObject({ size: 11, uploaderId: ada.profile.id, state: 'received' })
    const open = await t.core.files.open(ada, file.fid.toUpperCase())
    expect(await new Response(await open.read()).text()).toBe('hello world')
    expect(await new Response(await open.read({ start: 6, end: 8 })).text()).toBe('wor')
    expect((await faultOf(upload([]))).kind).toBe('file.empty')
    expect(await faultOf(upload(['12345', '6'], 5))).toMatchObject({ kind: 'file.too-large', limit: 5 })
    expect((await upload(['12345'], 5)).size).toBe(5)
    expect((await faultOf(upload(['x'.repeat(600_000), 'x'.repeat(600_000)], 5e9))).kind).toBe('file.too-large')
  })

  test('names and types are bounded and storable', async () => {
    for (const [field, file] of [
      ['name', { name: 'x'.repeat(100_000), mime: 'a/b' }],
      ['name', { name: 'a\0', mime: 'a/b' }],
      ['mime', { name: 'a', mime: '\ud800' }],
    ] as const) {
      const attempt = t.core.files.upload(ada, { ...file, bytes: bytesOf('x') })
      expect(await faultOf(attempt)).toMatchObject({ kind: 'value.invalid', field })
    }
  })
})

describe('who may read', () => {
  test('WT70: the uploader; who sees an unrecalled message with it; nobody else, and nobody knows why', async () => {
    const { fid } = await t.upload(ada)
    expect(await who(fid)).toEqual([true, false, false])
    const message = await send(ada, fid)
    expect(await who(fid)).toEqual([true, true, false])
    await t.core.members.add(ada, chat, [eve.profile.id], { skipPresent: false })
    expect(await who(fid)).toEqual([true, true, true])
    await t.core.members.kick(ada, chat, eve.profile.id)
    expect(await who(fid)).toEqual([true, true, false])
    await t.core.messages.recall(ada, message.id)
    expect(await who(fid)).toEqual([true, false, false])
    for (const nothing of [crypto.randomUUID(), '', 'x', '../../etc/passwd']) {
      expect(await faultOf(t.core.files.open(ada, nothing))).toEqual(UNKNOWN)
    }
  })

  test('WT70: not from one he has blocked, unless another sends it too', async () => {
    const { fid } = await t.upload(ada)
    await send(ada, fid)
    await send(bob, fid)
    await t.core.members.add(ada, chat, [eve.profile.id], { skipPresent: false })
    await t.core.contacts.block(eve, ada.profile.id)
    expect(await readable(eve, fid)).toBe(true)
    await t.core.contacts.block(eve, bob.profile.id)
    expect(await readable(eve, fid)).toBe(false)
    await t.core.contacts.unblock(eve, ada.profile.id)
    // Being blocked takes nothing.
    await t.core.contacts.block(ada, eve.profile.id)
    expect(await readable(eve, fid)).toBe(true)
  })

  test('WT73: one sends only what one may read', async () => {
    const { fid } = await t.upload(ada)
    expect(await faultOf(send(bob, fid))).toEqual(UNKNOWN)
    await send(ada, fid)
    const direct = (await t.core.conversations.openDirect(bob, eve.profile.id)).conversation.id
    await send(bob, fid, direct)
    expect(await readable(eve, fid)).toBe(true)
    const many = Array.from({ length: 21 }, () => fid)
    const flood = t.core.messages.send(ada, chat, { kind: 'file', attachments: many })
    expect(await faultOf(flood)).toMatchObject({ kind: 'value.invalid', field: 'attachments' })
  })

  test('WT24: a person’s avatar everybody; a group’s whoever may see the group', async () => {
    const face = await t.upload(ada)
    await t.core.people.update(ada, { avatar: face.fid })
    expect(await who(face.fid)).toEqual([true, true, true])
    const sign = await t.upload(ada)
    await t.core.conversations.update(ada, chat, { avatar: sign.fid })
    expect(await who(sign.fid)).toEqual([true, true, false])
    await t.core.conversations.update(ada, chat, { visibility: 'public' })
    expect(await who(sign.fid)).toEqual([true, true, true])
    await t.core.conversations.update(ada, chat, { avatar: null })
    await t.core.people.update(ada, { avatar: null })
    expect(await who(face.fid)).toEqual([true, false, false])
    expect(await who(sign.fid)).toEqual([true, false, false])
  })
})

describe('signed links', () => {
  test('stand for 15 to 30 minutes, the same meanwhile, and for a restart', async () => {
    const { fid } = await t.upload(ada)
    const { id } = await send(ada, fid)
    for (const offset of [0, 1, 7 * MINUTE, 15 * MINUTE]) {
      t.clock.advance(offset)
      const link = t.core.files.link(fid, id)
      expect(link.startsWith(`/files/${fid}?t=`)).toBe(true)
      expect(t.core.files.link(fid, id)).toBe(link)
      const made = t.clock.now()
      t.clock.advance(15 * MINUTE - 1)
      expect((await t.core.files.openLink(fid, tokenIn(link))).attachment.fid).toBe(fid)
      t.clock.advance(made + 30 * MINUTE - t.clock.now())
      expect(await faultOf(t.core.files.openLink(fid, tokenIn(link)))).toEqual(INVALID)
    }
    const token = tokenIn(t.core.files.link(fid, id))
    await t.restart()
    await t.core.files.openLink(fid, token)
  })

  test('one character changed, another file, another message: nothing', async () => {
    const { fid } = await t.upload(ada)
    const other = await t.upload(ada)
    const message = await send(ada, fid)
    const second = await send(ada, other.fid)
    const token = tokenIn(t.core.files.link(fid, message.id))
    const forged = [...token].map((c, i) => `${token.slice(0, i)}${c === 'a' ? 'b' : 'a'}${token.slice(i + 1)}`)
    for (const wrong of [...forged, '', '..', `${token}.x`.replace(message.id, second.id), token.replace('.', '')]) {
      expect(await faultOf(t.core.files.openLink(fid, wrong))).toEqual(INVALID)
    }
    expect(await faultOf(t.core.files.openLink(other.fid, token))).toEqual(INVALID)
    await t.core.files.openLink(fid, token)
  })

  test('the recall of its message voids one, not that of another with the same file', async () => {
    const { fid } = await t.upload(ada)
    const first = await send(ada, fid)
    const second = await send(ada, fid)
    const [one = '', two = ''] = [first, second].map(({ id }) => tokenIn(t.core.files.link(fid, id)))
    await t.core.messages.recall(ada, first.id)
    expect(await faultOf(t.core.files.openLink(fid, one))).toEqual(UNKNOWN)
    await t.core.files.openLink(fid, two)
    await t.core.conversations.end(ada, chat)
    expect(await faultOf(t.core.files.openLink(fid, two))).toEqual(UNKNOWN)
  })
})

describe('sweeping', () => {
  test('WT66: what hangs on nothing for 24 h goes; avatars and what was sent stays', async () => {
    const [orphan, sent, face, sign] = await Promise.all([1, 2, 3, 4].map(i => t.upload(ada, `${i}`)))
    if (!(orphan && sent && face && sign)) throw new Error('four files')
    await send(ada, sent.fid)
    await t.core.people.update(ada, { avatar: face.fid })
    await t.core.conversations.update(ada, chat, { avatar: sign.fid })
    const open = await t.core.files.open(ada, orphan.fid)
    t.clock.advance(DAY - MINUTE)
    expect(await readable(ada, orphan.fid)).toBe(true)
    await swept(orphan.fid)
    await until('the bytes to go', async () => {
      try {
        await (await open.read()).cancel()
        return false
      } catch {
        return true
      }
    })
    for (const { fid } of [sent, face, sign]) expect(await readable(ada, fid)).toBe(true)
  })

  test('WT66: a recalled file goes a day later, a replaced avatar at the next look', async () => {
    const file = await t.upload(ada)
    const face = await t.upload(ada)
    const message = await send(ada, file.fid)
    await t.core.people.update(ada, { avatar: face.fid })
    t.clock.advance(10 * DAY)
    await t.core.messages.recall(ada, message.id)
    await t.core.people.update(ada, { avatar: null })
    await swept(face.fid)
    expect(await readable(ada, file.fid)).toBe(true)
    t.clock.advance(DAY)
    await swept(file.fid)
  })

  test('however many, by one sweep', async () => {
    const files = await Promise.all(Array.from({ length: 230 }, (_, i) => t.upload(ada, `${i}`)))
    t.clock.advance(DAY)
    await swept(files.map(({ fid }) => fid).toSorted()[0] ?? '')
    for (const { fid } of files) await gone(fid)
  })
})

describe('reserved files', () => {
  const reserve = (who = ada, size = 5) =>
    t.core.files.reserve(who, { name: 'a.txt', mime: 'text/plain', size, note: 'for later', ttlMs: 60 * MINUTE })
  const receive = (fid: string, ...chunks: readonly string[]) => t.core.files.receive(fid, bytesOf(...chunks))
  const text = async (fid: string, reader = ada) =>
    new Response(await (await t.core.files.open(reader, fid)).read()).text()
  const spend = (who: Actor, fid: string) =>
    t.core.messages.send(who, chat, { kind: 'file', attachments: [fid], spends: true })

  test('UM90 UM94: announced, received whole or not at all, replaced until it is sent', async () => {
    const { fid } = await reserve()
    expect(await t.core.files.reservation(fid)).toMatchObject({ state: 'reserved', note: 'for later', size: 5 })
    expect(await readable(ada, fid)).toBe(false)
    expect((await faultOf(spend(ada, fid))).kind).toBe('file.unknown')
    expect((await faultOf(receive(fid, 'too many bytes'))).kind).toBe('file.too-large')
    expect((await faultOf(receive(fid, 'few'))).kind).toBe('file.incomplete')
    expect(await readable(ada, fid)).toBe(false)
    await receive(fid, 'hel', 'lo')
    expect(await text(fid)).toBe('hello')
    await receive(fid, 'again')
    expect(await text(fid)).toBe('again')
    expect(await who(fid)).toEqual([true, false, false])
    expect((await faultOf(receive('nothing', 'x'))).kind).toBe('file.unknown')
    expect((await faultOf(reserve(ada, 0))).kind).toBe('file.empty')
    expect((await faultOf(reserve(ada, 1e12))).kind).toBe('file.too-large')
  })

  test('UM97: sent once; with the message it is gone for its uploader, too', async () => {
    const { fid } = await reserve()
    await receive(fid, 'hello')
    const { message } = await spend(ada, fid)
    expect(await who(fid)).toEqual([true, true, false])
    expect((await faultOf(spend(ada, fid))).kind).toBe('file.spent')
    expect((await faultOf(receive(fid, 'other'))).kind).toBe('file.spent')
    const copy = await t.core.messages.forward(bob, message.id, chat, null)
    await t.core.messages.recall(ada, message.id)
    expect(await text(fid, bob)).toBe('hello')
    await t.core.messages.recall(bob, copy.message.id)
    expect(await who(fid)).toEqual([false, false, false])
    expect(await t.core.files.reservation(fid)).toMatchObject({ spentAt: t.clock.now() })
  })

  test('UM99: a signed right lasts for its time and falls with the message', async () => {
    const { fid } = await reserve()
    await receive(fid, 'hello')
    const own = await t.core.files.sign(ada, fid, MINUTE)
    expect((await t.core.files.openLink(fid, own)).attachment.fid).toBe(fid)
    expect(await faultOf(t.core.files.sign(bob, fid, MINUTE))).toEqual(UNKNOWN)
    const { message } = await spend(ada, fid)
    const theirs = await t.core.files.sign(bob, fid, MINUTE)
    await t.core.files.openLink(fid, theirs)
    expect(await faultOf(t.core.files.openLink(fid, `${theirs}x`))).toEqual(INVALID)
    t.clock.advance(MINUTE)
    expect(await faultOf(t.core.files.openLink(fid, theirs))).toEqual(INVALID)
    const later = [await t.core.files.sign(bob, fid, MINUTE), await t.core.files.sign(ada, fid, MINUTE)]
    await t.core.messages.recall(ada, message.id)
    for (const token of later) expect(await faultOf(t.core.files.openLink(fid, token))).toEqual(UNKNOWN)
  })

  test('UM97: what is not sent in its time is removed', async () => {
    const { fid } = await reserve()
    await receive(fid, 'hello')
    t.clock.advance(60 * MINUTE)
    expect(await faultOf(t.core.files.reservation(fid))).toEqual(UNKNOWN)
    await swept(fid)
  })
})

describe('rights in one place, and files nobody needs', () => {
  test('OC106: of several messages with a file, the one in the conversation asked for is named, if it is seen', async () => {
    const other = (await t.core.conversations.create(ada, {})).conversation.id
    const { fid } = await upload(['x'])
    const here = await send(ada, fid)
    const there = await send(ada, fid, other)
    expect((await t.core.files.seenOn(ada, fid, other)).use?.messageId).toBe(there.id)
    expect((await t.core.files.seenOn(ada, fid, chat)).use?.messageId).toBe(here.id)
    expect((await t.core.files.seenOn(bob, fid, other)).use).toBeNull()
    const { token } = t.core.files.token(fid, there.id, MINUTE)
    expect((await t.core.files.openLink(fid, token)).use?.conversationId).toBe(other)
    expect((await t.core.files.openLink(fid, t.core.files.token(fid, null, MINUTE).token)).use).toBeNull()
  })

  test('OC74: what hangs on nothing is dropped by its uploader at once, and nothing else', async () => {
    const [loose, sent, foreign] = [await upload(['a']), await upload(['b']), await t.upload(bob)]
    await send(ada, sent.fid)
    await t.core.files.discard(ada, [loose.fid, sent.fid, foreign.fid, 'none'])
    expect(await readable(ada, loose.fid)).toBe(false)
    expect(await readable(ada, sent.fid)).toBe(true)
    expect(await readable(bob, foreign.fid)).toBe(true)
  })
})
