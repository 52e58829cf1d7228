// Wire → core: messages to send. The hottest of the judges: no copies, no schema walk.
import { isCleanText } from '../../base/json.ts'
import type { Core, Draft, Fid, Mention, MessageKind, Num, Time } from '../../core/index.ts'
import { limits } from '../../core/index.ts'
import { invalid, refused } from './faults.ts'
import { isFid, parseFid, parseMessageId, parseNum, parseTime } from './ids.ts'
import { type Fields, fits, textOf } from './inbound.ts'
import { fileTypes, readType } from './words.ts'

const TEXT_LIMIT = 20_000
const KEY_LIMIT = 128

const TYPE = /^[a-z0-9_]{1,20}$/

const typeOf = (fields: Fields): string => {
  const type = fields.message_type
  if (type === undefined) return 'text'
  return typeof type === 'string' && TYPE.test(type) && type !== 'system' ? type : invalid('message_type')
}

/** The idempotency key (WT54); null where there is none. */
export const clientKeyOf = (fields: Fields): string | null => {
  const key = textOf(fields, 'client_generated_id', KEY_LIMIT)
  return key === '' ? invalid('client_generated_id') : (key ?? null)
}

const messageText = (fields: Fields): string | null => {
  const text = fields.message
  if (text === undefined || text === null) return null
  if (typeof text !== 'string' || !isCleanText(text)) return invalid('message')
  return fits(text, TEXT_LIMIT) ? text : refused('message_too_long', { limit: TEXT_LIMIT })
}

/** The text of an edit (WT59). */
export const editedText = (fields: Fields): string => messageText(fields) || refused('message_empty')

/** A message named by its id; null where none is. Malformed ids name none that exists. */
const namedMessage = (fields: Fields, name: string): string | null => {
  const id = textOf(fields, name)
  return id === undefined || id === null ? null : parseMessageId(id)
}

/** The message a body is about (WT57, WT61, WT63). */
export const messageOf = (fields: Fields, ...names: readonly string[]): string => {
  for (const name of names) {
    const id = namedMessage(fields, name)
    if (id !== null) return id
  }
  return invalid(names[0] ?? 'msg_id')
}

const fidsOf = (fields: Fields): readonly string[] => {
  const many = fields.fids
  if (many === undefined || many === null) {
    const one = textOf(fields, 'fid')
    return one === undefined || one === null ? [] : [one]
  }
  if (!Array.isArray(many) || many.length > limits.attachmentsPerMessage) return invalid('fids')
  return many.map(fid => (typeof fid === 'string' ? fid : invalid('fids')))
}

/** Files and caption: a client that knows only the contract's keys puts the fid into `message` (WT72). */
const contentOf = (
  fields: Fields,
  type: string,
): { readonly text: string | null; readonly attachments: readonly Fid[] } => {
  const text = messageText(fields)
  const fids = fidsOf(fields)
  const bare = text !== null && isFid(text)
  if (fids.length === 0 && fileTypes.has(type)) {
    return bare ? { text: null, attachments: [parseFid(text)] } : refused('fid_required')
  }
  // What is printed as the caption of a file without one, sent back, is still no caption.
  const caption = bare && text === fids[0] ? null : text || null
  if (fids.length === 0 && caption === null) refused('message_empty')
  return { text: caption, attachments: fids.map(parseFid) }
}

const remindAtOf = (fields: Fields, kind: MessageKind): Time | null => {
  if (kind !== 'reminder') return null
  const text = textOf(fields, 'remind_at')
  if (text === undefined || text === null) return null
  return parseTime(text) ?? invalid('remind_at')
}

/** A draft from a body (WT53 to WT55, WT62, WT72); refuses with 422. */
export const judgeSend = (fields: Fields): Draft => {
  const type = typeOf(fields)
  const { kind, label } = readType(type)
  return {
    kind,
    label,
    ...contentOf(fields, type),
    replyTo: namedMessage(fields, 'reply_to_id'),
    replyRoot: namedMessage(fields, 'reply_root_id'),
    remindAt: remindAtOf(fields, kind),
    clientKey: clientKeyOf(fields),
  }
}

const MENTION = /@\[uid:(\d{1,32})\]/g

/** People named as `@[uid:17]` (WT64); the core finds those named by `@username`. */
export const findMentions = async (
  core: Pick<Core, 'people'>,
  text: string | null | undefined,
): Promise<readonly Mention[]> => {
  if (!text?.includes('@[uid:')) return []
  const found: Mention[] = []
  const targets = new Map<Num, string | null>()
  for (const match of text.matchAll(MENTION)) {
    if (found.length >= limits.mentionsPerMessage || targets.size >= limits.mentionsPerMessage) break
    const num = parseNum(match[1]) ?? 0
    let target = targets.get(num)
    if (target === undefined) {
      target = (await core.people.byNum(num))?.id ?? null
      targets.set(num, target)
    }
    if (target) found.push({ type: 'user', target, start: match.index, end: match.index + match[0].length })
  }
  return found
}
