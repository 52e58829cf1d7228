// Messages: OC67 to OC69 and OC72 to OC79.
import { describe, expect, test } from 'bun:test'
import { foreign, useTarget } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { newGroup, newPeople, newServer, type Person } from './crew.ts'
import { request } from './raw.ts'
import { bodies, history, MP3, messagesOf, PNG, send, sendForm, sent, sentFile, upload, WEBM } from './sending.ts'
import { blamed, type Loose, NO_ID, said, TIME, UUID } from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]
const pathTo = (message: Loose): string => `${messagesOf(message.channel_id)}/${message.id}`

describe('a message', () => {
  test('OC67, OC73: is answered as history shows it, the same to everybody', async () => {
    const { id, owner, member } = await newGroup(target)
    const { status, body } = await send(owner, id, { body: ' Hi <b>you</b> \u{1f680}\n' })
    expect(status).toBe(201)
    expect(body.message).toEqual({
      id: expect.stringMatching(UUID),
      channel_id: id,
      author_uid: owner.uid,
      body: ' Hi <b>you</b> \u{1f680}\n',
      kind: 'text',
      seq: 1,
      created_at: expect.stringMatching(TIME),
      edited_at: null,
      recalled_at: null,
      reactions: [],
      permalink: expect.stringContaining(`/channels/${id}?message_id=${body.message.id}`),
    })
    expect(await history(member, id)).toEqual([body.message])
    expect(await history(owner, id)).toEqual([body.message])
    expect((await member.get(pathTo(body.message))).body).toEqual({ message: body.message })
    expect((await sent(member, id, { body: 'yes' })).seq).toBe(2)
  })

  test('OC67: reaches everybody live as it was answered', async () => {
    const { id, owner, member } = await newGroup(target)
    using live = await member.live()
    const message = await sent(owner, id, { body: 'now' })
    expect((await live.event('chat.message.created')).payload.message).toEqual(message)
  })

  test('OC72: one is found in its channel only, by those who see it', async () => {
    const { id, owner, stranger } = await newGroup(target)
    const message = await sent(owner, id, { body: 'here' })
    const elsewhere = await owner.group()
    const known = [
      `${messagesOf(elsewhere)}/${message.id}`,
      ...[NO_ID, 'x', '%00', '..%2f'].map(odd => `${messagesOf(id)}/${odd}`),
    ]
    for (const path of known) expect([path, said(await owner.get(path))]).toEqual([path, '404 message_not_found'])
    expect(said(await stranger.get(pathTo(message)))).toBe('404 channel_not_found')
    await owner.must('DELETE', pathTo(message))
    expect((await owner.get(pathTo(message))).body.message).toMatchObject({
      body: '',
      recalled_at: expect.stringMatching(TIME),
    })
  })

  test('OC68: a reply shows what it answers, shortened; nothing of what was taken back', async () => {
    const { id, owner, member } = await newGroup(target)
    const first = await sent(owner, id, { body: '  one \r\n\n two  ' })
    const long = await sent(owner, id, { body: '\u{1f680}'.repeat(221) })
    const reply = await sent(member, id, { body: 're', reply_to_message_id: first.id })
    const name = (await owner.must('GET', '/v1/profile/me')).display_name
    expect(reply.reply_to).toEqual({
      message_id: first.id,
      author_uid: owner.uid,
      author_display_name: name,
      preview_text: 'one two',
      is_unavailable: false,
    })
    const cut = await sent(member, id, { body: 're', reply_to_message_id: long.id })
    expect(cut.reply_to.preview_text).toBe(`${'\u{1f680}'.repeat(220)}…`)
    await owner.must('DELETE', pathTo(first))
    const { message } = await owner.must('GET', pathTo(reply))
    expect(message.reply_to).toMatchObject({ message_id: first.id, preview_text: '', is_unavailable: true })
  })

  test('OC69: mentions by handle, uid and audience, in UTF-16 units; of members only', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    const [handle, uid] = [`@${member.username.toUpperCase()}`, `@${owner.uid}`]
    const body = `\u{1f680} ${handle}. ${uid} @here @channel- x@here @${stranger.username} @${stranger.uid} @nobody`
    const { mentions } = await sent(owner, id, { body })
    const at = (token: string, type: string, target_id: string) => {
      const start = body.indexOf(token)
      return { type, token, target_id, display_text: token, range: { start, end: start + token.length } }
    }
    expect(mentions).toEqual([
      at(handle, 'user', member.uid),
      at(uid, 'user', owner.uid),
      at('@here', 'channel', 'here'),
      at('@channel', 'channel', 'channel'),
    ])
    expect(await sent(owner, id, { body: 'nobody@all' })).not.toHaveProperty('mentions')
  })

  test('OC69: on a server of one’s own, uids are those of that server', async () => {
    const { owner, member } = await newServer(target)
    const [channel] = await owner.channels()
    const { mentions } = await sent(owner, channel.id, { body: `@${member.uid} @${member.home.uid}` })
    expect(mentions).toMatchObject([{ target_id: member.uid, range: { start: 0 } }])
  })
})

