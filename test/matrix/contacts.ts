// What two people can do to each other, and what the other one is to see of that, in whatever room they share.
import { expect } from 'bun:test'
import { type Ability, type Action, type Client, type Driver, Refused, refusalOf } from './driver.ts'
import { ability } from './rows.ts'
import { ask, befriend, canBefriend, directScene, driverOf, printed } from './scene.ts'
import { message, type Sight } from './witness.ts'

/** X acts on Y. Nothing is between the two yet but a room that X owns. */
export interface Encounter {
  readonly url: string
  readonly x: Client
  readonly y: Client
  readonly xLobby: string
  readonly yLobby: string
}

export interface ContactRow {
  readonly action: Action
  readonly needs: readonly Ability[]
  /** Whether it is anything between people of this contract and X's. */
  readonly among: (watching: Driver) => boolean
  /** What must be between the two first. What Y sees of that is not of the action. */
  before?(encounter: Encounter): Promise<unknown>
  /** Answers what Y is to see. */
  act(encounter: Encounter): Promise<readonly Sight[]>
}

const anybody = (): boolean => true

const contact = (is: 'asked' | 'friend' | 'refused' | 'removed', of: Client, watcher: Client): Sight => ({
  type: 'contact',
  by: printed(of, watcher),
  is,
})

/** Somebody goes and comes back without being seen to come by this watcher, who shares a room with him. */
const expectUnseen = async (one: Client, chat: string, watcher: Client): Promise<void> => {
  const from = watcher.seen.all.length
  const last = (await one.history(chat)).at(-1)?.id ?? ''
  await one.drop()
  await one.comeBack(chat, last)
  const here = await one.send(chat, 'here I am')
  await watcher.seen.find('him', s => s.type === 'message' && s.message.id === here)
  const by = printed(one, watcher)
  expect(watcher.seen.all.slice(from).filter(s => s.type === 'presence' && s.by === by && s.online)).toEqual([])
}

export const contactRows: readonly ContactRow[] = [
  {
    action: 'friend asked',
    needs: ['ask'],
    among: anybody,
    async act({ x, y }) {
      await ability(x, 'ask')(y.handle)
      return [contact('asked', x, y)]
    },
  },
  {
    action: 'friend accepted',
    needs: ['accept'],
    among: canBefriend,
    async act({ url, x, y }) {
      await ask(url, y, x)
      await ability(x, 'accept')(y.handle)
      // The friendship made their chat, and both may write in it.
      const [xChat, yChat] = [await x.chat({ direct: y.handle }), await y.chat({ direct: x.handle })]
      const first = await x.send(xChat, 'hello, friend')
      const answer = await y.send(yChat, 'hello')
      expect((await x.history(xChat)).map(m => m.id)).toEqual([first, answer])
      expect((await y.history(yChat)).map(m => m.id)).toEqual([first, answer])
      return [contact('friend', x, y)]
    },
  },
  {
    action: 'friend refused',
    needs: ['refuse'],
    among: canBefriend,
    async act({ url, x, y }) {
      await ask(url, y, x)
      await ability(x, 'refuse')(y.handle)
      return [contact('refused', x, y)]
    },
  },
  {
    action: 'friend removed',
    needs: ['unfriend'],
    among: canBefriend,
    before: ({ url, x, y }) => befriend(url, x, y),
    async act({ x, y }) {
      const chat = await x.chat({ direct: y.handle })
      const last = await x.send(chat, 'while it lasted')
      const yChat = await y.chat({ direct: x.handle })
      await ability(x, 'unfriend')(y.handle)
      // Where strangers may write, those who were friends may.
      const later = driverOf(x).abilities.includes('approach') ? [await x.send(chat, 'are we?')] : []
      if (later.length === 0) expect(await refusalOf(x.send(chat, 'are we?'))).toBeInstanceOf(Refused)
      expect((await y.history(yChat)).map(m => m.id)).toEqual([last, ...later])
      return [contact('removed', x, y)]
    },
  },
  {
    action: 'blocked',
    needs: ['block', 'unblock'],
    among: anybody,
    before: ({ url, x, y }) => directScene(url, x, y),
    async act({ x, y, xLobby, yLobby }) {
      const [xChat, yChat] = [await x.chat({ direct: y.handle }), await y.chat({ direct: x.handle })]
      await y.send(yChat, 'you can hear me')
      await ability(x, 'block')(y.handle)
      expect(await refusalOf(x.send(xChat, 'I cannot'))).toBeInstanceOf(Refused)
      expect(await refusalOf(y.send(yChat, 'can you?'))).toBeInstanceOf(Refused)
      await y.can.type?.(yChat, true).catch(error => expect(error).toBeInstanceOf(Refused))
      await expectUnseen(x, xLobby, y)
      await expectUnseen(y, yLobby, x)
      // In rooms they share both are heard as before.
      const came = [x, y].map(one => message(yLobby, expect.any(String), printed(one, y), { text: 'here I am' }))
      const said = [...came, message(yLobby, await x.send(xLobby, 'in public'), printed(x, y))]
      said.push(message(yLobby, await y.send(yLobby, 'so am I'), printed(y, y)))
      await ability(x, 'unblock')(y.handle)
      const again = await x.send(xChat, 'back again')
      expect((await y.history(yChat)).at(-1)?.id).toBe(again)
      return said
    },
  },
]
