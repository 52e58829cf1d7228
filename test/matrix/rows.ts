// What somebody can do in a room, action by action, and what a watcher in it is to see of that.
import { expect } from 'bun:test'
import { type Ability, type Action, type Client, type Driver, Refused, refusalOf, type SeenMessage } from './driver.ts'
import { befriend, driverOf, person, printed, roomScene } from './scene.ts'
import { message, type Sight, type Testimony } from './witness.ts'

/** X acts and Y watches, in a room of X's. */
export interface Scene {
  readonly url: string
  readonly x: Client
  readonly y: Client
  /** A third person, of Y's contract; in the room only where the row asks for him. */
  readonly z: Client
  readonly friends: boolean
  readonly title: string
  readonly xChat: string
  readonly yChat: string
  readonly zChat: string
}

export interface Outcome {
  /** What Y is to see in the row's room. */
  readonly sees?: readonly Sight[]
  /** What is to be seen besides, by others or elsewhere. */
  readonly others?: readonly Testimony[]
  /** How messages stand in Y's history afterwards, by id. Of all others only that they stand there, once and in order. */
  readonly stands?: Readonly<Record<string, Partial<SeenMessage>>>
  /** What else must hold once everything was seen. */
  afterwards?(): Promise<void>
}

export interface Row {
  readonly action: Action
  /** More than the action's name, where there are several ways. */
  readonly how?: string
  readonly needs: readonly Ability[]
  readonly withZ?: boolean
  /** Whether the room is open to anybody. */
  readonly open?: boolean
  /** Whether the room is over afterwards. */
  readonly ends?: boolean
  act(scene: Scene): Promise<Outcome>
}

/** Does what a row's `needs` promise. */
export const ability = <A extends Ability>(client: Client, name: A): NonNullable<Client['can'][A]> => {
  const does = client.can[name]
  if (!does) throw new Error(`${client.dialect} cannot ${name}`)
  return does
}

const shows = (watcher: Client, action: Action): boolean => driverOf(watcher).shows[action] === true

/** How a message that was taken back stands in the history of this contract. */
const takenBack = (driver: Driver): Partial<SeenMessage> => ({
  recalled: true,
  text: driver.recalledText ?? '',
  file: null,
  reactions: [],
})

const odd = 'plain  text, kept as it is 👪\n<b>& "quotes" \\ and a trailing space '

