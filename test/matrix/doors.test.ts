// One person, many doors: the same username and password opens every contract that knows passwords, to the same person.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { startClocked } from '../kit/clocked.ts'
import { openDoor } from '../kit/core.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'
import { type Client, type Credentials, type Driver, Refused, refusalOf } from './driver.ts'
import { drivers } from './drivers/index.ts'
import { befriend, directScene, person, printed, roomScene } from './scene.ts'

// Longer than a wait in vain, so that the wait says what it was for.
setDefaultTimeout(30_000)

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

type Door = Driver & Required<Pick<Driver, 'logIn'>>
const doors = drivers.filter((driver): driver is Door => driver.logIn !== undefined)

/** More logins than any contract lets one person have at once. */
const MANY = 6

const credentialsOf = ({ credentials, dialect }: Client): Credentials => {
  if (!credentials) throw new Error(`${dialect} knows no passwords`)
  return credentials
}
const hears = (listener: Client, id: string) =>
  listener.seen.find(`message ${id}`, s => s.type === 'message' && s.message.id === id)
const ids = async (client: Client, chat: string) => (await client.history(chat)).map(m => m.id)

for (const home of doors) {
  for (const other of doors) {
    describe(`made through ${home.dialect}, comes through ${other.dialect}`, () => {
      test('the same credentials, the same person, the same conversations', async () => {
        const { url } = server
        await using kept = new AsyncDisposableStack()
        const peer = kept.use(await person(url, home))
        const self = kept.use(await person(url, home))
        const credentials = credentialsOf(self)
        const room = await roomScene(url, peer, [self])
        const direct = await directScene(url, peer, self)
        await peer.send(direct.xChat, 'between us')

        const again = kept.use(await other.logIn(url, credentials))
        expect(await again.profile()).toEqual({ handle: self.handle, name: again.name })
        // Where a contract tells people no display name of their own, the handle.
        expect([self.name, self.handle]).toContain(again.name)

        const [peerRoom = '', selfRoom = ''] = room.chats
        const here = [selfRoom, direct.yChat]
        const there = [await again.chat({ title: room.title }), await again.chat({ direct: peer.handle })]
        const peers = [peerRoom, direct.xChat]
        for (const [i, chat] of there.entries()) {
          // Both ends of the person hear both ends, once; all three keep one history.
          const own = await again.send(chat, 'through the other door')
          const heard = await hears(self, own)
          expect(heard).toMatchObject({ chat: here[i], message: { author: printed(self, self) } })
          expect(await hears(peer, own)).toMatchObject({ chat: peers[i], message: { author: printed(self, peer) } })
          const answer = await peer.send(peers[i] ?? '', 'heard')
          await Promise.all([hears(self, answer), hears(again, answer)])
          const history = await ids(peer, peers[i] ?? '')
          expect(history.slice(-2)).toEqual([own, answer])
          expect(await ids(self, here[i] ?? '')).toEqual(history)
          expect(await ids(again, chat)).toEqual(history)
          for (const { seen } of [self, again]) {
            expect(seen.all.filter(s => s.type === 'message' && s.message.id === answer)).toHaveLength(1)
          }
        }
      })

      test('another password opens nothing, and nobody else gets the name', async () => {
        await using self = await person(server.url, home)
        const wrong = { ...credentialsOf(self), password: 'not the password' }
        expect(await refusalOf(other.logIn(server.url, wrong))).toBeInstanceOf(Refused)
        expect(await refusalOf(other.connect(server.url, self.handle))).toBeInstanceOf(Refused)
        expect(await refusalOf(other.connect(server.url, self.handle.toUpperCase()))).toBeInstanceOf(Refused)
      })

      test('sessions of one contract end none of the other', async () => {
        const { url } = server
        await using kept = new AsyncDisposableStack()
        const peer = kept.use(await person(url, home))
        const self = kept.use(await person(url, home))
        const { chats } = await roomScene(url, peer, [self])
        const logins: Client[] = []
        const many = home === other ? 1 : MANY
        for (let i = 0; i < many; i++) logins.push(kept.use(await other.logIn(url, credentialsOf(self))))
        const [last] = logins.slice(-1)
        expect(await last?.isOpen()).toBe(true)
        await last?.can.logOut?.()
        expect(await last?.isOpen()).toBe(false)
        await last?.seen.find('the end', s => s.type === 'ended')

        expect(await self.isOpen()).toBe(true)
        await hears(self, await peer.send(chats[0] ?? '', 'still there?'))
        expect(self.seen.all.filter(s => s.type === 'ended')).toEqual([])
      })

      // One test for all who see it: it takes the seconds in which openchat waits for the next poll.
      test('online once, whoever sees it', async () => {
        const { url } = server
        await using kept = new AsyncDisposableStack()
        const self = kept.use(await person(url, home))
        const watch = async (watching: Driver) => {
          const friend = kept.use(await person(url, watching))
          await befriend(url, friend, self)
          const { title, chats } = await roomScene(url, friend, [self])
          return { friend, by: printed(self, friend), title, friendRoom: chats[0] ?? '', selfRoom: chats[1] ?? '' }
        }
        const watchers: Awaited<ReturnType<typeof watch>>[] = []
        for (const driver of drivers) if (driver.shows.presence === true) watchers.push(await watch(driver))
        const heardBefore = watchers.map(({ friend }) => friend.seen.all.length)
        const told = () =>
          watchers.map(({ friend, by }, i) =>
            friend.seen.all
              .slice(heardBefore[i])
              .flatMap(s => (s.type === 'presence' && s.by === by ? [s.online] : [])),
          )
        const allTold = (count: number) => until(`${count} changes`, () => told().every(one => one.length === count))
        const nothingMore = async (expected: readonly boolean[]) => {
          for (const { friend, friendRoom } of watchers) await hears(friend, await friend.send(friendRoom, 'marker'))
          expect(told()).toEqual(watchers.map(() => [...expected]))
        }
        const [{ title, selfRoom } = { title: '', selfRoom: '' }] = watchers

        const again = kept.use(await other.logIn(url, credentialsOf(self)))
        const againRoom = await again.chat({ title })
        await nothingMore([])
        const last = await again.send(againRoom, 'I am here')
        await self.drop()
        // Whatever is left of the other connection is gone from the server when this one is served.
        await again.send(againRoom, 'I still am')
        await nothingMore([])
        await again.drop()
        await allTold(1)
        await self.comeBack(selfRoom, last)
        await allTold(2)
        await again.comeBack(againRoom, last)
        await nothingMore([false, true])
      })
    })
  }
}

