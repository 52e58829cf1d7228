// What clients write about servers, channels and groups, judged field by field (OC48, OC51, OC61 to OC64, OC98 to OC102).
import { isJsonObject, type JsonObject, own } from '../../base/json.ts'
import { countCodePoints } from '../../base/text.ts'
import { type Arrangement, type Conversation, FOREVER, type JoinRule, type Time } from '../../core/index.ts'
import { ServerEntry } from './contract.ts'
import { type ErrorCode, refuseFields } from './faults.ts'
import { parseTime } from './ids.ts'

/** Code points. */
const NAME = 100
const DESCRIPTION = 280
const MAX_MUTE_SECONDS = 31_536_000
const PEOPLE_PER_CALL = 100

export type Banner = ServerEntry['banner_preset']
/** What stands where no banner was chosen. */
export const DEFAULT_BANNER: Banner = 'ocean'
const banners: ReadonlySet<string> = new Set(ServerEntry.properties.banner_preset.enum)
export const isBanner = (word: unknown): word is Banner => typeof word === 'string' && banners.has(word)

type Visibility = Conversation['visibility']

/** 1 to 100 code points, not only white space, as they are. Refuses with the field's own code. */
export const nameIn = (body: JsonObject, key: string, code: ErrorCode): string => {
  const name = own(body, key)
  const fits = typeof name === 'string' && name.trim() !== '' && countCodePoints(name) <= NAME
  return fits ? name : refuseFields([key], code)
}

/** A server's name, which is trimmed (OC48). */
export const displayNameIn = (body: JsonObject): string => {
  const given = own(body, 'display_name')
  const name = typeof given === 'string' ? given.trim() : ''
  return name !== '' && countCodePoints(name) <= NAME ? name : refuseFields(['display_name'], 'invalid_display_name')
}

/** Undefined where it is not said. */
export const descriptionIn = (body: JsonObject): string | undefined => {
  const given = own(body, 'description')
  if (given === undefined) return undefined
  const fits = typeof given === 'string' && countCodePoints(given) <= DESCRIPTION
  return fits ? given : refuseFields(['description'], 'invalid_description')
}

/** Undefined where it is not said; empty is the default one. */
export const bannerIn = (body: JsonObject): Banner | undefined => {
  const given = own(body, 'banner_preset')
  if (given === undefined) return undefined
  if (given === '') return DEFAULT_BANNER
  return isBanner(given) ? given : refuseFields(['banner_preset'], 'invalid_banner_preset')
}

const wordIn = <W extends string>(body: JsonObject, key: string, words: readonly W[]): W | undefined => {
  const given = own(body, key)
  return given === undefined ? undefined : (words.find(word => word === given) ?? refuseFields([key]))
}

export const visibilityIn = (body: JsonObject): Visibility | undefined =>
  wordIn(body, 'visibility', ['public', 'private'])
export const joinRuleIn = (body: JsonObject): JoinRule | undefined =>
  wordIn(body, 'join_rule', ['open', 'approval', 'invite'])

/** A role to be given; `owner` where it can be handed over. */
export const roleIn = <R extends string>(body: JsonObject, roles: readonly R[]): R =>
  wordIn(body, 'role', roles) ?? refuseFields(['role'])

export const categoryKindIn = (body: JsonObject): 'text' | 'voice' => {
  const kind = own(body, 'kind')
  return kind === 'text' || kind === 'voice' ? kind : refuseFields(['kind'], 'invalid_category_kind')
}

const isIds = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(each => typeof each === 'string')

const isGroup = (value: unknown): value is { readonly id: string; readonly channel_ids: readonly string[] } =>
  isJsonObject(value) && typeof value.id === 'string' && isIds(value.channel_ids)

/** A layout in form; whether it covers everything is the core's to judge. */
export const arrangementIn = (body: JsonObject): Arrangement => {
  const groups: unknown = own(body, 'groups')
  if (!Array.isArray(groups) || !groups.every(isGroup)) return refuseFields(['groups'], 'invalid_channel_layout')
  return groups.map(({ id, channel_ids }) => ({ id, channels: channel_ids }))
}

/** What people are called; `least` to 100 of them. */
export const uidsIn = (body: JsonObject, key: string, least: 0 | 1): readonly string[] => {
  const given: unknown = own(body, key) ?? (least === 0 ? [] : null)
  const fits = isIds(given) && given.length >= least && given.length <= PEOPLE_PER_CALL
  return fits ? given : refuseFields([key])
}

/** Until when somebody is to be silent; null seconds are until it is lifted (OC100). */
export const muteIn = (body: JsonObject, now: Time): Time => {
  const seconds = own(body, 'seconds')
  if (seconds === null) return FOREVER
  const fits = typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_MUTE_SECONDS
  return fits ? now + seconds * 1000 : refuseFields(['seconds'])
}

/** How long and how often an invitation lets in, in form; the core judges how much is too much (OC102). */
export const inviteIn = (body: JsonObject): { readonly expiresAt: Time; readonly maxUses: number } => {
  const expiresAt = parseTime(own(body, 'expires_at')) ?? refuseFields(['expires_at'], 'invalid_invite')
  const maxUses = own(body, 'max_uses')
  const fits = typeof maxUses === 'number' && Number.isInteger(maxUses) && maxUses >= 1
  return { expiresAt, maxUses: fits ? maxUses : refuseFields(['max_uses'], 'invalid_invite') }
}

export interface WantedPreferences {
  readonly mutedUntil?: Time | null
  readonly archived?: boolean
}

/** Only what is said changes (OC88). */
export const preferencesIn = (body: JsonObject): WantedPreferences => {
  const until = own(body, 'muted_until')
  const archived = own(body, 'archived')
  if (archived !== undefined && typeof archived !== 'boolean') return refuseFields(['archived'])
  const mutedUntil =
    until === null ? null : until === undefined ? undefined : (parseTime(until) ?? refuseFields(['muted_until']))
  return { ...(mutedUntil !== undefined && { mutedUntil }), ...(archived !== undefined && { archived }) }
}

export interface WantedChannel {
  readonly title?: string
  readonly description?: string
  readonly visibility?: Visibility
  readonly joinRule?: JoinRule
}

/**
 * What of a channel is to change (OC64). Of a `channel` the join rule follows the visibility, since everybody who sees one
 * may read it; one of a server somebody made is for its members (OC60).
 */
export const channelPatchIn = (
  body: JsonObject,
  standing: Pick<Conversation, 'kind' | 'spaceId' | 'visibility' | 'joinRule'>,
): WantedChannel => {
  const title = own(body, 'name') === undefined ? undefined : nameIn(body, 'name', 'invalid_channel_name')
  const description = descriptionIn(body)
  const visibility = visibilityIn(body)
  const joinRule = joinRuleIn(body)
  const words = { ...(title !== undefined && { title }), ...(description !== undefined && { description }) }
  if (standing.kind !== 'channel') {
    return { ...words, ...(visibility && { visibility }), ...(joinRule && { joinRule }) }
  }
  if (visibility === undefined || visibility === standing.visibility) {
    return joinRule === undefined || joinRule === standing.joinRule ? words : refuseFields(['join_rule'])
  }
  if (standing.spaceId !== null) return refuseFields(['visibility'])
  const follows: JoinRule = visibility === 'public' ? 'open' : 'invite'
  if (joinRule !== undefined && joinRule !== follows) return refuseFields(['join_rule'])
  return { ...words, visibility, joinRule: follows }
}
