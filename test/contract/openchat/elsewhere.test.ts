// What other contracts do, as it shows here over HTTP, and people of this contract at the other doors (section O).
import { describe, expect, test } from 'bun:test'
import { msgrPerson } from '../../kit/people.ts'
import { lacks, useTarget } from '../../kit/target.ts'
import { newPerson as umocNewPerson } from '../umoc/people.ts'
import type { Person as WettyPerson } from '../wetty/target.ts'
import { fresh, type Loose, newPeople, newPerson, type Person, said } from './crew.ts'
import { atChatapp, atUmoc, atWetty } from './elsewhere.ts'
import { keyPerson, request } from './raw.ts'

const target = useTarget()

/** Two people here, and the same two at wetty. */
const pair = async () => {
  const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
  return { mila, noor, boss: await atWetty(mila), other: await atWetty(noor) }
}
const channelNamed = async (person: Person, name: string): Promise<Loose> =>
  (await person.channels()).find(channel => channel.name === name)
const history = async (person: Person, channel: Loose, query = ''): Promise<Loose[]> =>
  (await person.must('GET', `/v1/channels/${channel.id}/messages${query}`)).messages
const say = async (person: Person, channel: Loose, body: string, keys: object = {}): Promise<Loose> =>
  (await person.must('POST', `/v1/channels/${channel.id}/messages`, { body, ...keys })).message
const send = (person: Person, channel: Loose, body = 'x') =>
  person.post(`/v1/channels/${channel.id}/messages`, { body })

/** A private group of the two, made at wetty: its id there, and the channel it is here. */
const privateGroup = async (keys: object = {}) => {
  const people = await pair()
  const name = fresh('Kitchen ')
  const chat = await people.boss.group([people.other], { name, ...keys })
  return { ...people, name, chat, channel: await channelNamed(people.mila, name) }
}
const friends = async () => {
  const people = await pair()
  const chat = await people.boss.befriend(people.other)
  return { ...people, chat, channel: await channelNamed(people.mila, people.noor.username) }
}
const recallAtWetty = (by: WettyPerson, id: string) => by.must('POST', '/chats/message/recall', { msg_id: id })

