// What every command works with: the ports, one way to commit, and the little loaders all families share.
import { fold } from '../base/fold.ts'
import type { Actor } from './actor.ts'
import { type Fault, refuse } from './fault.ts'
import type { CoreOptions, Ports } from './index.ts'
import { limits } from './limits.ts'
import type { Conversation, Member } from './model/conversation.ts'
import type { ConversationId, Fid, ProfileId, SpaceId, Time } from './model/ids.ts'
import type { Profile } from './model/profile.ts'
import type { RateRule } from './ports/rates.ts'
import { type Reads, type Tx, UniqueError } from './ports/store.ts'

export interface Context {
  readonly ports: Ports
  readonly options: CoreOptions
  readonly read: Reads
  /** The space that always exists. */
  readonly homeId: SpaceId
  /** Folded handles of those who manage it. */
  readonly managers: ReadonlySet<string>
  now(): Time
  /** One transaction. A lost race for a unique name runs the work again, so that its own checks can tell. */
  commit<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** `commit` of what others are told of: so many of one person, over all doors, as sends have a rate. Faults: rate.limited. */
  change<T>(actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T>
  /** Milliseconds until it may be done; 0: now, and it is counted. */
  wait(rule: RateRule, subject: string): Promise<number>
  /** Faults: rate.limited. */
  spend(rule: RateRule, subject: string): Promise<void>
}

const RACES = 3

export const createContext = (ports: Ports, options: CoreOptions, homeId: SpaceId): Context => {
  const commit: Context['commit'] = async work => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ports.store.transact(work)
      } catch (error) {
        if (!(error instanceof UniqueError) || attempt >= RACES) throw error
      }
    }
  }
  const wait: Context['wait'] = async (rule, subject) => (options.rateLimits ? ports.rates.take(rule, subject) : 0)
  const spend: Context['spend'] = async (rule, subject) => {
    const retryAfterMs = await wait(rule, subject)
    if (retryAfterMs > 0) refuse({ kind: 'rate.limited', retryAfterMs })
  }
  return {
    ports,
    options,
    read: ports.store.read,
    homeId,
    managers: new Set((options.managers ?? []).map(fold)),
    now: () => ports.clock.now(),
    commit,
    async change(actor, work) {
      await spend(CHANGE_RATE, actor.profile.id)
      return commit(work)
    },
    wait,
    spend,
  }
}

const rateOf = (
  name: string,
  { perSecond, burst }: { readonly perSecond: number; readonly burst: number },
): RateRule => ({
  name,
  count: burst,
  perMs: (burst / perSecond) * 1000,
})

/** Sends of one person, over all doors. */
export const SEND_RATE = rateOf('send', limits.sendRate)
/** The same of typing that begins, or goes on. */
export const TYPING_RATE = rateOf('typing', limits.typingRate)
/** The same of becoming visible, or hiding. */
export const ARRIVAL_RATE = rateOf('arrival', limits.arrivalRate)
const CHANGE_RATE = rateOf('change', limits.changeRate)

/** The value, or the refusal. */
export const must = <T>(value: T | null | undefined, fault: Fault): T => value ?? refuse(fault)

/** Faults: conversation.unknown. */
export const loadConversation = async (reads: Reads, id: ConversationId): Promise<Conversation> =>
  must(await reads.get('conversation', { id }), { kind: 'conversation.unknown' })

/** The actor's membership. Faults: conversation.unknown, member.required. */
export const loadMembership = async (
  reads: Reads,
  actor: Actor,
  id: ConversationId,
): Promise<{ readonly conversation: Conversation; readonly me: Member }> => {
  const conversation = await loadConversation(reads, id)
  const me = must(await reads.get('member', { conversationId: id, profileId: actor.profile.id }), {
    kind: 'member.required',
  })
  return { conversation, me }
}

/** Faults: person.unknown. */
export const loadProfile = async (reads: Reads, id: ProfileId): Promise<Profile> =>
  must(await reads.get('profile', { id }), { kind: 'person.unknown' })

/** When the actor's mute there ends; null when there is none in force. */
export const loadMute = async (
  reads: Reads,
  conversationId: ConversationId,
  profileId: ProfileId,
  now: Time,
): Promise<Time | null> => {
  const mute = await reads.get('mute', { conversationId, profileId })
  return mute && mute.until > now ? mute.until : null
}

/** The other one of a direct conversation. */
export const peerIn = (conversation: Conversation, me: ProfileId): ProfileId | null => {
  if (!conversation.pairKey) return null
  const [low = '', high = ''] = conversation.pairKey.split(':')
  return low === me ? high : low
}

/** Names for `Tx.lock`. */
export const lockOf = {
  conversation: (id: ConversationId) => `conversation/${id}`,
  pair: (a: ProfileId, b: ProfileId) => `pair/${a < b ? `${a}:${b}` : `${b}:${a}`}`,
  handle: (fold: string) => `handle/${fold}`,
  slug: (fold: string) => `slug/${fold}`,
  account: (id: string) => `account/${id}`,
  file: (fid: Fid) => `file/${fid}`,
  space: (id: SpaceId) => `space/${id}`,
  invite: (id: string) => `invite/${id}`,
  invitesOf: (place: ConversationId | SpaceId) => `invites/${place}`,
}
