// Friendship (asked by one, accepted by the other) and blocks (directed, apart from friendship).
import { newId } from '../../base/id.ts'
import { type Actor, selfOf } from '../actor.ts'
import { type Context, loadProfile, lockOf, must } from '../context.ts'
import type { ProfileEvent } from '../event.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { type Contact, otherOf, pairOf } from '../model/contact.ts'
import type { Conversation } from '../model/conversation.ts'
import { type ProfileId, profileStream, type Time } from '../model/ids.ts'
import { type Person, type Profile, personOf } from '../model/profile.ts'
import type { Tx } from '../ports/store.ts'
import { hasBlocked } from '../queries/facts.ts'
import { conversationRefOf, peopleOf } from '../queries/message-view.ts'
import { judgeShort } from '../values.ts'
import { doCreateDirect } from './membership.ts'

/** Names a pending request by the other person or by its id. */
export type RequestRef = { readonly profileId: ProfileId } | { readonly requestId: string }

export interface Friend {
  readonly person: Person
  readonly since: Time
  readonly conversation: Conversation
  /** Blocked by the actor. */
  readonly blocked: boolean
}
export interface PendingContact {
  readonly requestId: string
  readonly person: Person
  readonly message: string | null
  readonly since: Time
}

export interface Contacts {
  /**
   * Asks to be friends. Repeating while pending answers the same request. Friends at once when the other has asked
   * already or takes anyone; then the direct chat exists.
   * Faults: self.refused, person.unknown, blocked.by-me, contact.exists (accepted), contact.refused (block, `nobody`, unmet `mutual_only`: one answer), value.invalid.
   */
  request(
    actor: Actor,
    to: ProfileId,
    message: string | null,
  ): Promise<
    | { readonly state: 'requested'; readonly requestId: string }
    | { readonly state: 'accepted'; readonly requestId: string; readonly conversation: Conversation }
  >
  /** Only the addressee may. Faults: contact.unknown. */
  accept(actor: Actor, ref: RequestRef): Promise<{ readonly person: Person; readonly conversation: Conversation }>
  reject(actor: Actor, ref: RequestRef): Promise<void>
  /** Ends a friendship for both (or withdraws the actor's own request). Faults: contact.unknown. */
  remove(actor: Actor, other: ProfileId): Promise<void>
  /** Idempotent; drops pending requests between the two. Faults: self.refused, person.unknown. */
  block(actor: Actor, other: ProfileId): Promise<Person>
  /** Idempotent. Faults: self.refused, person.unknown. */
  unblock(actor: Actor, other: ProfileId): Promise<Person>
  friends(actor: Actor): Promise<readonly Friend[]>
  pending(actor: Actor): Promise<{
    readonly incoming: readonly PendingContact[]
    readonly outgoing: readonly PendingContact[]
  }>
  blocked(actor: Actor): Promise<readonly Person[]>
  /** Whom the actor blocks and since when; latest first. */
  blocks(actor: Actor): Promise<readonly { readonly person: Person; readonly since: Time }[]>
}

const keyOf = (a: ProfileId, b: ProfileId) => {
  const [low, high] = pairOf(a, b)
  return { low, high }
}

