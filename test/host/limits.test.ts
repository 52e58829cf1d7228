// A whole server at its limits of sockets and descriptors: what is refused, and what goes on.
import { afterEach, expect, test } from 'bun:test'
import { exchange, openRaw, type RawWebSocket, upgradeHead } from '../kit/host/raw-socket.ts'
import { bearer, type WettyPerson, wettyPerson } from '../kit/people.ts'
import { startServer } from '../kit/server.ts'

const sockets: RawWebSocket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

const portOf = (url: string): number => Number(new URL(url).port)
const MSGR = '/socket/websocket?vsn=2.0.0'

/** Opens anonymous sockets until one is refused; answers how many there are. */
const fill = async (port: number, most: number): Promise<number> => {
  while (sockets.length < most) {
    try {
      sockets.push(await openRaw(port, MSGR))
    } catch {
      break
    }
  }
  return sockets.length
}

/** The status, headers and JSON of a refused handshake. */
const refused = async (port: number, path: string) => {
  const answer = await exchange(port, upgradeHead(path), text => text.includes('}'))
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const headers = Object.fromEntries(
    head.split('\r\n').map(line => [line.split(':')[0]?.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
  return { status: Number(head.split(' ')[1]), retryAfter: headers['retry-after'], body: JSON.parse(body || 'null') }
}

const upload = (url: string, person: WettyPerson) =>
  fetch(`${url}/fserv/upload`, {
    method: 'POST',
    headers: { ...bearer(person), 'content-type': 'application/octet-stream' },
    body: 'content',
  })
const download = (url: string, person: WettyPerson, fid: unknown) =>
  fetch(`${url}/f/fserv/download/${fid}`, { headers: bearer(person) })

test('one address has its sockets, and no more: each contract says so in its own words', async () => {
  const limits = { PARLANCE_RATE_LIMITS: 'on', PARLANCE_SOCKETS_PER_ADDRESS: '3' }
  await using server = await startServer({ env: limits })
  const port = portOf(server.url)
  expect(await fill(port, 10)).toBe(3)
  expect(await refused(port, MSGR)).toEqual({
    status: 429,
    retryAfter: '10',
    body: { error: 'too_many_requests', errors: ['rate_limited'] },
  })
  expect(await refused(port, '/ws/chats?uid=1&token=x')).toMatchObject({
    status: 429,
    retryAfter: '10',
    body: { error: { code: 'rate_limited' } },
  })
  expect(server.output()).toContain('PARLANCE_TRUSTED_PROXIES')
})

test('where rate limits are off no address is counted', async () => {
  await using server = await startServer({ env: { PARLANCE_SOCKETS_PER_ADDRESS: '3' } })
  expect(await fill(portOf(server.url), 10)).toBe(10)
})

test('sockets leave a reserve of descriptors: with all of them taken, people register, upload and download', async () => {
  await using server = await startServer({ openFiles: 200 })
  const { url } = server
  const port = portOf(url)
  expect(await fill(port, 300)).toBe(150)
  expect(await refused(port, MSGR)).toEqual({
    status: 503,
    retryAfter: '10',
    body: { error: 'service_unavailable', errors: ['unavailable'] },
  })
  const person = await wettyPerson(url)
  for (let i = 0; i < 5; i++) {
    const uploaded = await upload(url, person)
    expect(uploaded.status).toBe(201)
    const { fid } = (await uploaded.json()) as { fid: string }
    expect(await (await download(url, person, fid)).text()).toBe('content')
  }
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
})
