// Invitations: a code that lets in whoever has it, for a while and so many times.
import { newId, randomToken } from '../../base/id.ts'
import { type Actor, selfOf } from '../actor.ts'
import { type Context, loadMembership, loadProfile, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import { limits } from '../limits.ts'
import type { Conversation } from '../model/conversation.ts'
import type { ConversationId, SpaceId, Time } from '../model/ids.ts'
import type { Invite, Space } from '../model/space.ts'
import type { Reads, Tx } from '../ports/store.ts'
import { homeRoleOf, loadPart, loadStanding } from '../queries/space-standing.ts'
import { doJoin } from './membership.ts'
import { doEnterSpace, doPutBack } from './spaces.steps.ts'

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
  preview(
    code: string,
  ): Promise<{ readonly invite: Invite; readonly space: Space; readonly conversation: Conversation | null }>
  /** Counts the use and lets the actor in. Faults: invite.unknown, invite.expired, member.exists, group.full. */
  redeem(actor: Actor, code: string): Promise<Invite>
}

const CURSOR = /^([0-9]{1,16})\.([0-9a-f-]{36})$/
/** Bits of a code: nobody guesses one. */
const CODE_BYTES = 12

/** Where an invitation leads, once it is known that it may be spoken of. */
interface Place {
  readonly spaceId: SpaceId
  readonly conversationId: ConversationId | null
}

