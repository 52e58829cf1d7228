// Messages over REST: CA22, CA51 to CA58, CA90, CA92, CA93.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import {
  fresh,
  type Loose,
  NOTHING,
  newChannel,
  newPeople,
  newPerson,
  type Person,
  said,
  TIME,
  UUID_V7,
} from './target.ts'

const target = useTarget()
const contents = (messages: readonly Loose[]): string[] => messages.map(message => message.content)

describe('sending', () => {
  test('CA22 CA52: the message as everybody gets it, the author from the token', async () => {
    const { id, name, owner, member } = await newChannel(target)
    using socket = await member.socket()
    await socket.settled()
    const ignored = { username: owner.username, user_id: owner.id, id: NOTHING, timestamp: '2000-01-01T00:00:00.000Z' }
    const message = await member.say(name, 'hello', { ...ignored, client_id: 'k1' })
    expect(message).toEqual({
      id: expect.stringMatching(UUID_V7),
      content: 'hello',
      channel_id: id,
      username: member.username,
      user_id: member.id,
      timestamp: expect.stringMatching(TIME),
      channel_name: name,
      client_id: 'k1',
    })
    expect(await socket.settled()).toEqual([message])
    expect(await owner.history(id)).toEqual([message])
  })

  test('CA51: a thousand characters as people count them, not one more', async () => {
    const { id, owner } = await newChannel(target)
    for (const content of ['x'.repeat(1000), '🙂'.repeat(1000), 'x']) {
      expect((await owner.say(id, content)).content).toBe(content)
    }
    for (const content of ['x'.repeat(1001), '🙂'.repeat(1001)]) {
      expect(said(await owner.send(id, content))).toBe('422 body.content string_too_long')
    }
    for (const content of ['', ' ', '\n\t ']) {
      expect(said(await owner.send(id, content))).toBe('422 body.content string_too_short')
    }
    for (const content of ['a\u0000b', 'a\ud800b']) {
      expect(said(await owner.send(id, content))).toBe('422 body.content value_error')
    }
    expect(await owner.history(id)).toHaveLength(3)
  })

  test('CA51: everything else comes back as it was written', async () => {
    const { id, owner } = await newChannel(target)
    const written = [
      ' a  b \n',
      '<b>&amp;"\'',
      'e\u0301 \u00e9',
      '\u202e\u200d',
      '{"content":"x"}',
      '\\u0041 %41',
      '\u0001',
    ]
    for (const content of written) await owner.say(id, content)
    expect(contents(await owner.history(id))).toEqual(written)
  })

  test('CA52: without a channel it goes to general', async () => {
    const mila = await newPerson(target)
    const general = await mila.must('GET', '/api/channels/general')
    for (const json of [{ content: fresh() }, { content: fresh(), channel_id: null }]) {
      const message = await mila.must('POST', '/api/messages', json)
      expect(message).toMatchObject({ channel_id: general.id, channel_name: 'general' })
    }
  })

  test('CA52 CA90: elsewhere nothing is stored', async () => {
    const { id, owner, stranger } = await newChannel(target)
    expect(said(await stranger.send(id, 'x'))).toBe('403 Not a member of this channel')
    expect(said(await stranger.send(fresh(), 'x'))).toBe('404 Channel not found')
    expect(said(await stranger.send(NOTHING, 'x'))).toBe('404 Channel not found')
    expect(said(await stranger.send('@nobody-at-all', 'x'))).toBe('404 Channel not found')
    expect(said(await stranger.send('', 'x'))).toBe('404 Channel not found')
    expect(await owner.history(id)).toEqual([])
  })

  test('CA56: a repeat answers the first, stores and tells nothing', async () => {
    const { id, owner, member } = await newChannel(target)
    using socket = await owner.socket()
    await socket.settled()
    const first = await member.say(id, 'one', { client_id: 'k' })
    expect(await member.say(id, 'another', { client_id: 'k' })).toEqual(first)
    expect(await socket.settled()).toEqual([first])
    // Per author, and per channel.
    const others = await owner.say(id, 'two', { client_id: 'k' })
    const elsewhere = await member.say((await member.channel()).id, 'three', { client_id: 'k' })
    expect(new Set([first.id, others.id, elsewhere.id]).size).toBe(3)
    for (const client_id of ['', 'x'.repeat(129), 'é', 'a\n', 7]) {
      expect(said(await member.send(id, 'x', { client_id }))).toMatch(/^422 body\.client_id (value_error|string_type)$/)
    }
  })

  test('CA56: also when the repeats are many at once', async () => {
    const { id, member } = await newChannel(target)
    const sent = await Promise.all(Array.from({ length: 8 }, (_, i) => member.say(id, `try ${i}`, { client_id: 'k' })))
    expect(new Set(sent.map(message => message.id)).size).toBe(1)
    expect(await member.history(id)).toHaveLength(1)
  })
})

