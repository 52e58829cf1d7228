// One-time passes for clients that can set no header (OC127).
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { foreign, useTarget } from '../../kit/target.ts'
import { newPerson, newServer, type Person } from './crew.ts'
import { queryOf, Socket, Stream, ticketOf, upgrade } from './live.ts'
import { call, said, TIME } from './target.ts'

const target = useTarget()

const sse = async (by: Person, ticket: string): Promise<string> => {
  const over = new AbortController()
  const { status } = await fetch(`${by.target.url}/v1/realtime/sse${queryOf({ ticket })}`, { signal: over.signal })
  over.abort()
  return `${status}`
}

describe('a ticket', () => {
  test('OC127: opens one stream or one socket, as whoever asked for it', async () => {
    const mila = await newPerson(target)
    const { status, body } = await mila.post('/v1/realtime/ticket')
    expect([status, Object.keys(body).sort()]).toEqual([201, ['expires_at', 'ticket']])
    expect(body.expires_at).toMatch(TIME)
    expect(body.ticket).toMatch(/^[A-Za-z0-9_-]{20,}$/)
    using socket = new Socket(target, queryOf({ ticket: body.ticket }))
    expect((await socket.event('chat.hello')).payload.user_uid).toBe(mila.uid)
    using stream = await Stream.open(mila)
    expect(stream.frames.all[0]?.payload.user_uid).toBe(mila.uid)
  })

  test('OC127: is used once, whichever way, also by two at the same time', async () => {
    const mila = await newPerson(target)
    const ticket = await ticketOf(mila)
    expect(await sse(mila, ticket)).toBe('200')
    expect(await sse(mila, ticket)).toBe('401')
    expect(said(await upgrade(target, queryOf({ ticket })))).toBe('401 unauthorized')
    const other = await ticketOf(mila)
    const both = await Promise.all([sse(mila, other), sse(mila, other), sse(mila, other)])
    expect(both.toSorted()).toEqual(['200', '401', '401'])
  })

  test('OC127: opens nothing else, and a token in the query opens nothing at all', async () => {
    const mila = await newPerson(target)
    const ticket = await ticketOf(mila)
    expect(said(await call(target, 'GET', `/v1/account${queryOf({ ticket })}`))).toBe('401 unauthorized')
    const asBearer = { headers: { authorization: `Bearer ${ticket}` } }
    expect(said(await call(target, 'GET', '/v1/account', asBearer))).toBe('401 unauthorized')
    for (const name of ['ticket', 'token', 'access_token', 'session', 'authorization']) {
      const query = queryOf({ [name]: mila.token })
      for (const path of ['/v1/account', '/v1/realtime/sse', '/v1/realtime/poll']) {
        expect([name, said(await call(target, 'GET', path + query))]).toEqual([name, '401 unauthorized'])
      }
      expect([name, said(await upgrade(target, query))]).toEqual([name, '401 unauthorized'])
    }
    expect(await sse(mila, ticket)).toBe('200')
  })

  test('OC127: is for the server of its session, and does not shorten it', async () => {
    const { owner, id } = await newServer(target)
    const ticket = await ticketOf(owner)
    const query = queryOf({ ticket, server_id: owner.home.server })
    expect(said(await call(target, 'GET', `/v1/realtime/sse${query}`))).toBe('403 server_mismatch')
    using stream = await Stream.open(owner, { server: null })
    expect(stream.frames.all[0]?.server_id).toBe(id)
    expect((await owner.get('/v1/account')).status).toBe(200)
    expect(said(await call(target, 'POST', '/v1/realtime/ticket'))).toBe('401 unauthorized')
  })

  test('OC127 OC33: ends with its session', async () => {
    const mila = await newPerson(target)
    const ticket = await ticketOf(mila)
    await mila.must('DELETE', '/v1/sessions/current')
    expect(await sse(mila, ticket)).toBe('401')
  })

  test.skipIf(foreign)('OC127: is good for 30 s; what it opened goes on', async () => {
    await using own = await startClocked()
    const mila = await newPerson(own)
    const { body } = await mila.post('/v1/realtime/ticket')
    expect(Date.parse(body.expires_at)).toBe(own.clock.now() + 30_000)
    const late = await ticketOf(mila)
    own.clock.advance(29_999)
    using stream = new Stream(`${own.url}/v1/realtime/sse${queryOf({ ticket: body.ticket })}`)
    await stream.event('chat.hello')
    own.clock.advance(1)
    expect(await sse(mila, late)).toBe('401')
    own.clock.advance(90_000)
    await mila.must('PUT', '/v1/profile/me', { display_name: 'Later', avatar_mode: 'generated' })
    await stream.event('profile_updated')
    expect((await mila.get('/v1/account')).status).toBe(200)
  })
})
