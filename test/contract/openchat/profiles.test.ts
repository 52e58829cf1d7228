// Profiles: one's own, changed with and without a condition, and anybody's by uid (OC89, OC90, OC92, OC93).
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { type Loose, newPeople, newPerson, newServer, type Person, said, TIME } from './crew.ts'
import { atWetty } from './elsewhere.ts'
import { avatarUrl, png } from './pictures.ts'
import { request, uploadAvatar } from './raw.ts'

const target = useTarget()

const wanted = (keys: object = {}): object => ({
  display_name: 'Mila',
  avatar_mode: 'generated',
  avatar_preset_id: 'moon',
  avatar_asset_id: null,
  ...keys,
})
const change = (person: Person, keys: object, ifMatch?: string) =>
  request(person, 'PUT', '/v1/profile/me', {
    json: wanted(keys),
    ...(ifMatch !== undefined && { headers: { 'if-match': ifMatch } }),
  })
const batch = (person: Person, ...uids: readonly string[]): Promise<Loose> =>
  person.must('GET', `/v1/profiles:batch?${new URLSearchParams(uids.map(uid => ['user_uid', uid]))}`)

describe('one’s own profile', () => {
  test('OC89, OC90: is there from the start, in version 1, under the handle', async () => {
    const mila = await newPerson(target)
    const answer = await mila.get('/v1/profile/me')
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({
      user_uid: mila.uid,
      handle: mila.username,
      display_name: mila.username,
      avatar_mode: 'generated',
      avatar_preset_id: null,
      avatar_asset_id: null,
      avatar_url: null,
      profile_version: 1,
      updated_at: expect.stringMatching(TIME),
    })
    expect((await mila.must('GET', '/v1/account')).profile).toEqual(answer.body)
    expect(said(await request(target, 'GET', '/v1/profile/me'))).toBe('401 unauthorized')
  })

  test('OC90: a change counts the version up and shows to others', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const changed = await change(mila, {})
    expect(changed.status).toBe(200)
    expect(changed.body).toMatchObject({
      user_uid: mila.uid,
      display_name: 'Mila',
      avatar_mode: 'generated',
      avatar_preset_id: 'moon',
      profile_version: 2,
    })
    expect(await mila.must('GET', '/v1/profile/me')).toEqual(changed.body)
    expect(await batch(noor, mila.uid)).toEqual({ profiles: [changed.body] })
    // The preset goes with the change that does not name it.
    const body = { display_name: 'Mila', avatar_mode: 'generated' }
    expect(await mila.must('PUT', '/v1/profile/me', body)).toMatchObject({ avatar_preset_id: null, profile_version: 3 })
  })

  test('OC90: If-Match in every spelling; a stale one is a conflict that may be tried again', async () => {
    const mila = await newPerson(target)
    let version = 1
    for (const spell of [(n: number) => `${n}`, (n: number) => `"${n}"`, (n: number) => `W/"${n}"`]) {
      const done = await change(mila, { display_name: `Mila ${version}` }, spell(version))
      expect(done.body.profile_version).toBe(++version)
    }
    for (const stale of ['1', '"3"', '5']) {
      const refused = await change(mila, { display_name: 'late' }, stale)
      expect(said(refused)).toBe('409 profile_conflict')
      expect(refused.body).toMatchObject({ retryable: true, details: { profile_version: version } })
    }
    for (const bad of ['x', '*', '-1', '1.0', '"1']) {
      expect(said(await change(mila, {}, bad))).toBe('400 invalid_if_match')
    }
    expect((await mila.must('GET', '/v1/profile/me')).display_name).toBe('Mila 3')
  })

  test('OC90: of two changes meant for one version, one is made', async () => {
    const mila = await newPerson(target)
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map(name => change(mila, { display_name: name }, '1')))
    expect(answers.map(said).toSorted()).toEqual(['200', ...Array(3).fill('409 profile_conflict')])
    const winner = answers.find(({ status }) => status === 200)
    expect(await mila.must('GET', '/v1/profile/me')).toEqual(winner?.body)
  })

  test.each([
    ['one character', 'x'],
    ['another script', '美咲'],
    ['from right to left', 'ليلى'],
    ['thirty-two code points outside the BMP', '🦩'.repeat(32)],
    ['what looks like markup', '<b>"mila"</b> \'; --'],
  ])('OC90: a display name of %s', async (_, name) => {
    const mila = await newPerson(target)
    expect((await change(mila, { display_name: name })).body.display_name).toBe(name)
  })

  test('OC90: white space around a name is no part of it', async () => {
    const mila = await newPerson(target)
    const name = 'x'.repeat(32)
    expect((await change(mila, { display_name: `  ${name}\u3000` })).body.display_name).toBe(name)
  })

  test.each([
    ['none', { display_name: undefined }, 'display_name_invalid'],
    ['no text', { display_name: 7 }, 'display_name_invalid'],
    ['an empty name', { display_name: '' }, 'display_name_invalid'],
    ['white space only', { display_name: ' \t ' }, 'display_name_invalid'],
    ['33 code points', { display_name: 'x'.repeat(33) }, 'display_name_invalid'],
    ['a control character', { display_name: 'a\u0007b' }, 'display_name_invalid'],
    ['a line break', { display_name: 'a\nb' }, 'display_name_invalid'],
    ['U+0000', { display_name: 'a\0b' }, 'invalid_payload'],
    ['no mode', { avatar_mode: undefined }, 'avatar_mode_unsupported'],
    ['another mode', { avatar_mode: 'gravatar' }, 'avatar_mode_unsupported'],
    ['a mode that is no text', { avatar_mode: {} }, 'avatar_mode_unsupported'],
    ['a preset that is no text', { avatar_preset_id: 1 }, 'invalid_payload'],
    ['a preset of a kilobyte', { avatar_preset_id: 'x'.repeat(1024) }, 'invalid_payload'],
    ['an asset that is no text', { avatar_asset_id: [] }, 'invalid_payload'],
    ['no asset', { avatar_mode: 'uploaded' }, 'avatar_asset_not_found'],
    ['an unknown asset', { avatar_mode: 'uploaded', avatar_asset_id: crypto.randomUUID() }, 'avatar_asset_not_found'],
    ['an impossible asset', { avatar_mode: 'uploaded', avatar_asset_id: '../x' }, 'avatar_asset_not_found'],
  ])('OC90: %s is refused, and nothing changes', async (_, keys, code) => {
    const mila = await newPerson(target)
    expect(said(await change(mila, keys))).toBe(`400 ${code}`)
    expect((await mila.must('GET', '/v1/profile/me')).profile_version).toBe(1)
  })

  test('OC90: an uploaded picture becomes the avatar, and is put away again', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const asset = (await uploadAvatar(mila, png(8, 6))).body
    const keys = { avatar_mode: 'uploaded', avatar_asset_id: asset.avatar_asset_id }
    const shown = { avatar_mode: 'uploaded', ...asset, avatar_preset_id: 'moon' }
    for (const key of ['width', 'height', 'content_type', 'bytes']) delete (shown as Loose)[key]
    expect((await change(mila, keys)).body).toMatchObject(shown)
    expect((await batch(noor, mila.uid)).profiles).toMatchObject([shown])
    // It stays with a change of the name alone, and is nobody else's to wear.
    expect((await change(mila, { ...keys, display_name: 'Milena' })).body).toMatchObject(shown)
    expect(said(await change(noor, keys))).toBe('400 avatar_asset_not_found')
    expect((await change(mila, {})).body).toMatchObject({
      avatar_mode: 'generated',
      avatar_asset_id: null,
      avatar_url: null,
    })
  })
})

