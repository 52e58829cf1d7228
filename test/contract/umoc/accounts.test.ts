// Section B: accounts made and logged in to, in either style.
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { openDoor } from '../../kit/core.ts'
import { msgrPerson, post, wettyPerson } from '../../kit/people.ts'
import { foreign, lacks } from '../../kit/target.ts'
import type { Loose } from './client.ts'
import { fresh, seat, useTarget } from './people.ts'
import { type CallOptions, call, logIn, PASSWORD, refusal, register, said } from './rest.ts'

const target = useTarget()
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

const styles: readonly (readonly [string, (fields: Record<string, string>) => CallOptions])[] = [
  ['JSON', fields => ({ json: fields })],
  ['a form', fields => ({ form: fields })],
  ['the query', fields => ({ query: fields })],
]

const registering = (options: CallOptions) => call(target, 'POST', '/register', options)
const loggingIn = (options: CallOptions, method = 'POST') => call(target, method, '/login', options)

describe('registering', () => {
  test.each(styles)('UM10 UM11: by %s', async (_, style) => {
    const username = fresh('r')
    expect(said(await registering(style({ username, password: PASSWORD })))).toEqual({
      status: 201,
      body: {
        success: 'User registered successfully',
        user_id: expect.any(Number),
        username,
        created_at: expect.stringMatching(ISO),
      },
    })
    await logIn(target, username)
  })

  test('UM10: JSON wins over the query, field by field', async () => {
    const [username, other] = [fresh('r'), fresh('q')]
    const made = await registering({ json: { username }, query: { username: other, password: PASSWORD } })
    expect(made).toMatchObject({ status: 201, body: { username } })
    const json = { username, password: PASSWORD }
    expect((await loggingIn({ json, query: { username: other, password: 'x' } })).body.username).toBe(username)
  })

  test('UM17: what is absent, empty or no string is required, the name first', async () => {
    const username = fresh('r')
    for (const json of [{}, { username: '' }, { username: 5, password: PASSWORD }, { username: null, password: 'x' }]) {
      expect(said(await registering({ json }))).toEqual(refusal(400, "'username' is required"))
      expect(said(await loggingIn({ json }))).toEqual(refusal(400, "'username' is required"))
    }
    for (const json of [{ username }, { username, password: '' }, { username, password: ['x'] }]) {
      expect(said(await registering({ json }))).toEqual(refusal(400, "'password' is required"))
      expect(said(await loggingIn({ json }))).toEqual(refusal(400, "'password' is required"))
    }
    expect(said(await registering({}))).toEqual(refusal(400, "'username' is required"))
    expect(said(await loggingIn({ query: { username } }, 'GET'))).toEqual(refusal(400, "'password' is required"))
  })

  test('UM18 UM17: names are of certain characters and lengths', async () => {
    const characters = 'Username can only contain letters, numbers, dots (.) and underscores (_)'
    const length = 'Username must be between 3 and 25 characters long'
    const attempt = async (username: string) => said(await registering({ json: { username, password: PASSWORD } }))
    for (const username of ['mi la', 'mila!', 'mila-x', 'mïla', 'a\0b', '...', ' mila']) {
      expect([username, await attempt(username)]).toEqual([username, refusal(400, characters)])
    }
    for (const username of ['ab', 'a'.repeat(26)]) {
      expect([username, await attempt(username)]).toEqual([username, refusal(400, length)])
    }
    const longest = `M.i_${fresh('').slice(-10)}`.padEnd(25, 'x')
    expect(await attempt(longest)).toMatchObject({ status: 201, body: { username: longest } })
    // So short that others may have it: then the next one.
    const taken = refusal(409, 'Username already exists')
    for (let attempts = 0; ; attempts++) {
      const shortest = Math.floor(Math.random() * 36 ** 3)
        .toString(36)
        .padStart(3, '0')
        .toUpperCase()
      const answer = await attempt(shortest)
      if (Bun.deepEquals(answer, taken) && attempts < 100) continue
      expect(answer).toMatchObject({ status: 201, body: { username: shortest } })
      break
    }
  })

  test.skipIf(lacks('wetty'))(
    'UM17: a name is taken whatever its case, on whichever contract; reserved words are',
    async () => {
      const username = await register(target, fresh('Taken'))
      const { username: wetty } = await wettyPerson(target.url)
      for (const taken of [username, username.toUpperCase(), wetty, 'admin', 'EVERYONE']) {
        const answer = await registering({ json: { username: taken, password: PASSWORD } })
        expect([taken, said(answer)]).toEqual([taken, refusal(409, 'Username already exists')])
      }
    },
  )

  test('UM17: of many who want one name at once, one gets it', async () => {
    const username = fresh('r')
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => registering({ json: { username, password: PASSWORD } })),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(409)])
  })

  test('UM19 UM17: passwords have 8 to 128 characters, and every one of them counts', async () => {
    const attempt = (username: string, password: string) => registering({ json: { username, password } })
    const words = 'Password must be between 8 and 128 characters long'
    for (const password of ['1234567', 'é'.repeat(7), 'x'.repeat(129)]) {
      expect(said(await attempt(fresh('r'), password))).toEqual(refusal(400, words))
    }
    const long = '🔑'.repeat(127)
    const username = fresh('r')
    expect((await attempt(username, `${long}a`)).status).toBe(201)
    const login = async (password: string) => (await loggingIn({ json: { username, password } })).status
    expect(await login(`${long}b`)).toBe(401)
    expect(await login(`${long}a`)).toBe(200)
    expect(await login('x'.repeat(500))).toBe(401)
  })
})

