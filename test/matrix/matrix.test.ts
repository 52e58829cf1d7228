// For every ordered pair of contracts: what one can do, the other sees as its projection table says: once, in order, live and in history.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { startServer, type TestServer } from '../kit/server.ts'
import { type ContactRow, contactRows } from './contacts.ts'
import { type Action, actions, type Client, type Driver, type Seen } from './driver.ts'
import { drivers } from './drivers/index.ts'
import { type Row, rows, type Scene } from './rows.ts'
import { befriend, directScene, person, roomScene } from './scene.ts'
import { judge, message } from './witness.ts'

// Longer than a wait in vain, so that the wait says what it was for.
setDefaultTimeout(30_000)

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** The people of a pair, and a room of theirs in which nothing happens but markers. */
interface Pair {
  readonly x: Client
  readonly y: Client
  readonly z: Client
  readonly friends: boolean
  readonly lobby: readonly string[]
}

const meet = async (xDriver: Driver, yDriver: Driver): Promise<Pair> => {
  const { url } = server
  const [x, y, z] = await Promise.all([person(url, xDriver), person(url, yDriver), person(url, yDriver)])
  const friends = await befriend(url, x, y)
  const { chats: lobby } = await roomScene(url, x, [y, z])
  return { x, y, z, friends, lobby }
}

const play = async (row: Row, { x, y, z, friends, lobby }: Pair): Promise<void> => {
  // An own room: what one row leaves behind is not the next one's trouble.
  const { title, chats } = await roomScene(server.url, x, row.withZ ? [y, z] : [y], row.open ? 'channel' : 'group')
  const [xChat = '', yChat = '', zChat = ''] = chats
  const scene: Scene = { url: server.url, x, y, z, friends, title, xChat, yChat, zChat }
  const from = new Map([y, z].map(client => [client, client.seen.all.length]))
  y.seen.take()
  const { sees, others = [], stands = {}, afterwards } = await row.act(scene)

  const [xLobby = '', yLobby = '', zLobby = ''] = lobby
  const marker = await x.send(xLobby, 'marker')
  const own = sees ? [{ watcher: y, action: row.action, sees, chat: yChat, of: x }] : []
  for (const testimony of [...own, ...others]) {
    const { watcher } = testimony
    await judge(testimony, from.get(watcher) ?? 0, { chat: watcher === y ? yLobby : zLobby, id: marker })
  }
  await afterwards?.()
  if (row.ends) return

  // History says the same on both sides, whole and in the same order.
  const [xHistory, yHistory] = [await x.history(xChat), await y.history(yChat)]
  const order = (history: typeof yHistory) => history.filter(m => !m.recalled).map(m => m.id)
  expect(order(yHistory)).toEqual(order(xHistory))
  expect(new Set(yHistory.map(m => m.id)).size).toBe(yHistory.length)
  for (const [id, shape] of Object.entries(stands)) {
    const found = yHistory.find(m => m.id === id)
    if (shape.recalled && drivers.find(d => d.dialect === y.dialect)?.recalledText === null) {
      expect(found).toBeUndefined()
    } else expect(found).toMatchObject(shape)
  }
}

const encounter = async (row: ContactRow, xDriver: Driver, yDriver: Driver): Promise<void> => {
  const { url } = server
  const [x, y] = await Promise.all([person(url, xDriver), person(url, yDriver)])
  const { chats } = await roomScene(url, x, [y])
  const [xLobby = '', yLobby = ''] = chats
  const since = y.seen.all.length
  const both = { url, x, y, xLobby, yLobby }
  await row.before?.(both)
  const sees = await row.act(both)
  const marker = { chat: yLobby, id: await x.send(xLobby, 'marker') }
  const last = message(yLobby, marker.id, x[yDriver.prints])
  // How they became friends is told, too; and that a friend is there.
  const besides = (seen: Seen) =>
    seen.type === 'presence' ||
    (row.before !== undefined && seen.type === 'contact' && (seen.is === 'asked' || seen.is === 'friend'))
  await judge({ watcher: y, action: row.action, sees: [...sees, last], chat: yLobby, of: x, besides }, since, marker)
  for (const client of [x, y]) await client[Symbol.asyncDispose]()
}

