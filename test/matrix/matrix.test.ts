// For every ordered pair of contracts: what one can say, the other sees as its projection table says: once, in order, live and in history.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { startServer, type TestServer } from '../kit/server.ts'
import type { Ability, Action, Client, Driver, Seen } from './driver.ts'
import { drivers } from './drivers/index.ts'
import { directScene, groupScene, person, seenUpTo } from './scene.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

/** X acts and Y watches, in one group that X owns. */
interface Scene {
  readonly x: Client
  readonly y: Client
  readonly xChat: string
  readonly yChat: string
  /** A third person of Y's contract, in the group too. */
  readonly z: Client
}

interface Row {
  readonly action: Action
  readonly needs: readonly Ability[]
  /** Does it, and answers what a watcher whose contract shows it must see. */
  act(scene: Scene): Promise<readonly Partial<Seen>[]>
  /** Whether Y can still be written to afterwards. */
  readonly ends?: boolean
}

const ability = <A extends Ability>(client: Client, name: A) => {
  const does = client.can[name]
  if (!does) throw new Error(`${client.dialect} cannot ${name}`)
  return does as NonNullable<Client['can'][A]>
}

const messageSeen = (chat: string, id: string, author: Client, rest: object = {}): Partial<Seen> =>
  ({
    type: 'message',
    chat,
    message: expect.objectContaining({ id, author: author.name, recalled: false, ...rest }),
  }) as unknown as Partial<Seen>

