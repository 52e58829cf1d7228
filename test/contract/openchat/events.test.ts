// What comes over every transport, and to whom: envelopes, order, and each durable event (OC111, OC112, OC114, OC115, OC120, OC121).
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newGroup, newPeople, newPerson, newServer, type Person } from './crew.ts'
import { disorderIn, durable, type Envelope, type Live, poll, Socket, transports } from './live.ts'
import { type Loose, TIME, UUID } from './target.ts'

const target = useTarget()
const RESUME = /^[A-Za-z0-9_.~-]{1,256}$/

const pair = async (): Promise<readonly [Person, Person]> => {
  const [ada, bob] = await newPeople(target, 2)
  if (!ada || !bob) throw new Error('two were asked for')
  return [ada, bob]
}

/** The types of the durable frames of a channel that came since the last look, up to an answer to a ping. */
const heardIn = async (socket: Socket, channel: string): Promise<readonly string[]> =>
  durable(await socket.heard()).flatMap(({ channel_id, type }) => (channel_id === channel ? [type] : []))

describe.each(Object.entries(transports))('over %s', (_name, listen) => {
  test('OC111 OC112 OC114 OC115: whole envelopes, each once, in order, of all one’s channels, one’s own doings too', async () => {
    const { id, owner, member } = await newGroup(target)
    const direct = await member.direct(owner)
    const general = (await owner.channels()).find((channel: Loose) => channel.name === 'general').id
    for (const who of [owner, member]) await who.say(general, 'here')
    const listening: Live[] = [await listen(member), await listen(owner)]
    const said: string[] = []
    for (const [who, where] of [
      [owner, id],
      [member, direct],
      [member, id],
      [owner, general],
      [owner, direct],
    ] as const) {
      said.push((await who.say(where, `to ${where} by ${who.uid}`)).id)
    }
    const burst = await Promise.all(Array.from({ length: 20 }, (_, i) => member.say(id, `burst ${i}`)))
    const last = await owner.say(id, 'the last')
    for (const live of listening) {
      await live.message('the last')
      const messages = live.frames.all.filter(({ type }) => type === 'chat.message.created')
      const ids = messages.map(({ payload }) => payload.message.id)
      expect(new Set(ids)).toEqual(new Set([...said, ...burst.map(({ id: each }) => each), last.id]))
      expect(ids).toHaveLength(new Set(ids).size)
      const seqs = messages.filter(({ channel_id }) => channel_id === id).map(({ payload }) => payload.message.seq)
      expect(seqs).toEqual(seqs.toSorted((a, b) => a - b))
      expect(disorderIn(live.frames.all)).toEqual([])
      for (const frame of live.frames.all) {
        const { type, event_type, server_id, event_id, stream, timestamp, payload, channel_id, resume_token } = frame
        expect([event_type, server_id, event_id.length]).toEqual([type, member.server, 16])
        expect(event_id).toMatch(/^\d{16}$/)
        expect(timestamp).toMatch(TIME)
        expect(typeof payload).toBe('object')
        if (stream !== 'signal') {
          expect(resume_token).toMatch(RESUME)
          if (channel_id) expect(stream).toBe(`channel:${channel_id}`)
          else expect(stream).toMatch(/^(user:uid_[0-9a-f]{32}|server:[0-9a-f-]{36})$/)
        }
      }
      live[Symbol.dispose]()
    }
  })

  test('OC114: nothing of channels, servers and people that are not one’s own', async () => {
    const { id, owner, stranger } = await newGroup(target)
    const elsewhere = await newServer(target)
    const [hidden] = await elsewhere.owner.channels()
    using live = await listen(stranger)
    using there = await listen(elsewhere.member)
    await owner.say(id, 'among us')
    const heading = { name: 'hidden', kind: 'text' }
    await elsewhere.owner.must('POST', `${elsewhere.owner.at}/categories`, heading)
    if (hidden) await elsewhere.owner.say(hidden.id, 'over there')
    const home = (await stranger.channels()).find((channel: Loose) => channel.name === 'general').id
    await stranger.say(home, 'heard')
    await live.message('heard')
    expect(live.texts).toEqual(['heard'])
    expect(live.types).not.toContain('chat.category.created')
    await there.event('chat.category.created')
    expect(there.frames.all.every(({ server_id }) => server_id === elsewhere.id)).toBe(true)
    expect(there.texts).not.toContain('heard')
  })
})