const said: readonly Row[] = [
  {
    action: 'text',
    needs: [],
    async act({ x, y, xChat, yChat }) {
      const author = printed(x, y)
      const first = await x.send(xChat, odd)
      const second = await x.send(xChat, 'and another')
      return {
        sees: [message(yChat, first, author, { text: odd }), message(yChat, second, author, { text: 'and another' })],
        stands: { [first]: { author, text: odd, replyTo: null, file: null, reactions: [] } },
      }
    },
  },
  {
    action: 'text',
    how: 'as long as one may write it',
    needs: [],
    async act({ x, y, xChat, yChat }) {
      const text = 'long '.repeat(driverOf(x).longestText / 5)
      const id = await x.send(xChat, text)
      return { sees: [message(yChat, id, printed(x, y), { text })], stands: { [id]: { text } } }
    },
  },
  {
    action: 'reply',
    needs: ['reply'],
    async act({ x, y, xChat, yChat }) {
      const author = printed(x, y)
      const quoted = await x.send(xChat, 'a question')
      const reply = await ability(x, 'reply')(xChat, 'an answer', quoted)
      const replyTo = shows(y, 'reply') ? { replyTo: quoted } : {}
      return {
        sees: [message(yChat, quoted, author), message(yChat, reply, author, { text: 'an answer', ...replyTo })],
        stands: { [reply]: { text: 'an answer', ...replyTo } },
      }
    },
  },
  {
    action: 'edit',
    needs: ['edit'],
    async act({ x, y, xChat, yChat }) {
      const author = printed(x, y)
      const id = await x.send(xChat, 'befor')
      await x.send(xChat, 'what follows')
      await ability(x, 'edit')(xChat, id, 'before')
      const edited = { ...message(yChat, id, author, { text: 'before' }), type: 'edited' } as const
      const [first, second] = [
        message(yChat, id, author, { text: 'befor' }),
        message(yChat, expect.any(String), author),
      ]
      return { sees: [first, second, edited], stands: { [id]: { text: 'before' } } }
    },
  },
  {
    action: 'recall',
    needs: ['recall'],
    async act({ x, y, xChat, yChat }) {
      const id = await x.send(xChat, 'a slip')
      await ability(x, 'recall')(xChat, id)
      return {
        sees: [message(yChat, id, printed(x, y), { text: 'a slip' }), { type: 'recalled', chat: yChat, id }],
        stands: { [id]: takenBack(driverOf(y)) },
      }
    },
  },
  {
    action: 'reaction',
    how: 'shown',
    needs: ['react'],
    async act({ x, y, xChat, yChat }) {
      const id = await x.send(xChat, 'a joke')
      await ability(x, 'react')(xChat, id, '👍', true)
      return {
        sees: [message(yChat, id, printed(x, y)), { type: 'reaction', chat: yChat, id, emoji: '👍', count: 1 }],
        stands: { [id]: { text: 'a joke', reactions: shows(y, 'reaction') ? ['👍'] : [] } },
      }
    },
  },
  {
    action: 'reaction',
    how: 'taken back',
    needs: ['react'],
    async act({ x, y, xChat, yChat }) {
      const id = await x.send(xChat, 'no joke')
      const react = ability(x, 'react')
      for (const active of [true, false]) await react(xChat, id, '🎉', active)
      const reaction = { type: 'reaction', chat: yChat, id, emoji: '🎉' } as const
      return {
        sees: [message(yChat, id, printed(x, y)), { ...reaction, count: 1 }, { ...reaction, count: 0 }],
        stands: { [id]: { text: 'no joke', reactions: [] } },
      }
    },
  },
  {
    action: 'file',
    needs: ['sendFile'],
    async act({ x, y, xChat, yChat }) {
      const id = await ability(x, 'sendFile')(xChat, 'notes.txt', 'the content of the file')
      const live = await y.seen.find('the file', s => s.type === 'message' && s.message.id === id)
      const file = live.type === 'message' ? live.message.file : null
      expect(await y.fetchFile(file?.url ?? '')).toBe('the content of the file')
      const stored = (await y.history(yChat)).find(one => one.id === id)?.file
      expect(await y.fetchFile(stored?.url ?? '')).toBe('the content of the file')
      const shape = {
        text: expect.stringMatching(driverOf(y).fileText('notes.txt')),
        file: { name: 'notes.txt', url: expect.any(String) },
      }
      return { sees: [message(yChat, id, printed(x, y), shape)], stands: { [id]: shape } }
    },
  },
  {
    action: 'file',
    how: 'taken back: nobody fetches it any more',
    needs: ['sendFile', 'recall'],
    async act({ x, y, xChat, yChat }) {
      const id = await ability(x, 'sendFile')(xChat, 'slip.txt', 'not for you')
      const live = await y.seen.find('the file', s => s.type === 'message' && s.message.id === id)
      await ability(x, 'recall')(xChat, id)
      const url = (live.type === 'message' && live.message.file?.url) || ''
      expect(await refusalOf(y.fetchFile(url))).toBeInstanceOf(Refused)
      const recalled = shows(y, 'recall') ? [{ type: 'recalled', chat: yChat, id } as const] : []
      return { sees: [message(yChat, id, printed(x, y)), ...recalled], stands: { [id]: takenBack(driverOf(y)) } }
    },
  },
  {
    action: 'forward',
    needs: ['forward'],
    async act({ x, y, xChat, yChat }) {
      const text = 'worth repeating'
      const source = await x.send(xChat, text)
      const copy = await ability(x, 'forward')(source, xChat)
      const author = printed(x, y)
      return {
        sees: [message(yChat, source, author, { text }), message(yChat, copy, author, { text })],
        stands: { [source]: { text }, [copy]: { text } },
        async afterwards() {
          const marks = (await y.history(yChat)).flatMap(m => ([source, copy].includes(m.id) ? [m.forwarded] : []))
          expect([
            [false, true],
            [null, null],
          ] as (boolean | null)[][]).toContainEqual(marks)
        },
      }
    },
  },
  {
    action: 'read',
    needs: ['read'],
    async act({ x, y, xChat, yChat }) {
      const unread = await y.send(yChat, 'read this')
      const id = await y.send(yChat, 'and this')
      await ability(x, 'read')(xChat, id)
      const own = printed(y, y)
      const read = shows(y, 'read') ? { read: true } : {}
      return {
        sees: [
          message(yChat, unread, own),
          message(yChat, id, own),
          { type: 'read', chat: yChat, id, by: printed(x, y) },
        ],
        stands: { [unread]: read, [id]: read },
      }
    },
  },
  ...(['stopped', 'ended by a message'] as const).map(
    (how): Row => ({
      action: 'typing',
      how,
      needs: ['type'],
      async act({ x, y, xChat, yChat }) {
        const started = { type: 'typing', chat: yChat, by: printed(x, y), active: true } as const
        await ability(x, 'type')(xChat, true)
        // Signals may be merged; and where typing is not answered, the message could overtake it.
        if (shows(y, 'typing')) await y.seen.find('the typing', s => s.type === 'typing' && s.active)
        if (how === 'stopped') {
          await ability(x, 'type')(xChat, false)
          if (shows(y, 'typing')) await y.seen.find('its end', s => s.type === 'typing' && !s.active)
        }
        const sees = [started, { ...started, active: false }]
        if (how === 'stopped') return { sees }
        const id = await x.send(xChat, 'what I typed')
        return { sees: [...sees, message(yChat, id, printed(x, y))] }
      },
    }),
  ),
  {
    action: 'presence',
    needs: [],
    async act({ x, y, xChat, yChat, friends }) {
      const last = await y.send(yChat, 'about to go?')
      const known = driverOf(y).presenceOf === 'friends' ? friends : true
      const expected = shows(y, 'presence') && known
      const told = (online: boolean) =>
        expected
          ? y.seen.find(`presence ${online}`, s => s.type === 'presence' && s.online === online)
          : Promise.resolve()
      await x.drop()
      await told(false)
      await x.comeBack(xChat, last)
      await told(true)
      const presence = { type: 'presence', by: printed(x, y) } as const
      const changes = known
        ? [
            { ...presence, online: false },
            { ...presence, online: true },
          ]
        : []
      return { sees: [message(yChat, last, printed(y, y)), ...changes] }
    },
  },
]

