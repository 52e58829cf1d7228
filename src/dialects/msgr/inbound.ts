// Wire → core: every value that comes in is judged here, and all failing fields are told together (MS11).
import { isCleanText, isJsonObject, type JsonObject, type JsonValue, own } from '../../base/json.ts'
import { countGraphemes } from '../../base/text.ts'
import { type Draft, limits, type MessageId, type NewGroup, type ProfileId } from '../../core/index.ts'
import { atLeast, atMost, BLANK, BODY_LIMIT, type FieldErrors, INVALID } from './faults.ts'
import { parseUuid } from './ids.ts'

export type Judged<T> =
  | { readonly type: 'ok'; readonly value: T }
  | { readonly type: 'invalid'; readonly errors: FieldErrors }

/** The outcome for one field. */
type Field<T> = { readonly value: T } | { readonly error: string }
const value = <T>(given: T): Field<T> => ({ value: given })
const error = (text: string): { readonly error: string } => ({ error: text })

type Values<F> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never }

/** All the values, or the messages of every field that failed. */
const together = <F extends Readonly<Record<string, Field<unknown>>>>(judged: F): Judged<Values<F>> => {
  const errors: Record<string, string[]> = {}
  const values: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(judged)) {
    if ('error' in field) errors[name] = [field.error]
    else values[name] = field.value
  }
  return Object.keys(errors).length > 0 ? { type: 'invalid', errors } : { type: 'ok', value: values as Values<F> }
}

const invalid = (errors: FieldErrors): Judged<never> => ({ type: 'invalid', errors })

/** Anything that is not a JSON object counts as `{}` (MS16, MS84). */
export const fieldsOf = (given: JsonValue | Uint8Array): JsonObject =>
  given instanceof Uint8Array || !isJsonObject(given) ? {} : given

const missing = (given: unknown): given is null | undefined => given === undefined || given === null

const longerThan = (text: string, graphemes: number): boolean =>
  text.length > graphemes && countGraphemes(text, graphemes + 1) > graphemes

const judgeBody = (given: unknown): Field<string> => {
  if (missing(given)) return error(BLANK)
  if (typeof given !== 'string') return error(INVALID)
  if (given.trim() === '') return error(BLANK)
  if (!isCleanText(given)) return error(INVALID)
  // One "grapheme" may be as long as one likes, so bytes are bounded as well (MS64).
  const bytes = given.length > BODY_LIMIT ? Buffer.byteLength(given) : 0
  return bytes > limits.textBytes || longerThan(given, BODY_LIMIT) ? error(atMost(BODY_LIMIT)) : value(given)
}

const KEY_LIMIT = 100

const judgeClientKey = (given: unknown): Field<string | null> => {
  if (missing(given)) return value(null)
  if (typeof given !== 'string' || given === '' || !isCleanText(given)) return error(INVALID)
  return given.length > limits.clientKeyLength || [...given].length > KEY_LIMIT ? error(INVALID) : value(given)
}

const judgeOptionalId = (given: unknown): Field<MessageId | null> => {
  if (missing(given)) return value(null)
  const id = parseUuid(given)
  return id === null ? error(INVALID) : value(id)
}

/**
 * A message from a socket's payload, or from `message` over HTTP; nothing but these three keys is taken from it (MS66).
 * `headerKey` is the `idempotency-key` header.
 */
export const judgeMessage = (message: JsonObject, headerKey: string | null = null): Judged<Draft> => {
  const judged = together({
    body: judgeBody(own(message, 'body')),
    client_id: judgeClientKey(own(message, 'client_id') ?? headerKey),
    reply_to: judgeOptionalId(own(message, 'reply_to')),
  })
  if (judged.type === 'invalid') return judged
  const { body, client_id, reply_to } = judged.value
  return { type: 'ok', value: { kind: 'text', text: body, clientKey: client_id, replyTo: reply_to } }
}

/** The body of a send over HTTP (MS63 to MS69). */
export const judgeNewMessage = (body: JsonObject, headerKey: string | null): Judged<Draft> => {
  const message = own(body, 'message')
  if (missing(message)) return invalid({ message: [BLANK] })
  return isJsonObject(message) ? judgeMessage(message, headerKey) : invalid({ message: [INVALID] })
}

/** The new text of an edit (MS93). */
export const judgeEdit = (payload: JsonObject): Judged<{ readonly body: string }> =>
  together({ body: judgeBody(own(payload, 'body')) })