describe.skipIf(lacks('wetty'))('conversations of others', () => {
  test('OC57, OC58, OC97: a direct chat stands under its heading, called after the other', async () => {
    const { mila, noor, channel } = await friends()
    expect(channel).toMatchObject({
      kind: 'direct',
      type: 'text',
      group_id: 'direct',
      server_id: mila.server,
      peer_uid: noor.uid,
      member_count: 2,
    })
    expect((await channelNamed(noor, mila.username)).id).toBe(channel.id)
    const heading = (await mila.headings()).find(group => group.id === 'direct')
    expect(heading).toMatchObject({ label: 'Direct messages', kind: 'text', virtual: true })
    const opened = await mila.post('/v1/direct-chats', { user_uid: noor.uid })
    expect([opened.status, opened.body.channel.id]).toEqual([200, channel.id])
  })

  test('OC58, OC59, OC99: a private group is there for those in it, and unknown to all others', async () => {
    const { mila, noor, channel } = await privateGroup({ description: 'cooking' })
    expect(channel).toMatchObject({
      kind: 'group',
      group_id: 'groups',
      description: 'cooking',
      visibility: 'private',
      my_role: 'owner',
      peer_uid: null,
    })
    const { members } = await noor.must('GET', `/v1/channels/${channel.id}/members`)
    const roles = members.map((member: Loose) => [member.user_uid, member.role])
    expect(new Map(roles)).toEqual(
      new Map([
        [mila.uid, 'owner'],
        [noor.uid, 'member'],
      ]),
    )
    const stranger = await newPerson(target)
    expect((await stranger.channels()).map(one => one.id)).not.toContain(channel.id)
    for (const path of ['', '/messages', '/members', '/pins', '/presence', '/read-ack']) {
      expect(said(await stranger.get(`/v1/channels/${channel.id}${path}`))).toBe('404 channel_not_found')
    }
    expect(said(await send(stranger, channel))).toBe('404 channel_not_found')
    expect(said(await stranger.post(`/v1/channels/${channel.id}/join`))).toBe('404 channel_not_found')
  })

  test('OC104: who was put out there sees nothing here any more; who was let in sees everything', async () => {
    const { mila, noor, boss, other, chat, channel } = await privateGroup()
    const message = await say(mila, channel, 'before')
    await boss.must('DELETE', `/group/${chat}/members/${other.uid}`)
    expect(said(await noor.get(`/v1/channels/${channel.id}/messages`))).toBe('404 channel_not_found')
    expect(await channelNamed(noor, channel.name)).toBeUndefined()
    const third = await newPerson(target)
    await boss.must('POST', `/group/${chat}/members`, { uid: (await atWetty(third)).uid })
    expect(await history(third, channel)).toEqual([message])
  })

  test('OC101: an application made here is answered there', async () => {
    const { boss, chat, channel } = await privateGroup({ visibility: 'public', join_rule: 'approval' })
    const third = await newPerson(target)
    const { uid } = await atWetty(third)
    expect(said(await third.get(`/v1/channels/${channel.id}/messages`))).toBe('404 channel_not_found')
    const applied = await third.post(`/v1/channels/${channel.id}/join`)
    expect([applied.status, applied.body.application.user_uid]).toEqual([202, third.uid])
    const { applications } = await boss.must('GET', `/group/${chat}/members/applications`)
    expect(applications.map((one: Loose) => one.uid)).toEqual([uid])
    await boss.must('POST', `/group/${chat}/members/approve`, { target_user_id: uid })
    expect(await channelNamed(third, channel.name)).toMatchObject({ my_role: 'member', member_count: 3 })
  })

  test('OC74, OC99: who is muted there is told until when here', async () => {
    const { noor, boss, other, chat, channel } = await privateGroup()
    const mute = { target_user_id: other.uid, mute_status: true, duration_seconds: 3600 }
    await boss.must('POST', `/group/${chat}/mute`, mute)
    const { muted_until } = await channelNamed(noor, channel.name)
    expect(Date.parse(muted_until)).toBeGreaterThan(Date.now())
    const refused = await send(noor, channel)
    expect([said(refused), refused.body.details]).toEqual(['403 muted', { muted_until }])
    expect(said(await noor.get(`/v1/channels/${channel.id}/messages`))).toBe('200')
    await boss.must('POST', `/group/${chat}/mute`, { target_user_id: other.uid, mute_status: false })
    expect(said(await send(noor, channel))).toBe('201')
  })

  test('OC64: what it is called there it is called here', async () => {
    const { mila, boss, chat, channel } = await privateGroup()
    const name = fresh('Renamed ')
    await boss.must('PUT', `/group/${chat}/profile`, { name })
    expect((await mila.must('GET', `/v1/channels/${channel.id}`)).channel.name).toBe(name)
    await boss.must('DELETE', `/group/${chat}`)
    expect(said(await mila.get(`/v1/channels/${channel.id}`))).toBe('404 channel_not_found')
  })

  test('OC74, OC96: a block there stops sends here, either way, and is not told apart', async () => {
    const { mila, noor, boss, other, channel } = await friends()
    await boss.must('POST', '/friend/block', { target_user_id: other.uid })
    const refusals = [await send(mila, channel), await send(noor, channel)]
    expect(refusals.map(said)).toEqual(['403 blocked', '403 blocked'])
    expect(refusals[0]?.body).toEqual(refusals[1]?.body)
    const { contacts } = await mila.must('GET', '/v1/contacts')
    expect(contacts).toMatchObject([{ state: 'blocked', user_uid: noor.uid }])
    expect((await noor.must('GET', '/v1/contacts')).contacts).toMatchObject([{ state: 'friend', user_uid: mila.uid }])
  })

  test('OC95: a request there is a contact here, with its words', async () => {
    const { mila, noor, boss, other } = await pair()
    await boss.must('POST', '/friend/apply', { target_user_id: other.uid, apply_msg: 'hi' })
    expect((await noor.must('GET', '/v1/contacts')).contacts).toMatchObject([{ state: 'requested_in', message: 'hi' }])
    await noor.must('POST', `/v1/contacts/${mila.uid}/accept`, {})
    expect((await boss.must('GET', '/friend/list')).friends).toMatchObject([{ uid: other.uid }])
  })
})

