// Accounts with username and password: OC37 to OC41.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import {
  enter,
  enterByKey,
  logIn,
  newKey,
  newServer,
  PASSWORD,
  Person,
  register,
  registerPassword,
  usernameOf,
} from './people.ts'
import { blamed, call, fresh, homeOf, NO_ID, said, TIME, TOKEN, UID, UUID } from './target.ts'

const target = useTarget()
const OTHER = 'another long password'

describe('registration', () => {
  test('OC37: makes an account and a session on the home server', async () => {
    const username = fresh('Mila.')
    const { status, body } = await register(target, { username, display_name: ' Mila ', device_id: 'desk' })
    expect([status, body]).toEqual([
      201,
      {
        session_id: expect.stringMatching(UUID),
        server_id: await homeOf(target),
        user_uid: expect.stringMatching(UID),
        device_id: 'desk',
        token: expect.stringMatching(TOKEN),
        expires_at: expect.stringMatching(TIME),
        scope: ['chat'],
        session_kind: 'password',
        account: { username },
      },
    ])
    const profile = await new Person(target, body).profile()
    expect(profile).toMatchObject({
      user_uid: body.user_uid,
      handle: username,
      display_name: 'Mila',
      profile_version: 1,
    })
  })

  test('OC12 OC37: username and password are all it takes', async () => {
    const { body } = await register(target)
    expect(body.device_id).toBe('web')
    expect((await new Person(target, body).profile()).display_name).toBe(body.account.username)
  })

  test.each(['ab', 'x'.repeat(33), '_mila', '.mila', 'mi la', 'mïla', 'mila@x', 'mila\n', ''])(
    'OC37: the username %p is refused',
    async username => {
      expect(said(await register(target, { username }))).toBe('400 invalid_username')
    },
  )

  test('OC37: what is malformed, and names that are taken', async () => {
    const { body } = await register(target)
    const { username } = body.account
    const refusals: [object, string][] = [
      [{ password: '1234567' }, '400 invalid_password'],
      [{ password: 'x'.repeat(257) }, '400 invalid_password'],
      [{ password: 12345678 }, '400 invalid_payload'],
      [{ username: 7 }, '400 invalid_payload'],
      [{ username: undefined }, '400 invalid_payload'],
      [{ display_name: ' ' }, '400 display_name_invalid'],
      [{ display_name: 'x'.repeat(33) }, '400 display_name_invalid'],
      [{ device_id: '' }, '400 invalid_identity'],
      [{ username }, '409 username_taken'],
      [{ username: username.toUpperCase() }, '409 username_taken'],
      [{ username: 'System' }, '409 username_taken'],
      [{ username: 'uid_1234' }, '409 username_taken'],
      [{ username: 'here' }, '409 username_taken'],
    ]
    for (const [keys, expected] of refusals)
      expect([keys, said(await register(target, keys))]).toEqual([keys, expected])
    for (const password of ['12345678', 'ß'.repeat(256)]) {
      expect((await register(target, { password })).status).toBe(201)
    }
  })

  test('OC37: of parallel registrations of one name exactly one succeeds', async () => {
    const username = fresh()
    const answers = await Promise.all(
      [username, username.toUpperCase(), username].map(each => register(target, { username: each })),
    )
    expect(answers.map(said).sort()).toEqual(['201', '409 username_taken', '409 username_taken'])
  })
})

