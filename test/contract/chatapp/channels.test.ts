// Channels: CA21, CA41 to CA50.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import {
  fresh,
  type Loose,
  NOBODY,
  NOTHING,
  newChannel,
  newPeople,
  newPerson,
  type Person,
  said,
  TIME,
  UUID,
} from './target.ts'

const target = useTarget()
const two = async () => (await newPeople(target, 2)) as [Person, Person]
const ids = (channels: readonly Loose[]): string[] => channels.map(channel => channel.id)

describe('made and found', () => {
  test('CA21 CA41: the creator owns it and is its first member', async () => {
    const mila = await newPerson(target)
    const name = fresh('Küche 🍳 ')
    const channel = await mila.must('POST', '/api/channels', { name: `  ${name} `, description: 'cooking' })
    expect(channel).toEqual({
      id: expect.stringMatching(UUID),
      name,
      description: 'cooking',
      created_by: mila.id,
      created_at: expect.stringMatching(TIME),
      members: [mila.id],
      owner_id: mila.id,
      title: name,
      kind: 'channel',
    })
    expect((await mila.must('POST', '/api/channels', { name: fresh() })).description).toBeNull()
  })

  test('CA21: members come creator first, then by time of joining', async () => {
    const [mila, a, b] = (await newPeople(target, 3)) as [Person, Person, Person]
    const { id } = await mila.channel([b, a])
    expect((await mila.must('GET', `/api/channels/${id}`)).members).toEqual([mila.id, b.id, a.id])
  })

  test('CA41: open sockets of the creator get its messages at once', async () => {
    const mila = await newPerson(target)
    using socket = await mila.socket()
    await socket.settled()
    const { id } = await mila.channel()
    const message = await mila.say(id, 'first')
    expect(await socket.settled()).toEqual([message])
  })

  test('CA42: names are unique and found in any letter case; the spelling stays', async () => {
    const mila = await newPerson(target)
    const name = fresh('Straße ')
    const { id } = await mila.channel([], name)
    for (const other of [name, name.toUpperCase(), name.toLowerCase()]) {
      expect(await mila.must('GET', `/api/channels/${encodeURIComponent(other)}`)).toMatchObject({ id, name })
      expect(said(await mila.post('/api/channels', { name: other }))).toBe('400 Channel name already exists')
    }
  })

  test('CA42: what is no name is refused', async () => {
    const mila = await newPerson(target)
    const refused = async (json: object) => said(await mila.post('/api/channels', json))
    for (const name of ['me', 'ME', '.', '..', 'a/b', 'a\\b', 'a?b', 'a#b', 'a%b', '@a', 'a~1', 'a\u0007', NOTHING]) {
      expect([name, await refused({ name })]).toEqual([name, '422 body.name value_error'])
    }
    expect(await refused({})).toBe('422 body.name missing')
    expect(await refused({ name: '  ' })).toBe('422 body.name string_too_short')
    expect(await refused({ name: 'x'.repeat(51), description: 'x'.repeat(201) })).toBe(
      '422 body.name string_too_long, body.description string_too_long',
    )
    expect((await mila.post('/api/channels', { name: fresh('🙂').padEnd(50, 'x') })).status).toBe(200)
  })

  test('CA43: lists show every public channel oldest first; of one’s own only these', async () => {
    const { id, owner, member, stranger } = await newChannel(target)
    const later = await stranger.channel()
    const all: Loose[] = await stranger.must('GET', '/api/channels')
    expect(ids(all).filter(other => other === id || other === later.id)).toEqual([id, later.id])
    const times = all.map(channel => Date.parse(channel.created_at))
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    const [general] = await member.must('GET', '/api/channels/me')
    expect(general.name).toBe('general')
    expect(ids(await member.must('GET', '/api/channels/me'))).toEqual([general.id, id])
    expect(ids(await stranger.must('GET', '/api/channels/me'))).toEqual([general.id, later.id])
    expect(all.find(channel => channel.id === id)).toEqual(await owner.must('GET', `/api/channels/${id}`))
  })

  test('CA44: by name or by id, wherever either is taken', async () => {
    const { id, name, owner, stranger } = await newChannel(target)
    for (const key of [id, id.toUpperCase(), name]) {
      expect((await stranger.must('GET', `/api/channels/${key}`)).id).toBe(id)
      expect(await stranger.must('GET', `/api/channels/${key}/status`)).toEqual({ is_subscribed: false })
      await stranger.must('POST', `/api/channels/${key}/join`)
      expect((await stranger.say(key, 'x')).channel_id).toBe(id)
      expect((await stranger.history(key)).at(-1).content).toBe('x')
      await stranger.must('POST', `/api/channels/${key}/leave`)
    }
    await owner.must('DELETE', `/api/channels/${name}`)
    for (const key of [id, name, NOTHING]) {
      expect(said(await stranger.get(`/api/channels/${key}`))).toBe('404 Channel not found')
    }
  })

  test('CA45 CA96: general belongs to nobody, stays, and can always be joined', async () => {
    const mila = await newPerson(target)
    const general = await mila.must('GET', '/api/channels/general')
    expect(general).toMatchObject({ name: 'general', created_by: NOBODY, owner_id: NOBODY, kind: 'channel' })
    expect(said(await mila.delete('/api/channels/general'))).toBe('403 Only channel owner can delete channel')
    expect((await mila.must('POST', '/api/channels/General/leave')).members).not.toContain(mila.id)
    expect(said(await mila.post('/api/messages', { content: 'x' }))).toBe('403 Not a member of this channel')
    expect((await mila.must('POST', '/api/channels/general/join')).members).toContain(mila.id)
    const users: Loose[] = await mila.must('GET', '/api/users')
    expect(ids(users)).not.toContain(NOBODY)
    expect(said(await mila.get(`/api/users/${NOBODY}`))).toBe('404 User not found')
  })
})