describe('anybody’s profile', () => {
  test('OC92: one for each uid asked for, in that order, unknown ones made up', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const nobody = 'uid_00000000000000000000000000000000'
    const { profiles } = await batch(mila, noor.uid, nobody, mila.uid, 'not a uid', noor.uid)
    expect(profiles.map((profile: Loose) => profile.user_uid)).toEqual([
      noor.uid,
      nobody,
      mila.uid,
      'not a uid',
      noor.uid,
    ])
    for (const [at, uid] of [
      [1, nobody],
      [3, 'not a uid'],
    ] as const) {
      expect(profiles[at]).toMatchObject({
        display_name: uid,
        profile_version: 0,
        avatar_mode: 'generated',
        avatar_url: null,
      })
    }
    expect(profiles[0]).toEqual(await noor.must('GET', '/v1/profile/me'))
    // Nobody came into being by being asked for.
    expect((await mila.must('GET', `/v1/directory/users?query=${nobody}`)).users).toEqual([])
  })

  test('OC92: one to a hundred at once', async () => {
    const mila = await newPerson(target)
    const uids = Array.from({ length: 100 }, (_, n) => `uid_${n}`)
    expect((await batch(mila, ...uids)).profiles).toHaveLength(100)
    for (const query of ['', '?', '?uid=x', `?${[...uids, 'x'].map(uid => `user_uid=${uid}`).join('&')}`]) {
      expect(said(await mila.get(`/v1/profiles:batch${query}`))).toBe('400 invalid_query')
    }
    expect(said(await request(target, 'GET', '/v1/profiles:batch?user_uid=x'))).toBe('401 unauthorized')
    expect(said(await mila.get('/v1/profiles?user_uid=x'))).toBe('404 not_found')
    expect(said(await mila.get('/v1/profilesXbatch?user_uid=x'))).toBe('404 not_found')
    expect(said(await mila.post('/v1/profiles:batch'))).toBe('405 method_not_allowed')
  })

  test('OC92: on another server he is asked for by the name he has there, and by that of home', async () => {
    const { owner, member } = await newServer(target)
    expect(member.uid).not.toBe(member.home.uid)
    const own = await member.must('GET', '/v1/profile/me')
    expect(own.user_uid).toBe(member.home.uid)
    expect((await batch(owner, member.uid, member.home.uid)).profiles).toEqual([{ ...own, user_uid: member.uid }, own])
    // The name of one server means nothing on another.
    expect((await batch(owner.home, member.uid)).profiles).toMatchObject([{ profile_version: 0 }])
  })

  test('OC93: uid_system is “System”, and nobody’s', async () => {
    const mila = await newPerson(target)
    expect((await batch(mila, 'uid_system')).profiles).toMatchObject([
      { user_uid: 'uid_system', display_name: 'System' },
    ])
    expect(said(await mila.post('/v1/contacts', { user_uid: 'uid_system' }))).toBe('404 user_not_found')
  })
})