test('another password ends every other session on every door, and none of anybody else', async () => {
  await using clocked = await startClocked()
  const { url } = clocked
  const { core } = clocked.kit
  await using kept = new AsyncDisposableStack()
  const [home, ...others] = doors
  if (!home) throw new Error('no contract knows passwords')
  const self = kept.use(await person(url, home))
  const bystander = kept.use(await person(url, home))
  const credentials = credentialsOf(self)
  const clients = [self]
  for (const door of [home, ...others]) clients.push(kept.use(await door.logIn(url, credentials)))
  for (const client of clients) expect(await client.isOpen()).toBe(true)

  // No contract so far has a call for it: the core is asked, by a session of its own.
  const { username: handle, password: current } = credentials
  const profile = await core.accounts.logIn({ handle, password: current, address: '127.0.0.1' })
  const token = { kind: 'test', secret: crypto.randomUUID(), ttlMs: 60_000 }
  await core.sessions.open(profile, { door: openDoor, device: 'test', ttlMs: 60_000, tokens: [token] })
  const own = () => core.sessions.resume(token.secret, token.kind, openDoor)
  const next = 'quite another password'
  await core.accounts.setPassword((await own()).actor, { current, next })

  for (const client of clients) {
    await client.seen.find(`${client.dialect}: the end`, s => s.type === 'ended')
    expect(await client.isOpen()).toBe(false)
  }
  expect((await own()).actor.profile.handle).toBe(self.handle)
  expect(await bystander.isOpen()).toBe(true)
  for (const door of doors) {
    expect(await refusalOf(door.logIn(url, credentials))).toBeInstanceOf(Refused)
    await using back = await door.logIn(url, { ...credentials, password: next })
    expect((await back.profile()).handle).toBe(self.handle)
  }
})
