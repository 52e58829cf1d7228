// Keys and capabilities of an account, and a key that moves to another account: OC42 to OC44.
import { describe, expect, test } from 'bun:test'
import { Socket as Phoenix } from 'phoenix'
import { lacks, useTarget } from '../../kit/target.ts'
import { Inbox } from '../../kit/wait.ts'
import { Socket } from './live.ts'
import {
  challenge,
  enterByKey,
  type Key,
  newKey,
  newServer,
  PASSWORD,
  Person,
  proofOf,
  prove,
  registerPassword,
  uidOf,
  usernameOf,
} from './people.ts'
import { call, fresh, type Loose, NO_ID, said, TIME, TOKEN, UUID } from './target.ts'

const target = useTarget()
const OTHER = 'another long password'

const link = (person: Person, body: object) => person.post('/v1/account/link', body)
const keysOf = async (person: Person): Promise<string[]> =>
  (await person.account()).credentials.keys.map((key: Loose) => key.public_key)
const addKey = async (person: Person, key: Key) =>
  person.post('/v1/account/keys', await proofOf(target, person.server, key))

describe('linking a key to an account', () => {
  test('OC42: it opens that account and no other, also where the account was founded by a key that another has by now', async () => {
    const [first, second] = [newKey(), newKey()]
    const founder = await enterByKey(target, first)
    expect((await addKey(founder, second)).status).toBe(201)
    const heir = await enterByKey(target, second)
    const { keys } = (await heir.account()).credentials
    const { key_id } = keys.find((key: Loose) => key.public_key === first.publicKey)
    expect((await heir.delete(`/v1/account/keys/${key_id}`)).status).toBe(200)
    const [mila, noor] = [await registerPassword(target), await registerPassword(target)]
    expect((await addKey(noor, first)).status).toBe(201)
    const { status, body } = await link(heir, { username: usernameOf(mila), password: PASSWORD })
    expect([status, body.user_uid]).toEqual([200, mila.uid])
    expect((await new Person(target, body).account()).username).toBe(usernameOf(mila))
    expect((await enterByKey(target, second)).uid).toBe(mila.uid)
    expect((await enterByKey(target, first)).uid).toBe(noor.uid)
  })

  test('OC42: the key opens the other account from now on; its own is no more', async () => {
    const key = newKey()
    const mila = await registerPassword(target)
    const [first, second] = [await enterByKey(target, key), await enterByKey(target, key)]
    const { status, body } = await link(first, { username: usernameOf(mila), password: PASSWORD })
    expect([status, body]).toEqual([
      200,
      {
        session_id: expect.stringMatching(UUID),
        server_id: mila.server,
        user_uid: mila.uid,
        device_id: 'laptop',
        token: expect.stringMatching(TOKEN),
        expires_at: expect.stringMatching(TIME),
        scope: ['chat'],
        session_kind: 'linked',
        linked: true,
      },
    ])
    const linked = new Person(target, body)
    expect([await linked.isLive(), await first.isLive(), await second.isLive()]).toEqual([true, false, false])
    expect((await linked.account()).username).toBe(usernameOf(mila))
    expect(await keysOf(mila)).toEqual([key.publicKey])
    // The bound name is the account’s now, also for a client that asks by the one it derives.
    expect((await enterByKey(target, key)).uid).toBe(mila.uid)
    const derived = await challenge(target, mila.server, key, { user_uid: uidOf(mila.server, key) })
    expect([derived.status, derived.body.user_uid]).toEqual([201, mila.uid])
    const session = await prove(target, mila.server, {
      challenge_id: derived.body.challenge_id,
      signature: key.sign(derived.body.payload),
    })
    expect(session.body.user_uid).toBe(mila.uid)
    expect((await challenge(target, mila.server, key, { user_uid: mila.uid })).status).toBe(201)
    const { members } = await mila.must('GET', `/v1/servers/${mila.server}/members?limit=200`)
    expect(members.map((member: Loose) => member.user_uid)).not.toContain(first.uid)
  })

  test('OC42: on whatever server the session is, the account’s name there', async () => {
    const owner = await newServer(await registerPassword(target))
    const mila = await registerPassword(target)
    const keyed = await enterByKey(target, newKey(), owner.server)
    const { body } = await link(keyed, { username: usernameOf(mila), password: PASSWORD })
    const there = await mila.on(owner.server)
    expect([body.server_id, body.user_uid]).toEqual([owner.server, there.uid])
    expect((await new Person(target, body).get(`/v1/servers/${owner.server}/channels`)).status).toBe(200)
  })

  test.skipIf(lacks('msgr'))('OC42: to an account of msgr, by its capability', async () => {
    const made = await call(target, 'POST', '/api/users', { json: { display_name: 'Kari', handle: fresh('m') } })
    const { id, profiles } = made.body.data
    const key = newKey()
    const keyed = await enterByKey(target, key)
    const wrong = { msgr_account_id: NO_ID, msgr_profile_id: profiles[0].id }
    expect(said(await link(keyed, wrong))).toBe('401 invalid_credentials')
    const { status, body } = await link(keyed, { msgr_account_id: id, msgr_profile_id: profiles[0].id })
    expect([status, body.session_kind]).toEqual([200, 'linked'])
    const linked = new Person(target, body)
    expect((await linked.profile()).display_name).toBe('Kari')
    expect((await linked.account()).credentials.msgr).toBe(true)
    expect((await enterByKey(target, key)).uid).toBe(linked.uid)
  })

  test('OC42: a wrong proof, both proofs or none', async () => {
    const [mila, keyed] = [await registerPassword(target), await enterByKey(target)]
    const username = usernameOf(mila)
    expect(said(await link(keyed, { username, password: OTHER }))).toBe('401 invalid_credentials')
    const both = { username, password: PASSWORD, msgr_account_id: NO_ID, msgr_profile_id: NO_ID }
    for (const body of [{}, { username }, { msgr_account_id: NO_ID }, both, { username, password: 7 }]) {
      expect(said(await link(keyed, body))).toBe('400 invalid_payload')
    }
    expect(await keyed.isLive()).toBe(true)
  })

  test('OC42: not by an account that has a username, nor to itself', async () => {
    const [mila, ada] = [await registerPassword(target), await registerPassword(target)]
    for (const one of [mila, ada]) {
      const proof = { username: usernameOf(mila), password: PASSWORD }
      expect(said(await link(one, proof))).toBe('409 already_linked')
    }
  })

  test('OC42: not while something would be lost', async () => {
    const mila = await registerPassword(target)
    const doings: ((person: Person) => Promise<unknown>)[] = [
      async person => person.say(await person.general(), 'hello'),
      person => person.must('POST', '/v1/contacts', { user_uid: mila.uid }),
      person => person.must('POST', '/v1/groups', { name: 'Mine' }),
      person => person.must('POST', '/v1/servers', { display_name: 'Mine' }),
    ]
    for (const doing of doings) {
      const keyed = await enterByKey(target)
      await doing(keyed)
      const answer = await link(keyed, { username: usernameOf(mila), password: PASSWORD })
      expect([said(answer), await keyed.isLive()]).toEqual(['409 account_not_empty', true])
    }
  })
})

