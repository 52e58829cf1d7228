// The official client, over each way it can go.
import { afterEach, describe, expect, test } from 'bun:test'
import { io, type Socket } from 'socket.io-client'
import { startEngineHost, stopEngineHosts } from '../kit/host/engine-host.ts'
import { Inbox, until } from '../kit/wait.ts'

const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect()
  await stopEngineHosts()
})

const ways = {
  'polling only': ['polling'],
  'WebSocket only': ['websocket'],
  'polling, then WebSocket': ['polling', 'websocket'],
} as const

const connect = (url: string, transports: readonly string[]) => {
  const socket = io(url, { path: '/x/io', transports: [...transports], forceNew: true, reconnection: false })
  sockets.push(socket)
  const events = new Inbox<readonly unknown[]>()
  socket.onAny((...event) => events.push(event))
  return { socket, events }
}
const transportOf = (socket: Socket): string => socket.io.engine.transport.name

describe.each(Object.entries(ways))('%s', (_, transports) => {
  test('an event, its echo, its acknowledgement', async () => {
    const { host } = startEngineHost()
    const { socket, events } = connect(host.url, transports)
    expect(await socket.emitWithAck('echo', { text: 'ä😀' }, [1])).toEqual({ text: 'ä😀' })
    expect(await events.next()).toEqual(['echo', { text: 'ä😀' }, [1]])
  })

  test('thousands of numbered events, pushed at full speed: each once, in order', async () => {
    const { host, sessions } = startEngineHost()
    const { socket, events } = connect(host.url, transports)
    const { link } = await sessions.next()
    const upgrades = transports.length > 1
    // From before the client is connected until well after it has upgraded.
    let pushed = 0
    let after = 0
    while (after < 50 || pushed < 5000) {
      for (let i = 0; i < 20; i++) link.push(`42["n",${pushed++}]`)
      await new Promise(resolve => setImmediate(resolve))
      if (pushed % 500 === 0) await until('the client keeps up', () => events.all.length > pushed - 5000)
      if (socket.connected && (!upgrades || transportOf(socket) === 'websocket')) after++
    }
    await until('all of them', () => events.all.length >= pushed)
    expect(events.all.map(([, n]) => n)).toEqual([...Array(pushed).keys()])
    expect(transportOf(socket)).toBe(transports.at(-1) ?? '')
  })
})
