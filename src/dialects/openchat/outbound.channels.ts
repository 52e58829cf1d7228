// Channels and their headings as one person sees them (OC56 to OC58): what of a printed place depends on who looks.
import {
  type Actor,
  type Conversation,
  type ConversationId,
  type ConversationView,
  type Category as CoreCategory,
  nameOf,
  type Participant,
  type SpaceId,
} from '../../core/index.ts'
import type { Category, Channel, Member } from './contract.ts'
import { DIRECT_CATEGORY, GROUPS_CATEGORY, printTime, printTimeOrNull } from './ids.ts'
import type { Scope } from './scope.ts'

export interface Channels {
  /** One channel in somebody's eyes. */
  one(actor: Actor, view: ConversationView): Promise<Channel>
  /** In the order given. */
  many(actor: Actor, views: readonly ConversationView[]): Promise<readonly Channel[]>
  /** As it stands now. Faults: conversation.unknown, member.required. */
  load(actor: Actor, id: ConversationId): Promise<Channel>
  /** Every heading of a server, with what the actor sees under it. Faults: space.unknown, space.required. */
  groups(actor: Actor, space: SpaceId): Promise<readonly Category[]>
  /** One heading that somebody made, with what stands under it. Faults: as `groups`. */
  group(actor: Actor, category: CoreCategory): Promise<Category>
  /** The server a conversation belongs to. */
  serverOf(conversation: Pick<Conversation, 'spaceId'>): SpaceId
  member(space: SpaceId, participant: Participant): Member
}

/** Groups and direct chats listed with the channels, those that were used last; `GET /v1/chats` pages them all. */
const OWN_LISTED = 1000

/** What everybody may read, in it or not (OC59). */
const isOpenToAll = ({ visibility, joinRule }: Conversation): boolean => visibility === 'public' && joinRule === 'open'

/** The name that is shown: of a direct chat the other's; of a group nobody named, its address (OC57, OC98). */
const titleOf = ({ conversation, peer }: ConversationView): string =>
  peer ? nameOf(peer) : conversation.title || conversation.slug

type Row = readonly [view: ConversationView, heading: string]

export const createChannels = ({ core, uids, homeId }: Pick<Scope, 'core' | 'uids' | 'homeId'>): Channels => {
  const serverOf: Channels['serverOf'] = ({ spaceId }) => spaceId ?? homeId

  const headingOf = async ({ conversation }: ConversationView): Promise<string> => {
    if (conversation.kind === 'direct') return DIRECT_CATEGORY
    if (conversation.kind === 'group') return GROUPS_CATEGORY
    return (await core.spaces.categoryOf(conversation)) ?? GROUPS_CATEGORY
  }

  const print = (view: ConversationView, heading: string, mentions: number): Channel => {
    const { conversation, me, peer, unread } = view
    const space = serverOf(conversation)
    return {
      id: conversation.id,
      name: titleOf(view),
      type: 'text',
      kind: conversation.kind,
      server_id: space,
      group_id: heading,
      description: conversation.description ?? '',
      visibility: conversation.visibility,
      join_rule: conversation.joinRule,
      member_count: conversation.memberCount,
      my_role: me?.role ?? null,
      peer_uid: peer ? uids.of(space, peer) : null,
      muted_until: printTimeOrNull(view.mutedUntil),
      unread_count: unread,
      unreadCount: unread,
      mention_count: mentions,
      last_read_message_id: view.lastReadMessageId,
      // Who may not read it is not told when it was written in.
      last_message_at: me || isOpenToAll(conversation) ? printTimeOrNull(conversation.lastMessageAt) : null,
      created_at: printTime(conversation.createdAt),
    }
  }

  const mentionsIn = (actor: Actor, views: readonly ConversationView[]) => {
    // Nobody is mentioned in what he has read.
    const unread = views.flatMap(view => (view.unread > 0 ? [view.conversation.id] : []))
    return core.conversations.mentions(actor, unread)
  }

  const printRows = async (actor: Actor, rows: readonly Row[]): Promise<Channel[]> => {
    const mentions = await mentionsIn(
      actor,
      rows.map(([view]) => view),
    )
    return rows.map(([view, heading]) => print(view, heading, mentions.get(view.conversation.id) ?? 0))
  }

  const one: Channels['one'] = async (actor, view) => {
    const mentions = await mentionsIn(actor, [view])
    return print(view, await headingOf(view), mentions.get(view.conversation.id) ?? 0)
  }

  const many = async (actor: Actor, views: readonly ConversationView[]): Promise<Channel[]> => {
    const rows: Row[] = []
    for (const view of views) rows.push([view, await headingOf(view)])
    return printRows(actor, rows)
  }

  /** What nobody arranged: groups and direct chats of one's own, on the home server (OC58). */
  const virtual = async (actor: Actor): Promise<readonly Category[]> => {
    const { views } = await core.conversations.list(actor, { limit: OWN_LISTED })
    const own = views.filter(({ conversation }) => conversation.spaceId === null && conversation.kind !== 'channel')
    const printed = await many(actor, own)
    const under = (id: string, label: string): readonly Category[] => {
      const channels = printed.filter(channel => channel.group_id === id)
      return channels.length === 0 ? [] : [{ id, label, kind: 'text', channels, virtual: true }]
    }
    return [...under(GROUPS_CATEGORY, 'Groups'), ...under(DIRECT_CATEGORY, 'Direct messages')]
  }

  /** The headings that somebody made, or those of them that are asked for. */
  const made = async (actor: Actor, space: SpaceId, only?: string): Promise<readonly Category[]> => {
    const layout = await core.spaces.layout(actor, space)
    const wanted = only === undefined ? layout : layout.filter(({ category }) => category.id === only)
    const rows = wanted.flatMap(({ category, channels }) => channels.map((view): Row => [view, category.id]))
    const byHeading = Map.groupBy(await printRows(actor, rows), channel => channel.group_id)
    return wanted.map(({ category: { id, label, kind } }) => ({ id, label, kind, channels: byHeading.get(id) ?? [] }))
  }

  return {
    one,
    many,
    serverOf,
    load: async (actor, id) => one(actor, await core.conversations.see(actor, { id })),

    async groups(actor, space) {
      const real = await made(actor, space)
      return space === homeId ? [...real, ...(await virtual(actor))] : real
    },

    async group(actor, { id, spaceId, label, kind }) {
      const [found] = await made(actor, spaceId, id)
      return found ?? { id, label, kind, channels: [] }
    },

    member: (space, { member, person, mutedUntil }) => ({
      user_uid: uids.of(space, person),
      role: member.role,
      joined_at: printTime(member.joinedAt),
      muted_until: printTimeOrNull(mutedUntil),
    }),
  }
}