describe('sending', () => {
  test('OC74: what says nothing, too much or nonsense is refused', async () => {
    const { id, owner } = await newGroup(target)
    for (const nothing of [{}, { body: '' }, { body: ' \n\t ' }, { body: null }, { body: '', attachment_ids: [] }]) {
      expect(said(await send(owner, id, nothing))).toBe('400 message_empty')
    }
    const full = '\u{1f680}'.repeat(16_384)
    expect(Buffer.byteLength(full)).toBe(65_536)
    expect((await sent(owner, id, { body: full })).body).toBe(full)
    expect(said(await send(owner, id, { body: `${full}x` }))).toBe('413 message_too_large')
    for (const [field, value] of Object.entries({
      body: 7,
      client_message_id: '',
      kind: 'image',
      reply_to_message_id: {},
      attachment_ids: 'x',
      forward: [],
    })) {
      expect(blamed(await send(owner, id, { body: 'x', [field]: value }))).toBe(`400 invalid_payload: ${field}`)
    }
    expect(said(await send(owner, id, { body: 'a\0b' }))).toBe('400 invalid_payload')
    expect(await bodies(owner, id)).toEqual([full])
  })

  test('OC5, OC74: syntax before the channel, the channel before the fields, the fields before permission', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    await owner.must('PUT', `/v1/channels/${id}/members/${member.uid}/mute`, { seconds: null })
    const json = { 'content-type': 'application/json' }
    const path = messagesOf(id)
    const outcome = async (who: Person, body: string, headers: Record<string, string> = json) =>
      said(await request(who, 'POST', path, { raw: body, headers }))
    expect(await outcome(stranger, '{', { ...json, authorization: 'Bearer no' })).toBe('401 unauthorized')
    expect(await outcome(stranger, '{', { 'content-type': 'text/plain' })).toBe('415 unsupported_media_type')
    expect(await outcome(stranger, '{')).toBe('400 invalid_payload')
    expect(await outcome(stranger, '{}')).toBe('404 channel_not_found')
    expect(await outcome(member, '{}')).toBe('400 message_empty')
    expect(await outcome(member, '{"body":"x"}')).toBe('403 muted')
  })

  test('OC74: a reply answers a standing message of the same channel', async () => {
    const { id, owner } = await newGroup(target)
    const gone = await sent(owner, id, { body: 'gone' })
    await owner.must('DELETE', pathTo(gone))
    const elsewhere = await sent(owner, await owner.group(), { body: 'elsewhere' })
    for (const reply_to_message_id of [gone.id, elsewhere.id, NO_ID, 'nonsense']) {
      expect(said(await send(owner, id, { body: 'x', reply_to_message_id }))).toBe('400 reply_target_not_found')
    }
    expect(await bodies(owner, id)).toEqual([])
  })

  test('OC74: who is muted is told until when; of a block neither learns who it was', async () => {
    const { id, owner, member } = await newGroup(target)
    await owner.must('PUT', `/v1/channels/${id}/members/${member.uid}/mute`, { seconds: 600 })
    const refusal = await send(member, id, { body: 'x' })
    expect(said(refusal)).toBe('403 muted')
    expect(refusal.body.details.muted_until).toMatch(TIME)
    const direct = await owner.direct(member)
    await sent(member, direct, { body: 'before' })
    await owner.block(member)
    const [his, mine] = [await send(member, direct, { body: 'x' }), await send(owner, direct, { body: 'x' })]
    expect([said(his), said(mine)]).toEqual(['403 blocked', '403 blocked'])
    expect(his.body).toEqual(mine.body)
  })

  test('OC59: writing into a public channel joins it; a refused message does not', async () => {
    const [mila, noor] = await two()
    const id = await mila.makeChannel()
    expect((await noor.channel(id)).my_role).toBeNull()
    expect(said(await send(noor, id, { body: ' ' }))).toBe('400 message_empty')
    expect((await noor.channel(id)).my_role).toBeNull()
    await sent(noor, id, { body: 'hello' })
    expect((await noor.channel(id)).my_role).toBe('member')
  })

  test('OC30: a channel of another server is not written to', async () => {
    const { member } = await newServer(target)
    const [channel] = await member.channels()
    expect(said(await send(member.home, channel.id, { body: 'x' }))).toBe('403 server_mismatch')
    const general = await member.home.general()
    expect(said(await send(member, general, { body: 'x' }))).toBe('403 server_mismatch')
  })

  test('OC76: the kind follows from the first file, unless it is said; only text and emote can be', async () => {
    const { id, owner } = await newGroup(target)
    const kindOf = async (bytes: BlobPart) => (await sentFile(owner, id, { bytes })).kind
    expect([await kindOf(PNG), await kindOf(MP3), await kindOf(WEBM), await kindOf('plain')]).toEqual([
      'image',
      'audio',
      'video',
      'file',
    ])
    const { attachment_id } = await upload(owner, { bytes: PNG })
    expect(await sent(owner, id, { body: '', attachment_ids: [attachment_id], kind: 'text' })).toMatchObject({
      kind: 'text',
      body: '',
      attachments: [{ attachment_id }],
    })
    expect((await sent(owner, id, { body: 'waves', kind: 'emote' })).kind).toBe('emote')
  })

  test('OC74: files are the sender’s own, used once, ten at most', async () => {
    const { id, owner, member } = await newGroup(target)
    const [mine, his] = [await upload(owner), await upload(member)]
    await sent(owner, id, { attachment_ids: [mine.attachment_id, mine.attachment_id] })
    const seen = await sentFile(member, id)
    for (const file of [mine.attachment_id, his.attachment_id, seen.attachments[0].attachment_id, NO_ID, 'nonsense']) {
      expect(said(await send(owner, id, { attachment_ids: [file] }))).toBe('400 attachment_not_found')
    }
    const eleven = Array.from({ length: 11 }, () => NO_ID)
    expect(said(await send(owner, id, { attachment_ids: eleven }))).toBe('400 attachment_count_exceeded')
  })
})

