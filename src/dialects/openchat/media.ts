// What kind of file something is, what it is called and how large a picture it holds, as far as this contract vouches for
// it (OC108, OC109). Told by a stream's first bytes; the stream itself goes on to wherever it is kept.
import { mimeEssence, safeFileName } from '../../wire/disposition.ts'
import { readPicture } from './picture.ts'

/** What the first bytes tell. Width and height in pixels, of pictures only, where they stand there. */
export interface Sniffed {
  readonly mime: string
  readonly width: number | null
  readonly height: number | null
}

/** Told by their bytes, and shown inside a page. */
const KNOWN: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'video/mp4',
  'video/webm',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
])
const ANY_TYPE = 'application/octet-stream'
/** Claims that a browser would act upon, but for the media types; office documents are called `openxmlformats` and are none. */
const ACTIVE = /html|\+xml$|\/(xml|xsl)|svg|(java|ecma|j|vb|live|type)script/
const MEDIA = /^(image|video|audio)\//

/** Code points of a name, and of the extension that is kept when it is cut. */
const NAME = 200
const EXTENSION = 20

/** Enough for every kind of file told here, and for most pictures' sizes. */
const HEAD_BYTES = 4096
/** How far the size of a jpeg is looked for, behind its previews and colour tables. */
const JPEG_BYTES = 256 * 1024

/** A stored type as it is printed: what nobody has looked into is not called a picture, a film, a sound or a program. */
export const printMime = (mime: string): string => {
  const type = mimeEssence(mime)
  if (type === null) return ANY_TYPE
  return KNOWN.has(type) || !isActive(type) ? type : ANY_TYPE
}

const isActive = (type: string): boolean => MEDIA.test(type) || ACTIVE.test(type)

/** The type of a file that begins so: what it is, else what it is claimed to be, if that is harmless. */
export const typeOf = (sniffed: Sniffed | null, claimed: string | null): string => {
  if (sniffed) return sniffed.mime
  const type = mimeEssence(claimed)
  return type === null || isActive(type) ? ANY_TYPE : type
}

/** What a message with such a file is, unless its sender says otherwise (OC76). */
export const kindOf = (mime: string): 'image' | 'video' | 'audio' | 'file' => {
  const [family = ''] = printMime(mime).split('/')
  return family === 'image' || family === 'video' || family === 'audio' ? family : 'file'
}

/** A name that harms nobody, of 1 to 200 code points (OC109); a cut keeps a short extension. */
export const fileNameOf = (given: string | null): string => {
  const name = safeFileName(given)
  const points = [...name]
  if (points.length <= NAME) return name
  const dot = points.lastIndexOf('.')
  const extension = dot > 0 && points.length - dot <= EXTENSION ? points.slice(dot) : []
  return [...points.slice(0, NAME - extension.length), ...extension].join('')
}

const ascii = (bytes: Uint8Array, at: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(at, at + length))

/** Brands of films; others of this container are still pictures, sounds, or QuickTime's own. */
const FILM_BRANDS = /^(iso[m2-9]|mp4[12]|avc1|dash|msdh|M4V[ HP]|MSNV|mmp4|f4v )$/
/** Sounds by what the first packet of their container says. */
const OGG_SOUNDS = ['\x01vorbis', 'OpusHead', 'Speex   ', '\x7fFLAC'] as const
const MATROSKA = '\x1a\x45\xdf\xa3'
/** The element that says which of its kinds a Matroska file is: four bytes of text, `webm`. */
const IS_WEBM = '\x42\x82\x84webm'

/** Whether this is the header of an MPEG frame of layer III: with a bit rate and a sample rate that exist. */
const isMp3Frame = ([first = 0, second = 0, third = 0]: Uint8Array): boolean =>
  first === 0xff &&
  (second & 0xe6) === 0xe2 &&
  (second & 0x18) !== 0x08 &&
  (third & 0xf0) !== 0xf0 &&
  (third & 0xf0) !== 0 &&
  (third & 0x0c) !== 0x0c