describe('keys of an account', () => {
  test('OC43: are added by a signed challenge, and open the account', async () => {
    const [mila, key] = [await registerPassword(target), newKey()]
    const { status, body } = await addKey(mila, key)
    expect([status, body]).toEqual([
      201,
      { key_id: expect.stringMatching(UUID), public_key: key.publicKey, added_at: expect.stringMatching(TIME) },
    ])
    expect((await enterByKey(target, key)).uid).toBe(mila.uid)
    expect((await addKey(mila, key)).body.key_id).toBe(body.key_id)
    expect(await keysOf(mila)).toEqual([key.publicKey])
  })

  test('OC43: a proof is judged as for a session', async () => {
    const [mila, key] = [await registerPassword(target), newKey()]
    const proof = await proofOf(target, mila.server, key)
    const add = (body: object) => mila.post('/v1/account/keys', body)
    expect(said(await add({ ...proof, signature: 'x' }))).toBe('400 invalid_signature')
    expect(said(await add({ ...proof, challenge_id: 'x' }))).toBe('410 challenge_expired')
    expect(said(await add({ challenge_id: proof.challenge_id }))).toBe('400 invalid_payload')
    expect(said(await add({ ...proof, signature: newKey().sign('x') }))).toBe('403 signature_invalid')
    expect(said(await add(proof))).toBe('410 challenge_expired')
    const owner = await newServer(await registerPassword(target))
    expect(said(await add(await proofOf(target, owner.server, key)))).toBe('410 challenge_expired')
    // What opened a session is spent for this, too.
    const used = await proofOf(target, mila.server, key)
    await prove(target, mila.server, used)
    expect(said(await add(used))).toBe('410 challenge_expired')
  })

  test('OC43: a key whose account is in use stays there; one with nothing is given up', async () => {
    const [mila, busy, idle] = [await registerPassword(target), newKey(), newKey()]
    const person = await enterByKey(target, busy)
    await person.say(await person.general(), 'hello')
    expect(said(await addKey(mila, busy))).toBe('409 key_in_use')
    const bare = await enterByKey(target, idle)
    expect((await addKey(mila, idle)).status).toBe(201)
    expect(await bare.isLive()).toBe(false)
    expect((await enterByKey(target, idle)).uid).toBe(mila.uid)
  })

  test('OC43: are taken away with the sessions they opened, but not the last thing that opens', async () => {
    const [mila, key] = [await registerPassword(target), newKey()]
    const { key_id } = (await addKey(mila, key)).body
    const keyed = await enterByKey(target, key)
    const elsewhere = await newServer(await registerPassword(target))
    const exchanged = await keyed.on(elsewhere.server)
    const stranger = await registerPassword(target)
    for (const id of [NO_ID, 'x']) expect(said(await mila.delete(`/v1/account/keys/${id}`))).toBe('404 key_not_found')
    expect(said(await stranger.delete(`/v1/account/keys/${key_id}`))).toBe('404 key_not_found')
    const removed = await mila.delete(`/v1/account/keys/${key_id}`)
    expect([removed.status, removed.body]).toEqual([200, { removed: true }])
    expect(await Promise.all([mila, keyed, exchanged].map(each => each.isLive()))).toEqual([true, false, false])
    const only = await enterByKey(target)
    const [own] = (await only.account()).credentials.keys
    expect(said(await only.delete(`/v1/account/keys/${own.key_id}`))).toBe('409 last_credential')
  })

  test('OC43 OC23: a key that was taken from the account it founded makes nobody else under that name', async () => {
    const key = newKey()
    const founder = await enterByKey(target, key)
    const other = newKey()
    await addKey(founder, other)
    const [own] = (await founder.account()).credentials.keys.filter((each: Loose) => each.public_key === key.publicKey)
    const heir = await enterByKey(target, other)
    const named = async (): Promise<Loose[]> =>
      (await heir.must('GET', `/v1/directory/users?query=oc_${heir.uid.slice('uid_'.length, 16)}`)).users
    const before = await named()
    await heir.must('DELETE', `/v1/account/keys/${own.key_id}`)
    const refused = await prove(target, heir.server, await proofOf(target, heir.server, key))
    expect(said(refused)).toBe('403 binding_required')
    expect([before.map(({ user_uid }) => user_uid), await named()]).toEqual([[heir.uid], before])
    expect((await addKey(heir, key)).status).toBe(201)
    expect((await enterByKey(target, key)).uid).toBe(heir.uid)
  })

  test('OC43: a linked key is taken away like any other, with the session that linked it', async () => {
    const [mila, key] = [await registerPassword(target), newKey()]
    const { body } = await link(await enterByKey(target, key), { username: usernameOf(mila), password: PASSWORD })
    const linked = new Person(target, body)
    const [own] = (await linked.account()).credentials.keys
    await mila.must('DELETE', `/v1/account/keys/${own.key_id}`)
    expect([await mila.isLive(), await linked.isLive()]).toEqual([true, false])
  })
})

