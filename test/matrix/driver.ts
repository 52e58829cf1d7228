// What the matrix asks of a dialect: one client that acts and one that watches, in words all contracts share.
import type { Inbox } from '../kit/wait.ts'

/** What a client came to know, live, in shared words. */
export type Seen =
  | { readonly type: 'message'; readonly chat: string; readonly message: SeenMessage }
  | { readonly type: 'edited'; readonly chat: string; readonly message: SeenMessage }
  | { readonly type: 'recalled'; readonly chat: string; readonly id: string }
  | {
      readonly type: 'reaction'
      readonly chat: string
      readonly id: string
      readonly emoji: string
      readonly count: number
    }
  | { readonly type: 'read'; readonly chat: string; readonly id: string; readonly by: string }
  | { readonly type: 'typing'; readonly chat: string; readonly by: string; readonly active: boolean }
  | { readonly type: 'came' | 'went' | 'changed'; readonly chat: string }
  | { readonly type: 'befriended'; readonly by: string }

export interface SeenMessage {
  /** The core's message id: every contract so far prints it, so clients of different ones can compare. */
  readonly id: string
  readonly author: string
  readonly text: string
  readonly recalled: boolean
  readonly replyTo: string | null
  readonly file: { readonly name: string; readonly url: string } | null
  readonly reactions: readonly string[]
}

export interface Client extends AsyncDisposable {
  readonly dialect: string
  readonly handle: string
  /** How the other contracts name this person in print. */
  readonly name: string
  readonly seen: Inbox<Seen>
  /** The chat with this person, or of this title, and live attention to it. */
  chat(where: { readonly direct: string } | { readonly title: string }): Promise<string>
  /** Makes a direct chat possible from this side where the contract can; answers whether it did. */
  meet(other: Client): Promise<boolean>
  createGroup(title: string, members: readonly string[]): Promise<string>
  send(chat: string, text: string, options?: { readonly replyTo?: string; readonly key?: string }): Promise<string>
  /** Oldest first, recalled ones as this contract shows them. */
  history(chat: string): Promise<readonly SeenMessage[]>
  /** Reads a file seen in a message. Rejects when it is refused. */
  fetchFile(url: string): Promise<string>
  /** Loses the connection. */
  drop(): Promise<void>
  /** Comes back as a client of this contract does, and answers what it had missed in this chat. */
  comeBack(chat: string, lastKnown: string): Promise<readonly SeenMessage[]>
  /** What this contract can do beyond that; absent where it cannot. */
  readonly can: Abilities
}

export interface Abilities {
  edit?(chat: string, id: string, text: string): Promise<void>
  recall?(chat: string, id: string): Promise<void>
  react?(chat: string, id: string, emoji: string): Promise<void>
  sendFile?(chat: string, name: string, content: string): Promise<string>
  read?(chat: string, id: string): Promise<void>
  type?(chat: string, active: boolean): Promise<void>
  forward?(id: string, chat: string): Promise<string>
  addMember?(chat: string, handle: string): Promise<void>
  kick?(chat: string, handle: string): Promise<void>
  leave?(chat: string): Promise<void>
  mute?(chat: string, handle: string): Promise<void>
  rename?(chat: string, title: string): Promise<void>
  disband?(chat: string): Promise<void>
  block?(handle: string): Promise<void>
}
export type Ability = keyof Abilities

export interface Driver {
  readonly dialect: string
  /** What its clients can do: the keys of their `can`. */
  readonly abilities: readonly Ability[]
  connect(url: string, handle: string): Promise<Client>
  /**
   * What a watcher of this contract sees live of each thing that others do; a sentence where the contract has no word for
   * it, and then nothing may come.
   */
  readonly shows: Readonly<Record<Action, true | string>>
  /** How a recalled message stands in this contract's history: its text, or null when it is gone from there. */
  readonly recalledText: string | null
}

export const actions = [
  'text',
  'reply',
  'edit',
  'recall',
  'reaction',
  'file',
  'read',
  'typing',
  'forward',
  'member added',
  'member left',
  'member kicked',
  'member muted',
  'renamed',
  'disbanded',
] as const
export type Action = (typeof actions)[number]

export const json = async (response: Response): Promise<Record<string, unknown>> => {
  const text = await response.text()
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${text}`)
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}
