// What the matrix asks of a contract: a client that acts and watches, in words all contracts share, and what it cannot say or show.
import type { Inbox } from '../kit/wait.ts'

/**
 * What a client came to know, live, in shared words. People are named as the contract prints them (`Driver.prints`), chats
 * as `Client.chat` answers them, messages by the core's id, which every contract prints.
 *
 * A driver pushes one of these for each frame that tells it, in the order in which the frames came, and nothing for the
 * client's own doings but what the contract echoes (own messages, own comings and goings). What changes nothing that has a
 * word here (a badge, a mention, a role) is left out by name; any other frame is `odd`, and no test expects one.
 */
export type Seen =
  | { readonly type: 'message' | 'edited'; readonly chat: string; readonly message: SeenMessage }
  | { readonly type: 'recalled'; readonly chat: string; readonly id: string }
  /** `count`: how many people show this emoji now; 0 when the last has taken it back. */
  | {
      readonly type: 'reaction'
      readonly chat: string
      readonly id: string
      readonly emoji: string
      readonly count: number
    }
  /** `id`: the newest message that became read. */
  | { readonly type: 'read'; readonly chat: string; readonly id: string; readonly by: string }
  | { readonly type: 'typing'; readonly chat: string; readonly by: string; readonly active: boolean }
  | { readonly type: 'presence'; readonly by: string; readonly online: boolean }
  /** Somebody else came in, or left or was put out. */
  | { readonly type: 'joined' | 'left'; readonly chat: string; readonly who: string }
  | { readonly type: 'renamed'; readonly chat: string; readonly title: string }
  /** The watcher himself came in; left, was put out, or the chat ended. */
  | { readonly type: 'came' | 'went'; readonly chat: string }
  /** The watcher himself was muted, or may speak again. */
  | { readonly type: 'muted'; readonly chat: string; readonly active: boolean }
  | { readonly type: 'contact'; readonly by: string; readonly is: 'asked' | 'friend' | 'refused' | 'removed' }
  /** The server ended the session this client had. */
  | { readonly type: 'ended' }
  | { readonly type: 'odd'; readonly frame: string }

export interface SeenMessage {
  readonly id: string
  readonly author: string
  readonly text: string
  readonly recalled: boolean
  readonly replyTo: string | null
  /** The first file, and the address under which this contract lets its clients fetch it. */
  readonly file: { readonly name: string; readonly url: string } | null
  /** One entry for each emoji that somebody shows; empty where the contract prints no reactions. */
  readonly reactions: readonly string[]
  /** Whether it is marked as passed on; null where the contract has no mark for it. */
  readonly forwarded: boolean | null
  /** On the watcher's own messages, whether others have read it; null where the contract does not tell, and on others' messages. */
  readonly read: boolean | null
}

export interface Credentials {
  readonly username: string
  readonly password: string
}

/** The server understood and said no, in the contract's own way. Anything else that goes wrong is another error. */
export class Refused extends Error {}

/**
 * One person at one contract's client, connected. Whatever answers a promise has been acknowledged by the server; what it
 * refuses rejects with `Refused`.
 */
export interface Client extends AsyncDisposable {
  readonly dialect: string
  readonly handle: string
  /** The display name, or the handle where the contract gives none. */
  readonly name: string
  /** Opens the other doors, too; null where the contract knows no passwords. */
  readonly credentials: Credentials | null
  readonly seen: Inbox<Seen>
  /** Who the contract says that this person is. */
  profile(): Promise<{ readonly handle: string; readonly name: string }>
  /**
   * The chat with the person of this handle, or of this title, with live attention to it from then on. Rejects when the
   * person is in no such chat. Opens nothing that is not there.
   */
  chat(where: { readonly direct: string } | { readonly title: string }): Promise<string>
  /** `key`: makes a repeat harmless. Answers the message's id. */
  send(chat: string, text: string, options?: { readonly key?: string }): Promise<string>
  /**
   * All of it, oldest first, recalled ones as the contract shows them. Pages as a client must, also while others write: each
   * message once, and none left out between two that are there.
   */
  history(chat: string): Promise<readonly SeenMessage[]>
  /** Reads a file seen in a message, by its `url`. */
  fetchFile(url: string): Promise<string>
  /** Loses the connection. Resolves when it is gone from this side. */
  drop(): Promise<void>
  /** Comes back as a client of this contract does, and answers what it had missed in this chat after this message. */
  comeBack(chat: string, lastKnown: string): Promise<readonly SeenMessage[]>
  /**
   * Resolves when everything that happened before this message has been seen. Needed only where the contract tells it on
   * several channels with no order between them; elsewhere the message itself is the sign.
   */
  settled?(chat: string, messageId: string): Promise<void>
  /** Whether the session still opens anything. */
  isOpen(): Promise<boolean>
  /** What this contract can do beyond that; absent where it cannot. Handles name people. */
  readonly can: Abilities
}