describe('login', () => {
  test('OC38: on home or on a server; the username in any letter case', async () => {
    const mila = await registerPassword(target)
    const username = usernameOf(mila)
    const { status, body } = await logIn(target, username.toUpperCase(), PASSWORD, { device_id: 'desk' })
    expect([status, body.server_id, body.user_uid, body.device_id, body.session_kind]).toEqual([
      201,
      mila.server,
      mila.uid,
      'desk',
      'password',
    ])
    expect((await logIn(target, username)).body.device_id).toBe('web')
    const owner = await newServer(await registerPassword(target))
    const path = `/v1/servers/${owner.server}/sessions/password`
    const there = await call(target, 'POST', path, { json: { username, password: PASSWORD, device_id: 'desk' } })
    expect([there.status, there.body.server_id]).toEqual([201, owner.server])
    const person = new Person(target, there.body)
    expect((await person.must('GET', `/v1/servers/${owner.server}/membership`)).state).toBe('active')
    expect((await person.account()).user_uid).toBe(mila.uid)
  })

  test('OC38: a wrong password and an unknown name are refused in the same words', async () => {
    const mila = await registerPassword(target)
    const wrong = await logIn(target, usernameOf(mila), OTHER)
    const nobody = await logIn(target, fresh(), PASSWORD)
    expect([wrong.status, wrong.body]).toEqual([401, nobody.body])
    expect(said(wrong)).toBe('401 invalid_credentials')
    expect(said(await logIn(target, '', ''))).toBe('401 invalid_credentials')
    expect(said(await logIn(target, usernameOf(mila), PASSWORD, { device_id: '\n' }))).toBe('400 invalid_identity')
    expect(said(await logIn(target, usernameOf(mila), PASSWORD, { password: null }))).toBe('400 invalid_payload')
    const path = `/v1/servers/${NO_ID}/sessions/password`
    const json = { username: usernameOf(mila), password: PASSWORD }
    expect(said(await call(target, 'POST', path, { json }))).toBe('404 server_not_found')
  })

  test('OC38: somebody known by a key only has no password to guess', async () => {
    const { handle } = await (await enterByKey(target)).profile()
    expect(said(await logIn(target, handle, ''))).toBe('401 invalid_credentials')
  })
})

describe('one account, every contract', () => {
  test.skipIf(lacks('umoc', 'chatapp', 'wetty'))('OC39: the same pair opens the others', async () => {
    const mila = await registerPassword(target)
    const json = { username: usernameOf(mila), password: PASSWORD }
    const logins = [
      await call(target, 'POST', '/api/auth/login', { json }),
      await call(target, 'POST', '/users/auth/login', { json: { ...json, client_type: 'mobile' } }),
      await call(target, 'POST', '/login', { json }),
    ]
    expect(logins.map(({ status }) => status)).toEqual([200, 200, 200])
  })

  test.skipIf(lacks('wetty'))(
    'OC39: an account made elsewhere has one uid for ever on each server, not to be derived',
    async () => {
      const username = fresh('w')
      await call(target, 'POST', '/users/auth/register', { json: { username, password: PASSWORD } })
      const mila = await enter(target, username)
      expect(mila.uid).toMatch(UID)
      const owner = await newServer(await registerPassword(target))
      const there = await mila.on(owner.server)
      expect(there.uid).toMatch(UID)
      expect(there.uid).not.toBe(mila.uid)
      await mila.must('PUT', '/v1/account/password', { current_password: PASSWORD, new_password: OTHER })
      const again = await enter(target, username, OTHER)
      expect([again.uid, (await again.on(owner.server)).uid]).toEqual([mila.uid, there.uid])
    },
  )

  test('OC39: a uid leads back to who has it, on its server', async () => {
    const owner = await newServer(await registerPassword(target))
    for (const person of [await registerPassword(target), await enterByKey(target)]) {
      const asked = async (by: Person, uid: string) =>
        (await by.must('GET', `/v1/profiles:batch?user_uid=${uid}`)).profiles[0].handle
      const { handle } = await person.profile()
      const there = await person.on(owner.server)
      expect([await asked(person, person.uid), await asked(there, there.uid)]).toEqual([handle, handle])
      // Somebody of home does not find him by what he is called on another server.
      expect(await asked(await registerPassword(target), there.uid)).toBe(there.uid)
    }
  })

  test('OC40: what the account is called and what opens it; no secret among it', async () => {
    const key = newKey()
    const mila = await enterByKey(target, key)
    expect(await mila.account()).toEqual({
      username: null,
      user_uid: mila.uid,
      server_id: mila.server,
      profile: expect.objectContaining({ user_uid: mila.uid, profile_version: 1 }),
      credentials: {
        password: false,
        keys: [{ key_id: expect.any(String), public_key: key.publicKey, added_at: expect.stringMatching(TIME) }],
        msgr: false,
        msgr_last_used_at: null,
      },
    })
    const ada = await registerPassword(target)
    const minted = await ada.must('POST', '/v1/account/msgr-capability')
    const account = await ada.account()
    expect([account.username, account.credentials.password, account.credentials.msgr]).toEqual([
      usernameOf(ada),
      true,
      true,
    ])
    const text = JSON.stringify(account)
    for (const secret of [minted.account_id, PASSWORD, '$2', ada.token]) expect(text).not.toContain(secret)
  })
})

