// Core → wire: contacts, and who comes into groups and goes. Answers and live frames both pass through here (sections I, J).
import type { Conversation, ConversationRef, Person, Role, Time } from '../../core/index.ts'
import { printTime } from './ids.ts'
import { isAdmin, printGroupName, printNames } from './outbound.ts'

/** Somebody as a contact notification names him. */
export const printContact = (person: Person) => ({ user_id: person.num, ...printNames(person) })
export const printAdded = (person: Person) => ({ ...printContact(person), status: 'NEW' as const })
export const printAccepted = (person: Person) => ({ ...printContact(person), status: 'FRIEND' as const })
/** `friends`: whether they are, now that the block is gone (UM116). */
export const printUnblocked = (person: Person, friends: boolean) => ({
  user_id: person.num,
  status: friends ? ('FRIEND' as const) : null,
})

type Named = Pick<Conversation, 'num' | 'title' | 'slug'>
const who = ({ num, handle }: Person) => ({ user_id: num, username: handle })
const by = (person: Person | null) => ({ by_user_id: person?.num ?? null })

export const printMemberAdded = (group: Named, person: Person, role: Role, adder: Person | null, at: Time) => ({
  chat_id: group.num,
  name: printGroupName(group),
  ...who(person),
  is_admin: isAdmin(role),
  // Who came by himself was let in by nobody else (section L).
  ...by(adder ?? person),
  timestamp: printTime(at),
})

export const printMemberRemoved = (group: Pick<Named, 'num'>, person: Person, remover: Person, at: Time) => ({
  chat_id: group.num,
  ...who(person),
  ...by(remover),
  timestamp: printTime(at),
})

export const printMemberLeft = (group: Pick<Named, 'num'>, person: Person, at: Time) => ({
  chat_id: group.num,
  ...who(person),
  timestamp: printTime(at),
})

export const printMemberUpdated = (
  group: Pick<ConversationRef, 'num'>,
  person: Person,
  role: Role,
  setter: Person,
  at: Time,
) => ({
  chat_id: group.num,
  ...who(person),
  is_admin: isAdmin(role),
  ...by(setter),
  timestamp: printTime(at),
})

export const printGroupUpdated = (
  group: Named & Pick<Conversation, 'description'>,
  changer: Person | null,
  at: Time,
) => ({
  chat_id: group.num,
  name: printGroupName(group),
  description: group.description ?? '',
  ...by(changer),
  timestamp: printTime(at),
})

export const printGroupDeleted = (group: Pick<ConversationRef, 'num'>, ender: Person, at: Time) => ({
  chat_id: group.num,
  ...by(ender),
  timestamp: printTime(at),
})