describe('repeating', () => {
  test('OC75: the same key and content is the first message again, without an event', async () => {
    const { id, owner, member } = await newGroup(target)
    const json = { body: 'once', client_message_id: 'key 1~' }
    const first = await send(owner, id, json)
    using live = await member.live()
    const again = await send(owner, id, json)
    expect([first.status, again.status]).toEqual([201, 200])
    expect(first.body.message.client_message_id).toBe('key 1~')
    expect(again.body).toEqual(first.body)
    // What goes without saying may be said.
    expect((await send(owner, id, { ...json, kind: 'text', attachment_ids: [] })).body).toEqual(first.body)
    for (const other of [{ body: 'other' }, { kind: 'emote' }]) {
      expect(said(await send(owner, id, { ...json, ...other }))).toBe('409 idempotency_conflict')
    }
    expect((await send(member, id, json)).status).toBe(201)
    expect(await live.heard()).toEqual(['chat.message.created'])
    await owner.must('DELETE', pathTo(first.body.message))
    const tombstone = await send(owner, id, json)
    expect(tombstone).toMatchObject({
      status: 200,
      body: { message: { body: '', recalled_at: expect.stringMatching(TIME) } },
    })
  })

  test('OC75: the header does the same; the body’s key wins; a key is printable and short', async () => {
    const { id, owner } = await newGroup(target)
    const withHeader = (key: string, json: object) =>
      request(owner, 'POST', messagesOf(id), {
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        raw: JSON.stringify(json),
      })
    expect((await withHeader('h-1', { body: 'x' })).status).toBe(201)
    expect((await withHeader('h-1', { body: 'x' })).status).toBe(200)
    expect((await withHeader('h-1', { body: 'x', client_message_id: 'b-1' })).status).toBe(201)
    expect(blamed(await withHeader('k'.repeat(65), { body: 'x' }))).toBe('400 invalid_payload: Idempotency-Key')
    for (const client_message_id of ['k'.repeat(65), 'ä', '\n', 1]) {
      expect(blamed(await send(owner, id, { body: 'x', client_message_id }))).toBe(
        '400 invalid_payload: client_message_id',
      )
    }
  })

  test('OC75: parallel repeats make one message', async () => {
    const { id, owner } = await newGroup(target)
    const json = { body: 'at once', client_message_id: 'p' }
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(owner, id, json)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(new Set(answers.map(({ body }) => body.message.id)).size).toBe(1)
    expect(await bodies(owner, id)).toEqual(['at once'])
  })

  test('OC75: so do repeats that name a file, or bring it along again', async () => {
    const { id, owner } = await newGroup(target)
    const { attachment_id } = await upload(owner)
    const json = { attachment_ids: [attachment_id], client_message_id: 'a' }
    const named = [await send(owner, id, json), await send(owner, id, json)]
    expect(named.map(({ status }) => status)).toEqual([201, 200])
    const bring = (bytes: string) => sendForm(owner, id, { body: 'look', client_message_id: 'f' }, [{ bytes }])
    const brought = [await bring('one'), await bring('one')]
    expect(brought.map(({ status }) => status)).toEqual([201, 200])
    expect(brought[1]?.body.message.id).toBe(brought[0]?.body.message.id)
    expect(said(await bring('two'))).toBe('409 idempotency_conflict')
    await owner.must('DELETE', pathTo(brought[0]?.body.message))
    await owner.must('DELETE', pathTo(named[0]?.body.message))
    for (const answer of [await bring('one'), await send(owner, id, json)]) {
      expect(answer).toMatchObject({ status: 200, body: { message: { recalled_at: expect.stringMatching(TIME) } } })
    }
    expect(said(await bring('two'))).toBe('409 idempotency_conflict')
  })
})

