// A client that does not read: it is bounded, told, and harms nobody else.
import { afterEach, expect, test } from 'bun:test'
import { clientFrame } from '../kit/host/raw-socket.ts'
import { closeOf, startSocketHost, stopSocketHosts, texts, untilText } from '../kit/host/socket-host.ts'
import { until } from '../kit/wait.ts'

afterEach(stopSocketHosts)

const MB = 'x'.repeat(100_000)

test('WT83 OC119: is closed with the slow code, and delays and grows nothing', async () => {
  const { host, open, links } = startSocketHost(undefined, {}, { outboxBytes: 500_000 })
  using slow = await open()
  const slowLink = await links.next()
  using quick = await open()
  const quickLink = await links.next()
  slow.pause()
  let sent = 0
  await until('the slow link to be cut', async () => {
    slowLink.link.push(MB)
    quickLink.link.push(String(sent++))
    return slowLink.link.closed
  })
  await untilText(quick, String(sent - 1))
  expect(texts(quick.frames.all)).toHaveLength(sent)
  expect(quickLink.link.closed).toBe(false)
  slow.resume()
  expect(await closeOf(slow)).toEqual({ type: 'close', code: 4429, reason: 'too slow' })
  expect(texts(slow.frames.all).every(text => text === MB)).toBe(true)
  expect(texts(slow.frames.all).length).toBeLessThan(sent)
  await until('the slow handler to hear of it', () => slowLink.closed === 1)
  expect(await (await host.fetch('/metrics')).text()).toContain('outbox_overflows_total{endpoint="x/socket /x/ws"} 1')
})

test('and never comes back: it is dropped after a grace', async () => {
  const { host, open, links } = startSocketHost(undefined, {}, { outboxBytes: 500_000 })
  using slow = await open()
  const { link } = await links.next()
  slow.pause()
  await until('the slow link to be cut', () => {
    link.push(MB)
    return link.closed
  })
  expect(host.listening.links).toBe(1)
  host.clock.advance(4000)
  expect(host.listening.links).toBe(1)
  host.clock.advance(2000)
  await until('the link to be gone', () => host.listening.links === 0)
})

test('and reads again in time: nothing is lost', async () => {
  const { open, links } = startSocketHost(undefined, {}, { outboxBytes: 64_000_000 })
  using slow = await open()
  const { link } = await links.next()
  slow.pause()
  for (let i = 0; i < 200; i++) {
    link.push(`${i} ${MB}`)
    if (i % 50 === 0) await Bun.sleep(1)
  }
  link.push('last')
  slow.resume()
  await untilText(slow, 'last')
  expect(
    texts(slow.frames.all)
      .map(text => Number.parseInt(text, 10))
      .slice(0, 200),
  ).toEqual(Array.from({ length: 200 }, (_, i) => i))
  expect(link.closed).toBe(false)
})

test('a history written while opening may be larger than the outbox', async () => {
  const { open } = startSocketHost(
    () => ({
      opened(link) {
        for (let i = 0; i < 100; i++) link.write(`${i} ${'x'.repeat(10_000)}`)
      },
    }),
    {},
    { outboxBytes: 100_000 },
  )
  using socket = await open()
  await socket.frames.find('the last', frame => frame.type === 'text' && frame.text.startsWith('99 '))
  expect(texts(socket.frames.all)).toHaveLength(100)
})

test('WT83: and pings without end: their answers are bounded, and with more to tell it is closed as slow', async () => {
  const { open, links } = startSocketHost()
  using slow = await open()
  const { link, received } = await links.next()
  slow.pause()
  const pings = Buffer.concat(Array.from({ length: 20_000 }, () => clientFrame('ping', 'x'.repeat(125))))
  // More than the two ends of a connection hold.
  for (let i = 0; i < 8; i++) slow.raw(pings)
  slow.send('text', 'said')
  await received.next('what was said behind them')
  link.push('told')
  await until('the link to be closed', () => link.closed)
  slow.resume()
  expect(await closeOf(slow)).toEqual({ type: 'close', code: 4429, reason: 'too slow' })
  expect(texts(slow.frames.all)).toEqual([])
})