describe.skipIf(lacks('wetty'))('names and faces of other contracts', () => {
  test('OC89: are the same ones', async () => {
    const mila = await newPerson(target)
    const there = await atWetty(mila)
    await change(mila, { display_name: 'Mila of here' })
    expect((await there.must('GET', '/users/profile')).nickname).toBe('Mila of here')
    await there.must('PUT', '/users/profile', { nickname: 'Mila of there' })
    const shown = await mila.must('GET', '/v1/profile/me')
    expect(shown).toMatchObject({ display_name: 'Mila of there', profile_version: 3 })
    // Without a name, the handle.
    await there.must('PUT', '/users/profile', { nickname: null })
    expect((await mila.must('GET', '/v1/profile/me')).display_name).toBe(mila.username)
  })

  test('OC89: a picture set there shows if it is png or jpeg, else as none, and is not lost by a change here', async () => {
    const mila = await newPerson(target)
    const there = await atWetty(mila)
    const fid = await there.upload('bytes', 'me.png', 'image/png')
    await there.must('PUT', '/users/profile', { avatar_fid: fid })
    const shown = await mila.must('GET', '/v1/profile/me')
    expect(shown.avatar_mode).toBe('uploaded')
    expect(shown.avatar_url).toMatch(avatarUrl(shown.avatar_asset_id))
    expect((await fetch(shown.avatar_url)).status).toBe(200)

    const gif = await there.upload('bytes', 'me.gif', 'image/gif')
    await there.must('PUT', '/users/profile', { avatar_fid: gif })
    const hidden = await mila.must('GET', '/v1/profile/me')
    expect(hidden).toMatchObject({ avatar_mode: 'generated', avatar_asset_id: null, avatar_url: null })
    await change(mila, { display_name: 'Renamed' })
    expect((await there.must('GET', '/users/profile')).avatar_fid).toBe(gif)
  })
})
