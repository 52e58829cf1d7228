// Finds conversations by what clients call them, and loads what a Channel shows (CA21, CA44).
import { fold } from '../../base/fold.ts'
import { nextTurn } from '../../base/turn.ts'
import {
  type Actor,
  type ConversationId,
  type ConversationName,
  type ConversationView,
  type Core,
  faultIn,
  type ProfileId,
  refuse,
} from '../../core/index.ts'
import type { Channel } from './contract.ts'
import { GENERAL, parseChannel } from './ids.ts'
import { printChannel } from './outbound.ts'

export interface Channels {
  /** As the caller sees it. Faults: conversation.unknown (also: private, and he is not in it). */
  see(actor: Actor, name: string): Promise<ConversationView>
  /**
   * Runs `work` on the conversation of this name; null is `general`. What is private to others is unknown, whatever the
   * work refuses: conversation.unknown; member.required is left to public ones.
   */
  within<T>(actor: Actor, name: string | null, work: (id: ConversationId) => Promise<T>): Promise<T>
  print(actor: Actor, view: ConversationView): Promise<Channel>
  /** Those that still stand of these, in their order. */
  printAll(actor: Actor, views: readonly ConversationView[]): Promise<readonly Channel[]>
  /** Every conversation the caller is in, oldest first. */
  own(actor: Actor): Promise<readonly ConversationView[]>
  /** Every conversation the caller can see, oldest first. */
  visible(actor: Actor): Promise<readonly ConversationView[]>
}

/** Views asked for at a time. */
const PAGE = 1000
/** Channels printed before others get their turn. */
const STEP = 50
/** Names remembered. */
const CAPACITY = 10_000

const unknown = (): never => refuse({ kind: 'conversation.unknown' })

/** To who is not in it, what is private does not exist. */
const hiding = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    if (faultIn(error)?.kind === 'member.required') return unknown()
    throw error
  }
}

export const createChannels = (core: Core): Channels => {
  /** Folded name → id. A name is one conversation's for as long as that stands. */
  const known = new Map<string, ConversationId>()

  const nameOf = async (text: string): Promise<ConversationName> => {
    const ref = parseChannel(text)
    if (ref.type === 'id') return { id: ref.id }
    if (ref.type === 'name') return { slug: ref.name }
    const peer = await core.people.byHandle(ref.username)
    return peer ? { peer: peer.id } : unknown()
  }

  const see = (actor: Actor, text: string): Promise<ConversationView> =>
    hiding(async () => core.conversations.see(actor, await nameOf(text)))

  /** The id alone, mostly from memory: it opens nothing, every command asks the gate again. */
  const find = async (actor: Actor, text: string): Promise<ConversationId> => {
    const ref = parseChannel(text)
    if (ref.type === 'id') return ref.id
    const key = fold(text)
    const standing = ref.type === 'name' ? known.get(key) : undefined
    if (standing !== undefined) return standing
    const { conversation } = await see(actor, text)
    if (ref.type === 'name') {
      const [oldest] = known.keys()
      if (known.size >= CAPACITY && oldest !== undefined) known.delete(oldest)
      known.set(key, conversation.id)
    }
    return conversation.id
  }

  const members = (actor: Actor, { conversation, me }: ConversationView): Promise<readonly ProfileId[]> =>
    conversation.kind === 'group' && me === null ? Promise.resolve([]) : core.members.roster(actor, conversation.id)

  const print = async (actor: Actor, view: ConversationView): Promise<Channel> =>
    printChannel(view, await members(actor, view), actor.profile.id)

  const run = async <T>(actor: Actor, text: string, work: (id: ConversationId) => Promise<T>): Promise<T> => {
    const id = await find(actor, text)
    try {
      return await work(id)
    } catch (error) {
      const kind = faultIn(error)?.kind
      if (kind === 'member.required') await hiding(() => core.conversations.see(actor, { id }))
      // The name may have become another's since it was remembered.
      if (kind === 'conversation.unknown' && known.delete(fold(text))) return run(actor, text, work)
      throw error
    }
  }

  return {
    see,
    within: (actor, name, work) => run(actor, name ?? GENERAL, work),
    print,

    async printAll(actor, views) {
      const printed: Channel[] = []
      for (const [at, view] of views.entries()) {
        if (at > 0 && at % STEP === 0) await nextTurn()
        try {
          printed.push(await print(actor, view))
        } catch (error) {
          // Ended, or left, since the look.
          if (faultIn(error) === null) throw error
        }
      }
      return printed
    },

    own: actor => ownOf(core, actor),

    async visible(actor) {
      const all: ConversationView[] = []
      for (;;) {
        const after = all.at(-1)?.conversation.num
        const { views, more } = await core.conversations.directory(actor, { limit: PAGE, ...(after && { after }) })
        all.push(...views)
        if (!more) return all
      }
    },
  }
}

const ownOf = async (core: Core, actor: Actor): Promise<readonly ConversationView[]> => {
  const found = new Map<ConversationId, ConversationView>()
  try {
    for (let after: ConversationName | undefined; ; ) {
      const { views, more } = await core.conversations.list(actor, { limit: PAGE, after })
      // Listed by activity: what moves between two pages comes twice.
      for (const view of views) found.set(view.conversation.id, view)
      const last = views.at(-1)
      if (!more || !last) break
      after = { id: last.conversation.id }
    }
  } catch (error) {
    // The one to go on behind was left meanwhile.
    if (faultIn(error)?.kind === 'conversation.unknown') return ownOf(core, actor)
    throw error
  }
  return [...found.values()].sort((a, b) => a.conversation.num - b.conversation.num)
}
