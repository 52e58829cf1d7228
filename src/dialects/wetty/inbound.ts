// Wire → core: bodies read within bounds, then judged field by field. Everything here is hostile until judged (WT4, WT8).
import { isCleanText, isJsonObject, type JsonObject, parseJson } from '../../base/json.ts'
import { countCodePoints, isSingleEmoji } from '../../base/text.ts'
import type { AddFriend, ConversationPatch, JoinRule, Num, ProfilePatch } from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import type { ClientType } from './auth.ts'
import { addFriendSettings, categories, joinRules, visibilities } from './contract.ts'
import { invalid, refused } from './faults.ts'
import { parseFid, parseNum } from './ids.ts'

const JSON_BYTES = 1024 * 1024
const JSON_DEPTH = 32

/** Lengths in code points (WT8). */
const lengths = {
  nickname: 64,
  bio: 500,
  sr_link: 500,
  name: 255,
  description: 500,
  apply_msg: 200,
} as const

/** A JSON object from outside. Unknown keys are never looked at. */
export type Fields = JsonObject

const isJson = (contentType: string | null): boolean =>
  contentType !== null && /^\s*application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType)

/** The body as an object. `required: false` takes an empty one for `{}`. Refuses with 400, 413, 415 (WT4). */
export const readBody = async (request: RouteRequest, required = true): Promise<Fields> => {
  const bytes = await request.bytes(JSON_BYTES)
  if (bytes === 'too-large') return refused('too_large', { limit: JSON_BYTES })
  if (bytes.length === 0) return required ? refused('bad_request') : {}
  if (!isJson(request.raw.headers.get('content-type'))) return refused('unsupported_media_type')
  const parsed = parseJson(bytes, { maxDepth: JSON_DEPTH })
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : refused('bad_request')
}

/** Whether a text has at most so many code points; counts only where it might have more. */
export const fits = (text: string, limit: number): boolean =>
  text.length <= limit || (text.length <= limit * 2 && countCodePoints(text) <= limit)

/** A clean string (no U+0000, no lone surrogate: WT8) of at most `limit` code points; null and absent as they are. Anything else is 422. */
export const textOf = (fields: Fields, name: string, limit = Number.POSITIVE_INFINITY): string | null | undefined => {
  const value = fields[name]
  if (value === undefined || value === null) return value
  if (typeof value !== 'string' || !isCleanText(value) || !fits(value, limit)) return invalid(name)
  return value
}

/** A string that must be there. */
const requiredText = (fields: Fields, name: string): string => textOf(fields, name) ?? invalid(name)

/** A required boolean. */
export const flagOf = (fields: Fields, name: string): boolean => {
  const value = fields[name]
  return typeof value === 'boolean' ? value : invalid(name)
}

const wordOf = <const W extends string>(fields: Fields, name: string, words: readonly W[]): W | undefined => {
  const value = fields[name]
  if (value === undefined) return undefined
  return words.find(word => word === value) ?? invalid(name)
}

const numOf = (value: unknown, name: string): Num => parseNum(value) ?? invalid(name)

/** The person a body names: `target_user_id`, or its synonyms (WT6). */
export const targetOf = (fields: Fields): Num => {
  const name = ['target_user_id', 'uid', 'user_id'].find(key => fields[key] !== undefined && fields[key] !== null)
  return name === undefined ? invalid('target_user_id') : numOf(fields[name], name)
}

/** A list of people; at most `limit`. */
export const peopleOf = (fields: Fields, name: string, limit: number): readonly Num[] => {
  const value = fields[name]
  if (!Array.isArray(value) || value.length > limit) return invalid(name)
  return value.map(uid => numOf(uid, name))
}

/** Who decides about whose request: by person or by the request's id (WT29, WT41). */
export const requestOf = (fields: Fields): { readonly num: Num } | { readonly requestId: string } => {
  const requestId = textOf(fields, 'request_id')
  return requestId === undefined || requestId === null ? { num: targetOf(fields) } : { requestId }
}

export const applyMessageOf = (fields: Fields): string | null => textOf(fields, 'apply_msg', lengths.apply_msg) || null

// People

const USERNAME = /^[\p{L}\p{N}._-]+$/u

/** WT10. Length rules bind when a name or password is set, never at login. */
export const judgeRegistration = (fields: Fields): { readonly username: string; readonly password: string } => {
  const username = requiredText(fields, 'username')
  const letters = [...username.slice(0, 65)]
  const named = USERNAME.test(username) && /[\p{L}\p{N}]/u.test(username)
  if (!named || letters.length < 3 || letters.length > 32) invalid('username')
  const password = requiredText(fields, 'password')
  if (!fits(password, 128) || fits(password, 7)) invalid('password')
  return { username, password }
}