describe.skipIf(lacks('wetty'))('messages of others', () => {
  test('OC67: are whole, numbered without gaps, and carry nothing this contract has no word for', async () => {
    const { mila, noor, boss, other, chat, channel } = await privateGroup()
    const long = 'x'.repeat(20_000)
    const there = await other.say(chat, long)
    const here = await say(mila, channel, 'answer', { client_message_id: 'k-1' })
    const messages = await history(noor, channel)
    expect(messages).toEqual([
      {
        id: there.id,
        channel_id: channel.id,
        author_uid: noor.uid,
        body: long,
        kind: 'text',
        seq: 1,
        created_at: expect.any(String),
        edited_at: null,
        recalled_at: null,
        reactions: [],
        permalink: expect.stringContaining(`/channels/${channel.id}?message_id=${there.id}`),
      },
      here,
    ])
    expect(here).toMatchObject({ seq: 2, client_message_id: 'k-1' })
    const shown = (await boss.history(chat))[0]
    expect(shown).toMatchObject({ id: here.id, message: 'answer', client_generated_id: 'k-1' })
    expect(shown.sender.username).toBe(mila.username)
  })

  test('OC67, OC76: of every kind', async () => {
    const { mila, boss, chat, channel } = await privateGroup()
    for (const message_type of ['emote', 'reminder', 'location']) await boss.say(chat, message_type, { message_type })
    const fid = await boss.upload('bytes', 'a b.png', 'image/png')
    await boss.say(chat, 'look', { message_type: 'image', fids: [fid, await boss.upload('more', 'c.txt')] })
    await boss.say(chat, '', { message_type: 'file', fid: await boss.upload('only', 'd.txt') })
    const messages = await history(mila, channel)
    expect(messages.map(({ kind, body }) => [kind, body])).toEqual([
      ['emote', 'emote'],
      ['text', 'reminder'],
      ['text', 'location'],
      ['image', 'look'],
      ['file', ''],
    ])
    const names = messages.map(({ attachments = [] }) => attachments.map((file: Loose) => file.file_name))
    expect(names).toEqual([[], [], [], ['a b.png', 'c.txt'], ['d.txt']])
    const served = await fetch(messages[3].attachments[1].url)
    expect([served.status, await served.text()]).toEqual([200, 'more'])
  })

  test('OC68, OC77: answers and copies say of what', async () => {
    const { mila, noor, boss, other, chat, channel } = await privateGroup()
    const first = await say(mila, channel, 'question')
    const reply = await other.say(chat, 'reply', { reply_to_id: first.id })
    const { id } = await boss.must('POST', '/chats/message/forward', { msg_id: reply.id, target_chat_id: chat })
    const [, second, third] = await history(noor, channel)
    expect(second.reply_to).toEqual({
      message_id: first.id,
      author_uid: mila.uid,
      author_display_name: mila.username,
      preview_text: 'question',
      is_unavailable: false,
    })
    expect(third).toMatchObject({
      id,
      body: 'reply',
      author_uid: mila.uid,
      forwarded_from: { message_id: reply.id, author_uid: noor.uid },
    })
    await say(noor, channel, 'thanks', { reply_to_message_id: id })
    expect((await boss.history(chat))[0]).toMatchObject({ message: 'thanks', reply_to_id: id })
  })

  test('OC71, OC78, OC79: edits show, recalls are left out, and as tombstones where asked for', async () => {
    const { mila, noor, boss, chat, channel } = await privateGroup()
    const kept = await boss.say(chat, 'old')
    const gone = await boss.say(chat, 'oops')
    await boss.must('PATCH', `/chats/${chat}/messages/${kept.id}`, { message: 'new' })
    await recallAtWetty(boss, gone.id)
    const [edited, ...none] = await history(noor, channel)
    expect(edited).toMatchObject({ id: kept.id, body: 'new', edited_at: expect.any(String) })
    expect(none).toEqual([])
    const tombstone = (await history(noor, channel, '?include_recalled=true'))[1]
    expect(tombstone).toMatchObject({ id: gone.id, body: '', recalled_at: expect.any(String) })
    expect(said(await mila.patch(`/v1/channels/${channel.id}/messages/${gone.id}`, { body: 'x' }))).toBe(
      '410 message_recalled',
    )
    // The other way round.
    const mine = await say(mila, channel, 'mine')
    await mila.must('PATCH', `/v1/channels/${channel.id}/messages/${mine.id}`, { body: 'mine, edited' })
    expect((await boss.history(chat))[0]).toMatchObject({ id: mine.id, message: 'mine, edited' })
    await mila.must('DELETE', `/v1/channels/${channel.id}/messages/${mine.id}`)
    expect((await boss.history(chat)).some(message => message.message?.includes('mine'))).toBe(false)
  })

  test('OC80, OC87: reactions and receipts count wherever they were given', async () => {
    const { mila, noor, boss, other, chat, channel } = await privateGroup()
    const { id } = await say(mila, channel, 'hello')
    await other.must('POST', '/chats/message/react', { msg_id: id, emote: '👍' })
    await mila.must('PUT', `/v1/channels/${channel.id}/messages/${id}/reactions/${encodeURIComponent('👍')}`, {})
    const [message] = await history(noor, channel)
    expect(message.reactions).toEqual([{ emoji: '👍', count: 2, user_uids: [noor.uid, mila.uid] }])
    expect(JSON.stringify((await boss.history(chat))[0].reactions)).toContain('👍')

    expect(await channelNamed(noor, channel.name)).toMatchObject({ unread_count: 1, unreadCount: 1 })
    await other.must('POST', `/chats/${chat}/read`, { message_id: id })
    expect(await channelNamed(noor, channel.name)).toMatchObject({ unread_count: 0, last_read_message_id: id })
    const { receipts } = await mila.must('GET', `/v1/channels/${channel.id}/read-receipts`)
    expect(receipts).toMatchObject([{ user_uid: noor.uid, last_read_message_id: id }])
  })

  test('OC82: are found, as they read now', async () => {
    const { mila, boss, chat } = await privateGroup()
    const word = fresh('word')
    const { id } = await boss.say(chat, `about ${word}`)
    const { messages } = await mila.must('GET', `/v1/search/messages?query=${word}`)
    expect(messages.map((message: Loose) => message.id)).toEqual([id])
    await boss.must('PATCH', `/chats/${chat}/messages/${id}`, { message: 'about nothing' })
    expect((await mila.must('GET', `/v1/search/messages?query=${word}`)).messages).toEqual([])
  })

  test('OC106: a file sent here is a file there, and is gone with its message', async () => {
    const { mila, boss, chat, channel } = await privateGroup()
    const form = new FormData()
    form.set('body', 'read this')
    form.append('files', new File(['content'], 'note.txt', { type: 'text/plain' }))
    const path = `/v1/channels/${channel.id}/messages`
    const { message } = (await request(mila, 'POST', path, { raw: form })).body
    const [shown] = await boss.history(chat)
    expect(shown).toMatchObject({ message: 'read this', attachments: [{ name: 'note.txt', size: 7 }] })
    const download = `/f/fserv/download/${shown.attachments[0].fid}`
    expect((await boss.get(download)).body).toBe('content')
    await recallAtWetty(boss, message.id)
    expect((await fetch(message.attachments[0].url)).status).toBeOneOf([403, 404])
  })

  test('OC92: who has left is known by his name still', async () => {
    const { mila, noor, boss, other, chat, channel } = await privateGroup()
    await other.say(chat, 'bye')
    await boss.must('DELETE', `/group/${chat}/members/${other.uid}`)
    const [message] = await history(mila, channel)
    expect(message.author_uid).toBe(noor.uid)
    const { profiles } = await mila.must('GET', `/v1/profiles:batch?user_uid=${message.author_uid}`)
    expect(profiles).toMatchObject([{ user_uid: noor.uid, display_name: noor.username }])
  })
})