describe('messages', () => {
  test('OC120: sent, edited, reacted to, pinned and recalled: the same to everybody in the channel', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    const sockets = [await Socket.open(owner), await Socket.open(member)]
    using outside = await Socket.open(stranger)
    const message = await member.say(id, 'first')
    const at = `/v1/channels/${id}/messages/${message.id}`
    const edited = (await member.must('PATCH', at, { body: 'second' })).message
    const { reactions } = await owner.must('PUT', `${at}/reactions/${encodeURIComponent('👍')}`)
    await owner.must('DELETE', `${at}/reactions/${encodeURIComponent('👍')}`)
    await owner.must('PUT', `/v1/channels/${id}/pins/${message.id}`)
    await owner.must('DELETE', `/v1/channels/${id}/pins/${message.id}`)
    const { recalled_at } = await member.must('DELETE', at)
    const names = { channel_id: id, message_id: message.id }
    const change = { emoji: '👍', user_uid: owner.uid }
    for (const socket of sockets) {
      await socket.event('chat.message.recalled')
      const wanted = durable(socket.frames.all).filter(({ type }) => /message|reaction|pin/.test(type))
      expect(wanted.map(({ type, payload }) => [type, payload])).toEqual([
        ['chat.message.created', { message }],
        ['chat.message.updated', { message: edited }],
        ['chat.reaction.updated', { ...names, reactions, change: { ...change, op: 'added' } }],
        ['chat.reaction.updated', { ...names, reactions: [], change: { ...change, op: 'removed' } }],
        ['chat.pin.added', { ...names, by_uid: owner.uid }],
        ['chat.pin.removed', { ...names, by_uid: owner.uid }],
        ['chat.message.recalled', { ...names, recalled_at, recalled_by_uid: member.uid }],
      ])
      socket[Symbol.dispose]()
    }
    expect(durable(await outside.heard()).filter(({ channel_id }) => channel_id === id)).toEqual([])
  })

  test('OC120: what changed nothing is told to nobody', async () => {
    const { id, owner, member } = await newGroup(target)
    const message = await member.say(id, 'as it is')
    const at = `/v1/channels/${id}/messages/${message.id}`
    await owner.must('PUT', `${at}/reactions/${encodeURIComponent('👍')}`)
    await owner.must('PUT', `/v1/channels/${id}/pins/${message.id}`)
    await owner.must('PUT', `/v1/channels/${id}/read-ack`, {})
    using socket = await Socket.open(owner)
    await member.must('PATCH', at, { body: 'as it is' })
    await owner.must('PUT', `${at}/reactions/${encodeURIComponent('👍')}`)
    await owner.must('PUT', `/v1/channels/${id}/pins/${message.id}`)
    await owner.must('PUT', `/v1/channels/${id}/read-ack`, {})
    expect(await heardIn(socket, id)).toEqual([])
  })

  test('OC120: one’s own mark is told to oneself alone, to the others a receipt, where there are receipts', async () => {
    const { id, owner, member } = await newGroup(target)
    const channel = await owner.makeChannel()
    using mine = await Socket.open(owner)
    using also = await Socket.open(owner)
    using other = await Socket.open(member)
    await other.subscribe(channel)
    for (const where of [id, channel]) {
      const message = await member.say(where, 'read me')
      const { read_ack } = await owner.must('PUT', `/v1/channels/${where}/read-ack`, {})
      const moved = {
        channel_id: where,
        user_uid: owner.uid,
        last_read_message_id: message.id,
        acked_at: read_ack.acked_at,
      }
      for (const socket of [mine, also]) {
        const { payload, stream } = await socket.event(
          'chat.read_ack.updated',
          ({ payload: { user_uid } }) => user_uid === owner.uid,
        )
        expect([payload, stream]).toEqual([moved, `channel:${where}`])
      }
      if (where === id) expect((await other.event('chat.receipt.updated')).payload).toEqual(moved)
    }
    const last = await member.say(id, 'the end')
    await other.message('the end')
    expect(last.body).toBe('the end')
    const foreignMarks = other.frames.all.filter(
      ({ type, payload }) => type === 'chat.read_ack.updated' && payload.user_uid !== member.uid,
    )
    expect(foreignMarks).toEqual([])
    expect(
      other.frames.all.filter(({ type, channel_id }) => type === 'chat.receipt.updated' && channel_id === channel),
    ).toEqual([])
    expect(
      mine.frames.all.filter(({ type, payload }) => type === 'chat.receipt.updated' && payload.user_uid === owner.uid),
    ).toEqual([])
  })
})

