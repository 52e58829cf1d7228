// `POST /api/users`: section 3 of the rules.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { call, fresh, type Loose, newPerson } from './target.ts'

const target = useTarget()
const create = (json: unknown) => call(target, 'POST', '/api/users', { json })
const failing = async (json: unknown): Promise<Loose> => {
  const { status, body } = await create(json)
  expect(status).toBe(422)
  return body.errors
}
const family = '👨‍👩‍👧‍👦'

test('MS23: an account with one private profile', async () => {
  const email = `${fresh()}@example.com`
  const { status, body } = await create({ display_name: 'Kari Nordmann', email })
  expect(status).toBe(201)
  expect(body).toEqual({
    data: {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      display_name: 'Kari Nordmann',
      handle: expect.stringMatching(/^kari\d*$/),
      email,
      profiles: [
        { id: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'Privat', mode: 'private', handle: body.data.handle },
      ],
    },
  })
  expect((await create({ display_name: 'Ola' })).body.data.email).toBeNull()
})

describe('MS24: the display name', () => {
  test('MS24: is required', async () => {
    for (const json of [{}, { display_name: null }, { display_name: '' }, { display_name: '   ' }, [], 'x', 7])
      expect(await failing(json)).toEqual({ display_name: ["can't be blank"] })
  })
  test('MS24: is a text without control characters', async () => {
    for (const display_name of [7, true, ['Kari'], {}, 'a\u0000b', 'a\u0007b', 'a\nb'])
      expect(await failing({ display_name })).toEqual({ display_name: ['is invalid'] })
  })
  test('MS24: has 2 to 120 graphemes after trimming', async () => {
    for (const display_name of ['a', ' a ', family])
      expect(await failing({ display_name })).toEqual({ display_name: ['should be at least 2 character(s)'] })
    for (const display_name of ['a'.repeat(121), family.repeat(121)])
      expect(await failing({ display_name })).toEqual({ display_name: ['should be at most 120 character(s)'] })
    for (const [given, kept] of [
      ['  Kari  ', 'Kari'],
      ['ab', 'ab'],
      ['a'.repeat(120), 'a'.repeat(120)],
      [family.repeat(120), family.repeat(120)],
    ] as const) {
      const { status, body } = await create({ display_name: given })
      expect([status, body.data.display_name]).toEqual([201, kept])
    }
  })
})

describe('MS25: the e-mail', () => {
  test('MS25: is optional and looks like an address', async () => {
    for (const email of [undefined, null, '']) {
      expect((await create({ display_name: 'Kari', email })).body.data.email).toBeNull()
    }
    for (const email of ['kari', '@b.no', 'kari@', 'ka ri@b.no', `${'a'.repeat(250)}@b.no`])
      expect(await failing({ display_name: 'Kari', email })).toEqual({ email: ['must look like an email address'] })
    expect(await failing({ display_name: 'Kari', email: 7 })).toEqual({ email: ['is invalid'] })
  })
  test('MS25: is unique whatever the letter case', async () => {
    const email = `${fresh()}@Example.com`
    expect((await create({ display_name: 'Kari', email })).status).toBe(201)
    for (const again of [email, email.toUpperCase(), email.toLowerCase()])
      expect(await failing({ display_name: 'Kari', email: again })).toEqual({ email: ['has already been taken'] })
    expect(await failing({ email })).toEqual({ display_name: ["can't be blank"], email: ['has already been taken'] })
  })
  test('MS25: two at once: exactly one gets it', async () => {
    const email = `${fresh()}@example.com`
    const both = await Promise.all(Array.from({ length: 6 }, () => create({ display_name: 'Kari', email })))
    expect(both.map(a => a.status).sort()).toEqual([201, 422, 422, 422, 422, 422])
  })
})

test('MS26: a handle may be wished for', async () => {
  const handle = fresh('Kari.')
  expect((await create({ display_name: 'Kari', handle })).body.data.handle).toBe(handle.toLowerCase())
  for (const taken of [handle, handle.toUpperCase(), 'admin', 'Me', 'uid_7'])
    expect(await failing({ display_name: 'Kari', handle: taken })).toEqual({ handle: ['has already been taken'] })
  for (const bad of ['', 'k', '.kari', 'kåre', 'ka ri', 'k'.repeat(33), 7, {}])
    expect(await failing({ display_name: 'Kari', handle: bad })).toEqual({ handle: ['is invalid'] })
})

test('MS27: without a wish the first word of the name is spelled in plain letters', async () => {
  for (const [display_name, stem] of [
    ['Ærlig Ødegård', 'aerlig'],
    ['Åse', 'ase'],
    ['Þór', 'thor'],
    ['Łukasz', 'lukasz'],
    ['É Ö', 'eo'],
    ['李小龍', 'bruker'],
    [family.repeat(2), 'bruker'],
  ] as const) {
    const { body } = await create({ display_name })
    expect(body.data.handle).toMatch(new RegExp(`^${stem}\\d*$`))
  }
})

test('MS28: a derived handle never stands in the way, not even of itself', async () => {
  const name = fresh('navn').slice(0, 20)
  const made = await Promise.all(Array.from({ length: 8 }, () => create({ display_name: `${name} Nordmann` })))
  expect(made.every(a => a.status === 201)).toBe(true)
  const handles = made.map(a => a.body.data.handle as string)
  expect(new Set(handles).size).toBe(8)
  for (const handle of handles) expect(handle).toMatch(new RegExp(`^${name}\\d*$`))
  for (const reserved of ['admin', 'everyone', 'null', 'system']) {
    const { status, body } = await create({ display_name: reserved })
    expect(status).toBe(201)
    expect(body.data.handle).toMatch(new RegExp(`^${reserved}\\d+$`))
  }
})

test('MS29: other keys mean nothing', async () => {
  const id = crypto.randomUUID()
  const json = {
    display_name: 'Kari',
    id,
    profiles: [{ id, name: 'x', mode: 'work' }],
    phone_number: '1',
    locale: 'nb',
    profile: { id },
    profile_name: 'x',
    role: 'owner',
    __proto__: { x: 1 },
  }
  const { status, body } = await create(json)
  expect(status).toBe(201)
  expect(body.data.id).not.toBe(id)
  expect(body.data.profiles).toMatchObject([{ name: 'Privat', mode: 'private' }])
  expect(body.data.profiles[0].id).not.toBe(id)
})

test('MS30: a client makes two accounts on first launch and uses their ids from then on', async () => {
  const demo = await newPerson(target, { name: 'Demo 4711' })
  const companion = await newPerson(target, { name: 'Companion 4711' })
  const made = await call(target, 'POST', '/api/conversations', {
    as: demo,
    json: { target_profile_id: companion.profileId },
  })
  expect(made.status).toBe(201)
})