/** The message a push is about: its id, `missing` if none is named, `unknown` if no message can have that name (MS96). */
export const messageIdIn = (payload: JsonObject): { readonly id: MessageId } | 'missing' | 'unknown' => {
  const given = own(payload, 'message_id')
  if (typeof given !== 'string') return 'missing'
  const id = parseUuid(given)
  return id === null ? 'unknown' : { id }
}

export interface Identity {
  readonly capability: string
  readonly profileId: ProfileId
}

/** The two ids somebody claims to be, from headers or a join payload; null if either is missing or no UUID (MS1, MS2). */
export const judgeIdentity = (accountId: unknown, profileId: unknown): Identity | null => {
  const capability = parseUuid(accountId)
  const profile = parseUuid(profileId)
  return capability !== null && profile !== null ? { capability, profileId: profile } : null
}

export const identityIn = (payload: JsonObject): Identity | null =>
  judgeIdentity(own(payload, 'account_id'), own(payload, 'profile_id'))

/** A "grapheme" may be as long as one likes: names count as too long past this many UTF-16 units for each. */
const UNITS_PER_GRAPHEME = 64

// Accounts

const NAME = { min: 2, max: 120 } as const
const EMAIL_LIMIT = 254
const EMAIL = /^\S+@\S+$/
const HANDLE = /^[a-z0-9][a-z0-9_.-]{1,31}$/

const judgeDisplayName = (given: unknown): Field<string> => {
  if (missing(given)) return error(BLANK)
  if (typeof given !== 'string') return error(INVALID)
  const name = given.trim()
  if (name === '') return error(BLANK)
  if (!name.isWellFormed() || /\p{Cc}/u.test(name)) return error(INVALID)
  if (name.length > UNITS_PER_GRAPHEME * NAME.max) return error(atMost(NAME.max))
  const graphemes = countGraphemes(name, NAME.max + 1)
  if (graphemes < NAME.min) return error(atLeast(NAME.min))
  return graphemes > NAME.max ? error(atMost(NAME.max)) : value(name)
}

const judgeEmail = (given: unknown): Field<string | null> => {
  if (missing(given) || given === '') return value(null)
  if (typeof given !== 'string' || !isCleanText(given)) return error(INVALID)
  return given.length <= EMAIL_LIMIT && EMAIL.test(given) ? value(given) : error('must look like an email address')
}

const judgeHandle = (given: unknown): Field<string | null> => {
  if (missing(given)) return value(null)
  const handle = typeof given === 'string' ? given.toLowerCase() : ''
  return HANDLE.test(handle) ? value(handle) : error(INVALID)
}

export interface NewAccount {
  readonly displayName: string
  readonly email: string | null
  readonly handle: string | null
}

/**
 * The body of `POST /api/users`. Beside the verdict it hands out what is well formed of the unique names, so that a name
 * that is taken can be told together with another field that is malformed (MS25).
 */
export const judgeAccount = (
  body: JsonObject,
): { readonly judged: Judged<NewAccount>; readonly unique: Pick<NewAccount, 'email' | 'handle'> } => {
  const displayName = judgeDisplayName(own(body, 'display_name'))
  const email = judgeEmail(own(body, 'email'))
  const handle = judgeHandle(own(body, 'handle'))
  const judged = together({ display_name: displayName, email, handle })
  return {
    judged:
      judged.type === 'invalid'
        ? judged
        : {
            type: 'ok',
            value: { displayName: judged.value.display_name, email: judged.value.email, handle: judged.value.handle },
          },
    unique: { email: 'value' in email ? email.value : null, handle: 'value' in handle ? handle.value : null },
  }
}

const LETTERS: Readonly<Record<string, string>> = { æ: 'ae', ø: 'o', å: 'a', ß: 'ss', ð: 'd', þ: 'th', ł: 'l' }
const HANDLE_HINT = { min: 2, max: 24 } as const

const plainLetters = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[æøåßðþł]/g, letter => LETTERS[letter] ?? '')
    .normalize('NFKD')
    .replace(/[^a-z0-9]/g, '')
    .slice(0, HANDLE_HINT.max)

/** The handle to begin with for somebody who chose none (MS27). The core makes it free. */
export const deriveHandle = (displayName: string): string => {
  const [first = ''] = displayName.trim().split(/\s+/)
  const short = plainLetters(first)
  if (short.length >= HANDLE_HINT.min) return short
  const whole = plainLetters(displayName)
  return whole.length >= HANDLE_HINT.min ? whole : 'bruker'
}

// Conversations

const TOPIC_LIMIT = 160
const PARTICIPANT_LIMIT = 256

