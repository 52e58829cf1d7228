// Frames that hold a whole Channel: printed once per event, for all sockets that are told of it (CA77).
import {
  type Actor,
  type ConversationId,
  conversationOf,
  type Event,
  type Frame,
  faultIn,
  isEvent,
  type Note,
  type Person,
} from '../../core/index.ts'
import type { ChannelUpdated, MembershipFrame } from './contract.frames.ts'
import type { Channel } from './contract.ts'
import { printLostChannel, printWho } from './outbound.ts'
import type { DeferredFrame } from './projection.ts'
import type { Scope } from './scope.ts'

/**
 * Members shown in a frame, the first ones: everybody is in `general`, and each who comes would else send a list of all to
 * all. Reading the channel shows the rest.
 */
const MEMBERS = 1000

/** The conversation of an event that a deferred frame is about. */
const placeOf = ({ stream, body }: Event): ConversationId =>
  conversationOf(stream) ?? ('conversation' in body ? body.conversation.id : '')

/** Who came or went: in a person's own stream, he himself. */
const subjectOf = ({ body }: Event, actor: Actor): Person => ('person' in body ? body.person : actor.profile)

/** What a deferred frame says; null when there is nothing left to tell. */
type Load = (frame: DeferredFrame, event: Event, actor: Actor) => Promise<Frame | null>

export type Deferred = (frame: DeferredFrame, note: Note, actor: Actor) => Promise<Frame | null>

export const createDeferred = ({ channels }: Pick<Scope, 'channels'>): Deferred => {
  /** By event. What one could not see is no answer for the next. */
  const printed = new WeakMap<Note, Promise<Frame | null>>()

  const channelOf = async (event: Event, actor: Actor): Promise<Channel | null> => {
    try {
      const channel = await channels.print(actor, await channels.see(actor, placeOf(event)))
      return { ...channel, members: channel.members.slice(0, MEMBERS) }
    } catch (error) {
      if (faultIn(error) === null) throw error
      const { body } = event
      return body.type === 'membership.ended' ? printLostChannel(body.conversation, actor.profile.id) : null
    }
  }

  const load: Load = async (type, event, actor) => {
    const channel = await channelOf(event, actor)
    if (channel === null) return null
    const frame: MembershipFrame | ChannelUpdated =
      type === 'channel_updated' ? { type, channel } : { type, channel, ...printWho(subjectOf(event, actor)) }
    return JSON.stringify(frame)
  }

  return async (frame, note, actor) => {
    if (!isEvent(note)) return null
    for (;;) {
      const standing = printed.get(note)
      if (standing) {
        const text = await standing
        if (text !== null) return text
        if (printed.get(note) !== standing) continue
      }
      const mine = load(frame, note, actor)
      printed.set(note, mine)
      return mine
    }
  }
}
