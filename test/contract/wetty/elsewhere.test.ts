// What other contracts make, seen here, and the other way round: WT85, WT86, and the traps WT88, WT89.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { call, fresh, type Loose, NO_CHAT, newGroup, newPeople, newPerson, type Person, said } from './target.ts'

const target = useTarget()

/** Somebody of the msgr contract, by plain fetch. */
interface Stranger {
  readonly id: string
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
}
const uidOf = async (handle: string): Promise<number> =>
  (await (await newPerson(target)).must('GET', `/users/search?q=${handle}`)).users[0].uid

const newStranger = async (): Promise<Stranger & { readonly uid: number; readonly handle: string }> => {
  const handle = fresh('m')
  const json = { display_name: `Person ${handle}`, handle }
  const { body } = await call(target, 'POST', '/api/users', { json })
  const [profile] = body.data.profiles
  const headers = { 'x-account-id': body.data.id, 'x-profile-id': profile.id }
  return { id: profile.id, name: json.display_name, headers, handle, uid: await uidOf(handle) }
}

const ask = (who: Stranger, method: string, path: string, json?: unknown) =>
  call(target, method, path, { headers: who.headers, ...(json !== undefined && { json }) })
const profileOf = async (who: Stranger, person: Person): Promise<string> =>
  (await ask(who, 'GET', `/api/profiles?handle=${person.username}`)).body.data[0].id
const openDirect = async (who: Stranger, person: Person) =>
  ask(who, 'POST', '/api/conversations', { target_profile_id: await profileOf(who, person) })
const write = (who: Stranger, conversation: string, body: string) =>
  ask(who, 'POST', `/api/conversations/${conversation}/messages`, { message: { body } })

describe.skipIf(lacks('msgr'))('WT86: contracts without a friend handshake', () => {
  test('WT86: somebody from there writes to a person of here, who may answer though they are not friends', async () => {
    const mila = await newPerson(target)
    const kari = await newStranger()
    using socket = await mila.socket()
    const opened = await openDirect(kari, mila)
    expect(opened.status).toBeLessThan(300)
    expect(await socket.heard()).toEqual([])
    await write(kari, opened.body.data.id, 'hei')
    const [frame, ...rest] = await socket.settled()
    expect(rest).toEqual([])
    expect(frame?.payload).toMatchObject({
      message: 'hei',
      sender_uid: kari.uid,
      sender: { uid: kari.uid, username: kari.handle, nickname: kari.name },
    })
    const [chat] = (await mila.get('/chats')).body.chats
    expect(chat).toMatchObject({
      chat_type: 'direct',
      name: kari.name,
      peer_uid: kari.uid,
      can_send: true,
      unread_count: 1,
    })
    expect((await mila.get('/friend/applications')).body.incoming).toEqual([])
    expect((await mila.send(chat.id, 'hello')).status).toBe(201)
    expect((await mila.get(`/users/profile/${kari.uid}`)).body.relation).toBe('none')
  })

  test('WT86: an explicit setting and a block hold against them; an answer needs a word of theirs first', async () => {
    const mila = await newPerson(target)
    const kari = await newStranger()
    await mila.must('PUT', '/users/profile', { add_friend_setting: 'need_verify' })
    expect((await openDirect(kari, mila)).status).toBe(403)
    await mila.must('PUT', '/users/profile', { add_friend_setting: 'anyone' })
    const { body } = await openDirect(kari, mila)
    // Opened, but nothing written: from here it is still no friendship.
    const [chat] = (await mila.get('/chats')).body.chats
    expect(chat.can_send).toBe(false)
    expect(said(await mila.send(chat.id, 'hello?'))).toBe('403 cannot_message')
    await mila.must('POST', '/friend/block', { uid: kari.uid })
    expect((await write(kari, body.data.id, 'hei')).status).toBe(403)
    expect(await mila.history(chat.id)).toEqual([])
  })

  test('WT86: their author can be applied to and blocked like anybody', async () => {
    const mila = await newPerson(target)
    const kari = await newStranger()
    const { body } = await openDirect(kari, mila)
    await write(kari, body.data.id, 'hei')
    const [chat] = (await mila.get('/chats')).body.chats
    expect((await mila.post('/friend/apply', { uid: kari.uid })).body.status).toBe('pending')
    expect((await mila.send(chat.id, 'hello')).status).toBe(201)
    await mila.must('POST', '/friend/block', { uid: kari.uid })
    expect((await write(kari, body.data.id, 'hei igjen')).status).toBe(403)
    expect(said(await mila.send(chat.id, 'no'))).toBe('403 you_blocked')
    await mila.must('POST', '/friend/unblock', { uid: kari.uid })
    expect((await mila.send(chat.id, 'well')).status).toBe(201)
  })
})

