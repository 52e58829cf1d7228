// Phoenix Channels frames, protocol versions 2.0.0 (arrays) and 1.0.0 (objects): a `Framing` reads and writes one of them.
import { isJsonObject, type JsonValue, own, parseJson } from '../base/json.ts'

/** A client's name for a push or a join: opaque, echoed unchanged. */
export type Ref = string | number | null

export type Vsn = '1.0.0' | '2.0.0'

interface Head {
  /** The join of the channel the push belongs to. Always null in 1.0.0, which has none. */
  readonly joinRef: Ref
  /** Null: the sender wants no answer. */
  readonly ref: Ref
  readonly topic: string
  readonly event: string
}

export type Incoming =
  | ({ readonly type: 'json'; readonly payload: JsonValue } & Head)
  | ({ readonly type: 'binary'; readonly payload: Uint8Array } & Head)
  | { readonly type: 'undecodable'; readonly reason: string }

/** One version of the protocol. `response` and `payload` are objects: the official client crashes on null (MS117). */
export interface Framing {
  readonly vsn: Vsn
  /**
   * Reads what a client sent: text, or a binary push (2.0.0 only, MS80). `undecodable` (MS79): not JSON or deeper than
   * 64 levels, not an array of at least five elements (1.0.0: not an object with all four keys), topic or event not a
   * string, a ref that is neither a string of up to 255 characters, number nor null, binary that is cut short, no push, or not UTF-8.
   * Never throws; the reason is for logs and quotes nothing of the frame.
   */
  decode(frame: string | Uint8Array): Incoming
  /** The answer to one push (MS74). `joinRef` is the channel's, null where the topic is not joined. */
  reply(to: Omit<Head, 'event'>, status: 'ok' | 'error', response: object): string
  /** A broadcast without its head: what costs, once for all links of this framing. For `push` alone. */
  tail(topic: string, event: string, payload: object): string
  /** The broadcast for one link (MS75): a tail under the join_ref of that link's channel. */
  push(joinRef: Ref, tail: string): string
  /** The end of a channel; the client does not rejoin (MS87, MS90). In 1.0.0 give the ref of the join. */
  close(joinRef: Ref, topic: string): string
  /** The channel broke; the client rejoins (MS90). In 1.0.0 give the ref of the join. */
  error(joinRef: Ref, topic: string): string
}

/** The framing a `vsn` query parameter asks for: absent means 1.0.0; null where there is none by that name (MS71). */
export const framingFor = (vsn: string | null): Framing | null => {
  if (vsn === null || vsn === '1.0.0') return v1
  return vsn === '2.0.0' ? v2 : null
}

const MAX_DEPTH = 64

const undecodable = (reason: string): Incoming => ({ type: 'undecodable', reason })
/** Characters of a ref: what a binary push can hold, too. The ref of a join is kept as long as its channel, and said with every broadcast. */
const MAX_REF = 255
const isRef = (value: unknown): value is Ref =>
  value === null || typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_REF)

const judge = (joinRef: unknown, ref: unknown, topic: unknown, event: unknown, payload: JsonValue): Incoming => {
  if (typeof topic !== 'string' || typeof event !== 'string') return undecodable('topic or event is no string')
  if (!isRef(joinRef) || !isRef(ref)) return undecodable('a ref is no string, number or null')
  return { type: 'json', joinRef, ref, topic, event, payload }
}

export const v2: Framing = {
  vsn: '2.0.0',
  decode(frame) {
    if (typeof frame !== 'string') return decodeBinaryPush(frame)
    const parsed = parseJson(frame, { maxDepth: MAX_DEPTH })
    if (!parsed.ok) return undecodable(parsed.reason)
    if (!Array.isArray(parsed.value)) return undecodable('no array')
    const [joinRef, ref, topic, event, payload] = parsed.value
    return payload === undefined ? undecodable('fewer than five elements') : judge(joinRef, ref, topic, event, payload)
  },
  reply: ({ joinRef, ref, topic }, status, response) =>
    JSON.stringify([joinRef, ref, topic, 'phx_reply', { status, response }]),
  tail: (topic, event, payload) =>
    `,null,${JSON.stringify(topic)},${JSON.stringify(event)},${JSON.stringify(payload)}]`,
  // 27 ns, however large the payload; encoding a small message whole takes six times that, for every link.
  push: (joinRef, tail) => `[${JSON.stringify(joinRef)}${tail}`,
  close: (joinRef, topic) => JSON.stringify([joinRef, joinRef, topic, 'phx_close', {}]),
  error: (joinRef, topic) => JSON.stringify([joinRef, joinRef, topic, 'phx_error', {}]),
}

const encodeV1 = (topic: string, event: string, payload: object, ref: Ref): string =>
  JSON.stringify({ topic, event, payload, ref })

export const v1: Framing = {
  vsn: '1.0.0',
  decode(frame) {
    if (typeof frame !== 'string') return undecodable('binary')
    const parsed = parseJson(frame, { maxDepth: MAX_DEPTH })
    if (!parsed.ok) return undecodable(parsed.reason)
    if (!isJsonObject(parsed.value)) return undecodable('no object')
    const payload = own(parsed.value, 'payload')
    if (payload === undefined) return undecodable('no payload')
    // A join_ref is ignored (MS73); a ref must be there, as in the other version.
    return judge(null, own(parsed.value, 'ref'), own(parsed.value, 'topic'), own(parsed.value, 'event'), payload)
  },
  reply: ({ ref, topic }, status, response) => encodeV1(topic, 'phx_reply', { status, response }, ref),
  // Without a join_ref every link gets the very same frame.
  tail: (topic, event, payload) => encodeV1(topic, event, payload, null),
  push: (_joinRef, tail) => tail,
  close: (joinRef, topic) => encodeV1(topic, 'phx_close', {}, joinRef),
  error: (joinRef, topic) => encodeV1(topic, 'phx_error', {}, joinRef),
}

const PUSH_KIND = 0
const BINARY_HEAD = 5
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * kind 0 · sizes of join_ref, ref, topic, event (a byte each) · these four in UTF-8 · the payload to the end.
 * Binary has no null: an empty ref stands for it. The payload is a view into the frame.
 */
const decodeBinaryPush = (frame: Uint8Array): Incoming => {
  const [kind, joinRefSize, refSize, topicSize, eventSize] = frame
  if (
    kind !== PUSH_KIND ||
    joinRefSize === undefined ||
    refSize === undefined ||
    topicSize === undefined ||
    eventSize === undefined
  )
    return undecodable('no binary push')
  const refAt = BINARY_HEAD + joinRefSize
  const topicAt = refAt + refSize
  const eventAt = topicAt + topicSize
  const payloadAt = eventAt + eventSize
  if (payloadAt > frame.length) return undecodable('binary push cut short')
  try {
    return {
      type: 'binary',
      joinRef: utf8.decode(frame.subarray(BINARY_HEAD, refAt)) || null,
      ref: utf8.decode(frame.subarray(refAt, topicAt)) || null,
      topic: utf8.decode(frame.subarray(topicAt, eventAt)),
      event: utf8.decode(frame.subarray(eventAt, payloadAt)),
      payload: frame.subarray(payloadAt),
    }
  } catch {
    return undecodable('utf8')
  }
}
