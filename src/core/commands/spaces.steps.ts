// The steps from which every change of a space is made, each inside its caller's transaction, under the space's lock.
import { newId } from '../../base/id.ts'
import { type Context, lockOf } from '../context.ts'
import { refuse } from '../fault.ts'
import { limits } from '../limits.ts'
import type { Conversation, Role } from '../model/conversation.ts'
import { type CategoryId, profileStream, type SpaceId, spaceStream } from '../model/ids.ts'
import { type Person, type Profile, personOf } from '../model/profile.ts'
import type { Category, SpaceMember, SpaceState } from '../model/space.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { loadStanding } from '../queries/space-standing.ts'
import { doCreateConversation, doEnd, doJoin, doLeave, doSeat, doSetRole } from './membership.ts'

/** The channels of a space somebody made, locked, as they are then. */
const loadChannels = async (tx: Tx, id: SpaceId): Promise<readonly Conversation[]> => {
  const channels = await tx.conversationsOfSpace(id)
  if (channels.length === 0) return channels
  await tx.lock(...channels.map(channel => lockOf.conversation(channel.id)))
  return tx.conversationsOfSpace(id)
}

/** Tells the space, and the one concerned. */
const doTell = async (
  tx: Tx,
  { spaceId, state, role }: Pick<SpaceMember, 'spaceId' | 'state' | 'role'>,
  profile: Profile,
  by: Person,
): Promise<void> => {
  await tx.append(profileStream(profile.id), { type: 'space.membership', spaceId, state, role })
  const event = { type: 'space.member', spaceId, person: personOf(profile), state, role, by } as const
  await tx.append(spaceStream(spaceId), event)
}

/** Becomes an active member, and a member of every channel. Faults: group.full. */
export const doEnterSpace = async (
  context: Context,
  tx: Tx,
  spaceId: SpaceId,
  profile: Profile,
  role: Role,
  by: Person,
): Promise<void> => {
  const home = spaceId === context.homeId
  if (!home && (await tx.countSpaceMembers(spaceId)) >= limits.spaceMembers) {
    refuse({ kind: 'group.full', limit: limits.spaceMembers })
  }
  const row: SpaceMember = { spaceId, profileId: profile.id, role, state: 'active', joinedAt: context.now() }
  await tx.put('spaceMember', row)
  await doTell(tx, row, profile, by)
  if (home) return
  for (const channel of await loadChannels(tx, spaceId)) await doPutBack(context, tx, channel, profile, role)
}

/** Into one channel of a space, unless he is in. */
export const doPutBack = async (
  context: Context,
  tx: Tx,
  channel: Conversation,
  profile: Profile,
  role: Role,
): Promise<void> => {
  const standing = await tx.get('member', { conversationId: channel.id, profileId: profile.id })
  if (standing) return
  const how = { role, via: 'joined', by: personOf(profile) } as const
  await doJoin(context, tx, channel, profile, how)
}

/** Ends an active membership and every seat that came with it; passes ownership on, archives what nobody is left in. */
export const doLeaveSpace = async (
  context: Context,
  tx: Tx,
  member: SpaceMember,
  profile: Profile,
  state: Exclude<SpaceState, 'active'>,
  by: Person,
): Promise<void> => {
  const { spaceId } = member
  const left: SpaceMember = { ...member, role: 'member', state }
  await tx.put('spaceMember', left)
  if (spaceId !== context.homeId) {
    const heir = member.role === 'owner' ? await tx.spaceSuccessorOf(spaceId, profile.id) : null
    if (heir) await doRankInSpace(tx, heir, 'owner', by)
    const how = { why: state === 'left' ? 'left' : 'kicked', by } as const
    for (const channel of await loadChannels(tx, spaceId)) {
      const seat = await tx.get('member', { conversationId: channel.id, profileId: profile.id })
      if (seat) await doLeave(context, tx, channel, seat, personOf(profile), how)
    }
  }
  await doTell(tx, left, profile, by)
  if (spaceId !== context.homeId && (await tx.countSpaceMembers(spaceId)) === 0)
    await doArchive(context, tx, spaceId, by)
}

/** Nobody is in it any more, nobody finds it, and no invitation leads back. */
const doArchive = async (context: Context, tx: Tx, id: SpaceId, by: Person): Promise<void> => {
  for (const channel of await loadChannels(tx, id)) await doEnd(tx, channel, by)
  const invites = await tx.invitesOf({ spaceId: id, conversationId: null }, { limit: limits.invites.perPlace })
  for (const invite of invites) await tx.remove('invite', { id: invite.id })
  const space = await tx.get('space', { id })
  if (space) await tx.put('space', { ...space, visibility: 'private', updatedAt: context.now() })
  await tx.append(spaceStream(id), { type: 'space.ended', spaceId: id, by: null })
}