describe.skipIf(lacks('chatapp'))('channels of chatapp', () => {
  test('OC58, OC59: are channels of home; reading joins nobody, posting does', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const there = await atChatapp(mila)
    const made = await there.channel()
    const { id } = await there.say(made.id, 'welcome')
    const channel = await channelNamed(noor, made.name)
    expect(channel).toMatchObject({ id: made.id, kind: 'channel', visibility: 'public', my_role: null })
    const real = (await noor.headings()).filter(group => !group.virtual)
    expect(real.some(group => group.id === channel.group_id)).toBe(true)
    expect((await history(noor, channel)).map(message => message.id)).toEqual([id])
    expect((await channelNamed(noor, made.name)).my_role).toBeNull()
    await say(noor, channel, 'thanks')
    expect(await channelNamed(noor, made.name)).toMatchObject({ my_role: 'member', member_count: 2 })
    expect((await there.history(made.id)).map(message => message.content)).toEqual(['welcome', 'thanks'])
  })

  test('OC19: `general` is one and the same', async () => {
    const mila = await newPerson(target)
    const there = await atChatapp(mila)
    const general = await channelNamed(mila, 'general')
    expect((await there.must('GET', '/api/channels/general')).id).toBe(general.id)
    const { id } = await say(mila, general, fresh('hello '))
    expect((await there.history('general')).at(-1)?.id).toBe(id)
  })
})

