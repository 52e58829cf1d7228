// Frames of the socket → what they ask for (CA69 to CA72). Everything here is hostile until judged.
import { isJsonObject, type JsonObject, type JsonValue, own, parseJson } from '../../base/json.ts'
import { isClientId, judgeContent, type Outgoing } from './inbound.ts'

/** What is amiss with a frame, by its code on the wire (CA73). */
type Amiss = 'invalid_format' | 'empty' | 'too_long' | 'binary' | 'unknown_type'

export type Command =
  | ({ readonly type: 'send' } & Outgoing)
  /** What is to be sent back. */
  | { readonly type: 'ping'; readonly echo: JsonObject }
  | { readonly type: 'typing'; readonly channel: string | null; readonly active: boolean }
  | { readonly type: 'amiss'; readonly code: Amiss; readonly clientId: string | null }

const FRAME_DEPTH = 32

const amiss = (code: Amiss, clientId: string | null = null): Command => ({ type: 'amiss', code, clientId })

const contentErrors = { empty: 'empty', too_long: 'too_long', unclean: 'invalid_format' } as const

const judgeSend = (content: string, channel: string | null, clientId: string | null): Command => {
  const wrong = judgeContent(content)
  return wrong === null ? { type: 'send', content, channel, clientId } : amiss(contentErrors[wrong], clientId)
}

/** The first of the channel's names that is there; `undefined` when that is no string. */
const channelIn = (fields: JsonObject): string | null | undefined => {
  for (const name of ['channel_id', 'channelId', 'channel']) {
    const value = own(fields, name) ?? null
    if (value !== null) return typeof value === 'string' ? value : undefined
  }
  return null
}

const echoOf = (fields: JsonObject): JsonObject =>
  Object.fromEntries(
    ['ts', 'id'].flatMap((name): [string, JsonValue][] => {
      const value = own(fields, name)
      return value === undefined ? [] : [[name, value]]
    }),
  )

const judgeMessage = (fields: JsonObject): Command => {
  const clientId = own(fields, 'client_id') ?? null
  // Sent back as it came, right or wrong, so that the client knows which of its frames this is about.
  const named = typeof clientId === 'string' ? clientId : null
  const content = own(fields, 'content')
  const channel = channelIn(fields)
  const keyed = clientId === null || (named !== null && isClientId(named))
  if (typeof content !== 'string' || channel === undefined || !keyed) return amiss('invalid_format', named)
  return judgeSend(content, channel, named)
}

const judgeTyping = (fields: JsonObject): Command => {
  const channel = channelIn(fields)
  const active = own(fields, 'is_typing')
  if (channel === undefined || typeof active !== 'boolean') return amiss('invalid_format')
  return { type: 'typing', channel, active }
}

const judgeObject = (fields: JsonObject): Command => {
  const type = own(fields, 'type') ?? 'message'
  if (type === 'message') return judgeMessage(fields)
  if (type === 'ping') return { type: 'ping', echo: echoOf(fields) }
  if (type === 'typing') return judgeTyping(fields)
  const clientId = own(fields, 'client_id')
  return amiss('unknown_type', typeof clientId === 'string' ? clientId : null)
}

/** A JSON object is a command; any other text is a message in so many words (CA70). */
export const judgeFrame = (frame: string | Uint8Array): Command => {
  if (typeof frame !== 'string') return amiss('binary')
  if (!/^[ \t\n\r]*\{/.test(frame)) return judgeSend(frame, null, null)
  const parsed = parseJson(frame, { maxDepth: FRAME_DEPTH })
  if (parsed.ok && isJsonObject(parsed.value)) return judgeObject(parsed.value)
  return !parsed.ok && parsed.reason === 'depth' ? amiss('invalid_format') : judgeSend(frame, null, null)
}
