// How many sockets there may be, of one address and in all, over real connections.
import { afterEach, describe, expect, test } from 'bun:test'
import { fakeDialect, fakeEndpoint, fakeRoute } from '../kit/host/fake-dialect.ts'
import { exchange, openRaw, type RawWebSocket, upgradeHead } from '../kit/host/raw-socket.ts'
import { startSocketHost, stopSocketHosts } from '../kit/host/socket-host.ts'
import { startHost } from '../kit/host/start-host.ts'
import { until } from '../kit/wait.ts'

const sockets: RawWebSocket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await stopSocketHosts()
})

const from = (address: string) => [`X-Forwarded-For: ${address}`]
const proxied = { trustedProxies: ['127.0.0.1'] }

/** The status of a handshake. One that is granted stays open until the test ends. */
const knock = async (open: (headers?: readonly string[]) => Promise<RawWebSocket>, address?: string) => {
  try {
    const socket = await open(address === undefined ? [] : from(address))
    sockets.push(socket)
    return 101
  } catch (error) {
    return Number(/^HTTP\/1\.1 (\d+)/.exec((error as Error).message)?.[1])
  }
}

describe('sockets of one address', () => {
  test('past their number the handshake is refused, with whatever the dialect says to rate.limited', async () => {
    const { host, open, links } = startSocketHost(undefined, {}, { socketsPerAddress: 2 })
    expect([await knock(open), await knock(open)]).toEqual([101, 101])
    const answer = await exchange(host.listening.port, upgradeHead('/x/ws'), text => text.includes('}'))
    // The fake dialect's answer to every fault: status 418, with the fault in a header and its kind in the body.
    expect(answer).toStartWith('HTTP/1.1 418')
    expect(answer).toContain('rate.limited')
    expect(answer.toLowerCase()).toContain('x-fault: 1')
    expect(links.all).toHaveLength(2)
    expect(host.lines.filter(line => line.level === 'warn')).toMatchObject([{ network: '127.0.0.1', limit: 2 }])
  })

  test('a socket that closes, or whose client vanishes, makes room', async () => {
    const { open, links } = startSocketHost(undefined, {}, { socketsPerAddress: 1 })
    for (const leave of ['close', 'destroy'] as const) {
      expect(await knock(open)).toBe(101)
      expect(await knock(open)).toBe(418)
      const opened = await links.next()
      if (leave === 'close') opened.link.close(4000, 'enough')
      else sockets.at(-1)?.destroy()
      await until('the link to end', () => opened.closed === 1)
    }
    expect(await knock(open)).toBe(101)
  })

  test('a handshake that is refused, or breaks, makes room', async () => {
    let mood: 'refuse' | 'break' | 'open' = 'refuse'
    const { open, links } = startSocketHost(
      () => ({
        opened() {
          if (mood === 'break') throw new Error('as planted')
        },
      }),
      { authenticate: () => (mood === 'refuse' ? new Response(null, { status: 403 }) : null) },
      { socketsPerAddress: 1 },
    )
    for (let i = 0; i < 3; i++) expect(await knock(open)).toBe(403)
    mood = 'break'
    for (let i = 0; i < 3; i++) expect(await knock(open)).toBe(500)
    mood = 'open'
    expect(await knock(open)).toBe(101)
    expect(links.all).toHaveLength(1)
  })

  test('handshakes under way count', async () => {
    const gate = Promise.withResolvers<null>()
    let asked = 0
    const authenticate = () => {
      asked++
      return gate.promise
    }
    const { open } = startSocketHost(undefined, { authenticate }, { socketsPerAddress: 2 })
    const slow = [knock(open), knock(open)]
    await until('both to be judged', () => asked === 2)
    expect(await knock(open)).toBe(418)
    gate.resolve(null)
    expect(await Promise.all(slow)).toEqual([101, 101])
  })

  test('behind a trusted proxy the client counts, an IPv6 /64 as one; behind any other the proxy does', async () => {
    const trusting = startSocketHost(undefined, {}, { ...proxied, socketsPerAddress: 1 })
    expect(await knock(trusting.open, '192.0.2.1')).toBe(101)
    expect(await knock(trusting.open, '192.0.2.1')).toBe(418)
    expect(await knock(trusting.open, '192.0.2.2')).toBe(101)
    expect(await knock(trusting.open, '2001:db8::1')).toBe(101)
    expect(await knock(trusting.open, '2001:db8::2')).toBe(418)
    expect(await knock(trusting.open, '2001:db8:0:1::2')).toBe(101)

    const wary = startSocketHost(undefined, {}, { socketsPerAddress: 1 })
    expect(await knock(wary.open, '192.0.2.1')).toBe(101)
    expect(await knock(wary.open, '192.0.2.2')).toBe(418)
  })

  test('plain requests are not counted', async () => {
    const endpoint = fakeEndpoint('/x/ws', { authenticate: () => null, open: () => ({ receive() {}, closed() {} }) })
    const dialect = fakeDialect({ name: 'x', endpoints: [endpoint], routes: [fakeRoute('GET', '/x/plain')] })
    await using host = startHost([dialect], { socketsPerAddress: 1 })
    const open = () => openRaw(host.listening.port, '/x/ws')
    expect(await knock(open)).toBe(101)
    expect(await knock(open)).toBe(418)
    for (let i = 0; i < 5; i++) expect((await host.fetch('/x/plain')).status).toBe(200)
  })
})

describe('sockets in all', () => {
  test('past their number the handshake is refused as unavailable, whoever asks', async () => {
    const { open, links } = startSocketHost(undefined, {}, { ...proxied, maxSockets: 3 })
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.2']) expect(await knock(open, address)).toBe(101)
    const refused = await open(from('192.0.2.3')).catch((error: Error) => error.message)
    expect(refused).toContain('unavailable')
    const { link, closed } = await links.next()
    expect(closed).toBe(0)
    link.close(4000, 'enough')
    await until('room', async () => (await knock(open, '192.0.2.3')) === 101)
  })
})