export const createContacts = (context: Context): Contacts => {
  const { read } = context

  /** Runs `work` under the pair's lock. Faults: self.refused, person.unknown. */
  const withOther = async <T>(
    actor: Actor,
    otherId: ProfileId,
    work: (tx: Tx, other: Profile, contact: Contact | null) => Promise<T>,
  ): Promise<T> => {
    if (otherId === actor.profile.id) refuse({ kind: 'self.refused' })
    return context.change(actor, async tx => {
      await tx.lock(lockOf.pair(actor.profile.id, otherId))
      return work(tx, await loadProfile(tx, otherId), await tx.get('contact', keyOf(actor.profile.id, otherId)))
    })
  }

  /** Somebody else's pending request to the actor. Faults: contact.unknown. */
  const addressed = async <T>(
    actor: Actor,
    ref: RequestRef,
    work: (tx: Tx, other: Profile, contact: Contact) => Promise<T>,
  ): Promise<T> => {
    const unknown = { kind: 'contact.unknown' } as const
    const named = 'requestId' in ref ? await read.contactByRequest(ref.requestId) : null
    const otherId = 'profileId' in ref ? ref.profileId : must(named, unknown).requestedBy
    if (otherId === actor.profile.id) refuse(unknown)
    return withOther(actor, otherId, (tx, other, contact) => {
      const pending = contact?.state === 'requested' && contact.requestedBy === otherId
      const same = !('requestId' in ref) || contact?.requestId === ref.requestId
      return pending && same && contact ? work(tx, other, contact) : refuse(unknown)
    })
  }

  return {
    async request(actor, to, message) {
      judgeShort('message', message)
      return withOther(actor, to, async (tx, other, contact) => {
        const me = actor.profile.id
        const outcome = demand(
          gate['contact.request']({
            self: false,
            blockedByMe: await hasBlocked(tx, me, to),
            blockedByTarget: await hasBlocked(tx, to, me),
            state: stateOf(contact, me),
            targetSetting: other.addFriend,
            friendInCommon: other.addFriend === 'mutual_only' && (await tx.haveFriendInCommon(me, to)),
          }),
        )
        if (outcome === 'asked' && contact) return { state: 'requested', requestId: contact.requestId }
        const request = contact ?? {
          ...keyOf(me, to),
          requestId: newId(),
          requestedBy: me,
          state: 'requested' as const,
          message,
          since: context.now(),
        }
        if (outcome === 'befriend') {
          const conversation = await doBefriend(context, tx, actor.profile, other, request)
          return { state: 'accepted', requestId: request.requestId, conversation }
        }
        await tx.put('contact', request)
        const { requestId } = request
        await tellBoth(tx, me, to, {
          type: 'contact.requested',
          from: selfOf(actor),
          to: personOf(other),
          requestId,
          message,
        })
        return { state: 'requested', requestId }
      })
    },

    accept: (actor, ref) =>
      addressed(actor, ref, async (tx, other, contact) => ({
        person: personOf(other),
        conversation: await doBefriend(context, tx, actor.profile, other, contact),
      })),

    reject: (actor, ref) =>
      addressed(actor, ref, async (tx, other, contact) => {
        await tx.remove('contact', contact)
        const event = { type: 'contact.rejected', by: selfOf(actor), other: personOf(other) } as const
        await tellBoth(tx, actor.profile.id, other.id, event)
      }),

    async remove(actor, otherId) {
      if (otherId === actor.profile.id) refuse({ kind: 'contact.unknown' })
      await withOther(actor, otherId, async (tx, other, contact) => {
        const mine = contact?.state === 'accepted' || contact?.requestedBy === actor.profile.id
        if (!contact || !mine) return refuse({ kind: 'contact.unknown' })
        await tx.remove('contact', contact)
        if (contact.state === 'accepted') await doForgetStrangers(tx, actor.profile.id, otherId)
        const event = { type: 'contact.removed', by: selfOf(actor), other: personOf(other) } as const
        await tellBoth(tx, actor.profile.id, otherId, event)
      })
    },

    block: (actor, otherId) =>
      withOther(actor, otherId, async (tx, other, contact) => {
        const key = { blocker: actor.profile.id, blocked: otherId }
        if (!(await tx.get('block', key))) {
          await tx.put('block', { ...key, since: context.now() })
          if (contact?.state === 'requested') await tx.remove('contact', contact)
          await tx.append(profileStream(actor.profile.id), { type: 'block.set', blocked: personOf(other) })
        }
        return personOf(other)
      }),

    unblock: (actor, otherId) =>
      withOther(actor, otherId, async (tx, other) => {
        const key = { blocker: actor.profile.id, blocked: otherId }
        if (await tx.get('block', key)) {
          await tx.remove('block', key)
          await tx.append(profileStream(actor.profile.id), { type: 'block.lifted', blocked: personOf(other) })
        }
        return personOf(other)
      }),

    async friends(actor) {
      const me = actor.profile.id
      const accepted = (await read.contactsOf(me)).filter(c => c.state === 'accepted')
      const people = await peopleOf(
        read,
        accepted.map(contact => otherOf(contact, me)),
      )
      const friends: Friend[] = []
      for (const contact of accepted) {
        const person = people.get(otherOf(contact, me))
        const conversation = await read.conversationByPair(`${contact.low}:${contact.high}`)
        if (!person || !conversation) continue
        friends.push({ person, since: contact.since, conversation, blocked: await hasBlocked(read, me, person.id) })
      }
      return friends
    },

    async pending(actor) {
      const me = actor.profile.id
      const requested = (await read.contactsOf(me)).filter(c => c.state === 'requested')
      const people = await peopleOf(
        read,
        requested.map(contact => otherOf(contact, me)),
      )
      const shown = (mine: boolean): readonly PendingContact[] =>
        requested
          .filter(c => (c.requestedBy === me) === mine)
          .flatMap(contact => {
            const { requestId, message, since } = contact
            const person = people.get(otherOf(contact, me))
            return person ? [{ requestId, person, message, since }] : []
          })
      return { incoming: shown(false), outgoing: shown(true) }
    },

    async blocks(actor) {
      const blocks = await read.blocksBy(actor.profile.id)
      const people = await peopleOf(
        read,
        blocks.map(block => block.blocked),
      )
      return blocks
        .flatMap(({ blocked, since }) => {
          const person = people.get(blocked)
          return person ? [{ person, since }] : []
        })
        .sort((a, b) => b.since - a.since)
    },

    async blocked(actor) {
      const blocks = await read.blocksBy(actor.profile.id)
      const profiles = await read.getMany(
        'profile',
        blocks.map(b => ({ id: b.blocked })),
      )
      return profiles.map(personOf).sort((a, b) => a.num - b.num)
    },
  }
}

