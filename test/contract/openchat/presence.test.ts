// Who is there, as far as one may see (OC118), also by other contracts.
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { foreign, lacks, useTarget } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { newGroup, newPeople, type Person } from './crew.ts'
import { atUmoc, atWetty } from './elsewhere.ts'
import { Socket } from './live.ts'
import { call, type Loose, TIME } from './target.ts'

const target = useTarget()

const entriesOf = async (viewer: Person, channel: string): Promise<readonly Loose[]> =>
  (await viewer.must('GET', `/v1/channels/${channel}/presence`)).members
const uidsOf = (members: readonly Loose[]): readonly string[] => members.map(({ user_uid }) => user_uid).toSorted()

const befriend = async (one: Person, other: Person): Promise<void> => {
  await one.must('POST', '/v1/contacts', { user_uid: other.uid })
  await other.must('POST', `/v1/contacts/${one.uid}/accept`)
}

describe('here', () => {
  test.skipIf(foreign)('OC116: who is put out while he opens a channel hears no more of who is there', async () => {
    await using own = await startClocked()
    const { id, owner, member } = await newGroup(own)
    using socket = await Socket.open(member)
    const { watching } = own.kit.core
    const { start } = watching
    const late: typeof start = async (...asked) => {
      const view = await start(...asked)
      await owner.must('DELETE', `/v1/channels/${id}/members/${member.uid}`)
      Object.assign(watching, { start })
      return view
    }
    Object.assign(watching, { start: late })
    socket.send('chat.subscribe', { channel_id: id })
    expect((await socket.event('chat.error')).payload.code).toBe('chat_channel_forbidden')
    using other = await Socket.open(owner)
    await other.subscribe(id)
    socket.frames.take()
    await other.ask('chat.unsubscribe', { channel_id: id })
    expect((await socket.heard()).map(({ event_type }) => event_type)).toEqual([])
    expect((await socket.ask('chat.unsubscribe', { channel_id: id })).payload.code).toBe('chat_not_subscribed')
  })

  test('OC118: one entry for each open view, under public names that lead nowhere', async () => {
    const { id, owner, member } = await newGroup(target)
    const log_in = { username: member.username, password: 'correct horse battery', device_id: 'my secret device' }
    const { body } = await call(target, 'POST', '/v1/sessions/password', { json: log_in })
    const phone = { target, token: body.token as string, server: member.server }
    using one = await Socket.open(member)
    using two = await Socket.open(phone)
    using three = await Socket.open(phone)
    using watch = await Socket.open(owner)
    for (const socket of [one, two, three]) await socket.subscribe(id)
    const { members } = (await watch.subscribe(id)).payload
    expect(members).toHaveLength(4)
    for (const entry of members) {
      expect(Object.keys(entry).sort()).toEqual(['client_id', 'device_id', 'user_uid'])
    }
    expect(new Set(members.map(({ client_id }: Loose) => client_id)).size).toBe(4)
    const mine = members.filter(({ user_uid }: Loose) => user_uid === member.uid)
    expect(new Set(mine.map(({ device_id }: Loose) => device_id)).size).toBe(2)
    expect(JSON.stringify(members)).not.toContain('secret')
    expect(JSON.stringify(members)).not.toContain(body.session_id)
    // The same over HTTP.
    expect(new Set(await entriesOf(owner, id))).toEqual(new Set(members))
    // The device is called the same when it comes again, the connection otherwise.
    three[Symbol.dispose]()
    const { payload } = await watch.event('chat.presence.left')
    using again = await Socket.open(phone)
    await again.subscribe(id)
    const { member: back } = (await watch.event('chat.presence.joined')).payload
    expect(back.device_id).toBe(payload.member.device_id)
    expect(back.client_id).not.toBe(payload.member.client_id)
  })

  test('OC118: across a block neither shows the other, in the list or as he comes and goes; one always sees oneself', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    await owner.block(manager)
    using mine = await Socket.open(owner)
    using theirs = await Socket.open(manager)
    using between = await Socket.open(member)
    expect(uidsOf((await between.subscribe(id)).payload.members)).toEqual([member.uid])
    expect(uidsOf((await mine.subscribe(id)).payload.members)).toEqual([owner.uid, member.uid].toSorted())
    expect(uidsOf((await theirs.subscribe(id)).payload.members)).toEqual([manager.uid, member.uid].toSorted())
    await between.event('chat.presence.joined')
    await between.event('chat.presence.joined')
    await theirs.ask('chat.unsubscribe', { channel_id: id })
    await mine.ask('chat.unsubscribe', { channel_id: id })
    await between.event('chat.presence.left', ({ payload }) => payload.member.user_uid === owner.uid)
    for (const [socket, other] of [
      [mine, manager],
      [theirs, owner],
    ] as const) {
      await socket.heard()
      const told = socket.frames.all.filter(({ type }) => type.startsWith('chat.presence.'))
      expect(told.filter(({ payload }) => payload.member?.user_uid === other.uid)).toEqual([])
    }
  })

  test('OC118 OC121: who is put out of the channel is there no longer, and hears nothing of who is', async () => {
    const { id, owner, member, manager } = await newGroup(target)
    using out = await Socket.open(member)
    using stays = await Socket.open(owner)
    for (const socket of [out, stays]) await socket.subscribe(id)
    await owner.must('DELETE', `/v1/channels/${id}/members/${member.uid}`)
    expect((await stays.event('chat.presence.left')).payload.member.user_uid).toBe(member.uid)
    expect(uidsOf(await entriesOf(owner, id))).toEqual([owner.uid])
    using comes = await Socket.open(manager)
    await comes.subscribe(id)
    await stays.event('chat.presence.joined')
    await out.event('chat.channel.deleted')
    expect((await out.heard()).map(({ type }) => type)).not.toContain('chat.presence.joined')
    expect((await out.ask('chat.typing.update', { channel_id: id, is_typing: true })).payload.code).toBe(
      'chat_not_subscribed',
    )
    // In again, nothing is open by itself.
    await owner.must('POST', `/v1/channels/${id}/members`, { user_uids: [member.uid] })
    await out.event('chat.channel.created')
    expect(uidsOf(await entriesOf(owner, id))).toEqual(uidsOf([manager, owner].map(({ uid }) => ({ user_uid: uid }))))
  })

  test('OC118 OC120: contacts and direct peers are told who comes online and goes, once, and nobody else', async () => {
    const [ada, bob, cid, eve] = (await newPeople(target, 4)) as [Person, Person, Person, Person]
    await befriend(ada, bob)
    await ada.direct(bob)
    await ada.direct(cid)
    const sockets = await Promise.all([bob, cid, eve].map(person => Socket.open(person)))
    const [friend, peer, stranger] = sockets as [Socket, Socket, Socket]
    const isHer = ({ payload }: Loose) => payload.user_uid === ada.uid
    for (const status of ['online', 'offline']) {
      const socket = status === 'online' ? await Socket.open(ada) : null
      for (const each of [friend, peer]) {
        const { payload, stream } = await each.event('chat.user.presence', isHer)
        const last_seen_at = status === 'online' ? null : expect.stringMatching(TIME)
        expect([payload, stream]).toEqual([{ user_uid: ada.uid, status, last_seen_at }, 'signal'])
      }
      socket?.[Symbol.dispose]()
    }
    for (const each of sockets) await each.heard()
    const told = (socket: Socket) =>
      socket.frames.all.filter(frame => frame.type === 'chat.user.presence' && isHer(frame))
    expect([friend, peer, stranger].map(socket => told(socket).length)).toEqual([2, 2, 0])
    for (const each of sockets) each[Symbol.dispose]()
  })

  test('OC118: a block ends it, either way', async () => {
    const [ada, bob] = (await newPeople(target, 2)) as [Person, Person]
    await befriend(ada, bob)
    using mine = await Socket.open(ada)
    using theirs = await Socket.open(bob)
    await mine.event('chat.user.presence', ({ payload }) => payload.user_uid === bob.uid)
    await ada.block(bob)
    for (const [socket, other] of [
      [mine, bob],
      [theirs, ada],
    ] as const) {
      const { payload } = await socket.event('chat.user.presence')
      expect(payload).toEqual({ user_uid: other.uid, status: 'offline', last_seen_at: null })
    }
  })
})