/** WT11. */
export const judgeLogin = (
  fields: Fields,
): { readonly username: string; readonly password: string; readonly clientType: ClientType } => ({
  username: requiredText(fields, 'username'),
  password: requiredText(fields, 'password'),
  clientType: wordOf(fields, 'client_type', ['web', 'mobile']) ?? 'web',
})

const isWebUrl = (text: string): boolean => /^https?:\/\/[^\s/?#][^\s]*$/i.test(text) && URL.canParse(text)

/** WT21: the given keys only; null (and "") clears. */
export const judgeProfile = (fields: Fields): ProfilePatch => {
  const nickname = textOf(fields, 'nickname', lengths.nickname)
  const bio = textOf(fields, 'bio', lengths.bio)
  const link = textOf(fields, 'sr_link', lengths.sr_link)
  const avatar = textOf(fields, 'avatar_fid')
  if (link && !isWebUrl(link)) invalid('sr_link')
  return {
    ...(nickname !== undefined && { displayName: nickname || null }),
    ...(bio !== undefined && { bio: bio || null }),
    ...(link !== undefined && { link: link || null }),
    ...(avatar !== undefined && { avatar: avatar ? parseFid(avatar) : null }),
    ...(fields.add_friend_setting !== undefined && { addFriend: addFriendOf(fields) }),
  }
}

const addFriendOf = (fields: Fields): AddFriend | null =>
  fields.add_friend_setting === null ? null : (wordOf(fields, 'add_friend_setting', addFriendSettings) ?? null)

// Groups

const coreJoinRules = { open: 'open', approval: 'approval', invite_only: 'invite' } as const satisfies Readonly<
  Record<(typeof joinRules)[number], JoinRule>
>

const DOWNLOAD_PATH = '/f/fserv/download/'

/** `avatar` is a synonym, and takes the path back that this door prints there. */
const groupAvatarOf = (fields: Fields): string | null | undefined => {
  const fid = textOf(fields, 'avatar_fid')
  if (fid !== undefined) return fid
  const avatar = textOf(fields, 'avatar')
  return avatar?.startsWith(DOWNLOAD_PATH) ? avatar.slice(DOWNLOAD_PATH.length) : avatar
}

/** WT33, WT36: the given keys only. A blank name is none. */
export const judgeGroup = (fields: Fields): ConversationPatch => {
  const name = textOf(fields, 'name', lengths.name)
  const description = textOf(fields, 'description', lengths.description)
  const avatar = groupAvatarOf(fields)
  const open = fields.is_public === undefined ? undefined : flagOf(fields, 'is_public')
  const visibility =
    wordOf(fields, 'visibility', visibilities) ?? (open === undefined ? undefined : visibilities[open ? 0 : 1])
  const joinRule = wordOf(fields, 'join_rule', joinRules)
  const sizeClass = wordOf(fields, 'category', categories)
  return {
    ...(name !== undefined && { title: name?.trim() ? name : null }),
    ...(description !== undefined && { description }),
    ...(avatar !== undefined && { avatar: avatar ? parseFid(avatar) : null }),
    ...(visibility && { visibility }),
    ...(joinRule && { joinRule: coreJoinRules[joinRule] }),
    ...(sizeClass && { sizeClass }),
  }
}

/** WT44: who, whether, and for how many seconds; null is until unmuted. */
export const judgeMute = (
  fields: Fields,
): { readonly num: Num; readonly muted: boolean; readonly seconds: number | null } => {
  const num = targetOf(fields)
  const muted = flagOf(fields, 'mute_status')
  const seconds = fields.duration_seconds
  if (seconds === undefined || seconds === null) return { num, muted, seconds: null }
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds <= 0) return invalid('duration_seconds')
  return { num, muted, seconds }
}

// Reactions

const EMOTE = /^:[a-z0-9_+-]{1,32}:$/

/** Exactly one emoji, or a code (WT61). */
export const isEmote = (text: string): boolean => EMOTE.test(text) || isSingleEmoji(text)

export const emoteOf = (fields: Fields): string => {
  const emote = fields.emote ?? fields.emoji
  return typeof emote === 'string' && isEmote(emote) ? emote : refused('invalid_emoji')
}

// Query strings

/** A whole number clamped to `min..max`; `fallback` if absent; anything else is 400 (WT46, WT49). */
export const countOf = (query: URLSearchParams, name: string, bounds: Bounds): number => {
  const text = query.get(name)
  if (text === null) return bounds.fallback
  if (!/^[+-]?\d+$/.test(text)) return refused('bad_request', { field: name })
  return Math.min(Math.max(Number(text), bounds.min), bounds.max)
}
export interface Bounds {
  readonly fallback: number
  readonly min: number
  readonly max: number
}