const stateOf = (contact: Contact | null, me: ProfileId) => {
  if (!contact) return 'none'
  if (contact.state === 'accepted') return 'friends'
  return contact.requestedBy === me ? 'asked-by-me' : 'asked-by-them'
}

const tellBoth = async (tx: Tx, a: ProfileId, b: ProfileId, event: ProfileEvent): Promise<void> => {
  for (const id of [a, b]) await tx.append(profileStream(id), event)
}

/** Makes two people friends, and their direct chat if there is none. */
const doBefriend = async (
  context: Context,
  tx: Tx,
  by: Profile,
  other: Profile,
  request: Contact,
): Promise<Conversation> => {
  await tx.put('contact', { ...request, state: 'accepted', since: context.now() })
  const standing = await tx.conversationByPair(`${request.low}:${request.high}`)
  const conversation = standing ?? (await doCreateDirect(context, tx, by, other))
  await tellBoth(tx, by.id, other.id, {
    type: 'contact.accepted',
    by: personOf(by),
    other: personOf(other),
    requestId: request.requestId,
    conversation: await conversationRefOf(tx, conversation),
  })
  return conversation
}

/** Once a friendship has ended, who wrote as a stranger before it may no longer be answered without a new one. */
const doForgetStrangers = async (tx: Tx, a: ProfileId, b: ProfileId): Promise<void> => {
  const conversation = await tx.conversationByPair(pairOf(a, b).join(':'))
  if (!conversation) return
  // Sends write the same rows under this lock.
  await tx.lock(lockOf.conversation(conversation.id))
  for (const profileId of [a, b]) {
    const member = await tx.get('member', { conversationId: conversation.id, profileId })
    if (member?.wroteAsStranger) await tx.put('member', { ...member, wroteAsStranger: false })
  }
}