describe('forwarding', () => {
  test('OC77: takes text and files along and names the first origin', async () => {
    const { id, owner, member } = await newGroup(target)
    const source = await sent(owner, id, { body: 'look', attachment_ids: [(await upload(owner)).attachment_id] })
    const there = await member.group([owner])
    const forward = (message: Loose, to: string, keys: object = {}) =>
      send(member, to, { forward: { channel_id: message.channel_id, message_id: message.id }, ...keys })
    const once = (await forward(source, there)).body.message
    expect(once).toMatchObject({
      body: 'look',
      author_uid: member.uid,
      attachments: [{ attachment_id: source.attachments[0].attachment_id }],
      forwarded_from: { message_id: source.id, author_uid: owner.uid },
    })
    const twice = await forward(once, await member.group(), { client_message_id: 'f' })
    expect(twice.body.message.forwarded_from).toEqual({ message_id: source.id, author_uid: owner.uid })
    await owner.must('DELETE', pathTo(source))
    expect(said(await forward(source, there))).toBe('410 message_recalled')
    expect((await member.get(pathTo(once))).body.message.body).toBe('look')
    expect(said(await forward({ ...source, channel_id: there }, there))).toBe('404 message_not_found')
    expect(blamed(await forward(once, there, { body: 'and more' }))).toBe('400 invalid_payload: forward,body')
  })

  test('OC77: nobody forwards what he does not see', async () => {
    const { id, owner, stranger } = await newGroup(target)
    const { channel_id, id: message_id } = await sent(owner, id, { body: 'hush' })
    const mine = await stranger.group()
    expect(said(await send(stranger, mine, { forward: { channel_id, message_id } }))).toBe('404 message_not_found')
    expect(said(await send(stranger, mine, { forward: { channel_id: mine, message_id: NO_ID } }))).toBe(
      '404 message_not_found',
    )
    expect(await bodies(stranger, mine)).toEqual([])
  })

  test('OC30, OC77: nor what is on another server than his session', async () => {
    const { member } = await newServer(target)
    const [channel] = await member.channels()
    const { channel_id, id: message_id } = await sent(member, channel.id, { body: 'there' })
    const home = await member.home.group()
    const forward = { channel_id, message_id }
    expect(said(await send(member.home, home, { forward }))).toBe('403 server_mismatch')
    expect((await send(member, channel.id, { forward })).status).toBe(201)
  })

  test('OC77: what one merely reads along can be forwarded, without joining there', async () => {
    const [mila, noor] = await two()
    const open = await mila.makeChannel()
    const { id } = await sent(mila, open, { body: 'hear, hear' })
    const message = await sent(noor, await noor.group(), { forward: { channel_id: open, message_id: id } })
    expect(message).toMatchObject({ body: 'hear, hear', forwarded_from: { author_uid: mila.uid } })
    expect((await noor.channel(open)).my_role).toBeNull()
  })
})

