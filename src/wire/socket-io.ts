// Socket.IO packets (protocol 5) as a client sends them, read by the official parser and bounded.
import { Decoder, type Packet as OfficialPacket, PacketType } from 'socket.io-parser'

/** Attachments are back in their places, as `Uint8Array`. */
export type Packet =
  | { readonly type: 'connect'; readonly namespace: string; readonly auth: unknown }
  | { readonly type: 'disconnect'; readonly namespace: string }
  | {
      readonly type: 'event'
      readonly namespace: string
      readonly name: string | number
      readonly args: readonly unknown[]
      /** Under which number it wants to be acknowledged. */
      readonly ackId: number | null
    }
  | { readonly type: 'ack'; readonly namespace: string; readonly id: number; readonly args: readonly unknown[] }

/**
 * Takes what one link sends, frame by frame: what follows the `4` of a text message, or the bytes of a binary one.
 * `null`: attachments are still to come. `malformed`: the link has left the protocol, and what follows means nothing.
 * Never throws.
 */
export type Decode = (frame: string | Uint8Array) => Packet | 'malformed' | null

/** Binary attachments of one packet, and their bytes together. */
const MAX_ATTACHMENTS = 10
const MAX_ATTACHED_BYTES = 2 * 1024 * 1024
/** Levels of nesting of what a packet carries. What is nested deeper is not looked at: it arrives as if absent. */
const MAX_DEPTH = 64
/** Characters of a namespace. */
const MAX_NAMESPACE = 256

/**
 * Names that would upset the EventEmitter of the official server, which therefore ends the connection. Here they are
 * events like any other, so they pass the official parser in disguise: behind a space.
 */
const RESERVED = /^([25][^[]*\[\s*")((?:connect|connect_error|disconnect|disconnecting|newListener|removeListener)")/

/** The official decoder, asked for an answer instead of listened to. */
class Reader {
  readonly #decoder = new Decoder({ maxAttachments: MAX_ATTACHMENTS })
  #decoded: OfficialPacket | null = null

  constructor() {
    this.#decoder.on('decoded', packet => {
      this.#decoded = packet
    })
  }

  /** The packet that this frame completes, if it does. Throws what the official decoder throws. */
  add(frame: string | Uint8Array): OfficialPacket | null {
    this.#decoder.add(frame)
    const packet = this.#decoded
    this.#decoded = null
    return packet
  }
}

// Only a packet with attachments makes the decoder remember anything: all others share one.
const textReader = new Reader()

/** A packet whose attachments are coming. */
interface Unfinished {
  readonly reader: Reader
  readonly disguised: boolean
  bytes: number
}

/** A reader for one link. Idle it holds nothing. */
export const createDecoder = (): Decode => {
  let unfinished: Unfinished | null = null

  const begin = (text: string): Packet | 'malformed' | null => {
    // The official decoder takes nothing for a zero.
    if (!/^\d/.test(text)) return 'malformed'
    const plain = text.replace(RESERVED, '$1 $2')
    const disguised = plain !== text
    if (text.startsWith('5') || text.startsWith('6')) {
      const reader = new Reader()
      reader.add(plain)
      unfinished = { reader, disguised, bytes: 0 }
      return null
    }
    const packet = textReader.add(plain)
    return packet ? packetOf(packet, disguised) : 'malformed'
  }

  const attach = (to: Unfinished, bytes: Uint8Array): Packet | 'malformed' | null => {
    to.bytes += bytes.byteLength
    if (to.bytes > MAX_ATTACHED_BYTES) return 'malformed'
    const packet = to.reader.add(bytes)
    if (!packet) return null
    unfinished = null
    return packetOf(packet, to.disguised)
  }

  return frame => {
    try {
      if (typeof frame !== 'string') return unfinished ? attach(unfinished, frame) : 'malformed'
      return unfinished ? 'malformed' : begin(frame)
    } catch {
      return 'malformed'
    }
  }
}

const packetOf = ({ type, nsp, data, id }: OfficialPacket, disguised: boolean): Packet | 'malformed' => {
  if (nsp.length > MAX_NAMESPACE || !(id === undefined || Number.isSafeInteger(id))) return 'malformed'
  const namespace = nsp
  switch (type) {
    case PacketType.CONNECT:
      return { type: 'connect', namespace, auth: isDeeper(data, MAX_DEPTH) ? undefined : data }
    case PacketType.DISCONNECT:
      return { type: 'disconnect', namespace }
    case PacketType.EVENT: {
      if (!Array.isArray(data)) return 'malformed'
      const [given, ...args] = data
      const name = disguised ? given.slice(1) : given
      return { type: 'event', namespace, name, args: shallow(args), ackId: id ?? null }
    }
    case PacketType.ACK:
      return Array.isArray(data) && id !== undefined ? { type: 'ack', namespace, id, args: shallow(data) } : 'malformed'
    default:
      return 'malformed'
  }
}

const shallow = (args: readonly unknown[]): readonly unknown[] => (isDeeper(args, MAX_DEPTH) ? [] : args)

const isDeeper = (value: unknown, levels: number): boolean => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return false
  if (levels === 0) return true
  return Object.values(value).some(part => isDeeper(part, levels - 1))
}