describe('the password', () => {
  test('OC41: another one, for the one that stands; all other sessions end', async () => {
    const mila = await registerPassword(target)
    const other = await enter(target, usernameOf(mila))
    const set = (body: object) => mila.put('/v1/account/password', body)
    expect(said(await set({ current_password: OTHER, new_password: OTHER }))).toBe('401 invalid_credentials')
    expect(said(await set({ new_password: OTHER }))).toBe('401 invalid_credentials')
    expect(said(await set({ current_password: PASSWORD, new_password: 'short' }))).toBe('400 invalid_password')
    expect(said(await set({ current_password: PASSWORD }))).toBe('400 invalid_payload')
    expect(blamed(await set({ username: fresh(), current_password: PASSWORD, new_password: OTHER }))).toBe(
      '400 invalid_payload: username',
    )
    expect(await other.isLive()).toBe(true)
    const changed = await set({ current_password: PASSWORD, new_password: OTHER })
    expect([changed.status, changed.body]).toEqual([200, { changed: true }])
    expect([await mila.isLive(), await other.isLive()]).toEqual([true, false])
    expect(said(await logIn(target, usernameOf(mila)))).toBe('401 invalid_credentials')
    expect((await logIn(target, usernameOf(mila), OTHER)).status).toBe(201)
  })

  test('OC41: a first one, with the username it comes with; the key goes on', async () => {
    const key = newKey()
    const mila = await enterByKey(target, key)
    const other = await enterByKey(target, key)
    const taken = usernameOf(await registerPassword(target))
    const set = (body: object) => mila.put('/v1/account/password', { new_password: PASSWORD, ...body })
    expect(blamed(await set({}))).toBe('400 invalid_payload: username')
    expect(said(await set({ username: '_x' }))).toBe('400 invalid_username')
    expect(said(await set({ username: taken }))).toBe('409 username_taken')
    const username = fresh('K')
    expect((await set({ username })).body).toEqual({ changed: true })
    expect([await mila.isLive(), await other.isLive()]).toEqual([true, false])
    expect((await mila.profile()).handle).toBe(username)
    expect((await enter(target, username)).uid).toBe(mila.uid)
    expect((await enterByKey(target, key)).uid).toBe(mila.uid)
    expect((await mila.account()).username).toBe(username)
  })

  test.skipIf(lacks('wetty', 'msgr'))(
    'OC41: sessions of other contracts end too, the msgr capability stays',
    async () => {
      const mila = await registerPassword(target)
      const json = { username: usernameOf(mila), password: PASSWORD, client_type: 'mobile' }
      const { body } = await call(target, 'POST', '/users/auth/login', { json })
      const minted = await mila.must('POST', '/v1/account/msgr-capability')
      await mila.must('PUT', '/v1/account/password', { current_password: PASSWORD, new_password: OTHER })
      const headers = { authorization: `Bearer ${body.token}` }
      expect((await call(target, 'GET', '/users/profile', { headers })).status).toBe(401)
      const msgr = { 'x-account-id': minted.account_id, 'x-profile-id': minted.profile_id }
      expect((await call(target, 'GET', '/api/conversations', { headers: msgr })).status).toBe(200)
    },
  )
})