const titleOf = ({ action, how }: { action: Action; how?: string }, watching: Driver): string => {
  const shown = watching.shows[action]
  const name = how === undefined ? action : `${action}, ${how}`
  return shown === true ? name : `${name}: nothing odd (${shown})`
}

for (const driver of drivers) {
  test(`${driver.dialect}: its driver says what its clients can do`, async () => {
    await using client = await person(server.url, driver)
    expect(Object.keys(client.can).sort()).toEqual([...driver.abilities].sort())
    expect(Object.keys(driver.shows).sort()).toEqual([...actions].sort())
    expect(await client.profile()).toEqual({ handle: client.handle, name: client.name })
  })
}

for (const xDriver of drivers) {
  for (const yDriver of drivers) {
    describe(`${xDriver.dialect} acts, ${yDriver.dialect} watches`, () => {
      let pair: Pair
      beforeAll(async () => {
        pair = await meet(xDriver, yDriver)
      })
      afterAll(async () => {
        for (const client of [pair.x, pair.y, pair.z]) await client[Symbol.asyncDispose]()
      })

      for (const row of rows) {
        if (!row.needs.every(need => xDriver.abilities.includes(need))) continue
        test(titleOf(row, yDriver), () => play(row, pair))
      }
      for (const row of contactRows) {
        if (!row.needs.every(need => xDriver.abilities.includes(need)) || !row.among(yDriver)) continue
        test(titleOf(row, yDriver), () => encounter(row, xDriver, yDriver))
      }

      test('nobody came into a room twice', () => {
        for (const { seen } of [pair.x, pair.y, pair.z]) {
          const rooms = seen.all.flatMap(s => (s.type === 'came' ? [s.chat] : []))
          expect(rooms).toEqual([...new Set(rooms)])
        }
      })

      test('a direct chat: both ways, in order, and what was missed comes with the return', async () => {
        const [x, y] = await Promise.all([person(server.url, xDriver), person(server.url, yDriver)])
        const { xChat, yChat } = await directScene(server.url, x, y)
        const first = await x.send(xChat, 'one')
        await y.seen.find('the first', s => s.type === 'message' && s.message.id === first)
        await y.drop()
        const missed = [await x.send(xChat, 'two'), await x.send(xChat, 'three')]
        expect((await y.comeBack(yChat, first)).map(m => m.id)).toEqual(missed)
        const from = y.seen.all.length
        const live = await x.send(xChat, 'four')
        await y.seen.find('the fourth', s => s.type === 'message' && s.message.id === live)
        expect(y.seen.all.slice(from).filter(s => s.type === 'message')).toHaveLength(1)
        const answer = await y.send(yChat, 'five')
        await x.seen.find('the answer', s => s.type === 'message' && s.message.id === answer)
        for (const history of [await x.history(xChat), await y.history(yChat)]) {
          expect(history.slice(-5).map(m => m.text)).toEqual(['one', 'two', 'three', 'four', 'five'])
        }
        for (const client of [x, y]) await client[Symbol.asyncDispose]()
      })

      test('a repeat of a send with the same key is one message', async () => {
        const { x, y, lobby } = pair
        const [xChat = '', yChat = ''] = lobby
        const from = y.seen.all.length
        const ids = await Promise.all(Array.from({ length: 5 }, () => x.send(xChat, 'once', { key: 'the-key' })))
        expect(new Set(ids).size).toBe(1)
        const marker = await x.send(xChat, 'marker')
        await y.seen.find('the marker', s => s.type === 'message' && s.message.id === marker)
        const seen = y.seen.all.slice(from).filter(s => s.type === 'message' && s.chat === yChat)
        expect(seen).toHaveLength(2)
      })
    })
  }
}
