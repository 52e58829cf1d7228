// Engine.IO 4 as it stands on the wire: packets, and the payloads that carry many of them over HTTP. Read by the official parser.
import { decodePacket as officialPacket, decodePayload as officialPayload } from 'engine.io-parser'

export type EnginePacket =
  | { readonly type: 'message'; readonly data: string | Uint8Array }
  | { readonly type: 'open' | 'close' | 'ping' | 'pong' | 'upgrade' | 'noop'; readonly data: string }

/** Packets that a server sends as they are. */
export const packets = { close: '1', ping: '2', probed: '3probe', noop: '6' } as const

/** What a server tells a new client. */
export interface Handshake {
  readonly sid: string
  readonly upgrades: readonly 'websocket'[]
  /** Milliseconds. */
  readonly pingInterval: number
  readonly pingTimeout: number
  /** Bytes of one payload or frame that the server takes. */
  readonly maxPayload: number
}

export const openPacket = (handshake: Handshake): string => `0${JSON.stringify(handshake)}`

/** One WebSocket frame. Never throws. */
export const decodePacket = (frame: string | Uint8Array): EnginePacket | 'malformed' => packetOf(officialPacket(frame))

/**
 * The packets of one POST body, in order; `malformed` when any of them is none, the bytes are not UTF-8, or there are
 * more than `maxPackets`. Bound the body before. Never throws.
 */
export const decodePayload = (body: Uint8Array, maxPackets: number): readonly EnginePacket[] | 'malformed' => {
  let text: string
  try {
    text = utf8.decode(body)
  } catch {
    return 'malformed'
  }
  if (!holdsAtMost(text, maxPackets)) return 'malformed'
  const decoded: EnginePacket[] = []
  for (const given of officialPayload(text)) {
    const packet = packetOf(given)
    if (packet === 'malformed') return packet
    decoded.push(packet)
  }
  return decoded
}

/** The body of an answer to a poll: encoded packets as they are, binary messages in base64. */
export const encodePayload = (frames: readonly (string | Uint8Array)[]): string =>
  frames.map(frame => (typeof frame === 'string' ? frame : `b${Buffer.from(frame).toString('base64')}`)).join(SEPARATOR)

const SEPARATOR = '\x1e'
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const packetOf = ({ type, data }: ReturnType<typeof officialPacket>): EnginePacket | 'malformed' =>
  type === 'error' ? 'malformed' : { type, data: data ?? '' }

const holdsAtMost = (text: string, maxPackets: number): boolean => {
  let packetsSeen = 1
  for (let at = text.indexOf(SEPARATOR); at >= 0; at = text.indexOf(SEPARATOR, at + 1)) {
    if (++packetsSeen > maxPackets) return false
  }
  return true
}