describe('people in conversations', () => {
  test('OC120 OC121: who is added gets the channel as he sees it, the others the member; no message is written', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    const before = (await owner.channel(id)).head_seq ?? null
    using newcomer = await Socket.open(stranger)
    using others = await Socket.open(member)
    const { members } = await owner.must('POST', `/v1/channels/${id}/members`, { user_uids: [stranger.uid] })
    const created = await newcomer.event('chat.channel.created')
    const seen = await stranger.channel(id)
    expect(created.channel_id).toBe(id)
    expect(created.payload).toEqual({
      server_id: stranger.server,
      group_id: seen.group_id,
      channel: seen,
      created_by_uid: owner.uid,
      created_at: expect.stringMatching(TIME),
    })
    const joined = await others.event('chat.member.joined')
    expect(joined.payload).toEqual({ channel_id: id, member: members[0] })
    await owner.say(id, 'welcome')
    for (const socket of [newcomer, others]) await socket.message('welcome')
    expect(newcomer.types).not.toContain('chat.member.joined')
    expect(others.texts).toEqual(['welcome'])
    expect((await owner.channel(id)).head_seq ?? null).toBe(before)
  })

  test('OC120 OC121: who is put out or leaves loses the channel, the others the member; nothing comes after that', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    using kicked = await Socket.open(member)
    using left = await Socket.open(manager)
    using stays = await Socket.open(owner)
    await owner.must('DELETE', `/v1/channels/${id}/members/${member.uid}`)
    await manager.must('DELETE', `/v1/channels/${id}/members/me`)
    for (const [socket, person] of [
      [kicked, member],
      [left, manager],
    ] as const) {
      const gone = await socket.event('chat.channel.deleted')
      expect([gone.channel_id, gone.payload]).toEqual([id, { channel_id: id }])
      expect((await stays.event('chat.member.left')).payload).toEqual({ channel_id: id, user_uid: person.uid })
    }
    await owner.say(id, 'alone')
    await stays.message('alone')
    for (const socket of [kicked, left]) expect(await heardIn(socket, id)).toEqual([])
  })

  test('OC120: roles and mutes are told as the member they make', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    using socket = await Socket.open(manager)
    const at = `/v1/channels/${id}/members/${member.uid}`
    const updated = async (): Promise<Loose> => (await socket.event('chat.member.updated')).payload
    await owner.must('PATCH', at, { role: 'manager' })
    expect(await updated()).toMatchObject({ channel_id: id, member: { user_uid: member.uid, role: 'manager' } })
    await owner.must('PATCH', at, { role: 'member' })
    expect((await updated()).member.role).toBe('member')
    await owner.must('PUT', `${at}/mute`, { seconds: 3600 })
    expect((await updated()).member.muted_until).toMatch(TIME)
    await owner.must('DELETE', `${at}/mute`)
    expect((await updated()).member.muted_until).toBeNull()
  })

  test('OC120: a rename comes to all who are in it, each with his own view; a deletion, too', async () => {
    const { id, owner, member } = await newGroup(target)
    using one = await Socket.open(owner)
    using two = await Socket.open(member)
    await owner.must('PATCH', `/v1/channels/${id}`, { name: 'Called otherwise' })
    for (const [socket, person] of [
      [one, owner],
      [two, member],
    ] as const) {
      const { payload } = await socket.event('chat.channel.updated')
      expect(payload).toEqual({ channel: await person.channel(id) })
      expect(payload.channel.name).toBe('Called otherwise')
    }
    await owner.must('DELETE', `/v1/channels/${id}`)
    for (const socket of [one, two]) {
      expect((await socket.event('chat.channel.deleted')).payload).toEqual({ channel_id: id })
    }
  })

  test('OC120 OC121: a direct chat appears to both, with the other one as its peer', async () => {
    const [ada, bob] = await pair()
    using mine = await Socket.open(ada)
    using theirs = await Socket.open(bob)
    const id = await ada.direct(bob)
    expect((await mine.event('chat.channel.created')).payload.channel).toMatchObject({ id, peer_uid: bob.uid })
    expect((await theirs.event('chat.channel.created')).payload.channel).toMatchObject({ id, peer_uid: ada.uid })
  })
})

