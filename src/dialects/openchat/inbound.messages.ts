// What clients write in messages, judged field by field (OC69, OC73 to OC76, OC78).
import { isJsonObject, type JsonObject, own } from '../../base/json.ts'
import { limits, type Mention, type MessageId, type Profile, type SpaceId } from '../../core/index.ts'
import { refused, refuseFields } from './faults.ts'
import { stringOf } from './http.ts'
import { parseId } from './ids.ts'
import { MAX_ATTACHMENTS, MAX_MESSAGE_BYTES } from './settings.ts'
import type { Uids } from './uids.ts'

/** Printable ASCII. */
const KEY = /^[ -~]{1,64}$/

/** The key of the body wins over it. */
const IDEMPOTENCY_HEADER = 'idempotency-key'

/** What somebody wants to say. */
export interface WantedMessage {
  readonly type: 'message'
  /** Null for none. */
  readonly text: string | null
  readonly replyTo: MessageId | null
  /** Files that were taken in before, each once, in order. */
  readonly attachments: readonly string[]
  /** Null follows from the files. */
  readonly kind: 'text' | 'emote' | null
  readonly clientKey: string | null
}

export interface WantedForward {
  readonly type: 'forward'
  readonly channelId: string
  readonly messageId: MessageId
  readonly clientKey: string | null
}

/** A string, or none: absent and null alike. */
const optionalString = (body: JsonObject, key: string): string | null =>
  own(body, key) === null ? null : stringOf(body, key)

/** A text as it may be written; exactly as it came (OC7). */
const textIn = (body: JsonObject): string => {
  const text = optionalString(body, 'body') ?? ''
  // Three bytes a code unit at most: only long texts need measuring.
  if (text.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(text) > MAX_MESSAGE_BYTES) {
    return refused('message_too_large', { limit: MAX_MESSAGE_BYTES })
  }
  return text
}

export const isBlank = (text: string): boolean => text.trim() === ''

/** The text of an edit; whether it may be empty depends on the message. */
export const editIn = (body: JsonObject): string => {
  if (typeof own(body, 'body') !== 'string') refuseFields(['body'])
  return textIn(body)
}

/** What makes a send repeatable (OC75). */
const clientKeyIn = (body: JsonObject, headers: Headers): string | null => {
  const given = optionalString(body, 'client_message_id')
  const key = given ?? headers.get(IDEMPOTENCY_HEADER)
  if (key === null || KEY.test(key)) return key
  return refuseFields([given === null ? 'Idempotency-Key' : 'client_message_id'])
}

/** Of what is no id of a message, it is known that no such message is there. */
const replyIn = (body: JsonObject): MessageId | null => {
  const id = optionalString(body, 'reply_to_message_id')
  return id === null ? null : (parseId(id) ?? refused('reply_target_not_found'))
}

const attachmentsIn = (body: JsonObject): readonly string[] => {
  const given: unknown = own(body, 'attachment_ids') ?? []
  if (!Array.isArray(given) || !given.every(id => typeof id === 'string')) return refuseFields(['attachment_ids'])
  if (given.length > MAX_ATTACHMENTS) refused('attachment_count_exceeded', { limit: MAX_ATTACHMENTS })
  return [...new Set(given.map(id => parseId(id) ?? refused('attachment_not_found_in_request')))]
}

const kindIn = (body: JsonObject): 'text' | 'emote' | null => {
  const kind = optionalString(body, 'kind')
  return kind === null || kind === 'text' || kind === 'emote' ? kind : refuseFields(['kind'])
}

/** A forward takes all from its source: nothing may be said beside it. */
const forwardIn = (body: JsonObject, forward: unknown, headers: Headers): WantedForward => {
  const { channel_id: channelId, message_id: messageId } = isJsonObject(forward) ? forward : {}
  if (typeof channelId !== 'string' || typeof messageId !== 'string') return refuseFields(['forward'])
  const said = ['body', 'attachment_ids', 'reply_to_message_id'].filter(key => {
    const value = own(body, key) ?? ''
    return value !== '' && !(Array.isArray(value) && value.length === 0)
  })
  if (said.length > 0) refuseFields(['forward', ...said])
  return {
    type: 'forward',
    channelId,
    messageId: parseId(messageId) ?? refused('message_not_found'),
    clientKey: clientKeyIn(body, headers),
  }
}

/** A message in form. `files`: how many come with it. */
export const messageIn = (body: JsonObject, headers: Headers, files: number): WantedMessage => {
  const text = textIn(body)
  const attachments = attachmentsIn(body)
  if (files + attachments.length > MAX_ATTACHMENTS) refused('attachment_count_exceeded', { limit: MAX_ATTACHMENTS })
  const kind = kindIn(body)
  const replyTo = replyIn(body)
  const clientKey = clientKeyIn(body, headers)
  if (files + attachments.length === 0 && isBlank(text)) refused('message_empty')
  return { type: 'message', text: text === '' ? null : text, replyTo, attachments, kind, clientKey }
}

/** A message or a forward in form; whether what it names is there, the core knows. */
export const sendIn = (body: JsonObject, headers: Headers): WantedMessage | WantedForward => {
  const forward = own(body, 'forward') ?? null
  return forward === null ? messageIn(body, headers, 0) : forwardIn(body, forward, headers)
}

// As the core finds names (OC69): the sign follows no character of a name, and a name ends in neither point nor dash.
const UID = /(?<![\p{L}\p{N}_.-])@(uid_[\p{L}\p{N}_.-]{0,63}[\p{L}\p{N}_])/giu

/** People named as `@uid_…`; the core finds those named by `@handle`, and leaves out who is not in the channel. */
export const findMentions = async (
  uids: Pick<Uids, 'profileBy'>,
  space: SpaceId,
  text: string | null,
): Promise<readonly Mention[]> => {
  if (!text?.includes('@')) return []
  const found: Mention[] = []
  const known = new Map<string, Profile | null>()
  for (const match of text.matchAll(UID)) {
    const uid = match[1]?.toLowerCase() ?? ''
    if (found.length >= limits.mentionsPerMessage || known.size >= limits.mentionsPerMessage) break
    const person = known.get(uid) ?? (await uids.profileBy(space, uid))
    known.set(uid, person)
    if (!person) continue
    const { id: target, rootKey } = person
    const range = { start: match.index, end: match.index + match[0].length }
    found.push({ type: 'user', target, ...(rootKey && { rootKey }), ...range })
  }
  return found
}
