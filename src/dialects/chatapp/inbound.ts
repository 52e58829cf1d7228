// Wire → core: bodies and query strings read within bounds, then judged, all failing fields together (CA6, CA10, CA14).
import { fold } from '../../base/fold.ts'
import { parseUuid } from '../../base/id.ts'
import { isCleanText, isJsonObject, type JsonObject, own, parseJson } from '../../base/json.ts'
import { countCodePoints } from '../../base/text.ts'
import { isHandle, isReservedHandle, type MessageId, type ProfilePatch } from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import type { Problem } from './contract.ts'
import { invalid, Problems, refused } from './faults.ts'
import { jsonErrorOffset } from './json-offset.ts'

const JSON_BYTES = 64 * 1024
const JSON_DEPTH = 32

/** Lengths in code points. */
const lengths = {
  username: { min: 3, max: 30 },
  email: { min: 3, max: 254 },
  password: { min: 8, max: 128 },
  displayName: { min: 0, max: 50 },
  channelName: { min: 1, max: 50 },
  description: { min: 0, max: 200 },
  content: { min: 1, max: 1000 },
} as const
interface Length {
  readonly min: number
  readonly max: number
}

/** A JSON object from outside. Unknown keys are never looked at. */
export type Fields = JsonObject

const REQUIRED = 'Field required'

const parsed = (bytes: Uint8Array): Fields => {
  const result = parseJson(bytes, { maxDepth: JSON_DEPTH })
  if (!result.ok) {
    const text = new TextDecoder().decode(bytes)
    const offset = result.reason === 'utf8' ? Math.max(0, text.indexOf('\ufffd')) : jsonErrorOffset(text)
    return invalid('json_invalid', ['body', offset], 'Not valid JSON')
  }
  if (!isJsonObject(result.value)) return invalid('model_attributes_type', ['body'], 'Should be an object')
  return result.value
}

const bytesOf = async (request: RouteRequest): Promise<Uint8Array> => {
  const bytes = await request.bytes(JSON_BYTES)
  return bytes === 'too-large' ? refused('too_large') : bytes
}

/** The body as an object. Refuses with 413 and 422 (CA10). */
export const readBody = async (request: RouteRequest): Promise<Fields> =>
  (await readOptionalBody(request)) ?? invalid('missing', ['body'], REQUIRED)

/** As `readBody`; null where there is none. */
export const readOptionalBody = async (request: RouteRequest): Promise<Fields | null> => {
  const bytes = await bytesOf(request)
  return bytes.length === 0 ? null : parsed(bytes)
}

const isForm = (contentType: string | null): boolean =>
  contentType !== null && /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType)

/** A login may also come as a form (CA26). */
export const readLoginBody = async (request: RouteRequest): Promise<Fields> => {
  if (!isForm(request.raw.headers.get('content-type'))) return readBody(request)
  const form = new URLSearchParams(new TextDecoder().decode(await bytesOf(request)))
  return Object.fromEntries(
    ['username', 'password'].flatMap(name => {
      const value = form.get(name)
      return value === null ? [] : [[name, value]]
    }),
  )
}

// Fields. What is amiss is noted and null answered; `settle` refuses before that is used.

const judgeType = (value: unknown, name: string, problems: Problems): string | null => {
  if (typeof value === 'string') return value
  problems.add('string_type', ['body', name], 'Should be a string')
  return null
}

/** A string that must be there. */
const requiredIn = (fields: Fields, name: string, problems: Problems): string | null => {
  const value = own(fields, name)
  if (value !== undefined) return judgeType(value, name, problems)
  problems.add('missing', ['body', name], REQUIRED)
  return null
}

/** A string or null; `undefined` where absent. */
const optionalIn = (fields: Fields, name: string, problems: Problems): string | null | undefined => {
  const value = own(fields, name)
  return value === undefined || value === null ? value : judgeType(value, name, problems)
}

const judgeLength = (text: string, { min, max }: Length, loc: Problem['loc'], problems: Problems): boolean => {
  // A code point has two units at most: what is far too long is not counted.
  const length = text.length > max * 2 ? text.length : countCodePoints(text)
  if (length < min) problems.add('string_too_short', loc, `Should have at least ${min} characters`)
  if (length > max) problems.add('string_too_long', loc, `Should have at most ${max} characters`)
  return length >= min && length <= max
}

