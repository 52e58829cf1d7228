// A named set of channels with members, roles, categories and their layout. One always exists: home.
import type { Role } from './conversation.ts'
import type { CategoryId, ConversationId, ProfileId, SpaceId, Time } from './ids.ts'
import type { Person } from './profile.ts'

export interface Space {
  readonly id: SpaceId
  /** Home's is the operator's to choose, and empty here. */
  readonly title: string
  readonly description: string | null
  /** A door's own word for how it looks, opaque. */
  readonly look: string | null
  readonly visibility: 'public' | 'private'
  /** Null: home, which nobody made. */
  readonly createdBy: ProfileId | null
  readonly createdAt: Time
  readonly updatedAt: Time
  /** Digest of the token by which its maker takes it into possession; null for home. */
  readonly claim: string | null
  /** Until when it may be taken; an unclaimed space is removed then. Null once it is owned, and for home. */
  readonly claimUntil: Time | null
}

export type SpaceState = 'active' | 'left' | 'removed'

/** In home, whoever has no row is an active member: home holds everybody who did not leave. */
export interface SpaceMember {
  readonly spaceId: SpaceId
  readonly profileId: ProfileId
  readonly role: Role
  readonly state: SpaceState
  readonly joinedAt: Time
}

/** A heading under which channels stand. */
export interface Category {
  readonly id: CategoryId
  readonly spaceId: SpaceId
  readonly label: string
  readonly kind: 'text' | 'voice'
  readonly position: number
}

/** Where a channel stands; one without a place stands last in the first category. */
export interface Placement {
  readonly conversationId: ConversationId
  readonly categoryId: CategoryId
  readonly position: number
}

/** Lets in whoever has the code: into a space, or into one conversation. */
export interface Invite {
  readonly id: string
  readonly spaceId: SpaceId
  /** Null: the space itself. */
  readonly conversationId: ConversationId | null
  readonly code: string
  readonly createdBy: ProfileId
  readonly createdAt: Time
  readonly expiresAt: Time
  readonly maxUses: number
  readonly uses: number
  readonly revokedAt: Time | null
}

/** What a person is called in one place by a name that cannot be worked out from the person. */
export interface Alias {
  /** Where: a space, or whatever else a door names people in. */
  readonly scope: string
  readonly alias: string
  readonly profileId: ProfileId
}

/** A person as spaces tell of them: what everyone may know, and how often it changed. */
export interface PersonCard extends Person {
  readonly avatarStyle: string | null
  readonly version: number
}