export interface Abilities {
  reply?(chat: string, text: string, to: string): Promise<string>
  edit?(chat: string, id: string, text: string): Promise<void>
  /** May take other messages of the actor's with it, where the contract knows no finer way. */
  recall?(chat: string, id: string): Promise<void>
  react?(chat: string, id: string, emoji: string, active: boolean): Promise<void>
  /** A text file without a caption. Answers the message's id. */
  sendFile?(chat: string, name: string, content: string): Promise<string>
  read?(chat: string, id: string): Promise<void>
  type?(chat: string, active: boolean): Promise<void>
  /** Answers the copy's id. */
  forward?(id: string, chat: string): Promise<string>

  /** A private group, and its chat. Members whom the contract would refuse (strangers, in some) are the caller's concern. */
  createGroup?(title: string, members: readonly string[]): Promise<string>
  /** A conversation that anybody may join, and its chat. The title is unique. */
  createChannel?(title: string): Promise<string>
  join?(title: string): Promise<string>
  leave?(chat: string): Promise<void>
  addMember?(chat: string, handle: string): Promise<void>
  kick?(chat: string, handle: string): Promise<void>
  mute?(chat: string, handle: string, active: boolean): Promise<void>
  rename?(chat: string, title: string): Promise<void>
  disband?(chat: string): Promise<void>

  /** Begins a direct chat with somebody who is no friend, by writing to him. */
  approach?(handle: string, text: string): Promise<void>
  /** Asks for friendship; `accept` and `refuse` answer the other's request. */
  ask?(handle: string): Promise<void>
  accept?(handle: string): Promise<void>
  refuse?(handle: string): Promise<void>
  unfriend?(handle: string): Promise<void>
  block?(handle: string): Promise<void>
  unblock?(handle: string): Promise<void>

  /** Ends this session, and this one only. */
  logOut?(): Promise<void>
}
export type Ability = keyof Abilities

export interface Driver {
  readonly dialect: string
  /** What its clients can do: the keys of their `can`. */
  readonly abilities: readonly Ability[]
  /** By what this contract names a person in print: authors, typists, members, friends. */
  readonly prints: 'handle' | 'name'
  /** Makes a new person of this handle through this contract, and connects. */
  connect(url: string, handle: string): Promise<Client>
  /** Another client of somebody who is there already, from whatever door; absent where the contract knows no passwords. */
  logIn?(url: string, credentials: Credentials): Promise<Client>
  /** Characters of the longest text its clients may write; what comes from elsewhere may be longer. A multiple of five. */
  readonly longestText: number
  /** Whom its clients may put into a group, when they make it or later. */
  readonly adds: 'anybody' | 'friends' | 'nobody'
  /**
   * What a watcher of this contract sees live of each thing that others do; a sentence where the contract has no word for
   * it, and then nothing may come.
   */
  readonly shows: Readonly<Record<Action, true | string>>
  /** Whose coming and going it shows, where it does. */
  readonly presenceOf: 'friends' | 'co-members'
  /** How a recalled message stands in this contract's history: its text, or null when it is gone from there. */
  readonly recalledText: string | null
  /** What is printed as the text of a file without a caption. */
  readonly fileText: (name: string) => string | RegExp
}

export const actions = [
  'text',
  'reply',
  'edit',
  'recall',
  'reaction',
  'file',
  'forward',
  'read',
  'typing',
  'presence',
  'member added',
  'member joined',
  'member left',
  'member kicked',
  'member muted',
  'renamed',
  // These three happen to the watcher himself.
  'being added',
  'being kicked',
  'being muted',
  'disbanded',
  // So do these, from the other person of a pair.
  'friend asked',
  'friend accepted',
  'friend refused',
  'friend removed',
  'blocked',
] as const
export type Action = (typeof actions)[number]

/** What a driver shows that has a word for everything but these. */
export const allBut = (wordless: Partial<Record<Action, string>>): Driver['shows'] => ({
  ...(Object.fromEntries(actions.map(action => [action, true])) as Record<Action, true>),
  ...wordless,
})

export const credentialsOf = (handle: string): Credentials => ({
  username: handle,
  password: `password of ${handle}`,
})

/** The text of an answer. Rejects with `Refused` when the server said no, with another error when it failed. */
export const textOf = async (response: Response): Promise<string> => {
  const body = await response.text()
  if (response.ok) return body
  const what = `${response.url}: ${response.status} ${body}`
  throw response.status < 500 ? new Refused(what) : new Error(what)
}

export type Payload = Record<string, unknown>

/** As `textOf`, of an answer in JSON. */
export const json = async (response: Response): Promise<Payload> => {
  const body = await textOf(response)
  return body === '' ? {} : (JSON.parse(body) as Payload)
}

/** Asks in JSON, with these headers. */
export const callerOf =
  (url: string, headers: Readonly<Record<string, string>>) =>
  async (method: string, path: string, body?: unknown): Promise<Payload> =>
    json(
      await fetch(url + path, {
        method,
        headers: { 'content-type': 'application/json', ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )

/** Resolves when the socket is closed on this side; whatever listened to its end no longer does. */
export const hangUp = async (socket: WebSocket): Promise<void> => {
  const closed = new Promise(resolve => {
    socket.onclose = resolve
  })
  socket.close()
  await closed
}

/**
 * What a promise was refused with; undefined when it was kept. Not `expect(…).rejects`: that turns the event loop while it
 * waits, in which the Socket.IO client's WebSocket (Bun's `ws`) reads over itself and breaks.
 */
export const refusalOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    error => error,
  )