describe('servers', () => {
  test('OC120 OC56: a heading with another name comes with the channels under it, as each one sees them', async () => {
    const { owner, member } = await newServer(target)
    const [heading] = await owner.headings()
    using socket = await Socket.open(member)
    const position = socket.position
    await owner.must('PUT', `${owner.at}/categories/${heading.id}`, { name: 'Ideas' })
    const { payload } = await socket.event('chat.category.updated')
    const [renamed] = await member.headings()
    expect([renamed.label, renamed.channels.length]).toEqual(['Ideas', heading.channels.length])
    expect(payload.group).toEqual(renamed)
    const { body } = await poll(member, { token: position })
    expect(body.events.map((event: Envelope) => event.payload.group)).toEqual([renamed])
  })

  test('OC120: headings, layout, settings and channels are told to everybody on the server, and nowhere else', async () => {
    const { owner, member, id } = await newServer(target)
    using socket = await Socket.open(member)
    using home = await Socket.open(member.home)
    const heading = await owner.must('POST', `${owner.at}/categories`, { name: 'Plans', kind: 'text' })
    const made = await socket.event('chat.category.created')
    expect(made.payload).toEqual({ ...heading, created_at: expect.stringMatching(TIME) })
    expect(made.stream).toBe(`server:${id}`)
    const at = `${owner.at}/categories/${heading.group.id}`
    await owner.must('PUT', at, { name: 'Ideas' })
    expect((await socket.event('chat.category.updated')).payload).toMatchObject({
      server_id: id,
      group: { id: heading.group.id, label: 'Ideas' },
      updated_by_uid: owner.uid,
      updated_at: expect.stringMatching(TIME),
    })
    const wanted = { name: 'drafts', type: 'text', group_id: heading.group.id }
    const { channel } = await owner.must('POST', `${owner.at}/channels`, wanted)
    const created = await socket.event('chat.channel.created', ({ channel_id }) => channel_id === channel.id)
    expect(created.payload).toMatchObject({ group_id: heading.group.id, created_by_uid: owner.uid })
    expect(created.payload.channel).toEqual(await member.channel(channel.id))
    const groups = (await owner.headings()).map(({ id: group, channels }: Loose) => ({
      id: group,
      channel_ids: channels.map((each: Loose) => each.id),
    }))
    await owner.must('PUT', `${owner.at}/channel-layout`, { groups: groups.toReversed() })
    const layout = await socket.event('chat.channel.layout.updated')
    expect(layout.payload).toEqual({
      server_id: id,
      groups: await member.headings(),
      updated_by_uid: owner.uid,
      updated_at: expect.stringMatching(TIME),
    })
    await owner.must('DELETE', `/v1/channels/${channel.id}`)
    await socket.event('chat.channel.layout.updated')
    const settings = { display_name: 'Another name', description: 'About', banner_preset: 'ocean' }
    await owner.must('PUT', `${owner.at}/settings`, settings)
    expect((await socket.event('chat.server.updated')).payload).toEqual({ settings: { server_id: id, ...settings } })
    expect(durable(await home.heard()).filter(({ server_id }) => server_id === id)).toEqual([])
    expect(home.types.filter(type => /category|layout|server\.updated/.test(type))).toEqual([])
    expect(disorderIn(socket.frames.all)).toEqual([])
  })

  test('OC120: who comes to the server, leaves it or is put out is told there', async () => {
    const { owner, member, stranger, id } = await newServer(target)
    using socket = await Socket.open(owner)
    const came = await stranger.on(id)
    await came.must('PUT', `${came.at}/membership`)
    const told = async () => (await socket.event('chat.membership.updated')).payload
    expect(await told()).toEqual({ server_id: id, user_uid: came.uid, state: 'active' })
    await came.must('DELETE', `${came.at}/membership`)
    expect(await told()).toEqual({ server_id: id, user_uid: came.uid, state: 'left' })
    await owner.must('DELETE', `${owner.at}/members/${member.uid}`)
    expect(await told()).toEqual({ server_id: id, user_uid: member.uid, state: 'removed' })
  })

  test('OC120: another name or face is told to everyone on the same server, under the uid he has there', async () => {
    const { owner, member } = await newServer(target)
    const stranger = await newPerson(target)
    using there = await Socket.open(owner)
    using home = await Socket.open(stranger)
    const named = { display_name: 'Someone else', avatar_mode: 'generated' }
    const profile = await member.home.must('PUT', '/v1/profile/me', named)
    const isHis = ({ payload }: Envelope) => payload.display_name === 'Someone else'
    const { payload } = await home.event('profile_updated', isHis)
    expect(payload).toMatchObject({ ...profile, updated_at: expect.stringMatching(TIME) })
    expect((await there.event('profile_updated', isHis)).payload).toMatchObject({
      user_uid: member.uid,
      profile_version: profile.profile_version,
    })
  })
})