const gifSize = (view: DataView): readonly [number, number] | null =>
  view.byteLength >= 10 ? [view.getUint16(6, true), view.getUint16(8, true)] : null

/** By the kind of its first chunk: plain, lossless, or with features. */
const webpSize = (bytes: Uint8Array, view: DataView): readonly [number, number] | null => {
  if (bytes.length < 30) return null
  const chunk = ascii(bytes, 12, 4)
  if (chunk === 'VP8X') return [1 + (view.getUint32(24, true) & 0xffffff), 1 + (view.getUint32(26, true) >>> 8)]
  if (chunk === 'VP8 ') return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]
  const bits = chunk === 'VP8L' ? view.getUint32(21, true) : null
  return bits === null ? null : [1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)]
}

const picture = (mime: string, size: readonly [number, number] | null): Sniffed => {
  const [width, height] = size ?? [0, 0]
  return width > 0 && height > 0 ? { mime, width, height } : { mime, width: null, height: null }
}

/** What a file that begins with these bytes is; null for whatever this contract does not vouch for. */
export const sniff = (head: Uint8Array): Sniffed | null => {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  const start = ascii(head, 0, 8)
  if (start === '\x89PNG\r\n\x1a\n' || start.startsWith('\xff\xd8\xff')) {
    const mime = start.startsWith('\x89') ? 'image/png' : 'image/jpeg'
    const { width, height } = readPicture(head) ?? { width: null, height: null }
    return { mime, width, height }
  }
  if (/^GIF8[79]a/.test(start)) return picture('image/gif', gifSize(view))
  const rest = ascii(head, 8, 4)
  if (start.startsWith('RIFF') && rest === 'WEBP') return picture('image/webp', webpSize(head, view))
  const other = (mime: string): Sniffed => ({ mime, width: null, height: null })
  if (start.startsWith('RIFF') && rest === 'WAVE') return other('audio/wav')
  if (start.endsWith('ftyp') && FILM_BRANDS.test(rest)) return other('video/mp4')
  if (start.startsWith(MATROSKA) && ascii(head, 0, 64).includes(IS_WEBM)) return other('video/webm')
  if (start.startsWith('OggS') && OGG_SOUNDS.some(word => ascii(head, 28, word.length) === word)) {
    return other('audio/ogg')
  }
  return start.startsWith('ID3') || isMp3Frame(head) ? other('audio/mpeg') : null
}

/** A stream whose beginning can be looked at. */
interface Peeked {
  /** At least `count` bytes, if there are so many. What the stream throws, it throws. */
  head(count: number): Promise<Uint8Array>
  /** All of it, the beginning included. To be read once, or let go of by `return`. */
  readonly bytes: AsyncGenerator<Uint8Array>
}

const peek = (stream: AsyncIterable<Uint8Array>): Peeked => {
  const source = stream[Symbol.asyncIterator]()
  let held: Uint8Array = new Uint8Array(0)
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (held.length > 0) yield held
      for (let next = await source.next(); !next.done; next = await source.next()) yield next.value
    } finally {
      await source.return?.()
    }
  }
  return {
    async head(count) {
      const chunks = [held]
      let size = held.length
      while (size < count) {
        const next = await source.next()
        if (next.done) break
        chunks.push(next.value)
        size += next.value.length
      }
      held = new Uint8Array(Buffer.concat(chunks))
      return held
    },
    bytes: all(),
  }
}

/** Looks at how a file begins: what it is, and the file as it came. */
export const inspect = async (
  stream: AsyncIterable<Uint8Array>,
): Promise<{ readonly sniffed: Sniffed | null; readonly bytes: AsyncIterable<Uint8Array> }> => {
  const peeked = peek(stream)
  let sniffed = sniff(await peeked.head(HEAD_BYTES))
  if (sniffed?.mime === 'image/jpeg' && sniffed.width === null) sniffed = sniff(await peeked.head(JPEG_BYTES))
  return { sniffed, bytes: peeked.bytes }
}
