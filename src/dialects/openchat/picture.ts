// Reads what a small picture is, and how large, from its bytes: png and jpeg (OC91).

export interface Picture {
  readonly mime: 'image/png' | 'image/jpeg'
  /** Pixels, before any turning that metadata asks for. */
  readonly width: number
  readonly height: number
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
/** `IHDR`, which a png must begin with. */
const HEADER = [0x49, 0x48, 0x44, 0x52]

const has = (bytes: Uint8Array, at: number, expected: readonly number[]): boolean =>
  expected.every((byte, i) => bytes[at + i] === byte)

const sized = (mime: Picture['mime'], width: number, height: number): Picture | null =>
  width > 0 && height > 0 ? { mime, width, height } : null

const readPng = (bytes: Uint8Array, view: DataView): Picture | null =>
  bytes.length >= 24 && has(bytes, 12, HEADER) ? sized('image/png', view.getUint32(16), view.getUint32(20)) : null

/** Frame headers of all kinds of jpeg; C4, C8 and CC stand among them and are none. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)

/** Marks that stand alone, without a length. */
const isBare = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)

const readJpeg = (bytes: Uint8Array, view: DataView): Picture | null => {
  let at = 2
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return null
    const marker = bytes[at + 1] ?? 0
    if (marker === 0xff) at += 1
    else if (isBare(marker)) at += 2
    // The picture itself begins, or ends, without having said how large it is.
    else if (marker === 0xda || marker === 0xd9) return null
    else if (isFrame(marker)) return sized('image/jpeg', view.getUint16(at + 7), view.getUint16(at + 5))
    else at += 2 + Math.max(2, view.getUint16(at + 2))
  }
  return null
}

/** Null for anything else, and for headers that make no sense. Linear in the bytes, which are all there. */
export const readPicture = (bytes: Uint8Array): Picture | null => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (has(bytes, 0, PNG)) return readPng(bytes, view)
  return has(bytes, 0, [0xff, 0xd8, 0xff]) ? readJpeg(bytes, view) : null
}
