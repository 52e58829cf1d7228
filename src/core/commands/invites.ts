// Invitations: a code that lets in whoever has it, for a while and so many times.
import type { Actor } from '../actor.ts'
import type { Context } from '../context.ts'
import type { Conversation } from '../model/conversation.ts'
import type { ConversationId, SpaceId, Time } from '../model/ids.ts'
import type { Invite, Space } from '../model/space.ts'

/** Into a space, or into one conversation. */
export type InvitePlace = { readonly spaceId: SpaceId } | { readonly conversationId: ConversationId }

export interface Invites {
  /** By owner and managers. Faults: those of the place, role.required, value.invalid (`expiresAt`, `maxUses`). */
  create(
    actor: Actor,
    place: InvitePlace,
    invite: { readonly expiresAt: Time; readonly maxUses: number },
  ): Promise<Invite>
  /** Newest first, those that stand. Faults: as `create`, target.unknown (`cursor`). */
  list(
    actor: Actor,
    place: InvitePlace,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<{ readonly invites: readonly Invite[]; readonly next: string | null }>
  /** Faults: as `create`, invite.unknown. */
  revoke(actor: Actor, place: InvitePlace, id: string): Promise<void>
  /** For anybody who has the code. Faults: invite.unknown, invite.expired. */
  preview(code: string): Promise<{ readonly invite: Invite; readonly space: Space; readonly conversation: Conversation | null }>
  /** Counts the use and lets the actor in. Faults: invite.unknown, invite.expired, member.exists, group.full. */
  redeem(actor: Actor, code: string): Promise<Invite>
}
