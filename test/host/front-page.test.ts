import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { dialects } from '../../src/dialects/index.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const get = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init)
const sha256 = (text: string) => new Bun.CryptoHasher('sha256').update(text).digest('base64')

const wetty = async (method: string, path: string, body?: object, token?: string) => {
  const response = await get(path, {
    method,
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect(response.status).toBeLessThan(300)
  return (await response.json()) as Record<string, string>
}

describe('the front page', () => {
  test('names every contract, and each of its documents is there', async () => {
    const html = await (await get('/')).text()
    const documents = [...html.matchAll(/href="(\/docs\/([\w-]+)\/(openapi|asyncapi)\.json)"/g)]
    expect(documents).toHaveLength(2 * dialects.length)
    for (const [, path = '', name, kind = ''] of documents) {
      expect(html).toContain(`<h3>${name}</h3>`)
      expect(await (await get(path)).json()).toMatchObject({
        [kind]: expect.any(String),
        info: { title: `Parlance: ${name}` },
      })
    }
  })

  test('says where clients go: base, alias, sockets, long polls', async () => {
    const html = await (await get('/')).text()
    for (const [scheme, path] of [
      ['http', '/'],
      ['http', '/_api'],
      ['ws', '/ws/chats'],
      ['ws', '/socket/websocket'],
      ['http', '/socket/longpoll'],
    ]) {
      expect(html).toContain(`<code data-scheme="${scheme}">${path}</code>`)
    }
  })

  test('is whole in itself: its policy lets in the style and script it holds and nothing else', async () => {
    const response = await get('/')
    const html = await response.text()
    const policy = response.headers.get('content-security-policy') ?? ''
    expect(policy).toStartWith("default-src 'none'; ")
    expect(policy).not.toContain('unsafe')
    for (const tag of ['style', 'script']) {
      const [[, inline = ''] = [], ...more] = [...html.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))]
      expect(more).toEqual([])
      expect(policy).toContain(`${tag}-src 'sha256-${sha256(inline)}'`)
    }
    expect(html).not.toMatch(/\ssrc=|@import|url\(|\son\w+=|\sstyle=/)
    // Within the page or on this server.
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href)
    expect(links.filter(href => !/^(\/[^/]|data:image\/svg\+xml,)/.test(href))).toEqual([])
  })

  test('HEAD is answered, other methods are not', async () => {
    const head = await get('/', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await get('/', { method: 'POST' })).status).toBe(405)
    expect((await get('/counters', { method: 'DELETE' })).status).toBe(405)
  })
})

describe('the counters', () => {
  const counters = async () => {
    const response = await get('/counters')
    expect(response.headers.get('cache-control')).toBe('no-store')
    return (await response.json()) as { online: number; messagesToday: number }
  }

  test('begin at nothing, follow what happens, and tell nothing else', async () => {
    expect(await counters()).toEqual({ online: 0, messagesToday: 0 })

    const before = new Date().getUTCDate()
    await wetty('POST', '/users/auth/register', { username: 'mila', password: 'correct-horse-1' })
    const { token = '' } = await wetty('POST', '/users/auth/login', { username: 'mila', password: 'correct-horse-1' })
    const { id } = await wetty('POST', '/group', { name: 'Kitchen' }, token)
    await wetty(
      'POST',
      `/chats/${id}/messages`,
      { message: 'a secret', message_type: 'text', client_generated_id: 'c1' },
      token,
    )
    await wetty(
      'POST',
      `/chats/${id}/messages`,
      { message: 'another', message_type: 'text', client_generated_id: 'c2' },
      token,
    )
    const socket = new WebSocket(`${server.wsUrl}/ws?token=${token}`)
    try {
      // Midnight may pass meanwhile.
      await until('both to be counted', async () => {
        const now = await counters()
        return now.online === 1 && (now.messagesToday === 2 || new Date().getUTCDate() !== before)
      })
      expect(Object.keys(await counters()).sort()).toEqual(['messagesToday', 'online'])
      const html = await (await get('/')).text()
      for (const word of ['mila', 'Kitchen', 'secret']) expect(html).not.toContain(word)
    } finally {
      socket.close()
    }
    await until('nobody to be counted', async () => (await counters()).online === 0)
  })
})