export const createInvites = (context: Context): Invites => {
  const { read, homeId } = context

  /** The place, if the actor may let people in there. Faults: those of the place, role.required. */
  const judgePlace = async (reads: Reads, actor: Actor, place: InvitePlace): Promise<Place> => {
    if ('spaceId' in place) {
      const standing = await loadPart(context, reads, place.spaceId, actor.profile)
      demand(gate['space.change']({ ...standing, least: 'manager' }))
      return { spaceId: place.spaceId, conversationId: null }
    }
    const { conversation, me } = await loadMembership(reads, actor, place.conversationId)
    demand(gate['members.add']({ kind: conversation.kind, myRole: me.role }))
    return { spaceId: conversation.spaceId ?? homeId, conversationId: conversation.id }
  }

  const isOver = ({ revokedAt, expiresAt, uses, maxUses }: Invite): boolean =>
    revokedAt !== null || expiresAt <= context.now() || uses >= maxUses

  /** Those that are over are kept to be told apart from unknown ones, until their number is needed. Faults: value.invalid. */
  const doMakeRoom = async (tx: Tx, where: Place): Promise<void> => {
    const many = await tx.invitesOf(where, { limit: limits.invites.perPlace })
    if (many.length < limits.invites.perPlace) return
    const over = many.filter(isOver)
    if (over.length === 0) refuse({ kind: 'value.invalid', field: 'place', reason: 'too-many' })
    for (const { id } of over) await tx.remove('invite', { id })
  }

  /** Faults: invite.unknown, invite.expired. */
  const loadStandingInvite = async (reads: Reads, code: string): Promise<Invite> => {
    const invite = must(await reads.inviteByCode(code), { kind: 'invite.unknown' })
    return isOver(invite) ? refuse({ kind: 'invite.expired' }) : invite
  }

  const judgeTerms = ({ expiresAt, maxUses }: { readonly expiresAt: Time; readonly maxUses: number }): void => {
    const ttl = expiresAt - context.now()
    // A minute said by a client is a little less by the time it is heard.
    if (!(ttl > limits.invites.minTtl - 5000 && ttl <= limits.invites.maxTtl + 5000)) {
      refuse({ kind: 'value.invalid', field: 'expiresAt', reason: 'out-of-range' })
    }
    if (!Number.isInteger(maxUses) || maxUses < 1 || maxUses > limits.invites.maxUses) {
      refuse({ kind: 'value.invalid', field: 'maxUses', reason: 'out-of-range' })
    }
  }

  /** Lets the actor in. Faults: member.exists, group.full, space.required (was removed), invite.expired (the place is gone). */
  const doLetIn = async (tx: Tx, actor: Actor, invite: Invite): Promise<void> => {
    const me = await loadProfile(tx, actor.profile.id)
    if (invite.conversationId === null) {
      const { state, home } = await loadStanding(context, tx, invite.spaceId, me)
      if (state === 'active') refuse({ kind: 'member.exists' })
      if (state === 'removed') refuse({ kind: 'space.required' })
      const role = home ? homeRoleOf(context, me) : 'member'
      return doEnterSpace(context, tx, invite.spaceId, me, role, selfOf(actor))
    }
    const conversation = must(await tx.get('conversation', { id: invite.conversationId }), { kind: 'invite.expired' })
    const { id } = conversation
    if (await tx.get('member', { conversationId: id, profileId: me.id })) refuse({ kind: 'member.exists' })
    if (conversation.spaceId !== null) {
      const { state, role } = await loadStanding(context, tx, conversation.spaceId, me)
      if (state === 'removed') refuse({ kind: 'space.required' })
      if (state !== 'active') await doEnterSpace(context, tx, conversation.spaceId, me, 'member', selfOf(actor))
      const entered = must(await tx.get('conversation', { id }), { kind: 'invite.expired' })
      return doPutBack(context, tx, entered, me, role ?? 'member')
    }
    await doJoin(context, tx, conversation, me, { role: 'member', via: 'joined', by: selfOf(actor) })
  }

  return {
    async create(actor, place, terms) {
      judgeTerms(terms)
      return context.commit(async tx => {
        const where = await judgePlace(tx, actor, place)
        await tx.lock(lockOf.invitesOf(where.conversationId ?? where.spaceId))
        await doMakeRoom(tx, where)
        const invite: Invite = {
          id: newId(),
          ...where,
          code: randomToken(CODE_BYTES),
          createdBy: actor.profile.id,
          createdAt: context.now(),
          expiresAt: terms.expiresAt,
          maxUses: terms.maxUses,
          uses: 0,
          revokedAt: null,
        }
        await tx.insert('invite', invite)
        return invite
      })
    },

    async list(actor, place, { limit: wanted, after }) {
      const where = await judgePlace(read, actor, place)
      const [, createdAt, id] = CURSOR.exec(after ?? '') ?? []
      if (after !== undefined && (!createdAt || !id)) refuse({ kind: 'target.unknown', field: 'cursor' })
      const limit = Math.min(wanted, limits.page)
      const behind = createdAt && id ? { createdAt: Number(createdAt), id } : undefined
      const found = await read.invitesOf(where, { limit: limit + 1, after: behind })
      const shown = found.slice(0, limit)
      const last = found.length > limit ? shown.at(-1) : undefined
      return {
        invites: shown.filter(invite => invite.revokedAt === null),
        next: last ? `${last.createdAt}.${last.id}` : null,
      }
    },

    revoke: (actor, place, id) =>
      context.commit(async tx => {
        const where = await judgePlace(tx, actor, place)
        await tx.lock(lockOf.invite(id))
        const invite = must(await tx.get('invite', { id }), { kind: 'invite.unknown' })
        const here = invite.spaceId === where.spaceId && invite.conversationId === where.conversationId
        if (!here || invite.revokedAt !== null) refuse({ kind: 'invite.unknown' })
        await tx.put('invite', { ...invite, revokedAt: context.now() })
      }),

    async preview(code) {
      const invite = await loadStandingInvite(read, code)
      const { conversationId } = invite
      return {
        invite,
        space: must(await read.get('space', { id: invite.spaceId }), { kind: 'invite.expired' }),
        conversation: conversationId === null ? null : await read.get('conversation', { id: conversationId }),
      }
    },

    async redeem(actor, code) {
      const { id, spaceId, conversationId } = must(await read.inviteByCode(code), { kind: 'invite.unknown' })
      return context.commit(async tx => {
        const conversation = conversationId === null ? [] : [lockOf.conversation(conversationId)]
        await tx.lock(lockOf.invite(id), lockOf.space(spaceId), ...conversation)
        const invite = await loadStandingInvite(tx, code)
        await doLetIn(tx, actor, invite)
        const used: Invite = { ...invite, uses: invite.uses + 1 }
        await tx.put('invite', used)
        return used
      })
    },
  }
}