export type NewConversation =
  | { readonly type: 'direct'; readonly with: ProfileId }
  | { readonly type: 'group'; readonly group: NewGroup }

const judgeTopic = (given: unknown): Field<string> => {
  if (missing(given)) return error(BLANK)
  if (typeof given !== 'string') return error(INVALID)
  const topic = given.trim()
  if (topic === '') return error(BLANK)
  if (!isCleanText(topic)) return error(INVALID)
  return topic.length > UNITS_PER_GRAPHEME * TOPIC_LIMIT || longerThan(topic, TOPIC_LIMIT)
    ? error(atMost(TOPIC_LIMIT))
    : value(topic)
}

const judgeParticipants = (given: unknown, self: ProfileId): Field<readonly ProfileId[]> => {
  if (missing(given)) return error(BLANK)
  if (!Array.isArray(given)) return error(INVALID)
  const others = new Set<ProfileId>()
  for (const item of given) {
    const id = parseUuid(item)
    if (id === null) return error(INVALID)
    if (id !== self) others.add(id)
  }
  if (others.size === 0) return error(BLANK)
  return others.size > PARTICIPANT_LIMIT
    ? error(`should have at most ${PARTICIPANT_LIMIT} item(s)`)
    : value([...others])
}

const judgeTarget = (given: unknown): Field<ProfileId> => {
  if (missing(given) || given === '') return error(BLANK)
  const id = parseUuid(given)
  return id === null ? error(INVALID) : value(id)
}

/** The body of `POST /api/conversations`; `self` is the caller, who is in his groups anyway (MS48, MS50). */
export const judgeNewConversation = (body: JsonObject, self: ProfileId): Judged<NewConversation> => {
  const kind = own(body, 'kind') ?? 'direct'
  if (kind === 'direct') {
    const judged = together({ target_profile_id: judgeTarget(own(body, 'target_profile_id')) })
    if (judged.type === 'invalid') return judged
    return { type: 'ok', value: { type: 'direct', with: judged.value.target_profile_id } }
  }
  if (kind !== 'group') return invalid({ kind: [INVALID] })
  const judged = together({
    topic: judgeTopic(own(body, 'topic')),
    participant_ids: judgeParticipants(own(body, 'participant_ids'), self),
  })
  if (judged.type === 'invalid') return judged
  const { topic, participant_ids } = judged.value
  return { type: 'ok', value: { type: 'group', group: { kind: 'group', title: topic, memberIds: participant_ids } } }
}

// Queries

const PAGE = { standard: 50, max: 200 } as const

/** MS60: never an error. */
export const judgeLimit = (given: string | null): number => {
  const wanted = given !== null && /^\d+$/.test(given) ? Number(given) : 0
  return wanted > 0 ? Math.min(wanted, PAGE.max) : PAGE.standard
}

export interface HistoryCursor {
  /** The parameter it came in, to be named in an error. */
  readonly name: string
  readonly direction: 'before' | 'after'
  readonly id: MessageId
}

/** Where a page of history begins: `after` wins over `before`, the plain name over its alias (MS61). */
export const judgeCursor = (query: URLSearchParams): Judged<HistoryCursor | null> => {
  for (const name of ['after', 'after_id', 'before', 'before_id'] as const) {
    const given = query.get(name)
    if (given === null) continue
    const id = parseUuid(given)
    if (id === null) return invalid({ [name]: [INVALID] })
    return { type: 'ok', value: { name, direction: name.startsWith('after') ? 'after' : 'before', id } }
  }
  return { type: 'ok', value: null }
}

export type ProfileQuery =
  | { readonly type: 'own' }
  | { readonly type: 'handle'; readonly handle: string }
  | { readonly type: 'search'; readonly prefix: string }

const SEARCH_MIN = 2

/** What `GET /api/profiles` asks for (MS40 to MS42). */
export const judgeProfileQuery = (query: URLSearchParams): Judged<ProfileQuery> => {
  const handle = query.get('handle')
  if (handle !== null) {
    if (!isCleanText(handle)) return invalid({ handle: [INVALID] })
    return { type: 'ok', value: { type: 'handle', handle: handle.replace(/^@/, '') } }
  }
  const prefix = query.get('q')
  if (prefix === null) return { type: 'ok', value: { type: 'own' } }
  if (!isCleanText(prefix)) return invalid({ q: [INVALID] })
  if (countGraphemes(prefix, SEARCH_MIN) < SEARCH_MIN) return invalid({ q: [atLeast(SEARCH_MIN)] })
  return { type: 'ok', value: { type: 'search', prefix } }
}
