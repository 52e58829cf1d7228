// Coming in by the socket's door, or not: CA59 to CA63.
import { describe, expect, test } from 'bun:test'
import { openRaw } from '../../kit/host/raw-socket.ts'
import { foreign, lacks, startOwn, useTarget } from '../../kit/target.ts'
import { call, fresh, newPeople, newPerson, type Person, Socket, said, upgrade } from './target.ts'

const target = useTarget()

const refusal = async (path: string) => {
  using socket = await Socket.open(target, path)
  const closed = await socket.closing()
  // Nothing was sent before.
  expect(socket.frames.all).toEqual([])
  return closed
}

describe('let in', () => {
  test('CA59 CA3: as the token’s user, in any letter case, encoded or not, on both spellings of the path', async () => {
    const username = fresh('Åse-李.')
    const mila = await newPerson(target, { username })
    for (const name of [username, username.toUpperCase(), encodeURIComponent(username)]) {
      for (const end of ['', '/']) {
        using socket = await Socket.open(target, `/api/ws/${name}${end}?token=${mila.token}`)
        await socket.settled()
      }
    }
  })

  test.skipIf(lacks('wetty'))('CA24: under the longest name another door allows', async () => {
    const username = fresh('w').padEnd(32, 'x')
    await call(target, 'POST', '/users/auth/register', { json: { username, password: 'correct horse battery' } })
    const json = { username, password: 'correct horse battery' }
    const { access_token } = (await call(target, 'POST', '/api/auth/login', { json })).body
    using socket = await Socket.open(target, `/api/ws/${username}?token=${access_token}`)
    await socket.settled()
  })

  test('CA13: from any page', async () => {
    const mila = await newPerson(target)
    expect((await upgrade(target, mila.path(), { origin: 'https://elsewhere.example' })).status).toBe(101)
  })
})

describe('refused', () => {
  test('CA60: without a good token it is accepted and closed with 4001', async () => {
    const mila = await newPerson(target)
    const [head, body] = mila.token.split('.')
    const path = (token: string) => `/api/ws/${mila.username}?token=${token}`
    for (const token of ['', 'x', `${head}.${body}.x`, mila.refreshToken]) {
      expect(await refusal(path(token))).toEqual({ code: 4001, reason: 'Invalid token', wasClean: true })
    }
    expect(await refusal(`/api/ws/${mila.username}`)).toMatchObject({ code: 4001, reason: 'Invalid token' })
    expect((await upgrade(target, `/api/ws/${mila.username}`, mila.bearer)).status).toBe(101)
  })

  test('CA60: under another’s name with 4003', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    for (const name of [noor.username, mila.id, 'x'.repeat(3000)]) {
      const closed = await refusal(`/api/ws/${name}?token=${mila.token}`)
      expect(closed).toEqual({ code: 4003, reason: 'Username mismatch', wasClean: true })
    }
    expect(await refusal(`/api/ws/${noor.username}?token=x`)).toMatchObject({ code: 4001 })
  })

  test('CA61: without an upgrade it is 426, and unknown paths are refused as HTTP', async () => {
    const mila = await newPerson(target)
    for (const path of [mila.path(), '/api/ws/somebody', '/api/ws/somebody/']) {
      const answer = await call(target, 'GET', path)
      expect(said(answer)).toBe('426 Upgrade Required')
      expect(answer.headers.get('upgrade')).toBe('websocket')
    }
    expect(said(await call(target, 'POST', '/api/ws/somebody'))).toBe('405 Method Not Allowed')
    for (const path of ['/api/ws', '/api/ws/a/b', '/api/nothing', '/api/ws/%ff']) {
      expect([path, said(await upgrade(target, `${path}?token=${mila.token}`))]).toEqual([path, '404 Not Found'])
    }
  })

  test.skipIf(foreign)('CA62: tokens of URLs are in no log', async () => {
    await using server = await startOwn({ env: { PARLANCE_LOG: 'debug' } })
    const own = { url: server.url, wsUrl: server.wsUrl, output: server.output }
    const mila = await newPerson(own)
    using socket = await mila.socket()
    await socket.settled()
    await call(own, 'GET', mila.path())
    expect(server.output()).toContain('/api/ws/')
    for (const part of [mila.token, mila.token.split('.')[2] ?? '', mila.refreshToken]) {
      expect(server.output()).not.toContain(part)
    }
  })
})

describe('CA63: closing', () => {
  test('what is no UTF-8 with 1007', async () => {
    const mila = await newPerson(target)
    using raw = await openRaw(target.url, mila.path())
    raw.send('text', new Uint8Array([0xff, 0xfe]))
    expect(await raw.frames.find('the close', frame => frame.type === 'close')).toMatchObject({ code: 1007 })
  })

  test('a frame above 64 KiB with 1009', async () => {
    const mila = await newPerson(target)
    using socket = await mila.socket()
    socket.send('x'.repeat(64 * 1024))
    expect(await socket.type('error')).toMatchObject({ code: 'too_long' })
    socket.send('x'.repeat(64 * 1024 + 1))
    expect((await socket.closing()).code).toBe(1009)
  })

  test('the client’s own close is answered with 1000', async () => {
    const mila = await newPerson(target)
    const socket = await mila.socket()
    await socket.settled()
    socket.close(1000)
    expect(await socket.closing()).toMatchObject({ code: 1000, wasClean: true })
  })

  test.skipIf(foreign)('a server that goes drops it without a close frame', async () => {
    await using server = await startOwn()
    const mila = await newPerson(server)
    const socket = await mila.socket()
    await socket.settled()
    server.kill('SIGTERM')
    expect(await socket.closing()).toMatchObject({ code: 1006, wasClean: false })
    expect(await server.exited).toBe(0)
  })
})
