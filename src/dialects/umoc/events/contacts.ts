// Contacts: listed, asked, accepted, refused, blocked, removed (section I).
import { isCleanText } from '../../../base/json.ts'
import { type Actor, faultIn, type Person, type ProfileId, personOf, streakOf } from '../../../core/index.ts'
import type { Contact } from '../contract.contacts.ts'
import { printAccepted, printAdded, printUnblocked } from '../outbound.people.ts'
import { printNames, printPresence, printStreak } from '../outbound.ts'
import type { Scope } from '../scope.ts'
import { refused, translated } from '../words.ts'
import { CHANGES, type EventContext, type EventHandler, type EventTable, noted, perUser, reply } from './dispatch.ts'
import { need, num, type Payload, text } from './fields.ts'

const CONTACT_UNKNOWN = 'Contact not found'
const REQUEST_UNKNOWN = 'Contact request not found'
const ALREADY = 'Contact already added'

type Listed = Pick<Contact, 'status' | 'direction'> & { readonly person: Person }

/** FRIENDs, those the caller blocked, and pending ones of both directions; each person once (UM110). */
const listContacts = async ({ core }: Scope, actor: Actor): Promise<readonly Listed[]> => {
  const [friends, blocked, pending] = await Promise.all([
    core.contacts.friends(actor),
    core.contacts.blocked(actor),
    core.contacts.pending(actor),
  ])
  const listed = new Map<ProfileId, Listed>()
  for (const { person } of friends) listed.set(person.id, { person, status: 'FRIEND' })
  for (const { person } of pending.incoming) listed.set(person.id, { person, status: 'NEW', direction: 'incoming' })
  for (const { person } of pending.outgoing) listed.set(person.id, { person, status: 'NEW', direction: 'outgoing' })
  // A block is what the caller made of it last, whatever else there is.
  for (const person of blocked) listed.set(person.id, { person, status: 'BLOCKED' })
  return [...listed.values()].sort((a, b) => a.person.num - b.person.num)
}

/** Of the direct chat, whether they are friends now or not (UM117). */
const streakWith = async ({ core, clock }: Scope, actor: Actor, peer: ProfileId) => {
  try {
    const { conversation } = await core.conversations.get(actor, { peer })
    return streakOf(conversation, clock.now())
  } catch (thrown) {
    if (faultIn(thrown)?.kind !== 'conversation.unknown') throw thrown
    return { days: 0, dueToday: false }
  }
}

const getContacts: EventHandler = async ({ scope, actor }) => {
  const listed = await listContacts(scope, actor)
  const seen = await scope.core.presence.seenBy(
    actor,
    listed.map(({ person }) => person.id),
    'friend',
  )
  const contacts: Contact[] = []
  for (const { person, ...row } of listed) {
    contacts.push({
      user_id: person.num,
      ...printNames(person),
      ...row,
      ...printPresence(seen.get(person.id)),
      ...printStreak(await streakWith(scope, actor, person.id)),
    })
  }
  return reply('contacts', { contacts })
}

const addContact: EventHandler = async ({ scope, actor }, payload) => {
  need(payload, 'contact_username')
  const { core } = scope
  const username = text(payload, 'contact_username')
  const profile = isCleanText(username) ? await core.people.byHandle(username) : null
  if (!profile) return refused('User not found')
  if (profile.id === actor.profile.id) return refused('You cannot add yourself')
  if ((await core.people.relation(actor, profile.id)) === 'pending_out') return refused(ALREADY)
  const words = { 'blocked.by-me': ALREADY, 'contact.exists': ALREADY }
  const { state } = await translated(words, () => core.contacts.request(actor, profile.id, null))
  const person = personOf(profile)
  return noted(state === 'requested' ? printAdded(person) : printAccepted(person))
}

/** Whom `contact_id` names; a number nobody has is refused with `unknown`. */
const contactIn = async ({ scope }: EventContext, payload: Payload, unknown: string): Promise<Person> => {
  need(payload, 'contact_id')
  const profile = await scope.core.people.byNum(num(payload, 'contact_id'))
  return profile ? personOf(profile) : refused(unknown)
}

/** Only the addressee may (UM113). */
const acceptContact: EventHandler = async (context, payload) => {
  const person = await contactIn(context, payload, REQUEST_UNKNOWN)
  const { contacts } = context.scope.core
  await translated({ 'contact.unknown': REQUEST_UNKNOWN }, () =>
    contacts.accept(context.actor, { profileId: person.id }),
  )
  return noted(printAccepted(person))
}

const rejectContact: EventHandler = async (context, payload) => {
  const person = await contactIn(context, payload, REQUEST_UNKNOWN)
  const { contacts } = context.scope.core
  await translated({ 'contact.unknown': REQUEST_UNKNOWN }, () =>
    contacts.reject(context.actor, { profileId: person.id }),
  )
  return noted({ user_id: person.num })
}

/** Somebody with whom there is a row or a direct chat (UM115). */
const blockContact: EventHandler = async (context, payload) => {
  const person = await contactIn(context, payload, CONTACT_UNKNOWN)
  const { scope, actor } = context
  const relation = await scope.core.people.relation(actor, person.id)
  if (relation === 'self') return refused(CONTACT_UNKNOWN)
  if (relation === 'none') {
    await translated({ 'conversation.unknown': CONTACT_UNKNOWN }, () =>
      scope.core.conversations.get(actor, { peer: person.id }),
    )
  }
  await scope.core.contacts.block(actor, person.id)
  return noted({ user_id: person.num })
}

const unblockContact: EventHandler = async (context, payload) => {
  const person = await contactIn(context, payload, CONTACT_UNKNOWN)
  const { actor } = context
  const { contacts, people } = context.scope.core
  if ((await people.relation(actor, person.id)) !== 'blocked') return refused(CONTACT_UNKNOWN)
  await contacts.unblock(actor, person.id)
  return noted(printUnblocked(person, (await people.relation(actor, person.id)) === 'friend'))
}

const removeContact: EventHandler = async (context, payload) => {
  const person = await contactIn(context, payload, CONTACT_UNKNOWN)
  await context.scope.core.contacts.remove(context.actor, person.id)
  return noted({ user_id: person.num })
}

export const contactEvents = {
  get_contacts: { handle: getContacts, rate: perUser('get_contacts', 60, 10), rules: ['UM110', 'UM117'] },
  add_contact: { handle: addContact, rate: CHANGES, rules: ['UM111', 'UM112'] },
  accept_contact: { handle: acceptContact, rate: CHANGES, rules: ['UM113'] },
  reject_contact: { handle: rejectContact, rate: CHANGES, rules: ['UM114'] },
  block_contact: { handle: blockContact, rate: CHANGES, rules: ['UM115'] },
  unblock_contact: { handle: unblockContact, rate: CHANGES, rules: ['UM116'] },
  remove_contact: { handle: removeContact, rate: CHANGES, rules: ['UM116'] },
} as const satisfies EventTable
