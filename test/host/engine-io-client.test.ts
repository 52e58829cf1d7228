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

  test('UM32: thousands of numbered events, both ways at full speed: each once, in order', async () => {
    const heard: unknown[] = []
    const { host, sessions } = startEngineHost(link => ({
      receive(frame) {
        if (frame === '0') link.write('40{"sid":"x"}')
        else heard.push(JSON.parse(String(frame).slice(1))[1])
      },
    }))
    const { socket, events } = connect(host.url, transports)
    const { link } = await sessions.next()
    const goal = transports.at(-1) ?? ''
    /** How many events had been pushed when the client was where it wanted to be. */
    let arrived: number | null = null
    let pushed = 0
    let said = 0
    while (arrived === null || pushed < arrived + 3000) {
      for (let i = 0; i < 10; i++) link.push(`42["n",${pushed++}]`)
      if (socket.connected) for (let i = 0; i < 3; i++) socket.emit('n', said++)
      if (arrived === null && socket.connected && transportOf(socket) === goal) arrived = pushed
      // No faster than the client reads: else it would be ended as too slow.
      if (pushed - events.all.length > 5000) await until('the client', () => pushed - events.all.length < 1000)
      else await new Promise(resolve => setImmediate(resolve))
    }
    await until('all of them', () => events.all.length >= pushed && heard.length >= said)
    expect(events.all.map(([, n]) => n)).toEqual([...Array(pushed).keys()])
    expect(heard).toEqual([...Array(said).keys()])
    expect(transportOf(socket)).toBe(goal)
    expect([arrived > 0, said > 0]).toEqual([true, true])
  })

  test('the server disconnects it: it knows, and does not come back', async () => {
    const { host, sessions, engine } = startEngineHost()
    const { socket } = connect(host.url, transports)
    const reasons = new Inbox<string>()
    socket.on('disconnect', reason => reasons.push(reason))
    await socket.emitWithAck('echo', 1)
    const { link } = await sessions.next()
    link.write('41')
    link.close(1000, 'over')
    expect(await reasons.next()).toBe('io server disconnect')
    await until('no session', () => engine.count === 0)
  })

  test('the client disconnects: the server knows', async () => {
    const { host, sessions, engine } = startEngineHost()
    const { socket } = connect(host.url, transports)
    await socket.emitWithAck('echo', 1)
    const session = await sessions.next()
    socket.disconnect()
    await until('the end', () => session.closed)
    expect(engine.count).toBe(0)
  })

  test('binary attachments, both ways', async () => {
    const { host, sessions } = startEngineHost()
    const { socket, events } = connect(host.url, transports)
    expect(await socket.emitWithAck('echo', Buffer.from([1, 2]))).toEqual({ type: 'Buffer', data: [1, 2] })
    const { link } = await sessions.next()
    link.write('451-["file",{"_placeholder":true,"num":0}]')
    link.write(new Uint8Array([7, 8, 9]))
    const [, bytes] = await events.find('the file', ([name]) => name === 'file')
    expect([...new Uint8Array(bytes as ArrayBuffer)]).toEqual([7, 8, 9])
  })
})
