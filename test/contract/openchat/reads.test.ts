// How far people have read: OC84 to OC87.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newGroup, newPeople, newServer, type Person } from './crew.ts'
import { messagesOf, sent } from './sending.ts'
import { type Loose, NO_ID, said, TIME } from './target.ts'

const target = useTarget()

const ackOf = (channel: string): string => `/v1/channels/${channel}/read-ack`
const standing = async (who: Person, channel: string): Promise<Loose> =>
  (await who.must('GET', ackOf(channel))).read_ack
const unread = async (who: Person, channel: string): Promise<number> => (await who.channel(channel)).unread_count
const receiptsOf = async (who: Person, channel: string): Promise<Loose[]> =>
  (await who.must('GET', `/v1/channels/${channel}/read-receipts`)).receipts

/** Three messages of the owner's in a group. */
const talk = async () => {
  const group = await newGroup(target)
  const messages: Loose[] = []
  for (const body of ['1', '2', '3']) messages.push(await sent(group.owner, group.id, { body }))
  return { ...group, messages, ids: messages.map(({ id }) => id as string) as [string, string, string] }
}

describe('one’s own mark', () => {
  test('OC84: has no key for what is not there, and never an index', async () => {
    const { id, member } = await newGroup(target)
    expect((await member.get(ackOf(id))).body).toEqual({
      channel_id: id,
      read_ack: { channel_id: id, user_uid: member.uid },
    })
  })

  test('OC85: moves forward, to a message or to the newest, and never back', async () => {
    const { id, member, ids } = await talk()
    const mark = (last: string) => ({
      channel_id: id,
      user_uid: member.uid,
      last_read_message_id: last,
      acked_at: expect.stringMatching(TIME),
    })
    expect(await unread(member, id)).toBe(3)
    const put = async (json: object) => (await member.put(ackOf(id), json)).body
    expect(await put({ last_read_message_id: ids[1] })).toEqual({
      channel_id: id,
      read_ack: mark(ids[1]),
      applied: true,
    })
    expect(await put({ last_read_message_id: ids[0] })).toEqual({
      channel_id: id,
      read_ack: mark(ids[1]),
      applied: false,
    })
    expect(await standing(member, id)).toEqual(mark(ids[1]))
    expect(await unread(member, id)).toBe(1)
    expect(await put({})).toEqual({ channel_id: id, read_ack: mark(ids[2]), applied: true })
    expect((await member.put(ackOf(id))).body).toMatchObject({ applied: false })
    expect(await unread(member, id)).toBe(0)
    const empty = await member.group()
    expect((await member.put(ackOf(empty), {})).body).toMatchObject({ applied: false })
  })

  test('OC85: a message that is not there marks nothing', async () => {
    const { id, owner, member } = await talk()
    const elsewhere = await sent(owner, await owner.group([member]), { body: 'x' })
    for (const odd of [NO_ID, elsewhere.id, 'x', '']) {
      expect(said(await member.put(ackOf(id), { last_read_message_id: odd }))).toBe('400 read_ack_cursor_not_found')
    }
    expect(said(await member.put(ackOf(id), { last_read_message_id: 7 }))).toBe('400 invalid_payload')
    expect(await unread(member, id)).toBe(3)
  })

  test('OC85: is told to one’s own connections only', async () => {
    const { id, owner, member, ids } = await talk()
    using mine = await member.live()
    using theirs = await owner.live()
    await member.must('PUT', ackOf(id), {})
    const { payload } = await mine.event('chat.read_ack.updated')
    expect(payload).toMatchObject({ channel_id: id, user_uid: member.uid, last_read_message_id: ids[2] })
    expect(await theirs.heard()).toEqual(['chat.receipt.updated'])
  })

  test('OC59, OC85: marking a public channel joins it; a mark at nothing does not', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const id = await mila.makeChannel()
    const message = await sent(mila, id, { body: 'x' })
    expect(said(await noor.put(ackOf(id), { last_read_message_id: NO_ID }))).toBe('400 read_ack_cursor_not_found')
    expect((await noor.channel(id)).my_role).toBeNull()
    expect((await noor.put(ackOf(id), { last_read_message_id: message.id })).body).toMatchObject({
      read_ack: { last_read_message_id: message.id },
      applied: false,
    })
    expect((await noor.channel(id)).my_role).toBe('member')
  })

  test('OC87: one’s own messages are read, by sending them', async () => {
    const { id, owner, member, ids } = await talk()
    expect(await unread(owner, id)).toBe(0)
    expect(await standing(owner, id)).toMatchObject({
      last_read_message_id: ids[2],
      acked_at: expect.stringMatching(TIME),
    })
    using live = await owner.live()
    const mine = await sent(member, id, { body: 'me too' })
    expect(await standing(member, id)).toMatchObject({ last_read_message_id: mine.id })
    expect(await unread(member, id)).toBe(0)
    expect(await live.heard()).toEqual(['chat.message.created'])
  })
})

