// Server-Sent Events (OC125).
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { foreign, startOwn, useTarget } from '../../kit/target.ts'
import { Inbox, until } from '../../kit/wait.ts'
import { newGroup, newPerson, newServer, type Person } from './crew.ts'
import { bearerOf, type Envelope, poll, queryOf, Socket, Stream } from './live.ts'
import { call, NO_ID, said } from './target.ts'

const target = useTarget()

/** The stream as bytes: what came, line by line. */
const openText = async (by: Person, query: string, headers: Record<string, string> = {}) => {
  const over = new AbortController()
  const url = `${by.target.url}/v1/realtime/sse${query}`
  const response = await fetch(url, { headers: { ...bearerOf(by), ...headers }, signal: over.signal })
  const lines = new Inbox<string>()
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  const read = async (): Promise<void> => {
    let rest = ''
    try {
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const parts = (rest + chunk).split('\n')
        rest = parts.pop() ?? ''
        for (const line of parts) lines.push(line)
      }
    } catch {
      // Given up by the test.
    }
    resolve()
  }
  void read()
  const frame = async (type: string): Promise<Envelope> => {
    const line = await lines.find(type, text => text.startsWith('data: ') && JSON.parse(text.slice(6)).type === type)
    return JSON.parse(line.slice(6))
  }
  return { response, lines, ended, frame, [Symbol.dispose]: () => over.abort() }
}