const rows: readonly Row[] = [
  {
    action: 'text',
    needs: [],
    async act({ x, xChat, yChat }) {
      const first = await x.send(xChat, 'plain  text, kept as it is 👪\n<b>&')
      const second = await x.send(xChat, 'and another')
      return [
        messageSeen(yChat, first, x, { text: 'plain  text, kept as it is 👪\n<b>&' }),
        messageSeen(yChat, second, x, { text: 'and another' }),
      ]
    },
  },
  {
    action: 'reply',
    needs: [],
    async act({ x, xChat, yChat }) {
      const quoted = await x.send(xChat, 'a question')
      const reply = await x.send(xChat, 'an answer', { replyTo: quoted })
      return [messageSeen(yChat, quoted, x), messageSeen(yChat, reply, x, { replyTo: quoted })]
    },
  },
  {
    action: 'edit',
    needs: ['edit'],
    async act({ x, xChat, yChat }) {
      const id = await x.send(xChat, 'befor')
      await ability(x, 'edit')(xChat, id, 'before')
      const edited = { type: 'edited', chat: yChat, message: expect.objectContaining({ id, text: 'before' }) }
      return [messageSeen(yChat, id, x, { text: 'befor' }), edited as unknown as Partial<Seen>]
    },
  },
  {
    action: 'recall',
    needs: ['recall'],
    async act({ x, xChat, yChat }) {
      const id = await x.send(xChat, 'a slip')
      await ability(x, 'recall')(xChat, id)
      return [messageSeen(yChat, id, x), { type: 'recalled', chat: yChat, id }]
    },
  },
  {
    action: 'reaction',
    needs: ['react'],
    async act({ x, xChat, yChat }) {
      const id = await x.send(xChat, 'a joke')
      await ability(x, 'react')(xChat, id, '👍')
      return [messageSeen(yChat, id, x), { type: 'reaction', chat: yChat, id, emoji: '👍', count: 1 }]
    },
  },
  {
    action: 'file',
    needs: ['sendFile'],
    async act({ x, y, xChat, yChat }) {
      const id = await ability(x, 'sendFile')(xChat, 'notes.txt', 'the content of the file')
      const live = await y.seen.find('the file', s => s.type === 'message' && s.message.id === id)
      const file = live.type === 'message' ? live.message.file : null
      expect(file?.name).toBe('notes.txt')
      expect(await y.fetchFile(file?.url ?? '')).toBe('the content of the file')
      return [messageSeen(yChat, id, x)].slice(1)
    },
  },
  {
    action: 'read',
    needs: ['read'],
    async act({ x, y, xChat, yChat }) {
      const id = await y.send(yChat, 'read this')
      await ability(x, 'read')(xChat, id)
      return [messageSeen(yChat, id, y), { type: 'read', chat: yChat, id, by: x.name }]
    },
  },
  {
    action: 'typing',
    needs: ['type'],
    async act({ x, xChat, yChat }) {
      await ability(x, 'type')(xChat, true)
      const started: Partial<Seen> = { type: 'typing', chat: yChat, by: x.name, active: true }
      // The marker message that follows ends it.
      return [started, { ...started, active: false } as Partial<Seen>]
    },
  },
  {
    action: 'forward',
    needs: ['forward'],
    async act({ x, xChat, yChat }) {
      const source = await x.send(xChat, 'worth repeating')
      const copy = await ability(x, 'forward')(source, xChat)
      const text = 'worth repeating'
      return [messageSeen(yChat, source, x, { text }), messageSeen(yChat, copy, x, { text })]
    },
  },
  {
    action: 'member added',
    needs: ['addMember'],
    async act({ x, y, xChat, yChat }) {
      await using newcomer = await person(server, driverOf(y))
      await ability(x, 'addMember')(xChat, newcomer.handle)
      await newcomer.seen.find('being added', s => s.type === 'came')
      return [{ type: 'changed', chat: yChat }]
    },
  },
  {
    action: 'member left',
    needs: ['addMember', 'leave'],
    async act({ x, xChat, yChat, y }) {
      await using leaver = await person(server, driverOf(x))
      await ability(x, 'addMember')(xChat, leaver.handle)
      await leaver.seen.find('being added', s => s.type === 'came')
      await ability(leaver, 'leave')(xChat)
      return driverOf(y).shows['member left'] === true
        ? [
            { type: 'changed', chat: yChat },
            { type: 'changed', chat: yChat },
          ]
        : []
    },
  },
  {
    action: 'member kicked',
    needs: ['kick'],
    async act({ x, z, xChat, yChat }) {
      await ability(x, 'kick')(xChat, z.handle)
      await z.seen.find('being kicked', s => s.type === 'went')
      return [{ type: 'changed', chat: yChat }]
    },
  },
  {
    action: 'member muted',
    needs: ['mute'],
    async act({ x, z, xChat }) {
      const zChat = await z.chat({ title: (await titleOf(z)) as string })
      await ability(x, 'mute')(xChat, z.handle)
      await expect(z.send(zChat, 'may I?')).rejects.toThrow(/403|forbidden/)
      return []
    },
  },
  {
    action: 'renamed',
    needs: ['rename'],
    async act({ x, xChat, yChat }) {
      await ability(x, 'rename')(xChat, 'Another name')
      return [{ type: 'changed', chat: yChat }]
    },
  },
  {
    action: 'disbanded',
    needs: ['disband'],
    ends: true,
    async act({ x, y, xChat, yChat }) {
      await ability(x, 'disband')(xChat)
      await y.seen.find('the end', s => s.type === 'went' && s.chat === yChat)
      await expect(y.send(yChat, 'anybody?')).rejects.toThrow()
      return []
    },
  },
]

const titles = new WeakMap<Client, string>()
const titleOf = async (client: Client) => titles.get(client)

const driverOf = (client: Client): Driver => {
  const driver = drivers.find(d => d.dialect === client.dialect)
  if (!driver) throw new Error(`no driver for ${client.dialect}`)
  return driver
}

/** What a watcher sees that no message caused is not this test's business. */
const besides = new Set(['came', 'befriended'])

