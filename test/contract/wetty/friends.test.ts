// Friends, applications, blocks: WT25 to WT32.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { fresh, NO_MESSAGE, NO_UID, newPeople, type Person, said, TIME } from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]
const three = async () => (await newPeople(target, 3)) as [Person, Person, Person]
const setting = (who: Person, add_friend_setting: string) => who.must('PUT', '/users/profile', { add_friend_setting })
const apply = (who: Person, whom: Person, apply_msg?: string) =>
  who.post('/friend/apply', { target_user_id: whom.uid, ...(apply_msg !== undefined && { apply_msg }) })
const userOf = ({ uid, username }: Person) => ({ uid, username, nickname: username, avatar_fid: '' })

describe('applications', () => {
  test('WT25: stay pending until decided; the target is told once', async () => {
    const [mila, noor] = await two()
    using socket = await noor.socket()
    const first = await apply(mila, noor, 'hi')
    expect(first.body).toEqual({ request_id: expect.any(String), status: 'pending' })
    expect((await apply(mila, noor, 'hi again')).body).toEqual(first.body)
    expect(await socket.settled()).toEqual([
      {
        type: 'notify',
        event: 'on_notify',
        payload: {
          kind: 'friend_request',
          created_at: expect.stringMatching(TIME),
          uid: mila.uid,
          request_id: first.body.request_id,
          apply_msg: 'hi',
          user: userOf(mila),
        },
      },
    ])
    expect(said(await apply(mila, noor, 'x'.repeat(201)))).toBe('422 invalid_field')
  })

  test('WT26: the setting decides: anyone at once, nobody never, mutual_only with a friend in common', async () => {
    const [mila, noor, olga] = await three()
    await setting(noor, 'anyone')
    const { body } = await apply(mila, noor)
    expect(body).toEqual({
      request_id: expect.any(String),
      status: 'accepted',
      chat_id: expect.stringMatching(/^\d+$/),
    })

    await setting(olga, 'nobody')
    expect(said(await apply(mila, olga))).toBe('403 add_friend_forbidden')
    await setting(olga, 'mutual_only')
    expect(said(await apply(mila, olga))).toBe('403 add_friend_forbidden')
    await apply(olga, noor)
    expect((await apply(mila, olga)).body.status).toBe('pending')
  })

  test('WT26: crossing applications are an acceptance, whatever the settings', async () => {
    const [mila, noor] = await two()
    await apply(mila, noor)
    await setting(mila, 'nobody')
    using socket = await mila.socket()
    const { body } = await apply(noor, mila)
    expect(body).toMatchObject({ status: 'accepted' })
    expect(await socket.notice('friend_accepted')).toMatchObject({
      uid: noor.uid,
      chat_id: body.chat_id,
      user: userOf(noor),
    })
  })

  test('WT27: a block answers like `nobody` and tells nobody; an own block, oneself, friends, strangers say so', async () => {
    const [mila, noor, olga] = await three()
    await noor.must('POST', '/friend/block', { uid: mila.uid })
    await setting(olga, 'nobody')
    using socket = await noor.socket()
    const blocked = await apply(mila, noor)
    expect(blocked.status).toBe(403)
    expect(blocked.body).toEqual((await apply(mila, olga)).body)
    expect(await socket.heard()).toEqual([])
    expect(said(await apply(noor, mila))).toBe('409 you_blocked')
    expect(said(await apply(mila, mila))).toBe('422 invalid_field')
    expect(said(await mila.post('/friend/apply', { target_user_id: NO_UID }))).toBe('404 user_not_found')
    expect(said(await mila.post('/friend/apply', {}))).toBe('422 invalid_field')
    const [pia, quin] = await two()
    await pia.befriend(quin)
    expect(said(await apply(quin, pia))).toBe('409 already_friends')
  })

  test('WT28: lists of friends, applications and the blocked', async () => {
    const [mila, noor, olga] = await three()
    const chat_id = await mila.befriend(noor)
    await apply(olga, mila, 'me too')
    await mila.must('POST', '/friend/block', { uid: noor.uid })
    expect((await mila.get('/friend/list')).body).toEqual({
      friends: [{ ...userOf(noor), chat_id, since: expect.stringMatching(TIME), blocked: true, online: false }],
    })
    const application = {
      request_id: expect.any(String),
      apply_msg: 'me too',
      created_at: expect.stringMatching(TIME),
    }
    const { uid, username } = olga
    expect((await mila.get('/friend/applications')).body).toEqual({
      incoming: [{ ...application, uid, username, nickname: username }],
      outgoing: [],
    })
    expect((await olga.get('/friend/applications')).body).toEqual({
      incoming: [],
      outgoing: [{ ...application, uid: mila.uid, username: mila.username, nickname: mila.username }],
    })
    expect((await mila.get('/friend/blocked')).body).toEqual({ users: [userOf(noor)] })
    expect((await noor.get('/friend/blocked')).body).toEqual({ users: [] })
  })

  test('WT29: accepting makes friends of both and tells the applicant, who may not decide himself', async () => {
    const [mila, noor] = await two()
    const { request_id } = (await apply(mila, noor)).body
    for (const ref of [{ request_id }, { target_user_id: noor.uid }, { target_user_id: mila.uid }]) {
      expect(said(await mila.post('/friend/accept', ref))).toBe('404 application_not_found')
    }
    using socket = await mila.socket()
    const { status, body } = await noor.post('/friend/accept', { request_id })
    expect([status, body]).toEqual([200, { uid: mila.uid, chat_id: expect.any(String) }])
    expect(await socket.notice('friend_accepted')).toMatchObject({ uid: noor.uid, chat_id: body.chat_id })
    expect(said(await noor.post('/friend/accept', { request_id }))).toBe('404 application_not_found')
    for (const ref of [{ request_id: fresh() }, { request_id: NO_MESSAGE }, { target_user_id: NO_UID }]) {
      expect(said(await noor.post('/friend/accept', ref))).toBe('404 application_not_found')
    }
    for (const ref of [{}, { request_id: 5 }, { target_user_id: 'x' }]) {
      expect(said(await noor.post('/friend/accept', ref))).toBe('422 invalid_field')
    }
  })

  test('WT29: rejecting is silent, and the applicant may apply again', async () => {
    const [mila, noor] = await two()
    await apply(mila, noor)
    using socket = await mila.socket()
    expect((await noor.post('/friend/reject', { target_user_id: mila.uid })).status).toBe(204)
    expect(await socket.heard()).toEqual([])
    expect(said(await noor.post('/friend/reject', { target_user_id: mila.uid }))).toBe('404 application_not_found')
    expect((await apply(mila, noor)).body.status).toBe('pending')
  })
})