test.skipIf(lacks('msgr'))(
  'WT85: what is made here shows there: texts, recalls as that contract’s delete, unknown types and reminders as text',
  async () => {
    const mila = await newPerson(target)
    const kari = await newStranger()
    const group = await mila.group()
    await mila.must('POST', `/group/${group}/members`, { uid: kari.uid })
    const { body } = await ask(kari, 'GET', '/api/conversations')
    const conversation = body.data[0].id
    await mila.say(group, 'a poll', { message_type: 'poll' })
    await mila.say(group, 'tea', { message_type: 'reminder' })
    await mila.say(group, ':wave:', { message_type: 'emote' })
    const { id } = await mila.say(group, 'oops')
    await mila.must('POST', '/chats/message/recall', { msg_id: id })
    const rows: Loose[] = (await ask(kari, 'GET', `/api/conversations/${conversation}/messages`)).body.data
    rows.sort((a, b) => (a.inserted_at < b.inserted_at ? -1 : a.inserted_at > b.inserted_at ? 1 : a.id < b.id ? -1 : 1))
    expect(rows.map(row => [row.type, row.body])).toEqual([
      ['text', 'a poll'],
      ['text', 'tea'],
      ['text', ':wave:'],
      ['text', 'Meldingen er slettet'],
    ])
    await write(kari, conversation, 'fra den andre siden')
    expect((await mila.history(group))[0]).toMatchObject({
      message: 'fra den andre siden',
      message_type: 'text',
      sender_uid: kari.uid,
    })
  },
)

test('WT88: answers leak neither private groups, nor files, nor blocks', async () => {
  const { id: chat, owner, stranger } = await newGroup(target)
  const [noor] = (await newPeople(target, 1)) as [Person]
  const fid = await owner.upload('x')
  for (const path of ['/group/', '/chats/']) {
    expect((await stranger.get(`${path}${chat}`)).body).toEqual((await stranger.get(`${path}${NO_CHAT}`)).body)
  }
  expect((await stranger.post(`/group/${chat}/members/apply`, {})).body).toEqual(
    (await stranger.post(`/group/${NO_CHAT}/members/apply`, {})).body,
  )
  expect((await stranger.get(`/f/fserv/download/${fid}`)).body).toEqual(
    (await stranger.get('/f/fserv/download/file_b1qT1o0mR6uOZc0mQm6o1w')).body,
  )
  await owner.must('POST', '/friend/block', { uid: stranger.uid })
  const direct = (uid: number) => stranger.post('/chats/direct', { uid })
  expect((await direct(owner.uid)).body).toEqual((await direct(noor.uid)).body)
  const { relation } = (await stranger.get(`/users/profile/${owner.uid}`)).body
  expect(relation).toBe('none')
})

test('WT89: literal paths win over patterns', async () => {
  const mila = await newPerson(target)
  expect((await mila.get('/group/search')).body).toHaveProperty('groups')
  expect((await mila.get('/users/search?q=zz')).body).toHaveProperty('users')
  expect(said(await mila.post('/chats/direct', { uid: mila.uid }))).toBe('422 invalid_field')
  expect(said(await mila.post('/chats/message/recall', { msg_id: 'x' }))).toBe('404 message_not_found')
  expect(said(await mila.get('/friend/list'))).toBe('200')
  expect(said(await mila.delete('/friend/list'))).toBe('400 bad_request')
})