describe('people of others', () => {
  test.skipIf(lacks('msgr'))(
    'OC52, OC89: who came by a capability has a name here, and keeps what opens his account',
    async () => {
      const mila = await newPerson(target)
      const kari = await msgrPerson(target.url)
      const { users } = await mila.must('GET', `/v1/directory/users?query=${kari.handle}`)
      expect(users).toMatchObject([{ handle: kari.handle, display_name: `Person ${kari.handle}`, profile_version: 1 }])
      const seen = [users, (await mila.must('GET', `/v1/profiles:batch?user_uid=${users[0].user_uid}`)).profiles]
      for (const secret of [kari.accountId, kari.profileId]) expect(JSON.stringify(seen)).not.toContain(secret)

      const members: Loose[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const query: string = cursor && `&cursor=${encodeURIComponent(cursor)}`
        const page = await mila.must('GET', `/v1/servers/${mila.server}/members?limit=200${query}`)
        members.push(...page.members)
        cursor = page.next_cursor
      }
      expect(members.find(member => member.user_uid === users[0].user_uid)?.name).toBe(`Person ${kari.handle}`)
    },
  )

  test.skipIf(lacks('umoc'))('OC39: an account of another door logs in here, and one of here there', async () => {
    const there = await umocNewPerson(target)
    const mila = await newPerson(target)
    expect((await atUmoc(mila)).username).toBe(mila.username)
    const body = { username: there.username, password: 'correct horse battery', device_id: 'laptop' }
    const session = await mila.post('/v1/sessions/password', body)
    expect([session.status, session.body.session_kind]).toEqual([201, 'password'])
    const { users } = await mila.must('GET', `/v1/directory/users?query=${there.username}`)
    expect(users.map((user: Loose) => user.user_uid)).toEqual([session.body.user_uid])
  })

  test.skipIf(lacks('umoc', 'wetty'))('OC67: what is encrypted shows as such', async () => {
    const { mila, noor, channel } = await friends()
    const there = await (await atUmoc(noor)).connect()
    const recipient_id = (await atUmoc(mila)).id
    await there.must('send_message', { recipient_id, encrypted_content: 'c2VjcmV0' })
    there.close()
    const [message] = await history(mila, channel)
    expect(message).toMatchObject({ kind: 'text', body: '[encrypted message]', author_uid: noor.uid })
    expect(JSON.stringify(message)).not.toContain('c2VjcmV0')
  })
})