for (const xDriver of drivers) {
  for (const yDriver of drivers) {
    describe(`${xDriver.dialect} acts, ${yDriver.dialect} watches`, () => {
      let scene: Scene
      beforeAll(async () => {
        const [x, y, z] = await Promise.all([person(server, xDriver), person(server, yDriver), person(server, yDriver)])
        const { xChat, yChat, title } = await groupScene(x, y, [z])
        await z.chat({ title })
        titles.set(z, title)
        scene = { x, y, z, xChat, yChat }
      })
      afterAll(async () => {
        for (const client of [scene.x, scene.y, scene.z]) await client[Symbol.asyncDispose]()
      })

      for (const row of rows) {
        const shown = yDriver.shows[row.action]
        const title = shown === true ? row.action : `${row.action}: nothing odd (${shown})`
        const able = row.needs.every(need => xDriver.abilities.includes(need))
        if (!able) continue
        test(title, async () => {
          // An own room: what one row leaves behind is not the next one's trouble.
          const { x, y, z } = scene
          const room = await groupScene(x, y, [z])
          await z.chat({ title: room.title })
          titles.set(z, room.title)
          y.seen.take()
          const expected = await row.act({ ...scene, ...room })
          if (row.ends) return
          const marker = await x.send(room.xChat, 'marker')
          const seen = (await seenUpTo(y, marker)).filter(
            s => 'chat' in s && s.chat === room.yChat && !besides.has(s.type),
          )
          const visible = shown === true ? expected : expected.filter(e => e.type === 'message')
          expect(seen).toEqual(visible as Seen[])

          // History says the same, in the same order, on both sides.
          const [xHistory, yHistory] = [await x.history(room.xChat), await y.history(room.yChat)]
          expect(yHistory.map(m => m.id)).toEqual(xHistory.map(m => m.id))
          expect(new Set(yHistory.map(m => m.id)).size).toBe(yHistory.length)
          for (const message of yHistory) {
            if (message.recalled) expect(message.text).toBe(yDriver.recalledText ?? '')
          }
        })
      }

      test('a direct chat: both ways, in order, and what was missed comes with the return', async () => {
        const { x, y } = scene
        const { xChat, yChat } = await directScene(x, y)
        y.seen.take()
        const first = await x.send(xChat, 'one')
        await y.seen.find('the first', s => s.type === 'message' && s.message.id === first)
        await y.drop()
        const missed = [await x.send(xChat, 'two'), await x.send(xChat, 'three')]
        expect((await y.comeBack(yChat, first)).map(m => m.id)).toEqual(missed)
        y.seen.take()
        const live = await x.send(xChat, 'four')
        expect((await seenUpTo(y, live)).filter(s => s.type === 'message')).toEqual([])
        const answer = await y.send(yChat, 'five')
        await x.seen.find('the answer', s => s.type === 'message' && s.message.id === answer)
        expect((await x.history(xChat)).slice(-5).map(m => m.text)).toEqual(['one', 'two', 'three', 'four', 'five'])
      })

      test('a repeat of a send with the same key is one message', async () => {
        const { x, y, xChat, yChat } = scene
        y.seen.take()
        const ids = await Promise.all(Array.from({ length: 5 }, () => x.send(xChat, 'once', { key: 'the-key' })))
        expect(new Set(ids).size).toBe(1)
        const marker = await x.send(xChat, 'marker')
        const seen = await seenUpTo(y, marker)
        expect(seen.filter(s => s.type === 'message' && s.chat === yChat)).toHaveLength(1)
      })

      test('a block ends the direct chat both ways and leaves the group alone', async () => {
        const [x, y] = await Promise.all([person(server, xDriver), person(server, yDriver)])
        const blocker = [x, y].find(client => client.can.block)
        if (!blocker?.can.block) return
        const { xChat, yChat } = await directScene(x, y)
        await blocker.can.block(blocker === x ? y.handle : x.handle)
        await expect(x.send(xChat, 'hello?')).rejects.toThrow(/403|forbidden/)
        await expect(y.send(yChat, 'hello?')).rejects.toThrow(/403|forbidden/)
        await x[Symbol.asyncDispose]()
        await y[Symbol.asyncDispose]()
      })
    })
  }
}