/** One rule about a value; answers whether it is kept. */
const judge = (kept: boolean, loc: Problem['loc'], msg: string, problems: Problems): boolean => {
  if (!kept) problems.add('value_error', loc, msg)
  return kept
}

const UNCLEAN = 'No NUL and no unpaired surrogate'

const judgeText = (text: string, name: string, length: Length, problems: Problems): boolean => {
  const loc = ['body', name]
  return judgeLength(text, length, loc, problems) && judge(isCleanText(text), loc, UNCLEAN, problems)
}

// People

const judgeUsername = (username: string, problems: Problems): void => {
  const loc = ['body', 'username']
  if (!judgeLength(username, lengths.username, loc, problems)) return
  if (!judge(isHandle(username), loc, 'Letters, digits, `.`, `_` and `-` only', problems)) return
  judge(!isReservedHandle(username), loc, 'This name is reserved', problems)
}

const EMAIL = /^[^\s@\p{Cc}\p{Cs}]+@[^\s@\p{Cc}\p{Cs}]+\.[^\s@\p{Cc}\p{Cs}]+$/u

/** The address with its domain in lower case (CA24). */
const judgeEmail = (email: string, problems: Problems): string => {
  const loc = ['body', 'email']
  if (judgeLength(email, lengths.email, loc, problems)) judge(EMAIL.test(email), loc, 'No e-mail address', problems)
  const at = email.indexOf('@')
  return email.slice(0, at) + email.slice(at).toLowerCase()
}

/** Blank is none; `undefined` where absent. */
const displayNameIn = (fields: Fields, problems: Problems): string | null | undefined => {
  const name = optionalIn(fields, 'display_name', problems)
  if (!name) return name === undefined ? undefined : null
  if (!judgeText(name, 'display_name', lengths.displayName, problems)) return null
  judge(!/\p{Cc}/u.test(name), ['body', 'display_name'], 'No control characters', problems)
  return name.trim() === '' ? null : name
}

export interface Registration {
  readonly handle: string
  readonly email: string
  readonly password: string
  readonly displayName: string | null
}

/** CA23, CA24. */
export const judgeRegistration = (fields: Fields): Registration => {
  const problems = new Problems()
  const username = requiredIn(fields, 'username', problems)
  const email = requiredIn(fields, 'email', problems)
  const password = requiredIn(fields, 'password', problems)
  if (username !== null) judgeUsername(username, problems)
  const address = email === null ? '' : judgeEmail(email, problems)
  if (password !== null) judgeText(password, 'password', lengths.password, problems)
  const displayName = displayNameIn(fields, problems) ?? null
  problems.settle()
  return { handle: username ?? '', email: address, password: password ?? '', displayName }
}

/** CA26: any string is a legal attempt; what nobody can be called is not looked up as it is. */
export const judgeLogin = (fields: Fields): { readonly handle: string; readonly password: string } => {
  const problems = new Problems()
  const username = requiredIn(fields, 'username', problems) ?? ''
  const password = requiredIn(fields, 'password', problems) ?? ''
  problems.settle()
  return { handle: username.replaceAll('\0', '\ufffd').toWellFormed(), password }
}

/** The refresh token of a body; null where there is none (CA29). */
export const refreshTokenIn = (fields: Fields | null): string | null => {
  const problems = new Problems()
  const token = fields && optionalIn(fields, 'refresh_token', problems)
  problems.settle()
  return token ?? null
}

/** CA37: only the given keys change; a username is never looked at. */
export const judgeProfile = (fields: Fields): ProfilePatch => {
  const problems = new Problems()
  const displayName = displayNameIn(fields, problems)
  const email = own(fields, 'email') === undefined ? undefined : requiredIn(fields, 'email', problems)
  const address = typeof email === 'string' ? judgeEmail(email, problems) : undefined
  problems.settle()
  return { ...(displayName !== undefined && { displayName }), ...(address !== undefined && { email: address }) }
}

const flags = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

/** CA38: the body's word, else the query's. */
export const judgeStatus = (fields: Fields | null, query: URLSearchParams): boolean => {
  const name = 'is_online'
  const told = fields ? own(fields, name) : undefined
  if (typeof told === 'boolean') return told
  if (told !== undefined) return invalid('bool_parsing', ['body', name], 'Should be true or false')
  const text = query.get(name)
  if (text === null) return invalid('missing', ['query', name], REQUIRED)
  return flags.get(text.toLowerCase()) ?? invalid('bool_parsing', ['query', name], 'Should be true or false')
}