describe('editing', () => {
  test('OC78: by the author, with mentions anew; the same text changes nothing', async () => {
    const { id, owner, member } = await newGroup(target)
    const message = await sent(owner, id, { body: `hi @${member.username}` })
    using live = await member.live()
    const { status, body } = await owner.patch(pathTo(message), { body: 'hi @here' })
    expect(status).toBe(200)
    expect(body.message).toEqual({
      ...message,
      body: 'hi @here',
      edited_at: expect.stringMatching(TIME),
      mentions: [expect.objectContaining({ target_id: 'here', range: { start: 3, end: 8 } })],
    })
    expect((await owner.patch(pathTo(message), { body: 'hi @here' })).body).toEqual(body)
    expect((await live.event('chat.message.updated')).payload.message).toEqual(body.message)
    expect(await live.heard()).toEqual([])
    expect(await history(member, id)).toEqual([body.message])
  })

  test('OC78: not by others, not muted, not blocked, not what is gone, not to nothing', async () => {
    const { id, owner, member } = await newGroup(target)
    const message = await sent(member, id, { body: 'mine' })
    const edit = async (who: Person, what: Loose, json: unknown) => said(await who.patch(pathTo(what), json))
    expect(await edit(owner, message, { body: 'yours' })).toBe('403 message_edit_forbidden')
    expect(blamed(await member.patch(pathTo(message), {}))).toBe('400 invalid_payload: body')
    expect(await edit(member, message, { body: ' ' })).toBe('400 message_empty')
    expect(await edit(member, message, { body: 'x'.repeat(65_537) })).toBe('413 message_too_large')
    await owner.must('PUT', `/v1/channels/${id}/members/${member.uid}/mute`, { seconds: 60 })
    expect(await edit(member, message, { body: 'x' })).toBe('403 muted')
    await owner.must('DELETE', `/v1/channels/${id}/members/${member.uid}/mute`)
    const file = await sentFile(member, id)
    expect((await member.patch(pathTo(file), { body: '' })).body.message.edited_at).toBeNull()
    expect((await member.patch(pathTo(file), { body: 'caption' })).body.message.body).toBe('caption')
    await member.must('DELETE', pathTo(message))
    expect(await edit(member, message, { body: 'x' })).toBe('410 message_recalled')
    const direct = await owner.direct(member)
    const there = await sent(member, direct, { body: 'x' })
    await owner.block(member)
    expect(await edit(member, there, { body: 'y' })).toBe('403 blocked')
  })
})