describe('coming and going', () => {
  test('CA46: joining twice changes nothing', async () => {
    const { id, owner, member, stranger } = await newChannel(target)
    const joined = await stranger.must('POST', `/api/channels/${id}/join`)
    expect(joined.members).toEqual([owner.id, member.id, stranger.id])
    expect(await stranger.must('POST', `/api/channels/${id}/join`)).toEqual(joined)
    expect((await owner.must('POST', `/api/channels/${id}/join`)).created_by).toBe(owner.id)
    expect(said(await stranger.post(`/api/channels/${fresh()}/join`))).toBe('404 Channel not found')
  })

  test('CA47: leaving answers the channel without the caller', async () => {
    const { id, owner, member, stranger } = await newChannel(target)
    const left = await member.must('POST', `/api/channels/${id}/leave`)
    expect(left).toMatchObject({ id, members: [owner.id] })
    for (const one of [member, stranger]) {
      expect(said(await one.post(`/api/channels/${id}/leave`))).toBe('400 Could not leave channel')
    }
    expect(said(await owner.post(`/api/channels/${id}/leave`))).toBe('400 Channel owner cannot leave channel')
    expect(said(await owner.post(`/api/channels/${fresh()}/leave`))).toBe('404 Channel not found')
  })

  test('CA48: the owner deletes it; then it is gone everywhere and the name is free', async () => {
    const { id, name, owner, member, stranger } = await newChannel(target)
    await member.say(id, 'soon gone')
    for (const one of [member, stranger]) {
      expect(said(await one.delete(`/api/channels/${id}`))).toBe('403 Only channel owner can delete channel')
    }
    using socket = await member.socket()
    await socket.message('soon gone')
    expect(await owner.must('DELETE', `/api/channels/${name}`)).toEqual({ message: 'Channel deleted successfully' })
    expect(said(await member.get(`/api/channels/${id}`))).toBe('404 Channel not found')
    expect(said(await owner.delete(`/api/channels/${id}`))).toBe('404 Channel not found')
    expect(ids(await member.must('GET', '/api/channels'))).not.toContain(id)
    expect(ids(await member.must('GET', '/api/channels/me'))).not.toContain(id)
    for (const path of ['/api/messages', '/api/messages/me']) {
      const messages: Loose[] = await member.must('GET', path)
      expect(messages.filter(message => message.channel_id === id)).toEqual([])
    }
    expect(await member.history(id)).toEqual([])
    socket.send({ content: 'x', channel_id: id })
    expect(await socket.next()).toMatchObject({ code: 'channel_not_found' })
    const again = await stranger.channel([], name)
    expect(again.id).not.toBe(id)
    // The name is the new one's at once, for everybody.
    expect((await stranger.say(name, 'fresh start')).channel_id).toBe(again.id)
    expect(said(await member.send(name, 'x'))).toBe('403 Not a member of this channel')
  })

  test('CA49: joins and leaves move all sockets before they are answered', async () => {
    const { id, owner, stranger } = await newChannel(target)
    using one = await stranger.socket()
    using two = await stranger.socket()
    await Promise.all([one.settled(), two.settled()])
    for (let round = 0; round < 5; round++) {
      await owner.say(id, `before ${round}`)
      await stranger.must('POST', `/api/channels/${id}/join`)
      await owner.say(id, `during ${round}`)
      await stranger.must('POST', `/api/channels/${id}/leave`)
      await owner.say(id, `after ${round}`)
      for (const socket of [one, two]) expect(await socket.heard()).toEqual([`during ${round}`])
    }
  })

  test('CA50: whether one is in, and the messages for those who are', async () => {
    const { id, owner, member, stranger } = await newChannel(target)
    const message = await owner.say(id, 'x')
    expect(await member.must('GET', `/api/channels/${id}/status`)).toEqual({ is_subscribed: true })
    expect(await stranger.must('GET', `/api/channels/${id}/status`)).toEqual({ is_subscribed: false })
    expect(await member.must('GET', `/api/channels/${id}/messages`)).toEqual([message])
    expect(await member.must('GET', `/api/channels/${id}/messages?before=${message.id}`)).toEqual([])
    expect(said(await stranger.get(`/api/channels/${id}/messages`))).toBe('403 Not a member of this channel')
    expect(said(await stranger.get(`/api/channels/${fresh()}/messages`))).toBe('404 Channel not found')
    expect(said(await stranger.get(`/api/channels/${fresh()}/status`))).toBe('404 Channel not found')
    expect(said(await member.get(`/api/channels/${id}/messages?limit=101`))).toBe('422 query.limit less_than_equal')
  })
})

test('CA41: many of one name at once make one', async () => {
  const [mila, noor] = await two()
  const name = fresh()
  const answers = await Promise.all([mila, noor, mila, noor].map(one => one.post('/api/channels', { name })))
  expect(answers.map(answer => answer.status).sort()).toEqual([200, 400, 400, 400])
})