describe('the stream', () => {
  test('OC125: is an event stream of unnamed events, one line each, with the position as id of durable ones and the hello', async () => {
    const { id, owner, member } = await newGroup(target)
    using stream = await openText(member, queryOf({ server_id: member.server, channel_id: id }))
    const { status, headers } = stream.response
    expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
      200,
      'text/event-stream',
      'no-store',
    ])
    await stream.frame('chat.presence.snapshot')
    const text = 'two\r\nlines\u2028, data: x\n\nid: y'
    const message = await owner.say(id, text)
    expect((await stream.frame('chat.message.created')).payload).toEqual({ message })
    await stream.lines.find('its end', line => line === '')
    const all = stream.lines.all
    expect(all[0]).toBe('retry: 1000')
    expect(all.filter(line => line !== '' && !/^(retry: 1000|id: \S+|data: \{.*\})$/s.test(line))).toEqual([])
    const events = all
      .join('\n')
      .split('\n\n')
      .filter(event => event.includes('data: '))
    for (const event of events) {
      const [, id_] = /^id: (.*)$/m.exec(event) ?? []
      const [, data = '{}'] = /^data: (.*)$/ms.exec(event) ?? []
      const frame = JSON.parse(data) as Envelope
      expect([frame.type, id_]).toEqual([frame.type, frame.resume_token])
      expect(id_ !== undefined).toBe(frame.stream !== 'signal' || frame.type === 'chat.hello')
    }
  })

  test('OC125: an unmodified EventSource hears everything by onmessage, and keeps the last position', async () => {
    const { id, owner, member } = await newGroup(target)
    using stream = await Stream.open(member)
    for (const text of ['one', 'two', 'three']) await owner.say(id, text)
    await stream.message('three')
    expect(stream.texts).toEqual(['one', 'two', 'three'])
    expect(stream.ids.at(-1)).toBe(stream.position)
    const { body } = await poll(member, { token: stream.ids[1] ?? '' })
    expect(body.events.map(({ payload }: Envelope) => payload.message.body)).toEqual(['two', 'three'])
  })

  test('OC125: channels named in the query are subscribed: the list and who comes; a public one is joined', async () => {
    const { owner, member } = await newServer(target)
    const ids = [await owner.makeChannel(), await owner.makeChannel()]
    using stream = await Stream.open(member, { channels: ids })
    for (const id of ids) {
      await stream.event('chat.subscribed', ({ channel_id }) => channel_id === id)
      const { payload } = await stream.event('chat.presence.snapshot')
      expect(payload).toMatchObject({ channel_id: id, members: [{ user_uid: member.uid }] })
    }
    using socket = await Socket.open(owner)
    expect((await socket.subscribe(ids[0] ?? '')).payload.members).toHaveLength(2)
    expect((await stream.event('chat.presence.joined')).payload.member.user_uid).toBe(owner.uid)
    socket.send('chat.typing.update', { channel_id: ids[0], is_typing: true })
    expect((await stream.event('chat.typing.updated')).payload.is_typing).toBe(true)
    stream[Symbol.dispose]()
    expect((await socket.event('chat.presence.left')).payload.member.user_uid).toBe(member.uid)
  })

  test('OC125: it is refused as JSON: without a session, elsewhere, for channels one does not see, for too many', async () => {
    const { id, stranger, owner } = await newGroup(target)
    const other = await newServer(target)
    const ask = async (by: Person | null, query: string) =>
      said(await call(target, 'GET', `/v1/realtime/sse${query}`, { headers: by ? bearerOf(by) : {} }))
    expect(await ask(null, '')).toBe('401 unauthorized')
    expect(await ask(null, queryOf({ token: owner.token }))).toBe('401 unauthorized')
    expect(await ask(owner, queryOf({ server_id: other.id }))).toBe('403 server_mismatch')
    expect(await ask(owner, queryOf({ server_id: NO_ID }))).toBe('404 server_not_found')
    const [hidden] = await other.owner.channels()
    for (const channel of [id, hidden?.id ?? '', NO_ID, 'x']) {
      expect(await ask(stranger, queryOf({ channel_id: channel }))).toBe('404 channel_not_found')
    }
    const many = Array.from({ length: 51 }, (_, i) => NO_ID.replace(/..$/, String(10 + i)))
    expect(await ask(owner, queryOf({ channel_id: many }))).toBe('400 invalid_query')
    await other.member.must('DELETE', `${other.member.at}/membership`)
    expect(await ask(other.member, '')).toBe('403 membership_required')
    using watch = await Socket.open(owner)
    expect((await watch.subscribe(id)).payload.members).toHaveLength(1)
  })

  test('OC125 OC123: Last-Event-ID works as resume_token does, and wins', async () => {
    const { id, owner, member } = await newGroup(target)
    const first = (await poll(member)).body.resume_token
    await owner.say(id, 'early')
    const second = (await poll(member, { token: first })).body.resume_token
    await owner.say(id, 'late')
    const replayed = async (token: string | null, last: string | null): Promise<number> => {
      const headers: Record<string, string> = last === null ? {} : { 'last-event-id': last }
      using stream = await openText(member, queryOf({ resume_token: token }), headers)
      return (await stream.frame('chat.resume.completed')).payload.replayed
    }
    expect(await replayed(first, null)).toBe(2)
    expect(await replayed(null, first)).toBe(2)
    expect(await replayed(first, second)).toBe(1)
    expect(await replayed(second, first)).toBe(2)
  })

  test('OC125 OC33: a revoked session is told, and the stream ends', async () => {
    const mila = await newPerson(target)
    using stream = await openText(mila, '')
    await stream.frame('chat.hello')
    await mila.must('DELETE', '/v1/sessions/current')
    expect((await stream.frame('chat.session.revoked')).payload.session_id).toBeString()
    await stream.ended
  })

  test('OC125 OC50: who leaves the server has no stream there any more', async () => {
    const { member } = await newServer(target)
    using stream = await openText(member, '')
    await stream.frame('chat.hello')
    await member.must('DELETE', `${member.at}/membership`)
    await stream.ended
  })

  test.skipIf(foreign)('OC125: a silence is broken by a comment within 15 s', async () => {
    await using own = await startClocked()
    const mila = await newPerson(own)
    using stream = await openText(mila, '')
    await stream.frame('chat.hello')
    let passed = 0
    await until('a comment', () => {
      own.clock.advance(1000)
      passed++
      return passed >= 15 || stream.lines.all.some(line => line.startsWith(':'))
    })
    await stream.lines.find('a comment', line => line.startsWith(':'))
  })

  test.skipIf(foreign)('OC125 OC119: a server that goes down says so and ends the stream', async () => {
    await using own = await startOwn()
    const mila = await newPerson(own)
    using stream = await openText(mila, '')
    await stream.frame('chat.hello')
    own.kill('SIGTERM')
    expect((await stream.frame('chat.server.draining')).payload).toEqual({ retry_after_ms: expect.any(Number) })
    await stream.ended
  })
})