describe.skipIf(lacks('wetty', 'umoc'))('elsewhere', () => {
  test('OC118: members who are here by another contract are in the list, and are told of as they come and go', async () => {
    const { id, owner, member, manager } = await newGroup(target)
    using watch = await Socket.open(owner)
    using deaf = await Socket.open(manager)
    expect(uidsOf((await watch.subscribe(id)).payload.members)).toEqual([owner.uid])
    const wetty = await atWetty(member)
    const socket = await wetty.socket()
    const joined = await watch.event('chat.presence.joined')
    const { client_id, device_id, user_uid } = joined.payload.member
    expect([joined.channel_id, user_uid]).toEqual([id, member.uid])
    const named = member.uid.replace('uid_', 'p_')
    expect([client_id, device_id]).toEqual([named, named])
    expect(await entriesOf(owner, id)).toContainEqual(joined.payload.member)
    expect((await watch.subscribe(id)).payload.members).toContainEqual(joined.payload.member)
    socket.close()
    expect((await watch.event('chat.presence.left')).payload).toEqual(joined.payload)
    expect(uidsOf(await entriesOf(owner, id))).toEqual([owner.uid])
    await deaf.heard()
    expect(deaf.types.filter(type => type.startsWith('chat.presence'))).toEqual([])
  })

  test('OC118: whoever types by another contract has an opaque connection, the one he is listed with', async () => {
    const [ada, bob] = (await newPeople(target, 2)) as [Person, Person]
    await befriend(ada, bob)
    const id = await ada.direct(bob)
    using watch = await Socket.open(ada)
    const client = await (await atUmoc(bob)).connect()
    const { members } = (await watch.subscribe(id)).payload
    await client.must('typing', { recipient_id: (await atUmoc(ada)).id, is_typing: true })
    const { payload } = await watch.event('chat.typing.updated')
    expect(payload).toMatchObject({ channel_id: id, is_typing: true, member: { user_uid: bob.uid } })
    expect(members).toContainEqual(payload.member)
    client.socket.disconnect()
    expect((await watch.event('chat.typing.updated')).payload.is_typing).toBe(false)
  })

  test('OC118: the visibility somebody chose elsewhere holds here; he still sees himself', async () => {
    const { id, owner, member } = await newGroup(target)
    await owner.direct(member)
    const client = await (await atUmoc(member)).connect()
    using watch = await Socket.open(owner)
    expect(uidsOf((await watch.subscribe(id)).payload.members)).toEqual([owner.uid, member.uid].toSorted())
    using mine = await Socket.open(member)
    await mine.subscribe(id)
    await client.must('set_status_visibility', { visibility: 'nobody' })
    const gone = await watch.event('chat.user.presence', ({ payload }) => payload.status === 'offline')
    expect(gone.payload).toEqual({ user_uid: member.uid, status: 'offline', last_seen_at: null })
    await until('nobody to see him', async () => uidsOf(await entriesOf(owner, id)).length === 1)
    expect(uidsOf(await entriesOf(member, id))).toContain(member.uid)
    const { members } = await owner.must('GET', `${owner.at}/members?limit=200`)
    expect(members.find((each: Loose) => each.id === member.uid)?.status ?? 'offline').toBe('offline')
    const from = watch.frames.all.length
    using again = await Socket.open(member)
    await again.subscribe(id)
    await again.ask('chat.unsubscribe', { channel_id: id })
    await watch.heard()
    expect(watch.frames.all.slice(from).map(({ type }) => type)).not.toContain('chat.presence.joined')
    client.socket.disconnect()
  })
})