describe('friendship and its end', () => {
  test('WT30: removing ends it for both, silently; the chat stays readable and nothing can be sent', async () => {
    const [mila, noor] = await two()
    const chat = await mila.befriend(noor)
    await mila.say(chat, 'before')
    using socket = await noor.socket()
    expect((await mila.delete(`/friend/${noor.uid}`)).status).toBe(204)
    expect(await socket.heard()).toEqual([])
    for (const who of [mila, noor]) {
      expect((await who.get('/friend/list')).body.friends).toEqual([])
      expect((await who.history(chat)).map(m => m.message)).toEqual(['before'])
      expect(said(await who.send(chat, 'after'))).toBe('403 cannot_message')
    }
    expect(said(await mila.delete(`/friend/${noor.uid}`))).toBe('404 friend_not_found')
    expect(said(await mila.delete(`/friend/${NO_UID}`))).toBe('404 friend_not_found')
    expect(said(await mila.delete(`/friend/${mila.uid}`))).toBe('404 friend_not_found')
  })

  test('WT30: an application is no friendship: removing does not withdraw it', async () => {
    const [mila, noor] = await two()
    await apply(mila, noor)
    expect(said(await mila.delete(`/friend/${noor.uid}`))).toBe('404 friend_not_found')
    expect(said(await noor.delete(`/friend/${mila.uid}`))).toBe('404 friend_not_found')
    expect((await noor.get('/friend/applications')).body.incoming).toHaveLength(1)
  })

  test('WT31: blocking is idempotent, drops applications, is not told, and lifting it restores everything', async () => {
    const [mila, noor, olga] = await three()
    const chat = await mila.befriend(noor)
    await apply(olga, mila)
    using socket = await noor.socket()
    for (let i = 0; i < 2; i++) {
      expect((await mila.post('/friend/block', { target_user_id: noor.uid })).body).toEqual({
        uid: noor.uid,
        blocked: true,
      })
    }
    await mila.post('/friend/block', { target_user_id: olga.uid })
    expect(await socket.heard()).toEqual([])
    expect((await mila.get('/friend/applications')).body.incoming).toEqual([])
    expect((await olga.get('/friend/applications')).body.outgoing).toEqual([])
    for (let i = 0; i < 2; i++) {
      expect((await mila.post('/friend/unblock', { target_user_id: noor.uid })).body).toEqual({
        uid: noor.uid,
        blocked: false,
      })
    }
    expect((await noor.send(chat, 'again')).status).toBe(201)
    for (const path of ['/friend/block', '/friend/unblock']) {
      expect(said(await mila.post(path, { target_user_id: mila.uid }))).toBe('422 invalid_field')
      expect(said(await mila.post(path, { target_user_id: NO_UID }))).toBe('404 user_not_found')
    }
  })

  test('WT32: a block stops messages, typing, presence and reactions in the direct chat both ways, and no group', async () => {
    const [mila, noor] = await two()
    const chat = await mila.befriend(noor)
    const group = await mila.group([noor])
    const { id } = await mila.say(chat, 'before')
    await mila.must('POST', '/friend/block', { uid: noor.uid })
    expect(said(await noor.send(chat, 'hello?'))).toBe('403 cannot_message')
    expect(said(await mila.send(chat, 'no'))).toBe('403 you_blocked')
    expect(said(await noor.post('/chats/message/react', { msg_id: id, emote: '👍' }))).toBe('403 cannot_message')
    expect(said(await mila.post('/chats/message/react', { msg_id: id, emote: '👍' }))).toBe('403 you_blocked')

    using milas = await mila.socket()
    using noors = await noor.socket()
    noors.send({ type: 'typing', chat_id: chat, is_typing: true })
    milas.send({ type: 'typing', chat_id: chat, is_typing: true })
    await noors.settled()
    // Neither the presence of the one who came second, nor any typing.
    expect(await milas.heard()).toEqual([])
    await noor.say(group, 'in the group')
    await mila.say(group, 'too')
    for (const socket of [milas, noors]) expect(await socket.heard()).toEqual(['on_message', 'on_message'])
  })
})
