// What stands where in a space: headings, channels, their order; and the way into a channel.
import { type Actor, selfOf } from '../actor.ts'
import { type Context, loadConversation, loadProfile, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import type { Conversation, Role } from '../model/conversation.ts'
import { type SpaceId, spaceStream } from '../model/ids.ts'
import { type Profile, personOf } from '../model/profile.ts'
import type { Category, Placement } from '../model/space.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { viewConversations } from '../queries/conversation-view.ts'
import { loadPart } from '../queries/space-standing.ts'
import { judgeShort } from '../values.ts'
import { doJoin } from './membership.ts'
import { doCreateCategory, doCreateChannel, doPutBack, firstCategoryOf } from './spaces.steps.ts'
import type { CategoryView, Spaces } from './spaces.ts'

type Layout = Pick<
  Spaces,
  | 'layout'
  | 'categoryOf'
  | 'createCategory'
  | 'renameCategory'
  | 'removeCategory'
  | 'arrange'
  | 'createChannel'
  | 'admit'
>

/** Channels of home that one person is shown. */
const SHOWN = 2000

/** Puts somebody into a conversation he sees: what is public and open, or a channel of a space he is in. Faults: conversation.unknown, group.full. */
export const doAdmit = async (
  context: Context,
  tx: Tx,
  profile: Profile,
  conversation: Conversation,
): Promise<void> => {
  const key = { conversationId: conversation.id, profileId: profile.id }
  if (await tx.get('member', key)) return
  const unknown = { kind: 'conversation.unknown' } as const
  if (conversation.spaceId !== null) {
    const row = await tx.get('spaceMember', { spaceId: conversation.spaceId, profileId: profile.id })
    if (row?.state !== 'active') return refuse(unknown)
    return doPutBack(context, tx, conversation, profile, row.role)
  }
  const { kind, visibility, joinRule } = conversation
  const verdict = gate['member.join']({ kind, visibility, joinRule, member: false })
  if (verdict !== 'join') return refuse(unknown)
  await doJoin(context, tx, conversation, profile, { role: 'member', via: 'joined', by: personOf(profile) })
}

export const createSpaceLayout = (context: Context): Layout => {
  const { read, homeId } = context

  /** Runs `work` under the space's lock, if the actor's role there is at least this. */
  const asLeast = <T>(actor: Actor, id: SpaceId, least: Role, work: (tx: Tx, me: Profile) => Promise<T>): Promise<T> =>
    context.change(actor, async tx => {
      await tx.lock(lockOf.space(id))
      const me = await loadProfile(tx, actor.profile.id)
      demand(gate['space.change']({ ...(await loadPart(context, tx, id, me)), least }))
      return work(tx, me)
    })

  /** Faults: category.unknown. */
  const loadCategory = async (reads: Reads, spaceId: SpaceId, id: string): Promise<Category> => {
    const category = must(await reads.get('category', { id }), { kind: 'category.unknown' })
    return category.spaceId === spaceId ? category : refuse({ kind: 'category.unknown' })
  }

  /** The channels that stand in a layout, whoever looks. Of home: all public ones. */
  const channelsOf = async (reads: Reads, id: SpaceId, profileId: string): Promise<readonly Conversation[]> => {
    if (id !== homeId) return reads.conversationsOfSpace(id)
    const visible = await reads.conversationsVisibleTo(profileId, { limit: SHOWN })
    return visible.filter(c => c.kind === 'channel' && c.spaceId === null)
  }

  /** By heading, in order; what was put nowhere, or under a heading that is gone, stands last under the first. */
  const arranged = async (reads: Reads, id: SpaceId, channels: readonly Conversation[]) => {
    const categories = await reads.categoriesOf(id)
    const places = new Map((await reads.placementsOf(id)).map(place => [place.conversationId, place]))
    const known = new Set(categories.map(category => category.id))
    const placeOf = (channel: Conversation): Pick<Placement, 'categoryId' | 'position'> | null => {
      const place = places.get(channel.id)
      if (place && known.has(place.categoryId)) return place
      return categories[0] ? { categoryId: categories[0].id, position: Number.MAX_SAFE_INTEGER } : null
    }
    return categories.map(category => ({
      category,
      channels: channels
        .filter(channel => placeOf(channel)?.categoryId === category.id)
        .sort((a, b) => (placeOf(a)?.position ?? 0) - (placeOf(b)?.position ?? 0) || a.num - b.num),
    }))
  }

  const tell = (tx: Tx, actor: Actor, id: SpaceId) =>
    tx.append(spaceStream(id), { type: 'space.layout', spaceId: id, by: selfOf(actor) })

  return {
    async layout(actor, id): Promise<readonly CategoryView[]> {
      await loadPart(context, read, id, actor.profile)
      const channels = await channelsOf(read, id, actor.profile.id)
      const members = await read.getMany(
        'member',
        channels.map(channel => ({ conversationId: channel.id, profileId: actor.profile.id })),
      )
      const mine = new Map(members.map(member => [member.conversationId, member]))
      const rows = channels.map(conversation => ({ conversation, member: mine.get(conversation.id) ?? null }))
      const views = await viewConversations(read, actor, rows, context.now())
      const byId = new Map(views.map(view => [view.conversation.id, view]))
      return (await arranged(read, id, channels)).map(({ category, channels: listed }) => ({
        category,
        channels: listed.flatMap(channel => byId.get(channel.id) ?? []),
      }))
    },

    async categoryOf({ id, kind, spaceId }) {
      if (kind !== 'channel') return null
      const place = await read.get('placement', { conversationId: id })
      const category = place && (await read.get('category', { id: place.categoryId }))
      return category?.id ?? firstCategoryOf(read, spaceId ?? homeId)
    },

    async createCategory(actor, id, category) {
      judgeShort('label', category.label)
      return asLeast(actor, id, 'manager', async tx => {
        if ((await tx.categoriesOf(id)).length >= limits.spaceCategories) {
          refuse({ kind: 'value.invalid', field: 'label', reason: 'too-many' })
        }
        const made = await doCreateCategory(tx, id, category)
        const event = { type: 'space.category', spaceId: id, category: made, made: true, by: selfOf(actor) } as const
        await tx.append(spaceStream(id), event)
        return made
      })
    },

    async renameCategory(actor, id, categoryId, label) {
      judgeShort('label', label)
      return asLeast(actor, id, 'manager', async tx => {
        const before = await loadCategory(tx, id, categoryId)
        if (before.label === label) return before
        const category: Category = { ...before, label }
        await tx.put('category', category)
        const event = { type: 'space.category', spaceId: id, category, made: false, by: selfOf(actor) } as const
        await tx.append(spaceStream(id), event)
        return category
      })
    },

    removeCategory: (actor, id, categoryId) =>
      asLeast(actor, id, 'manager', async (tx, me) => {
        const category = await loadCategory(tx, id, categoryId)
        const layout = await arranged(tx, id, await channelsOf(tx, id, me.id))
        const filled = layout.some(group => group.category.id === category.id && group.channels.length > 0)
        if (filled || layout.length === 1) refuse({ kind: 'category.filled' })
        await tx.remove('category', { id: category.id })
        await tell(tx, actor, id)
      }),

    arrange: (actor, id, arrangement) =>
      asLeast(actor, id, 'manager', async (tx, me) => {
        const layout = await arranged(tx, id, await channelsOf(tx, id, me.id))
        const wanted = arrangement.flatMap(group => group.channels)
        const same = (a: readonly string[], b: readonly string[]) =>
          a.length === b.length && new Set(a).size === a.length && a.every(each => b.includes(each))
        const covers =
          same(
            arrangement.map(group => group.id),
            layout.map(group => group.category.id),
          ) &&
          same(
            wanted,
            layout.flatMap(group => group.channels.map(channel => channel.id)),
          )
        if (!covers) refuse({ kind: 'layout.invalid' })
        const categories = new Map(layout.map(({ category }) => [category.id, category]))
        for (const [position, group] of arrangement.entries()) {
          const category = categories.get(group.id)
          if (category && category.position !== position) await tx.put('category', { ...category, position })
          for (const [place, conversationId] of group.channels.entries()) {
            await tx.put('placement', { conversationId, categoryId: group.id, position: place })
          }
        }
        await tell(tx, actor, id)
      }),

    async createChannel(actor, id, { title, categoryId }) {
      judgeShort('title', title)
      return asLeast(actor, id, id === homeId ? 'member' : 'manager', async (tx, me) => {
        await loadCategory(tx, id, categoryId)
        if (id !== homeId && (await tx.conversationsOfSpace(id)).length >= limits.spaceChannels) {
          refuse({ kind: 'group.full', limit: limits.spaceChannels })
        }
        const conversation = await doCreateChannel(context, tx, id, { title, categoryId }, me)
        const member = await tx.get('member', { conversationId: conversation.id, profileId: me.id })
        const [view] = await viewConversations(tx, actor, [{ conversation, member }], context.now())
        return must(view, { kind: 'conversation.unknown' })
      })
    },

    async admit(actor, id) {
      if (await read.get('member', { conversationId: id, profileId: actor.profile.id })) return
      await context.commit(async tx => {
        await tx.lock(lockOf.conversation(id))
        const conversation = await loadConversation(tx, id)
        await doAdmit(context, tx, await loadProfile(tx, actor.profile.id), conversation)
      })
    },
  }
}