/** Another role in the space, and in all its channels. */
export const doRankInSpace = async (tx: Tx, member: SpaceMember, role: Role, by: Person): Promise<SpaceMember> => {
  const ranked: SpaceMember = { ...member, role }
  const profile = await tx.get('profile', { id: member.profileId })
  if (member.role === role || !profile) return member
  await tx.put('spaceMember', ranked)
  for (const channel of await loadChannels(tx, member.spaceId)) {
    const seat = await tx.get('member', { conversationId: channel.id, profileId: member.profileId })
    if (seat) await doSetRole(tx, channel, seat, role, by)
  }
  await doTell(tx, ranked, profile, by)
  return ranked
}

export const doCreateCategory = async (
  tx: Tx,
  spaceId: SpaceId,
  { label, kind }: Pick<Category, 'label' | 'kind'>,
): Promise<Category> => {
  const last = (await tx.categoriesOf(spaceId)).at(-1)
  const category: Category = { id: newId(), spaceId, label, kind, position: last ? last.position + 1 : 0 }
  await tx.insert('category', category)
  return category
}

/** A channel under a heading, with everybody in it who is to be: in home its maker, elsewhere all active members. */
export const doCreateChannel = async (
  context: Context,
  tx: Tx,
  spaceId: SpaceId,
  channel: { readonly title: string; readonly categoryId: CategoryId },
  maker: Profile,
): Promise<Conversation> => {
  const home = spaceId === context.homeId
  const people = home ? [{ profile: maker, role: 'owner' as const }] : await everybody(tx, spaceId)
  const draft = {
    kind: 'channel',
    spaceId: home ? null : spaceId,
    title: channel.title,
    description: null,
    avatar: null,
    visibility: home ? 'public' : 'private',
    joinRule: home ? 'open' : 'invite',
    sizeClass: 'large',
    pairKey: null,
    slug: null,
  } as const
  const by = personOf(maker)
  const conversation = await doCreateConversation(context, tx, draft, by, people.length)
  await doSeat(context, tx, conversation, people, by)
  await doPlace(tx, spaceId, conversation, channel.categoryId)
  const { categoryId } = channel
  await tx.append(spaceStream(spaceId), { type: 'space.channel', spaceId, conversation, categoryId, by })
  return conversation
}

const everybody = async (tx: Tx, spaceId: SpaceId) => {
  const rows = await tx.spaceMembersOf(spaceId, { limit: limits.spaceMembers })
  return rows.map(({ profile, member }) => ({ profile, role: member.role }))
}

/** Last under its heading. */
const doPlace = async (tx: Tx, spaceId: SpaceId, { id }: Conversation, categoryId: CategoryId): Promise<void> => {
  const there = (await tx.placementsOf(spaceId)).filter(place => place.categoryId === categoryId)
  const position = there.reduce((highest, place) => Math.max(highest, place.position), -1) + 1
  await tx.put('placement', { conversationId: id, categoryId, position })
}

/** What is left of a space that nobody claimed: nothing. */
export const doRemoveSpace = async (tx: Tx, id: SpaceId, maker: Profile): Promise<void> => {
  for (const channel of await loadChannels(tx, id)) await doEnd(tx, channel, personOf(maker))
  for (const category of await tx.categoriesOf(id)) await tx.remove('category', { id: category.id })
  for (const { member } of await tx.spaceMembersOf(id, { limit: limits.spaceMembers })) {
    await tx.remove('spaceMember', member)
  }
  await tx.remove('space', { id })
  await tx.append(profileStream(maker.id), { type: 'space.membership', spaceId: id, state: 'left', role: 'member' })
  await tx.append(spaceStream(id), { type: 'space.ended', spaceId: id, by: null })
}

/** Everybody who shares a space with somebody hears of his new name or face. */
export const doTellOfPerson = async (context: Context, tx: Tx, profile: Profile): Promise<void> => {
  const { avatarStyle, version } = profile
  const person = { ...personOf(profile), avatarStyle, version }
  for (const { id } of await tx.spacesFor(profile.id)) {
    const { state } = await loadStanding(context, tx, id, profile)
    if (state === 'active') await tx.append(spaceStream(id), { type: 'space.person', spaceId: id, person })
  }
}

/** The heading under which a channel of home stands without having been put anywhere: the first. */
export const firstCategoryOf = async (reads: Reads, spaceId: SpaceId): Promise<CategoryId | null> =>
  (await reads.categoriesOf(spaceId))[0]?.id ?? null