describe.skipIf(lacks('msgr'))('the msgr capability', () => {
  const listed = (minted: Loose) =>
    call(target, 'GET', '/api/conversations', {
      headers: { 'x-account-id': minted.account_id, 'x-profile-id': minted.profile_id },
    })

  test('OC44: is shown once, opens msgr as the same person, and replaces the one before', async () => {
    const mila = await registerPassword(target)
    const { status, body } = await mila.post('/v1/account/msgr-capability')
    expect([status, body]).toEqual([
      201,
      { account_id: expect.stringMatching(UUID), profile_id: expect.stringMatching(UUID) },
    ])
    expect((await listed(body)).status).toBe(200)
    const second = await mila.must('POST', '/v1/account/msgr-capability')
    expect(second.profile_id).toBe(body.profile_id)
    expect([(await listed(body)).status, (await listed(second)).status]).toEqual([401, 200])
    for (const path of ['/v1/account', '/v1/profile/me', '/v1/sessions', '/v1/sessions/current']) {
      expect(JSON.stringify((await mila.get(path)).body)).not.toContain(second.account_id)
    }
  })

  test.each([
    ['minted anew', 'POST'],
    ['taken back', 'DELETE'],
  ])('OC44: when it is %s, whoever listens by it hears no more, and nobody else is cut off', async (_, method) => {
    const [mila, noor] = [await registerPassword(target), await registerPassword(target)]
    const group = (await mila.must('POST', '/v1/groups', { name: fresh('Group '), member_uids: [noor.uid] })).channel.id
    const minted = await mila.must('POST', '/v1/account/msgr-capability')
    using own = await Socket.open(mila)
    const there = new Phoenix(`${target.wsUrl}/socket`, { transport: WebSocket as never })
    const ended = Promise.withResolvers<void>()
    const heard = new Inbox<string>()
    try {
      there.connect()
      const channel = there.channel(`conversation:${group}`, minted)
      channel.on('message_created', ({ data }: Loose) => heard.push(data.body))
      await new Promise<unknown>((joined, refused) => {
        channel.join().receive('ok', joined).receive('error', refused).receive('timeout', refused)
      })
      await noor.say(group, 'before')
      expect(await heard.next()).toBe('before')
      channel.onError(() => ended.resolve())
      channel.onClose(() => ended.resolve())
      await mila.must(method, '/v1/account/msgr-capability')
      await ended.promise
      await noor.say(group, 'after')
      await own.message('after')
      expect(heard.all).toEqual(['before'])
      expect((await listed(minted)).status).toBe(401)
    } finally {
      there.disconnect()
    }
  })

  test('OC44: is taken back', async () => {
    const mila = await registerPassword(target)
    const minted = await mila.must('POST', '/v1/account/msgr-capability')
    for (let twice = 0; twice < 2; twice++) {
      expect((await mila.delete('/v1/account/msgr-capability')).body).toEqual({ removed: true })
    }
    expect((await listed(minted)).status).toBe(401)
    expect((await mila.account()).credentials.msgr).toBe(false)
  })
})