// Channels

const UUID_SHAPED = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Compared as names are: a full-width `@` would begin a name just as well. */
const isChannelName = (name: string): boolean => {
  const folded = fold(name)
  return (
    isCleanText(name) &&
    !/[/\\?#%\p{Cc}]/u.test(name) &&
    !['me', '.', '..'].includes(folded) &&
    !UUID_SHAPED.test(folded) &&
    !folded.startsWith('@') &&
    !/~\d+$/.test(folded)
  )
}

/** CA41, CA42. */
export const judgeChannel = (fields: Fields): { readonly name: string; readonly description: string | null } => {
  const problems = new Problems()
  const name = requiredIn(fields, 'name', problems)?.trim()
  if (name !== undefined && judgeLength(name, lengths.channelName, ['body', 'name'], problems)) {
    judge(isChannelName(name), ['body', 'name'], 'Not a name a channel can have', problems)
  }
  const description = optionalIn(fields, 'description', problems) ?? null
  if (description !== null) judgeText(description, 'description', lengths.description, problems)
  problems.settle()
  return { name: name ?? '', description }
}

// Messages

const CLIENT_ID = /^[\x20-\x7e]{1,128}$/

/** CA56. */
export const isClientId = (text: string): boolean => CLIENT_ID.test(text)

/** What is wrong with a message's text; null when nothing is (CA51). */
export const judgeContent = (content: string): 'empty' | 'too_long' | 'unclean' | null => {
  if (content.trim() === '') return 'empty'
  const { max } = lengths.content
  if (content.length > max && (content.length > max * 2 || countCodePoints(content) > max)) return 'too_long'
  return isCleanText(content) ? null : 'unclean'
}

/** A message to be sent. `channel` is as the client names it; null for the default one. */
export interface Outgoing {
  readonly content: string
  readonly channel: string | null
  readonly clientId: string | null
}

/** CA51, CA52. */
export const judgeSend = (fields: Fields): Outgoing => {
  const problems = new Problems()
  const content = requiredIn(fields, 'content', problems)
  const loc = ['body', 'content']
  const amiss = content === null ? null : judgeContent(content)
  if (amiss === 'empty') problems.add('string_too_short', loc, 'Should not be empty')
  if (amiss === 'too_long')
    problems.add('string_too_long', loc, `Should have at most ${lengths.content.max} characters`)
  if (amiss === 'unclean') problems.add('value_error', loc, UNCLEAN)
  const channel = optionalIn(fields, 'channel_id', problems) ?? null
  const clientId = optionalIn(fields, 'client_id', problems) ?? null
  if (clientId !== null) {
    judge(isClientId(clientId), ['body', 'client_id'], '1 to 128 printable ASCII characters', problems)
  }
  problems.settle()
  return { content: content ?? '', channel, clientId }
}

// Query strings

interface Bounds {
  readonly min: number
  readonly max: number
}

/** A whole number within bounds; null if absent. */
const integerIn = (query: URLSearchParams, name: string, { min, max }: Bounds, problems: Problems): number | null => {
  const text = query.get(name)
  if (text === null) return null
  const loc = ['query', name]
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : null
  if (value === null) problems.add('int_parsing', loc, 'Should be a whole number')
  else if (value < min) problems.add('greater_than_equal', loc, `Should be at least ${min}`)
  else if (value > max) problems.add('less_than_equal', loc, `Should be at most ${max}`)
  return value
}

const PAGE = { fallback: 50, min: 1, max: 100 }

export interface Page {
  readonly limit: number
  readonly before: MessageId | null
}

/** CA55. */
export const judgePage = (query: URLSearchParams): Page => {
  const problems = new Problems()
  const limit = integerIn(query, 'limit', PAGE, problems) ?? PAGE.fallback
  const cursor = query.get('before')
  const before = parseUuid(cursor)
  if (cursor !== null) judge(before !== null, ['query', 'before'], 'No such message', problems)
  problems.settle()
  return { limit, before }
}

/** CA35: `limit` null is all there are. */
export const judgeUsersPage = (query: URLSearchParams): { readonly limit: number | null; readonly offset: number } => {
  const problems = new Problems()
  const limit = integerIn(query, 'limit', { min: 1, max: 1000 }, problems)
  const offset = integerIn(query, 'offset', { min: 0, max: Number.MAX_SAFE_INTEGER }, problems) ?? 0
  problems.settle()
  return { limit, offset }
}
