// Who is in a group or channel, and what they may do there.
import type { Actor } from '../actor.ts'
import type { Application, Role } from '../model/conversation.ts'
import type { ConversationId, Num, ProfileId, Time } from '../model/ids.ts'
import type { Person } from '../model/profile.ts'
import type { Participant } from './conversations.ts'

export type ApplicationRef = { readonly profileId: ProfileId } | { readonly applicationId: string }

/** Faults of all: conversation.unknown, member.required (the caller is not in), conversation.fixed (direct). */
export interface Members {
  /** By profile num ascending; of a group for its members, of a channel for all who see it; of a direct chat both. */
  list(
    actor: Actor,
    id: ConversationId,
    page: { readonly limit: number; readonly after?: Num | undefined },
  ): Promise<{ readonly participants: readonly Participant[]; readonly more: boolean }>
  /**
   * Owner or manager adds people, all or none. Those already in are skipped if `skipPresent`, else member.exists.
   * Faults, in this order: role.required, person.unknown, member.exists, member.unaddable, group.full.
   */
  add(
    actor: Actor,
    id: ConversationId,
    people: readonly ProfileId[],
    options: { readonly skipPresent: boolean },
  ): Promise<readonly Participant[]>
  /**
   * Joins what is public and open, applies where approval is asked (repeating answers the same application).
   * Faults: conversation.unknown (private, too), member.exists, join.refused (by invitation only), group.full.
   */
  join(
    actor: Actor,
    id: ConversationId,
    message: string | null,
  ): Promise<
    | { readonly state: 'joined'; readonly participant: Participant }
    | { readonly state: 'applied'; readonly application: Application }
  >
  /** Faults: role.required. Oldest first. */
  applications(
    actor: Actor,
    id: ConversationId,
  ): Promise<readonly { readonly application: Application; readonly person: Person }[]>
  /** Faults: role.required, application.unknown, group.full. */
  approve(actor: Actor, id: ConversationId, ref: ApplicationRef): Promise<Participant>
  reject(actor: Actor, id: ConversationId, ref: ApplicationRef): Promise<void>
  /** Faults: owner.bound (a door that refuses it), conversation.fixed. The last one out ends a group. */
  leave(actor: Actor, id: ConversationId): Promise<void>
  /** Owner anybody, manager plain members. Faults: role.required, member.unknown, self.refused. */
  kick(actor: Actor, id: ConversationId, target: ProfileId): Promise<void>
  /** Owner only; never the owner himself. Faults: role.required (owner), member.unknown, self.refused. */
  setRole(actor: Actor, id: ConversationId, target: ProfileId, role: Exclude<Role, 'owner'>): Promise<Participant>
  /** Owner only: makes these the whole set of managers (the owner is left out). Answers it, by num. */
  setManagers(actor: Actor, id: ConversationId, managers: readonly ProfileId[]): Promise<readonly Participant[]>
  /** Owner everybody but himself, manager plain members. `until` null lifts it. Faults: role.required, member.unknown, self.refused. */
  mute(actor: Actor, id: ConversationId, target: ProfileId, until: Time | null): Promise<Time | null>
}
