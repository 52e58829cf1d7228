// Spaces: made, taken into possession, entered, left, described, and who is in them.
import type { Actor } from '../actor.ts'
import type { Context } from '../context.ts'
import type { Conversation, Role } from '../model/conversation.ts'
import type { CategoryId, ConversationId, ProfileId, SpaceId, Time } from '../model/ids.ts'
import type { Profile } from '../model/profile.ts'
import type { Category, Space, SpaceState } from '../model/space.ts'
import type { ConversationView } from './conversations.ts'
import { createSpaceLayout } from './spaces.layout.ts'
import { createSpaceLife } from './spaces.life.ts'
import { createSpaceMembers } from './spaces.members.ts'

/** A space in one person's eyes. */
export interface SpaceView {
  readonly space: Space
  readonly home: boolean
  readonly state: SpaceState | 'none'
  /** Null unless `state` is `active`. */
  readonly role: Role | null
  readonly joinedAt: Time | null
  readonly memberCount: number
}

export interface SpaceParticipant {
  readonly profile: Profile
  readonly role: Role
  readonly joinedAt: Time
}

/** Only the keys that are present change. */
export interface SpacePatch {
  readonly title?: string
  readonly description?: string | null
  readonly look?: string | null
}

/** What stands under one heading, as one person sees it. */
export interface CategoryView {
  readonly category: Category
  readonly channels: readonly ConversationView[]
}

/** Which channels stand where: every category once, every channel once. */
export type Arrangement = readonly { readonly id: CategoryId; readonly channels: readonly ConversationId[] }[]

/**
 * Faults of all but `list` and `get`: space.unknown (also: private, and the actor neither in it nor its maker),
 * space.required (no active member). Of all that change something: claim.required (a new space nobody has claimed).
 */
export interface Spaces {
  readonly homeId: SpaceId
  /** Home first, then by age: what is public and, with an actor, the private ones he is in or made; not those he left. */
  list(actor: Actor | null): Promise<readonly SpaceView[]>
  /** Public ones for everybody. Faults: space.unknown. */
  get(actor: Actor | null, id: SpaceId): Promise<SpaceView>
  /** Resolves where there is such a space, whoever may see it. Faults: space.unknown. */
  exists(id: SpaceId): Promise<void>
  /** Resolves where the actor is an active member; the maker of one that is not claimed yet counts as one. */
  judgeMember(actor: Actor, id: SpaceId): Promise<void>
  /** With one category and one channel, both `general`. The token takes it into possession. Faults: space.limit, value.invalid. */
  create(
    actor: Actor,
    space: SpacePatch & { readonly title: string; readonly visibility: 'public' | 'private' },
  ): Promise<{ readonly view: SpaceView; readonly token: string; readonly until: Time }>
  /** By its maker; repeatable by its owner. Faults: space.unknown, claim.refused. */
  claim(actor: Actor, id: SpaceId, token: string): Promise<SpaceView>
  /** Becomes (again) an active member of a public one. Faults: space.unknown, space.required (was removed), group.full. */
  enter(actor: Actor, id: SpaceId): Promise<SpaceView>
  /** Repeatable. The owner is followed by the longest-standing manager, else member; the last one out ends it. */
  leave(actor: Actor, id: SpaceId): Promise<void>
  /** Faults: role.required (manager), value.invalid. */
  update(actor: Actor, id: SpaceId, patch: SpacePatch): Promise<SpaceView>

  /** By time of joining. `next` continues; null at the end. Faults: target.unknown (`cursor`). */
  members(
    actor: Actor,
    id: SpaceId,
    page: { readonly limit: number; readonly after?: string | undefined },
  ): Promise<{ readonly members: readonly SpaceParticipant[]; readonly next: string | null }>
  /** Faults: member.unknown. */
  member(actor: Actor, id: SpaceId, target: ProfileId): Promise<SpaceParticipant>
  /** By the owner, never of himself. Faults: role.required, member.unknown, self.refused. */
  setRole(actor: Actor, id: SpaceId, target: ProfileId, role: 'manager' | 'member'): Promise<SpaceParticipant>
  /** Owner anybody, manager plain members; who was removed does not come back by himself. Faults: role.required, member.unknown, self.refused. */
  remove(actor: Actor, id: SpaceId, target: ProfileId): Promise<void>

  /** The categories and the channels in them that the actor sees. */
  layout(actor: Actor, id: SpaceId): Promise<readonly CategoryView[]>
  /** Under which heading a channel stands; null for what is no channel. */
  categoryOf(conversation: Conversation): Promise<CategoryId | null>
  /** Faults: role.required (manager), value.invalid. */
  createCategory(actor: Actor, id: SpaceId, category: Pick<Category, 'label' | 'kind'>): Promise<Category>
  /** Faults: role.required (manager), category.unknown, value.invalid. */
  renameCategory(actor: Actor, id: SpaceId, category: CategoryId, label: string): Promise<Category>
  /** Only an empty one, and never the last. Faults: role.required (manager), category.unknown, category.filled. */
  removeCategory(actor: Actor, id: SpaceId, category: CategoryId): Promise<void>
  /** Faults: role.required (manager), layout.invalid (not an exact cover: nothing changes). */
  arrange(actor: Actor, id: SpaceId, arrangement: Arrangement): Promise<void>
  /** In home by every member, and public; elsewhere by managers, for the members. Faults: role.required, category.unknown, value.invalid. */
  createChannel(
    actor: Actor,
    id: SpaceId,
    channel: { readonly title: string; readonly categoryId: CategoryId },
  ): Promise<ConversationView>
  /**
   * Makes sure that the actor is in a conversation he sees: joins what is public and open, puts a member of a space back
   * into its channel. Nothing where he is in already. Faults: conversation.unknown, and those of joining.
   */
  admit(actor: Actor, id: ConversationId): Promise<void>
}

export interface SpaceKeeper extends Spaces {
  /** Removes spaces that nobody claimed in time. */
  sweep(): Promise<void>
}

export const createSpaces = (context: Context): SpaceKeeper => ({
  homeId: context.homeId,
  ...createSpaceLife(context),
  ...createSpaceMembers(context),
  ...createSpaceLayout(context),
})