describe('taking back', () => {
  test('OC59, OC78, OC79: who has left a public channel joins it again by what he does to his messages', async () => {
    const [mila, noor] = await two()
    const id = await mila.makeChannel()
    const [mine, other] = [await sent(noor, id, { body: 'x' }), await sent(mila, id, { body: 'y' })]
    const leave = () => noor.must('DELETE', `/v1/channels/${id}/members/me`)
    await leave()
    expect(said(await noor.patch(pathTo(other), { body: 'z' }))).toBe('403 message_edit_forbidden')
    expect(said(await noor.delete(pathTo(other)))).toBe('403 message_delete_forbidden')
    expect((await noor.channel(id)).my_role).toBeNull()
    expect((await noor.patch(pathTo(mine), { body: 'z' })).body.message.body).toBe('z')
    expect((await noor.channel(id)).my_role).toBe('member')
    await leave()
    expect((await noor.delete(pathTo(mine))).status).toBe(200)
  })

  test('OC79: by the author; again is the same, without an event; nothing of it is left', async () => {
    const { id, owner, member } = await newGroup(target)
    const message = await sent(member, id, { body: `bye @${owner.username}` })
    using live = await owner.live()
    const { status, body } = await member.delete(pathTo(message))
    expect([status, body]).toEqual([
      200,
      { channel_id: id, message_id: message.id, recalled_at: expect.stringMatching(TIME) },
    ])
    expect((await member.delete(pathTo(message))).body).toEqual(body)
    expect(await live.heard()).toEqual(['chat.message.recalled'])
    expect(await history(owner, id)).toEqual([])
    expect(await history(owner, id, '?include_recalled=true')).toMatchObject([{ id: message.id, body: '' }])
  })

  test('OC79: the owner anybody’s, a manager those of plain members; others not', async () => {
    const { id, owner, manager, member, stranger } = await newGroup(target)
    const by = (who: Person) => sent(who, id, { body: who.username })
    const [his, theirs, mine] = [await by(member), await by(manager), await by(owner)]
    const recall = async (who: Person, what: Loose) => said(await who.delete(pathTo(what)))
    expect(await recall(member, theirs)).toBe('403 message_delete_forbidden')
    expect(await recall(manager, mine)).toBe('403 message_delete_forbidden')
    expect(await recall(stranger, his)).toBe('404 channel_not_found')
    expect(await recall(manager, his)).toBe('200')
    expect(await recall(owner, theirs)).toBe('200')
    expect(said(await owner.delete(`${messagesOf(id)}/${NO_ID}`))).toBe('404 message_not_found')
  })

  const hasty = useTarget({ PARLANCE_OPENCHAT_RECALL_SECONDS: '1' })
  test.skipIf(foreign)('OC79: within the advertised time; the owner of a group at any time', async () => {
    const { id, owner, member } = await newGroup(hasty)
    expect((await owner.must('GET', '/client/capabilities')).limits.recall_window_seconds).toBe(1)
    const old = await sent(member, id, { body: 'old' })
    await until('the time to be over', () => Date.now() > Date.parse(old.created_at) + 1000)
    const fresh = await sent(member, id, { body: 'fresh' })
    expect((await member.delete(pathTo(fresh))).status).toBe(200)
    expect(said(await member.delete(pathTo(old)))).toBe('409 recall_window_passed')
    expect((await owner.delete(pathTo(old))).status).toBe(200)
    expect((await member.delete(pathTo(old))).status).toBe(200)
  })
})
