// Direct chats: OC97.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { newPeople, newPerson, newServer, type Person } from './crew.ts'
import { atWetty } from './elsewhere.ts'
import { enterByKey } from './people.ts'
import { blamed, call, NO_UID, said } from './target.ts'

const target = useTarget()
const pair = async () => (await newPeople(target, 2)) as [Person, Person]
const open = (by: Pick<Person, 'post'>, json: unknown) => by.post('/v1/direct-chats', json)

describe('direct chats', () => {
  test('OC97: new at first, the same afterwards, for either side and by either name', async () => {
    const [mila, ravi] = await pair()
    const { status, body } = await open(mila, { user_uid: ravi.uid })
    expect(status).toBe(201)
    expect(body.channel).toMatchObject({
      kind: 'direct',
      name: ravi.username,
      peer_uid: ravi.uid,
      server_id: mila.server,
      group_id: 'direct',
      member_count: 2,
    })
    for (const answer of [
      await open(mila, { user_uid: ravi.uid }),
      await open(mila, { username: ravi.username }),
      await open(mila, { username: ravi.username.toUpperCase() }),
      await open(ravi, { user_uid: mila.uid }),
    ]) {
      expect([answer.status, answer.body.channel.id]).toEqual([200, body.channel.id])
    }
    await ravi.say(body.channel.id, 'hello')
    expect((await mila.channel(body.channel.id)).unread_count).toBe(1)
  })

  test('OC97: parallel calls agree', async () => {
    const [mila, ravi] = await pair()
    const calls = [1, 2, 3].flatMap(() => [open(mila, { user_uid: ravi.uid }), open(ravi, { user_uid: mila.uid })])
    const ids = (await Promise.all(calls)).map(({ body }) => body.channel.id)
    expect(new Set(ids).size).toBe(1)
  })

  test('OC97: refused: oneself, nobody, both names, none', async () => {
    const [mila, ravi] = await pair()
    expect(said(await open(mila, { user_uid: mila.uid }))).toBe('400 direct_self')
    expect(said(await open(mila, { username: mila.username }))).toBe('400 direct_self')
    for (const json of [
      { user_uid: NO_UID },
      { user_uid: 'x' },
      { user_uid: 'uid_system' },
      { username: 'nobody-at-all' },
    ]) {
      expect(said(await open(mila, json))).toBe('404 user_not_found')
    }
    for (const json of [{}, { user_uid: ravi.uid, username: ravi.username }]) {
      expect(blamed(await open(mila, json))).toBe('400 invalid_payload: user_uid,username')
    }
    expect(blamed(await open(mila, { user_uid: 1 }))).toBe('400 invalid_payload: user_uid')
    expect(said(await call(target, 'POST', '/v1/direct-chats', { json: {} }))).toBe('401 unauthorized')
  })

  test('OC97, OC96: none is begun across a block, either way; one that stands stays', async () => {
    const [mila, ravi] = await pair()
    await mila.block(ravi)
    expect(said(await open(mila, { user_uid: ravi.uid }))).toBe('403 blocked')
    expect(said(await open(ravi, { user_uid: mila.uid }))).toBe('403 blocked')
    const [noor, omar] = await pair()
    const id = await noor.direct(omar)
    await noor.block(omar)
    expect((await open(omar, { user_uid: noor.uid })).body.channel.id).toBe(id)
  })

  test('OC97: a session of any server will do; the chat lives on the home server', async () => {
    const { owner, member } = await newServer(target)
    for (const user_uid of [member.home.uid, member.uid]) {
      const { body } = await open(owner, { user_uid })
      expect(body.channel).toMatchObject({ server_id: owner.home.server, peer_uid: member.home.uid })
      expect((await owner.home.get(`/v1/channels/${body.channel.id}`)).status).toBe(200)
      expect(said(await owner.get(`/v1/channels/${body.channel.id}`))).toBe('403 server_mismatch')
    }
  })

  test('OC97: with somebody who came by a key', async () => {
    const [mila, guest] = [await newPerson(target), await enterByKey(target)]
    const { status, body } = await open(mila, { user_uid: guest.uid })
    expect([status, body.channel.peer_uid]).toEqual([201, guest.uid])
    expect((await guest.must('GET', `/v1/channels/${body.channel.id}`)).channel.peer_uid).toBe(mila.uid)
  })

  test('OC97: becoming friends makes it, too', async () => {
    const [mila, ravi] = await pair()
    await mila.must('POST', '/v1/contacts', { user_uid: ravi.uid })
    await ravi.must('POST', `/v1/contacts/${mila.uid}/accept`)
    const { status, body } = await open(mila, { user_uid: ravi.uid })
    expect(status).toBe(200)
    expect((await ravi.channels()).map(channel => channel.id)).toContain(body.channel.id)
  })

  test.skipIf(lacks('wetty'))('OC97: one made by another contract is the same', async () => {
    const [mila, ravi] = await pair()
    const [left, right] = [await atWetty(mila), await atWetty(ravi)]
    await left.befriend(right)
    const answer = await open(mila, { user_uid: ravi.uid })
    expect(answer.status).toBe(200)
    const message = await ravi.say(answer.body.channel.id, 'found you')
    expect(message.body).toBe('found you')
  })
})
