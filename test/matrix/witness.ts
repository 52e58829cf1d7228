// Judging what a watcher saw: everything expected, once, in order, and nothing besides.
import { expect } from 'bun:test'
import { until } from '../kit/wait.ts'
import type { Action, Client, Seen, SeenMessage } from './driver.ts'
import { driverOf, printed } from './scene.ts'

/** A pattern of something seen: the keys given must be so. */
export type Sight = { readonly type: Seen['type'] } & Readonly<Record<string, unknown>>

/** What one watcher is to see of an action. */
export interface Testimony {
  readonly watcher: Client
  readonly action: Action
  /** If his contract has words for the action; else of these only the messages. */
  readonly sees: readonly Sight[]
  /** The chat it happens in, and whose doing it is: what else he sees meanwhile is not of this action. */
  readonly chat: string
  readonly of: Client
  /** Where in his inbox it begins, when later than the row. */
  readonly since?: number
  /** What is told besides, for a reason of its own. */
  readonly besides?: (seen: Seen) => boolean
}

export const message = (chat: string, id: string, author: string, rest: Partial<SeenMessage> = {}): Sight => ({
  type: 'message',
  chat,
  message: expect.objectContaining({ id, author, recalled: false, ...rest }),
})

/** What a contract tells on different channels has no order between them; within one of these it has. */
const laneOf = ({ type }: { readonly type: Seen['type'] }): string => {
  switch (type) {
    case 'joined':
    case 'left':
    case 'renamed':
    case 'came':
    case 'went':
    case 'muted':
      return 'what becomes of chats'
    case 'contact':
    case 'presence':
      return 'what becomes of people'
    default:
      return 'what is said'
  }
}
const byLane = <T extends { readonly type: Seen['type'] }>(all: readonly T[]): Record<string, readonly T[]> => ({
  said: [],
  ...Object.groupBy(all, laneOf),
})

const isOf = (seen: Seen, { action, chat, of, watcher }: Testimony): boolean => {
  switch (seen.type) {
    // Coming into the row's own room may be told behind what is then said in it.
    case 'came':
      return action === 'being added' && seen.chat === chat
    case 'odd':
    case 'ended':
      return true
    case 'presence':
    case 'contact':
      return seen.by === printed(of, watcher)
    default:
      return seen.chat === chat
  }
}

/**
 * Holds a testimony against what was seen since `from`, an index into the watcher's inbox, up to the marker: a message sent
 * afterwards to a chat the watcher is in.
 */
export const judge = async (
  testimony: Testimony,
  from: number,
  marker: { readonly chat: string; readonly id: string },
): Promise<void> => {
  const { watcher, action, sees, since = from, besides } = testimony
  const shows = driverOf(watcher).shows[action] === true
  const expected = sees.filter(sight => shows || sight.type === 'message')
  const seen = (): readonly Seen[] =>
    watcher.seen.all.slice(since).filter(one => isOf(one, testimony) && !besides?.(one))
  await until(`${watcher.dialect}: the marker after "${action}"`, () =>
    watcher.seen.all.some(s => s.type === 'message' && s.message.id === marker.id),
  )
  await watcher.settled?.(marker.chat, marker.id)
  // People and chats have streams of their own: what is told of them may come behind the marker. What is missing then, the
  // comparison says better than the wait.
  await until(action, () => seen().length >= expected.length).catch(() => undefined)
  expect(byLane(seen())).toEqual(byLane(expected) as never)
}
