// Profiles, one's own and others': WT20 to WT24.
import { expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { fresh, NO_UID, newPeople, newPerson, type Person, said } from './target.ts'

const target = useTarget()

test('WT20: start empty, named after the username', async () => {
  const mila = await newPerson(target)
  const { uid, username } = mila
  const { body } = await mila.get('/users/profile')
  expect(body).toEqual({
    uid,
    username,
    nickname: username,
    avatar_fid: '',
    bio: '',
    sr_link: '',
    add_friend_setting: 'need_verify',
  })
  expect((await mila.get('/users/me')).body).toEqual(body)
})

test('WT21: change by the keys given; null clears; text comes back byte for byte', async () => {
  const mila = await newPerson(target)
  const bio = '  <b>*é́*</b>\t\n\u202e  '
  const changed = await mila.put('/users/profile', { bio, nickname: 'Mila 👩🏽‍🍳', sr_link: 'https://example.org/m' })
  expect(changed.status).toBe(200)
  expect(changed.body).toMatchObject({
    bio,
    nickname: 'Mila 👩🏽‍🍳',
    sr_link: 'https://example.org/m',
    username: mila.username,
  })
  const cleared = await mila.put('/users/profile', { nickname: null, sr_link: null, add_friend_setting: 'anyone' })
  expect(cleared.body).toMatchObject({ bio, nickname: mila.username, sr_link: '', add_friend_setting: 'anyone' })
  expect((await mila.get('/users/profile')).body).toEqual(cleared.body)
})

test('WT21: refuse what is no text, too long, no setting, no link, or not the caller’s file', async () => {
  const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
  const fid = await noor.upload('picture', 'me.png', 'image/png')
  for (const [field, value] of [
    ['nickname', 5],
    ['nickname', 'n'.repeat(65)],
    ['bio', 'b'.repeat(501)],
    ['sr_link', 'javascript:alert(1)'],
    ['sr_link', `https://a/${'x'.repeat(500)}`],
    ['add_friend_setting', 'everybody'],
    ['avatar_fid', fid],
    ['avatar_fid', 'file_nothing'],
    ['avatar_fid', 5],
  ] as const) {
    const { status, body } = await mila.put('/users/profile', { [field]: value })
    expect([status, body.error?.code, body.error?.field]).toEqual([422, 'invalid_field', field])
  }
})

test('WT22: another’s profile says what he is to the caller, and never that he has blocked him', async () => {
  const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
  const relation = async (who: Person, whom: Person) => (await who.get(`/users/profile/${whom.uid}`)).body.relation
  expect((await mila.get(`/users/profile/${noor.uid}`)).body).toEqual({
    uid: noor.uid,
    username: noor.username,
    nickname: noor.username,
    avatar_fid: '',
    bio: '',
    sr_link: '',
    relation: 'none',
  })
  expect(await relation(mila, mila)).toBe('self')
  await mila.must('POST', '/friend/apply', { uid: noor.uid })
  expect([await relation(mila, noor), await relation(noor, mila)]).toEqual(['pending_out', 'pending_in'])
  await noor.must('POST', '/friend/accept', { uid: mila.uid })
  expect(await relation(mila, noor)).toBe('friend')
  await noor.must('POST', '/friend/block', { uid: mila.uid })
  expect([await relation(mila, noor), await relation(noor, mila)]).toEqual(['friend', 'blocked'])
  expect(said(await mila.get(`/users/profile/${NO_UID}`))).toBe('404 user_not_found')
})

test('WT23: search goes by prefix of username or nickname, literally, 20 at most', async () => {
  const stem = fresh('Zoë')
  const [mila] = (await newPeople(target, 1)) as [Person]
  const found: Person[] = []
  for (let i = 0; i < 21; i++) found.push(await newPerson(target, `${stem}.${i}`))
  await mila.put('/users/profile', { nickname: `${stem.toUpperCase()} the 22nd` })
  const search = async (q: string, more = '') =>
    (await mila.get(`/users/search?q=${encodeURIComponent(q)}${more}`)).body.users
  expect(await search(stem.toUpperCase())).toHaveLength(20)
  expect(await search(stem, '&limit=3')).toHaveLength(3)
  expect(await search(stem, '&limit=500')).toHaveLength(20)
  expect(await search(`${stem}.20`)).toEqual([
    { uid: found[20]?.uid, username: `${stem}.20`, nickname: `${stem}.20`, avatar_fid: '' },
  ])
  expect(await search(`${stem} the`)).toMatchObject([{ uid: mila.uid }])
  expect(await search(`${stem.slice(0, -1)}%`)).toEqual([])
  for (const q of ['a', '', '👪'])
    expect(said(await mila.get(`/users/search?q=${encodeURIComponent(q)}`))).toBe('422 invalid_field')
  expect(said(await mila.get('/users/search'))).toBe('422 invalid_field')
})

test('WT24: a profile’s avatar may be downloaded by every user; a group’s by whoever may see the group', async () => {
  const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
  const fid = await mila.upload('me', 'me.png', 'image/png')
  expect(said(await noor.get(`/f/fserv/download/${fid}`))).toBe('404 file_not_found')
  await mila.must('PUT', '/users/profile', { avatar_fid: fid })
  expect((await noor.get(`/f/fserv/download/${fid}`)).body).toBe('me')
  expect((await noor.get(`/users/profile/${mila.uid}`)).body.avatar_fid).toBe(fid)

  const picture = await mila.upload('us', 'us.png', 'image/png')
  const group = await mila.group([], { avatar_fid: picture })
  expect(said(await noor.get(`/f/fserv/download/${picture}`))).toBe('404 file_not_found')
  await mila.must('PUT', `/group/${group}/profile`, { visibility: 'public' })
  expect((await noor.get(`/f/fserv/download/${picture}`)).body).toBe('us')
})