describe('logging in', () => {
  test.each(styles)('UM10 UM12: by %s', async (_, style) => {
    const username = await register(target)
    const answer = await loggingIn(style({ username, password: PASSWORD }))
    expect(said(answer)).toEqual({
      status: 200,
      body: {
        sessionID: expect.any(String),
        token: expect.any(String),
        access_token: expect.any(String),
        expires_in: 86_400,
        user_id: expect.any(Number),
        username,
        session_expires: expect.any(Number),
      },
    })
  })

  test('UM12: GET with a query is the same login; HEAD is none', async () => {
    const username = await register(target)
    const query = { username, password: PASSWORD }
    const { status, body } = await loggingIn({ query }, 'GET')
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(Object.keys((await loggingIn({ json: query })).body))
    const head = await call(target, 'HEAD', '/login', { query })
    expect([head.status, head.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  test('UM17: nobody by that name and a wrong password are one answer', async () => {
    const username = await register(target)
    const wrong = refusal(401, 'Invalid credentials')
    for (const name of [username, fresh('nobody'), 'a b', '\ud800', 'x\0y', 'x'.repeat(5000)]) {
      expect(said(await loggingIn({ json: { username: name, password: 'wrong' } }))).toEqual(wrong)
    }
  })

  test('UM17: names are compared without regard to case, and printed as they were made', async () => {
    const username = await register(target, fresh('MiLa'))
    expect((await loggingIn({ json: { username: username.toLowerCase(), password: PASSWORD } })).body).toMatchObject({
      username,
    })
  })

  test.skipIf(lacks('wetty'))(
    'UM18 UM19: an account made elsewhere logs in with its name and password as they are',
    async () => {
      const username = `日本-${fresh('w')}`
      const password = 'ünï'.padEnd(40, '→')
      const made = await post(`${target.url}/users/auth/register`, { username, password })
      expect(made.status).toBeLessThan(300)
      const { uid } = (await made.json()) as Loose
      const answer = await loggingIn({ json: { username, password } })
      expect(answer).toMatchObject({ status: 200, body: { user_id: uid, username } })
      // And the other way about: one hash serves all contracts.
      const mine = await register(target)
      const there = await post(`${target.url}/users/auth/login`, {
        username: mine,
        password: PASSWORD,
        client_type: 'mobile',
      })
      expect(there.status).toBe(200)
    },
  )
})

describe('names', () => {
  test.skipIf(foreign)('UM8: whoever takes another name is called by it from then on, everywhere', async () => {
    await using house = await startClocked()
    const { core } = house.kit
    const { person, client } = await seat(house)
    const mine = (await core.people.byNum(person.id))?.id ?? ''
    // Names change where an account that came without a password is given one.
    const { profileId, headers } = await msgrPerson(house.url)
    const profile = await core.people.byId(profileId)
    if (!profile) throw new Error('nobody')
    const actor = { accountId: profile.accountId, profile, sessionId: null, door: openDoor }
    await core.contacts.request(actor, mine, null)
    await client.must('accept_contact', { contact_id: profile.num })
    const { conversation } = await core.conversations.openDirect(actor, mine)
    const write = (body: string) =>
      post(`${house.url}/api/conversations/${conversation.id}/messages`, { message: { body } }, headers)
    await write('before')
    await client.next('new_message')
    await client.caughtUp()
    const known = client.received.length
    await core.accounts.setPassword(actor, { current: null, next: PASSWORD, handle: 'renamed' })
    await write('after')
    expect(await client.next('new_message')).toMatchObject({ content: 'after', sender_username: 'renamed' })
    expect(client.received.slice(known).map(({ event }) => event)).toEqual(['new_message'])
    const chat_id = profile.num
    expect(await client.must('get_chats')).toMatchObject([{ username: 'renamed' }])
    expect(await client.must('get_chat_info', { chat_id })).toMatchObject({ username: 'renamed' })
    expect(await client.must('get_contacts')).toMatchObject({ contacts: [{ username: 'renamed' }] })
    const { messages } = await client.must('get_chat_history', { chat_id })
    expect(messages.map((row: Loose) => row.sender_username)).toEqual(['renamed', 'renamed'])
    expect(await logIn(house, 'renamed')).toMatchObject({ user_id: chat_id, username: 'renamed' })
    client.close()
  })

  test.skipIf(lacks('msgr'))(
    'UM8: everybody has one, also who came without a username, and may have another to be shown',
    async () => {
      const me = await seat(target)
      const made = await post(`${target.url}/api/users`, { display_name: 'Åse Without Handle' })
      const { data } = (await made.json()) as Loose
      const [profile] = data.profiles
      const headers = { 'x-account-id': data.id, 'x-profile-id': profile.id }
      const ask = async (path: string, body?: object): Promise<Loose> => {
        const answer = await (body ? post(target.url + path, body, headers) : fetch(target.url + path, { headers }))
        return ((await answer.json()) as Loose).data
      }
      const found = await ask(`/api/profiles?q=${me.person.username}`)
      const target_profile_id = found.find((one: Loose) => one.handle === me.person.username).id
      const { id } = await ask('/api/conversations', { kind: 'direct', target_profile_id })
      await ask(`/api/conversations/${id}/messages`, { message: { body: 'hello' } })
      const { sender_username } = await me.client.next('new_message')
      expect(sender_username).toBe(profile.handle)
      expect(sender_username).toMatch(/^[\p{L}\p{N}._-]{2,32}$/u)
      expect(await me.client.must('get_chats')).toMatchObject([
        { username: sender_username, display_name: 'Åse Without Handle', last_message: { sender_username } },
      ])
    },
  )
})
