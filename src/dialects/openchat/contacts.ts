// What others are to a person, as this contract lists it: friends, requests either way, and those he blocks (OC95, OC96).
import type { Actor, Core, Person, ProfileId, SpaceId, Time } from '../../core/index.ts'
import type { Contact } from './contract.ts'
import { printTime } from './ids.ts'
import type { Scope } from './scope.ts'

export interface ContactState {
  readonly person: Person
  readonly state: Contact['state']
  /** Of a request. */
  readonly message: string | null
  readonly since: Time
}

/** Contacts are of the account, and so called as on the home server. */
export const printContact = (
  { print, homeId }: Pick<Scope, 'print'> & { readonly homeId: SpaceId },
  { person, state, message, since }: ContactState,
): Contact => ({
  user_uid: print.uid(homeId, person),
  state,
  ...(message !== null && { message }),
  since: printTime(since),
})

const byAge = (a: ContactState, b: ContactState): number => b.since - a.since || a.person.num - b.person.num

/** All of them, latest change first. A block hides what stands behind it until it is lifted. */
export const contactsOf = async (
  { contacts }: Pick<Core, 'contacts'>,
  actor: Actor,
): Promise<readonly ContactState[]> => {
  const [friends, { incoming, outgoing }, blocks] = await Promise.all([
    contacts.friends(actor),
    contacts.pending(actor),
    contacts.blocks(actor),
  ])
  const blocked = new Set(blocks.map(({ person }) => person.id))
  const standing: readonly ContactState[] = [
    ...friends.map(({ person, since }) => ({ person, since, state: 'friend' as const, message: null })),
    ...incoming.map(({ person, since, message }) => ({ person, since, state: 'requested_in' as const, message })),
    ...outgoing.map(({ person, since, message }) => ({ person, since, state: 'requested_out' as const, message })),
  ]
  return [
    ...standing.filter(({ person }) => !blocked.has(person.id)),
    ...blocks.map(({ person, since }) => ({ person, since, state: 'blocked' as const, message: null })),
  ].sort(byAge)
}

/** What one person is; null for nothing. */
export const contactWith = async (core: Pick<Core, 'contacts'>, actor: Actor, id: ProfileId) =>
  (await contactsOf(core, actor)).find(({ person }) => person.id === id) ?? null

/** Where a page of contacts ends. */
export const printContactPlace = ({ since, person }: ContactState): string => `${since} ${person.num}`

/** Those behind a place, wherever it came to lie since. */
export const contactsBehind = (all: readonly ContactState[], place: string): readonly ContactState[] => {
  const [since = 0, num = 0] = place.split(' ').map(Number)
  return all.filter(contact => contact.since < since || (contact.since === since && contact.person.num > num))
}