describe('reading', () => {
  const filled = async (count: number) => {
    const scene = await newChannel(target)
    for (let i = 0; i < count; i++) await (i % 2 ? scene.owner : scene.member).say(scene.id, `m${i}`)
    return scene
  }
  const wanted = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `m${from + i}`)

  test('CA53 CA93: over all conversations of the caller, oldest first; of these his own', async () => {
    const { id, owner, member, stranger } = await filled(4)
    const other = await member.channel()
    await member.say(other.id, 'mine alone')
    await owner.say(id, 'm4')
    expect(contents(await member.must('GET', '/api/messages?limit=6'))).toEqual([...wanted(0, 4), 'mine alone', 'm4'])
    expect(contents(await member.must('GET', '/api/messages/me?limit=100'))).toEqual(['m0', 'm2', 'mine alone'])
    expect(contents(await owner.must('GET', '/api/messages/me?limit=2'))).toEqual(['m3', 'm4'])
    expect(contents(await stranger.must('GET', '/api/messages?limit=100'))).not.toContain('m0')
    expect(await stranger.must('GET', '/api/messages/me')).toEqual([])
  })

  test('CA54: of one channel, by name or id', async () => {
    const { id, name, member } = await filled(3)
    for (const key of [id, name, name.toUpperCase()]) expect(contents(await member.history(key))).toEqual(wanted(0, 3))
  })

  test('CA54 CA90: of what is not there or not the caller’s, an empty list', async () => {
    const { id, name, member, stranger } = await filled(1)
    for (const key of [id, name, fresh(), NOTHING, '@nobody-at-all', 'a b', '~']) {
      expect(await stranger.get(`/api/messages/${encodeURIComponent(key)}`)).toMatchObject({ status: 200, body: [] })
    }
    await member.must('POST', `/api/channels/${id}/leave`)
    expect(await member.history(id)).toEqual([])
  })

  test('CA55: the newest, 50 by default, and walking back visits each once while others write', async () => {
    const { id, owner, member } = await filled(60)
    expect(contents(await member.history(id))).toEqual(wanted(10, 60))
    expect(contents(await member.history(id, '?limit=100'))).toEqual(wanted(0, 60))
    for (const path of [`/api/messages/${id}`, `/api/channels/${id}/messages`, '/api/messages']) {
      const seen: string[] = []
      let page: Loose[] = await member.must('GET', `${path}?limit=7`)
      while (page.length > 0) {
        const mine = page.filter(message => message.channel_id === id)
        seen.unshift(...contents(mine))
        if (mine.length < page.length) break
        await owner.say(id, 'meanwhile')
        page = await member.must('GET', `${path}?limit=7&before=${page[0].id}`)
      }
      expect(seen.filter(content => content !== 'meanwhile')).toEqual(wanted(0, 60))
      expect(seen.lastIndexOf('m59')).toBe(seen.indexOf('m59'))
    }
  })

  test('CA55: what is out of range, no number or unknown is 422', async () => {
    const { id, member } = await filled(1)
    for (const path of ['/api/messages', '/api/messages/me', `/api/messages/${id}`]) {
      for (const [query, amiss] of [
        ['limit=0', 'query.limit greater_than_equal'],
        ['limit=101', 'query.limit less_than_equal'],
        ['limit=ten', 'query.limit int_parsing'],
        ['before=x', 'query.before value_error'],
        [`before=${NOTHING}`, 'query.before value_error'],
      ]) {
        expect([path, query, said(await member.get(`${path}?${query}`))]).toEqual([path, query, `422 ${amiss}`])
      }
    }
  })

  test('CA57: one order for everybody, in history and live', async () => {
    const { id, owner, member, stranger } = await newChannel(target)
    await stranger.must('POST', `/api/channels/${id}/join`)
    using socket = await stranger.socket()
    await socket.settled()
    const people = [owner, member, stranger]
    await Promise.all(Array.from({ length: 60 }, (_, i) => people[i % 3]?.say(id, `m${i}`)))
    const live = await socket.settled()
    expect(live).toHaveLength(60)
    for (const one of people) expect(await one.history(id, '?limit=100')).toEqual(live)
    const over = await owner.must('GET', '/api/messages?limit=100')
    expect(over.filter((message: Loose) => message.channel_id === id)).toEqual(live)
  })

  test('CA92: a busy channel pushes nothing out of a quiet one', async () => {
    const { id, owner, member } = await newChannel(target)
    const quiet = await owner.say((await owner.channel([member])).id, 'quiet')
    for (let i = 0; i < 60; i++) await member.say(id, `m${i}`)
    expect(await owner.history(quiet.channel_id)).toEqual([quiet])
    expect(contents(await owner.history(id, '?limit=100'))).toHaveLength(60)
  })
})

describe('clearing', () => {
  test('CA58: takes back one’s own, nobody else’s', async () => {
    const { id, owner, member } = await newChannel(target)
    for (let i = 0; i < 4; i++) await (i % 2 ? owner : member).say(id, `m${i}`)
    const kept = await member.say(id, 'one more')
    expect(await member.must('POST', '/api/messages/clear')).toEqual({ message: 'Messages cleared' })
    for (const one of [owner, member] as const) expect(contents(await one.history(id))).toEqual(['m1', 'm3'])
    expect(await member.must('GET', '/api/messages/me')).toEqual([])
    expect(contents(await owner.must('GET', '/api/messages/me'))).toEqual(['m1', 'm3'])
    // A taken-back message still marks a place.
    expect(contents(await owner.history(id, `?before=${kept.id}`))).toEqual(['m1', 'm3'])
    expect(await member.must('POST', '/api/messages/clear')).toEqual({ message: 'Messages cleared' })
  })

  test('CA58: the hundred newest, and a page is full whatever was taken back before it', async () => {
    const [mila] = (await newPeople(target, 1)) as [Person]
    const { id } = await mila.channel()
    for (let i = 0; i < 103; i++) await mila.say(id, `m${i}`)
    await mila.must('POST', '/api/messages/clear')
    expect(contents(await mila.history(id, '?limit=2'))).toEqual(['m1', 'm2'])
    expect(contents(await mila.history(id))).toEqual(['m0', 'm1', 'm2'])
  })

  test('CA56: a repeat of a message that was taken back says nothing', async () => {
    const { id, member } = await newChannel(target)
    const first = await member.say(id, 'x', { client_id: 'k' })
    await member.must('POST', '/api/messages/clear')
    expect(await member.say(id, 'x', { client_id: 'k' })).toMatchObject({ id: first.id, content: '' })
    expect(await member.history(id)).toEqual([])
  })
})