const becomes: readonly Row[] = [
  {
    action: 'member added',
    needs: ['addMember'],
    async act({ url, x, y, xChat, yChat, title }) {
      await using newcomer = await person(url, driverOf(y))
      const adding = ability(x, 'addMember')
      if (driverOf(x).adds === 'friends' && !(await befriend(url, x, newcomer))) {
        expect(await refusalOf(adding(xChat, newcomer.handle))).toBeInstanceOf(Refused)
        return { sees: [] }
      }
      await adding(xChat, newcomer.handle)
      const nChat = await newcomer.chat({ title })
      await newcomer.seen.find('being added', s => s.type === 'came' && s.chat === nChat)
      // He reads what was there before him.
      expect((await newcomer.history(nChat)).map(m => m.text)).toEqual(['ready'])
      return { sees: [{ type: 'joined', chat: yChat, who: printed(newcomer, y) }] }
    },
  },
  {
    action: 'member joined',
    needs: ['join', 'createChannel'],
    open: true,
    async act({ url, x, y, yChat, title }) {
      await using joiner = await person(url, driverOf(x))
      const jChat = await ability(joiner, 'join')(title)
      const id = await joiner.send(jChat, 'here I am')
      const who = printed(joiner, y)
      return { sees: [{ type: 'joined', chat: yChat, who }, message(yChat, id, who)] }
    },
  },
  {
    action: 'member left',
    needs: ['leave'],
    async act({ url, x, y }) {
      await using leaver = await person(url, driverOf(x))
      const { chats } = await roomScene(url, x, [y, leaver])
      const [, chat = '', lChat = ''] = chats
      const since = y.seen.all.length
      await ability(leaver, 'leave')(lChat)
      expect(await refusalOf(leaver.send(lChat, 'one more thing'))).toBeInstanceOf(Refused)
      const left = { type: 'left', chat, who: printed(leaver, y) } as const
      return { others: [{ watcher: y, action: 'member left', sees: [left], chat, of: x, since }] }
    },
  },
  {
    action: 'member kicked',
    needs: ['kick'],
    withZ: true,
    async act({ x, y, z, xChat, yChat, zChat }) {
      await ability(x, 'kick')(xChat, z.handle)
      expect(await refusalOf(z.send(zChat, 'why?'))).toBeInstanceOf(Refused)
      await x.send(xChat, 'he is gone')
      const sees = [
        { type: 'left', chat: yChat, who: printed(z, y) } as const,
        message(yChat, expect.any(String), printed(x, y), { text: 'he is gone' }),
      ]
      const went = { type: 'went', chat: zChat } as const
      return { sees, others: [{ watcher: z, action: 'being kicked', sees: [went], chat: zChat, of: x }] }
    },
  },
  {
    action: 'member muted',
    needs: ['mute'],
    withZ: true,
    async act({ x, y, z, xChat, yChat, zChat }) {
      const mute = ability(x, 'mute')
      await mute(xChat, z.handle, true)
      expect(await refusalOf(z.send(zChat, 'may I?'))).toBeInstanceOf(Refused)
      await mute(xChat, z.handle, false)
      const spoken = await z.send(zChat, 'thank you')
      const muted = { type: 'muted', chat: zChat } as const
      const sees = [{ ...muted, active: true }, { ...muted, active: false }, message(zChat, spoken, printed(z, z))]
      // The bystander hears him once he may speak.
      return {
        sees: [message(yChat, spoken, printed(z, y))],
        others: [{ watcher: z, action: 'being muted', sees, chat: zChat, of: x }],
      }
    },
  },
  {
    action: 'renamed',
    needs: ['rename'],
    async act({ x, y, xChat, yChat, title }) {
      const renamed = `${title}, renamed`
      await ability(x, 'rename')(xChat, renamed)
      return {
        sees: [{ type: 'renamed', chat: yChat, title: renamed }],
        afterwards: async () => expect(await y.chat({ title: renamed })).toBe(yChat),
      }
    },
  },
  {
    action: 'disbanded',
    needs: ['disband'],
    ends: true,
    async act({ x, y, xChat, yChat }) {
      await ability(x, 'disband')(xChat)
      expect(await refusalOf(y.send(yChat, 'anybody?'))).toBeInstanceOf(Refused)
      return { sees: [{ type: 'went', chat: yChat }] }
    },
  },
  {
    action: 'being added',
    needs: ['createGroup'],
    async act({ url, x, y }) {
      // Another room, in which Y finds himself.
      const { chats } = await roomScene(url, x, [y])
      const [, yChat = ''] = chats
      const came = { type: 'came', chat: yChat } as const
      const ready = message(yChat, expect.any(String), printed(y, y), { text: 'ready' })
      const sees = [came, ready]
      return { others: [{ watcher: y, action: 'being added', sees, chat: yChat, of: x }] }
    },
  },
]

export const rows: readonly Row[] = [...said, ...becomes]
