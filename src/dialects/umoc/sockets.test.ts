import { expect, test } from 'bun:test'
import { manualClock } from '../../base/clock.ts'
import type { Logger } from '../../base/log.ts'
import { createSockets } from './sockets.ts'

const TTL = 1000
const fixture = () => {
  const clock = manualClock()
  const errors: object[] = []
  const log = { error: (about: object) => errors.push(about) } as unknown as Logger
  return { clock, errors, sockets: createSockets({ clock, log }, TTL) }
}

test('UM35: a session has ten sockets at most, and a place that is given up is free again', () => {
  const { sockets } = fixture()
  const places = Array.from({ length: 10 }, () => sockets.admit('s', async () => {}))
  expect(places.every(place => place !== null)).toBe(true)
  expect(sockets.admit('s', async () => {})).toBeNull()
  expect(sockets.admit('other', async () => {})).not.toBeNull()
  places[3]?.[Symbol.dispose]()
  places[3]?.[Symbol.dispose]()
  expect(sockets.admit('s', async () => {})).not.toBeNull()
  expect(sockets.admit('s', async () => {})).toBeNull()
})

test('UM37: one socket of each session keeps it alive, several times in its life, for as long as one is open', () => {
  const { clock, sockets } = fixture()
  const kept: string[] = []
  const admit = (session: string, socket: string) => sockets.admit(session, async () => void kept.push(socket))
  const a = admit('s', 'a')
  const b = admit('s', 'b')
  const c = admit('t', 'c')
  clock.advance(TTL)
  expect(kept.filter(socket => socket === 'a').length).toBeGreaterThan(1)
  expect(kept.filter(socket => socket === 'c').length).toBeGreaterThan(1)
  expect(kept).not.toContain('b')
  a?.[Symbol.dispose]()
  kept.length = 0
  clock.advance(TTL)
  expect(kept).toContain('b')
  b?.[Symbol.dispose]()
  c?.[Symbol.dispose]()
  kept.length = 0
  clock.advance(TTL)
  expect(kept).toEqual([])
})

test('a look that fails is logged, and looking goes on', async () => {
  const { clock, errors, sockets } = fixture()
  sockets.admit('s', () => Promise.reject(new Error('away')))
  clock.advance(TTL)
  await new Promise(resolve => setImmediate(resolve))
  expect(errors.length).toBeGreaterThan(1)
})