describe('several channels at once', () => {
  test('OC86: one answer for each, in order', async () => {
    const one = await talk()
    const { member } = one
    const other = await member.group()
    const { status, body } = await member.put(`${member.at}/read-acks`, {
      read_acks: [{ channel_id: other }, { channel_id: one.id, last_read_message_id: one.ids[1] }],
    })
    expect(status).toBe(200)
    expect(body).toEqual({
      server_id: member.server,
      read_acks: [
        { channel_id: other, user_uid: member.uid },
        {
          channel_id: one.id,
          user_uid: member.uid,
          last_read_message_id: one.ids[1],
          acked_at: expect.stringMatching(TIME),
        },
      ],
    })
    expect(await unread(member, one.id)).toBe(1)
  })

  test('OC86: five hundred channels at once, and no more', async () => {
    const [mila] = (await newPeople(target, 1)) as [Person]
    const ids = await Promise.all(Array.from({ length: 501 }, () => mila.group()))
    const read_acks = ids.map(channel_id => ({ channel_id }))
    expect(said(await mila.put(`${mila.at}/read-acks`, { read_acks }))).toBe('400 invalid_read_acks')
    const { body } = await mila.put(`${mila.at}/read-acks`, { read_acks: read_acks.slice(1) })
    expect(body.read_acks.map((ack: Loose) => ack.channel_id)).toEqual(ids.slice(1))
  })

  test('OC86: all or nothing', async () => {
    const { id, member, ids } = await talk()
    const foreign = (await newGroup(target)).id
    const server = await newServer(target)
    const [elsewhere] = await server.owner.channels()
    const put = async (read_acks: unknown, who = member) => said(await who.put(`${who.at}/read-acks`, { read_acks }))
    const mine = { channel_id: id, last_read_message_id: ids[2] }
    for (const bad of [
      [mine, mine],
      [mine, { channel_id: foreign }],
      [mine, { channel_id: 'x' }],
      [],
      [mine, null],
      {},
      null,
    ]) {
      expect([bad, await put(bad)]).toEqual([bad, '400 invalid_read_acks'])
    }
    expect(await put(Array.from({ length: 501 }, () => mine))).toBe('400 invalid_read_acks')
    expect(await put([{ channel_id: id }], server.owner)).toBe('400 invalid_read_acks')
    expect(await put([{ channel_id: elsewhere.id }], server.owner)).toBe('200')
    expect(await put([{ channel_id: elsewhere.id }], server.owner.home)).toBe('400 invalid_read_acks')
    const second = await member.group()
    for (const odd of [NO_ID, ids[0], 'x']) {
      expect(await put([mine, { channel_id: second, last_read_message_id: odd }])).toBe('400 read_ack_cursor_not_found')
    }
    expect(await unread(member, id)).toBe(3)
    expect(said(await member.put(`${server.owner.at}/read-acks`, { read_acks: [mine] }))).toBe('403 server_mismatch')
  })
})

describe('the marks of others', () => {
  test('OC87: in groups and direct chats, of those who have read something since they came', async () => {
    const { id, owner, manager, member, ids } = await talk()
    expect(await receiptsOf(owner, id)).toEqual([])
    await member.must('PUT', ackOf(id), { last_read_message_id: ids[0] })
    expect(await receiptsOf(owner, id)).toEqual([
      { user_uid: member.uid, last_read_message_id: ids[0], acked_at: expect.stringMatching(TIME) },
    ])
    const readers = (await receiptsOf(manager, id)).map((receipt: Loose) => receipt.user_uid)
    expect(readers.toSorted()).toEqual([owner.uid, member.uid].toSorted())
    const direct = await owner.direct(member)
    const { id: last } = await sent(owner, direct, { body: 'x' })
    await member.must('PUT', ackOf(direct), {})
    expect(await receiptsOf(owner, direct)).toMatchObject([{ user_uid: member.uid, last_read_message_id: last }])
  })

  test('OC87: channels have none, and of strangers there are none', async () => {
    const { id, stranger } = await newGroup(target)
    const channel = await stranger.makeChannel()
    expect(said(await stranger.get(`/v1/channels/${channel}/read-receipts`))).toBe('403 receipts_unavailable')
    expect(said(await stranger.get(`/v1/channels/${id}/read-receipts`))).toBe('404 channel_not_found')
  })

  test('OC87: a newcomer has read nothing of what was before', async () => {
    const { id, owner, stranger } = await talk()
    await owner.must('POST', `/v1/channels/${id}/members`, { user_uids: [stranger.uid] })
    await stranger.must('PUT', ackOf(id), {})
    expect(await unread(stranger, id)).toBe(0)
    expect(await receiptsOf(owner, id)).toEqual([])
    const { id: last } = await sent(owner, id, { body: 'welcome' })
    await stranger.must('PUT', ackOf(id), {})
    expect(await receiptsOf(owner, id)).toMatchObject([{ user_uid: stranger.uid, last_read_message_id: last }])
    expect((await stranger.get(messagesOf(id))).body.messages).toHaveLength(4)
  })
})
