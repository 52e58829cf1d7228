// Typing signals: never stored, ended by time, by a send, or by the link's end.
import { type Actor, selfOf } from './actor.ts'
import { type Context, loadMembership, TYPING_RATE } from './context.ts'
import { demand } from './gate/demand.ts'
import { gate } from './gate/gate.ts'
import type { ConversationRef } from './model/conversation.ts'
import { type ConversationId, conversationStream, type ProfileId, type Time } from './model/ids.ts'
import type { Person } from './model/profile.ts'
import { loadWriteFacts } from './queries/facts.ts'
import { conversationRefOf } from './queries/message-view.ts'

export interface Typing {
  /**
   * Says that the actor types (or stops) in a conversation. Stops by itself `ttlMs` after the last start, on the actor's
   * send there, and when `linkId` ends. Dropped silently across a block, in large groups, and
   * where one begins faster than ten times a second.
   * Faults: conversation.unknown, member.required, member.muted, and those of a direct send.
   */
  set(
    actor: Actor,
    conversation: ConversationId,
    active: boolean,
    by: { readonly linkId: string; readonly ttlMs: number },
  ): Promise<void>
  /** The link is gone: everything it started stops. */
  linkClosed(linkId: string): void
  /** What the person said is said: called by the core on a send. */
  sent(profileId: ProfileId, conversation: ConversationId): void
}

interface Typist {
  readonly person: Person
  readonly conversation: ConversationRef
  readonly linkId: string
  readonly timer: Disposable
}

export const createTyping = (context: Context): Typing => {
  // One entry per person and conversation; ends by time at the latest, so its size is bounded by what links may start.
  const typists = new Map<string, Typist>()
  const keyOf = (profileId: ProfileId, conversation: ConversationId) => `${profileId} ${conversation}`

  const publish = (person: Person, conversation: ConversationRef, expiresAt: Time | null): void => {
    context.ports.bus.publish({
      stream: conversationStream(conversation.id),
      at: context.now(),
      body: { type: 'typing', conversation, person, active: expiresAt !== null, expiresAt },
    })
  }

  const stop = (key: string): void => {
    const typist = typists.get(key)
    if (!typist) return
    typists.delete(key)
    typist.timer[Symbol.dispose]()
    publish(typist.person, typist.conversation, null)
  }

  return {
    async set(actor, conversationId, active, { linkId, ttlMs }) {
      const { conversation, me } = await loadMembership(context.read, actor, conversationId)
      const verdict = gate['message.write'](await loadWriteFacts(context.read, actor, conversation, me, context.now()))
      // Across a block nothing passes and nothing is said about it.
      if (typeof verdict === 'object' && verdict.kind.startsWith('blocked.')) return
      demand(verdict)
      if (conversation.sizeClass === 'large' && conversation.kind === 'group') return
      const key = keyOf(actor.profile.id, conversationId)
      if (!active) return stop(key)
      if ((await context.wait(TYPING_RATE, actor.profile.id)) > 0) return
      const ref = await conversationRefOf(context.read, conversation)
      // From here on in one step: parallel starts must not leave a timer behind, nor a typist without one.
      typists.get(key)?.timer[Symbol.dispose]()
      const timer = context.ports.clock.after(ttlMs, () => stop(key))
      typists.set(key, { person: selfOf(actor), conversation: ref, linkId, timer })
      publish(selfOf(actor), ref, context.now() + ttlMs)
    },

    linkClosed(linkId) {
      for (const [key, typist] of typists) if (typist.linkId === linkId) stop(key)
    },

    sent: (profileId, conversation) => stop(keyOf(profileId, conversation)),
  }
}