describe('contacts', () => {
  test('OC112 OC120: both hear of requests and friendships, each in a stream of his own, on the home server only', async () => {
    const { member } = await newServer(target)
    const [ada, bob] = [member.home, await newPerson(target)]
    using mine = await Socket.open(ada)
    using elsewhere = await Socket.open(member)
    using theirs = await Socket.open(bob)
    const told = async (socket: Socket) => {
      const { payload, stream } = await socket.event('chat.contact.updated')
      expect(stream).toBe(`user:${socket === mine ? ada.uid : bob.uid}`)
      return payload.contact
    }
    await ada.must('POST', '/v1/contacts', { user_uid: bob.uid, message: 'hello' })
    expect(await told(mine)).toMatchObject({ user_uid: bob.uid, state: 'requested_out', message: 'hello' })
    expect(await told(theirs)).toMatchObject({ user_uid: ada.uid, state: 'requested_in', message: 'hello' })
    await bob.must('POST', `/v1/contacts/${ada.uid}/accept`)
    expect(await told(mine)).toMatchObject({ user_uid: bob.uid, state: 'friend' })
    expect(await told(theirs)).toMatchObject({ user_uid: ada.uid, state: 'friend' })
    await ada.must('DELETE', `/v1/contacts/${bob.uid}`)
    expect((await mine.event('chat.contact.removed')).payload).toEqual({ user_uid: bob.uid })
    expect((await theirs.event('chat.contact.removed')).payload).toEqual({ user_uid: ada.uid })
    await elsewhere.heard()
    expect(elsewhere.types.filter(type => type.startsWith('chat.contact'))).toEqual([])
  })

  test('OC120: a block is told to the blocker alone; lifted, what stood before shows again', async () => {
    const [ada, bob] = await pair()
    await ada.must('POST', '/v1/contacts', { user_uid: bob.uid })
    await bob.must('POST', `/v1/contacts/${ada.uid}/accept`)
    using mine = await Socket.open(ada)
    using theirs = await Socket.open(bob)
    const told = async () => (await mine.event('chat.contact.updated')).payload.contact
    await ada.block(bob)
    expect(await told()).toMatchObject({ user_uid: bob.uid, state: 'blocked' })
    await ada.must('DELETE', `/v1/contacts/${bob.uid}/block`)
    expect(await told()).toMatchObject({ user_uid: bob.uid, state: 'friend' })
    await theirs.heard()
    expect(theirs.types.filter(type => type.startsWith('chat.contact'))).toEqual([])
    const eve = await newPerson(target)
    await ada.block(eve)
    await told()
    await ada.must('DELETE', `/v1/contacts/${eve.uid}/block`)
    expect((await mine.event('chat.contact.removed')).payload).toEqual({ user_uid: eve.uid })
  })
})

test('OC112: what passes is numbered by its time, in microseconds, and no number comes twice', async () => {
  const { id, owner, member } = await newGroup(target)
  using socket = await Socket.open(owner)
  await socket.subscribe(id)
  using other = await Socket.open(member)
  await other.subscribe(id)
  for (let i = 0; i < 20; i++) {
    other.send('chat.typing.update', { channel_id: id, is_typing: i % 2 === 0 })
    socket.send('chat.ping')
    socket.send('chat.subscribe', { channel_id: id })
    if (i % 5 === 0) await owner.must('PATCH', `/v1/channels/${id}`, { name: `Name ${i}` })
  }
  await socket.heard()
  expect(disorderIn(socket.frames.all)).toEqual([])
  const passing = socket.frames.all.filter(({ stream }) => stream === 'signal')
  expect(passing.length).toBeGreaterThan(60)
  for (const { event_id, timestamp, channel_id, type } of passing) {
    expect(Math.abs(Number(event_id) / 1000 - Date.parse(timestamp))).toBeLessThan(60_000)
    if (type === 'chat.typing.updated') expect(channel_id).toMatch(UUID)
  }
})