describe.skipIf(lacks('wetty'))('people of here', () => {
  test('OC28: who has but a key is a person like anyone elsewhere', async () => {
    const mila = await newPerson(target)
    const key = await keyPerson(target)
    const profile = await key.must('GET', '/v1/profile/me')
    expect(profile.handle).toMatch(/^oc_[0-9a-f]{12}\d*$/)
    const there = await atWetty(mila)
    const { users } = await there.must('GET', `/users/search?q=${profile.handle}`)
    expect(users).toMatchObject([{ username: profile.handle }])
    await there.must('POST', '/friend/apply', { target_user_id: users[0].uid })
    await key.must('POST', `/v1/contacts/${mila.uid}/accept`, {})
    const channel = await channelNamed(key, mila.username)
    const { id } = await say(key, channel, `hello @${mila.username}`)
    const { chats } = await there.must('GET', '/chats')
    expect(chats[0].last_message).toMatchObject({ id, message: `hello @${mila.username}` })
    expect(chats[0].last_message.sender.username).toBe(profile.handle)

    // Mentioned there, mentioned here.
    const chat = await there.group([], { name: fresh('Kitchen ') })
    await there.must('POST', `/group/${chat}/members`, { uid: users[0].uid })
    const text = `see @${profile.handle}.`
    await there.say(chat, text)
    const group = (await key.channels()).find(one => one.kind === 'group')
    expect(group.mention_count).toBe(1)
    const [message] = await history(key, group)
    expect(message.mentions).toEqual([
      {
        type: 'user',
        token: `@${profile.handle}`,
        target_id: key.uid,
        display_text: expect.any(String),
        range: { start: 4, end: text.length - 1 },
      },
    ])
  })

  test('OC60: a server’s channels are private groups to the other doors; who leaves one there comes back here', async () => {
    const { mila, noor, boss, other } = await pair()
    const made = await mila.must('POST', '/v1/servers', { display_name: fresh('Rowers '), visibility: 'public' })
    const captain = await mila.on(made.server.server_id)
    await captain.must('POST', `${captain.at}/ownership:claim`, { claim_token: made.ownership_claim.token })
    const rower = await noor.on(captain.server)
    await rower.must('PUT', `${rower.at}/membership`, {})
    const channel = (await captain.channels())[0]
    await captain.say(channel.id, 'row!')

    const chatOf = async (person: WettyPerson): Promise<Loose> =>
      (await person.must('GET', '/chats')).chats.find((chat: Loose) => chat.last_message?.message === 'row!')
    const chat = await chatOf(other)
    expect((await chatOf(boss)).id).toBe(chat.id)
    const stranger = await atWetty(await newPerson(target))
    expect((await stranger.get(`/chats/${chat.id}/messages`)).status).toBeOneOf([403, 404])

    await other.must('DELETE', `/group/${chat.id}/members/${other.uid}`)
    expect((await other.get(`/chats/${chat.id}/messages`)).status).toBeOneOf([403, 404])
    expect(await history(rower, channel)).toMatchObject([{ body: 'row!', author_uid: captain.uid }])
    await rower.say(channel.id, 'back')
    expect((await other.history(chat.id))[0].message).toBe('back')
  })
})
