// Who has a conversation open: told to those who have it open, too. Never stored; ends with the link.
import { type Actor, selfOf } from './actor.ts'
import { type Context, loadMembership } from './context.ts'
import { type ConversationId, conversationStream, type ProfileId } from './model/ids.ts'
import type { Person } from './model/profile.ts'
import type { PresenceKeeper } from './presence.ts'
import { conversationRefOf } from './queries/message-view.ts'
import type { Watcher } from './signal.ts'

export interface Watching {
  /**
   * Says that a link of the actor's has the conversation open, until disposed; who may see his presence there is told of
   * both. Faults: conversation.unknown, member.required.
   */
  start(actor: Actor, conversation: ConversationId, watcher: Watcher): Promise<Disposable>
  /** Who has it open, as far as the actor may see; himself included. Faults: as `start`. */
  watchers(
    actor: Actor,
    conversation: ConversationId,
  ): Promise<readonly { readonly person: Person; readonly watcher: Watcher }[]>
}

interface Entry {
  readonly person: Person
  readonly watcher: Watcher
}

export const createWatching = (context: Context, presence: Pick<PresenceKeeper, 'seenBy'>): Watching => {
  // One entry for each view a link has open: bounded by what doors let a link open.
  const rooms = new Map<ConversationId, Set<Entry>>()

  /** Who does not hear of somebody's views: whoever may not see his presence by any circle. */
  const unwilling = async (actor: Actor, id: ConversationId): Promise<readonly ProfileId[]> => {
    const others = new Map<ProfileId, Person>()
    for (const { person } of rooms.get(id) ?? []) if (person.id !== actor.profile.id) others.set(person.id, person)
    const except: ProfileId[] = []
    for (const person of others.values()) {
      if (!(await maySee(person.id, actor.profile.id))) except.push(person.id)
    }
    return except
  }

  const maySee = async (viewer: ProfileId, seen: ProfileId): Promise<boolean> => {
    const profile = await context.read.get('profile', { id: viewer })
    if (!profile) return false
    const seenBy = await presence.seenBy({ profile }, [seen], 'co-member')
    return seenBy.has(seen) && !(await context.read.get('profile', { id: seen }))?.hidden
  }

  const publish = async (actor: Actor, id: ConversationId, watcher: Watcher, active: boolean): Promise<void> => {
    const conversation = await context.read.get('conversation', { id })
    if (!conversation) return
    context.ports.bus.publish({
      stream: conversationStream(id),
      at: context.now(),
      body: {
        type: 'watching',
        conversation: await conversationRefOf(context.read, conversation),
        person: selfOf(actor),
        watcher,
        active,
        except: await unwilling(actor, id),
      },
    })
  }

  return {
    async start(actor, id, watcher) {
      await loadMembership(context.read, actor, id)
      const entry: Entry = { person: selfOf(actor), watcher }
      const room = rooms.get(id) ?? new Set()
      rooms.set(id, room)
      room.add(entry)
      await publish(actor, id, watcher, true)
      let over = false
      return {
        [Symbol.dispose]() {
          if (over) return
          over = true
          room.delete(entry)
          if (room.size === 0 && rooms.get(id) === room) rooms.delete(id)
          publish(actor, id, watcher, false).catch(error => context.ports.onError(error, 'telling who looks on'))
        },
      }
    },

    async watchers(actor, id) {
      await loadMembership(context.read, actor, id)
      const entries = [...(rooms.get(id) ?? [])]
      const ids = [...new Set(entries.map(entry => entry.person.id))]
      const seen = await presence.seenBy(actor, ids, 'co-member')
      return entries.filter(({ person }) => person.id === actor.profile.id || seen.get(person.id)?.online)
    },
  }
}
