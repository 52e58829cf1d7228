import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { fileNameOf, inspect, kindOf, printMime, sniff, typeOf } from './media.ts'

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  new Uint8Array(parts.flatMap(part => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : [...part])))
const shown = (head: Uint8Array): string => {
  const sniffed = sniff(head)
  if (!sniffed) return 'unknown'
  return sniffed.width === null ? sniffed.mime : `${sniffed.mime} ${sniffed.width}x${sniffed.height}`
}

const PNG = bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 2, 128, 0, 0, 1, 224])
const FRAME = [0xff, 0xc0, 0, 17, 8, 1, 224, 2, 128, 3, 1, 0x11, 0]
const riff = (kind: string, ...rest: readonly (string | readonly number[])[]) =>
  bytes('RIFF', [99, 0, 0, 0], kind, ...rest)
const ogg = (word: string) => bytes('OggS', [0, 2], Array(22).fill(0), word)
const film = (brand: string) => bytes([0, 0, 0, 24], 'ftyp', brand, [0, 0, 0, 0])

describe('OC108: what a file is, by how it begins', () => {
  test('the nine kinds that are vouched for', () => {
    const cases: readonly [Uint8Array, string][] = [
      [PNG, 'image/png 640x480'],
      [bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0], FRAME), 'image/jpeg 640x480'],
      [bytes('GIF89a', [128, 2, 224, 1]), 'image/gif 640x480'],
      [bytes('GIF87a', [128, 2, 224, 1]), 'image/gif 640x480'],
      [riff('WEBP', 'VP8X', [10, 0, 0, 0, 0, 0, 0, 0, 127, 2, 0, 223, 1, 0]), 'image/webp 640x480'],
      [riff('WEBP', 'VP8 ', [9, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 128, 2, 224, 1]), 'image/webp 640x480'],
      [riff('WEBP', 'VP8L', [9, 0, 0, 0, 0x2f, 127, 0xc2, 119, 0, 0, 0, 0, 0, 0]), 'image/webp 640x480'],
      [riff('WAVE', 'fmt '), 'audio/wav'],
      [film('isom'), 'video/mp4'],
      [film('mp42'), 'video/mp4'],
      [bytes([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x86, 0x81, 1, 0x42, 0x82, 0x84], 'webm'), 'video/webm'],
      [bytes('ID3', [4, 0]), 'audio/mpeg'],
      [bytes([0xff, 0xfb, 0x90, 0x64]), 'audio/mpeg'],
      [ogg('OpusHead'), 'audio/ogg'],
      [ogg('\x01vorbis'), 'audio/ogg'],
    ]
    for (const [head, expected] of cases) expect(shown(head)).toBe(expected)
  })

  test('their relatives, text and scraps are none of them', () => {
    const others = [
      film('qt  '),
      film('heic'),
      film('avif'),
      film('M4A '),
      bytes([0x1a, 0x45, 0xdf, 0xa3, 0x93, 0x42, 0x82, 0x88], 'matroska'),
      ogg('\x80theora'),
      riff('AVI '),
      bytes([0xff, 0xfe, 0x41, 0]),
      bytes([0xff, 0xf1, 0x50, 0x80]),
      bytes('<svg xmlns="http://www.w3.org/2000/svg">'),
      bytes('%PDF-1.7'),
      bytes('GIF'),
      bytes(),
    ]
    for (const head of others) expect(shown(head)).toBe('unknown')
  })

  test('any prefix of a file is looked at without harm, and a picture without a size has none', () => {
    for (const whole of [PNG, riff('WEBP', 'VP8X'), bytes('GIF89a', [1]), bytes([0xff, 0xd8, 0xff, 0xe0])]) {
      for (let end = 0; end <= whole.length; end++) expect(() => sniff(whole.subarray(0, end))).not.toThrow()
    }
    expect(shown(riff('WEBP', 'VP8X'))).toBe('image/webp')
    expect(shown(bytes('GIF89a', [0, 0, 0, 0]))).toBe('image/gif')
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), head => void sniff(head)))
  })

  test('else it is what it is said to be, unless a browser would act upon it', () => {
    const png = sniff(PNG)
    expect(typeOf(png, 'text/html')).toBe('image/png')
    for (const harmless of ['text/plain', 'application/pdf', 'application/zip', 'text/css']) {
      expect(typeOf(null, `${harmless}; charset=x`)).toBe(harmless)
    }
    const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    expect(typeOf(null, word)).toBe(word)
    const acted = [
      'image/png',
      'video/mp4',
      'audio/mpeg',
      'text/html',
      'application/xhtml+xml',
      'text/xml',
      'application/xml',
    ]
    for (const active of [
      ...acted,
      'image/svg+xml',
      'text/xsl',
      'application/atom+xml',
      'text/javascript',
      'application/ecmascript',
      '',
      'x',
      'a b/c',
    ]) {
      expect([active, typeOf(null, active)]).toEqual([active, 'application/octet-stream'])
    }
    expect(typeOf(null, null)).toBe('application/octet-stream')
  })

  test('of files of other doors their claim is printed, if it is one of the nine or harmless', () => {
    expect(['image/png', 'audio/ogg', 'application/pdf', 'image/heic', 'text/html', ''].map(printMime)).toEqual([
      'image/png',
      'audio/ogg',
      'application/pdf',
      'application/octet-stream',
      'application/octet-stream',
      'application/octet-stream',
    ])
    expect(['image/png', 'video/mp4', 'audio/wav', 'text/plain', 'video/quicktime'].map(kindOf)).toEqual([
      'image',
      'video',
      'audio',
      'file',
      'file',
    ])
  })
})

describe('OC109: what a file is called', () => {
  test('at most 200 code points, a short extension kept; nothing harmful; never nothing', () => {
    expect(fileNameOf('a/b/c.txt')).toBe('c.txt')
    expect(fileNameOf(null)).toBe('file')
    expect(fileNameOf(`${'n'.repeat(250)}.txt`)).toBe(`${'n'.repeat(196)}.txt`)
    expect(fileNameOf(`${'n'.repeat(210)}.${'e'.repeat(30)}`)).toBe('n'.repeat(200))
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), given => {
        const name = fileNameOf(given)
        expect([...name].length).toBeWithin(1, 201)
        expect(name).not.toMatch(/[\p{Cc}/\\]/u)
        expect(fileNameOf(name)).toBe(name)
      }),
    )
  })
})

describe('looking at a stream', () => {
  async function* stream(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    yield* chunks
  }
  const drained = async (source: AsyncIterable<Uint8Array>): Promise<Buffer> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of source) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  test('it comes out as it went in, however it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 6 }), async chunks => {
        const { bytes: out } = await inspect(stream(...chunks))
        expect((await drained(out)).equals(Buffer.concat(chunks))).toBe(true)
      }),
    )
  })

  test('a png is known though it comes byte by byte; a jpeg behind a long preview, but not for ever', async () => {
    const slowly = [...PNG].map(byte => new Uint8Array([byte]))
    expect((await inspect(stream(...slowly))).sniffed).toMatchObject({ mime: 'image/png', width: 640 })
    const preview = bytes([0xff, 0xe1, 0xff, 0xff], Array(65_533).fill(0))
    const jpeg = (previews: number) => [bytes([0xff, 0xd8]), ...Array(previews).fill(preview), bytes(FRAME)]
    expect((await inspect(stream(...jpeg(3)))).sniffed).toMatchObject({ mime: 'image/jpeg', width: 640, height: 480 })
    let taken = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield bytes([0xff, 0xd8])
      for (; taken < 100; taken++) yield preview
    }
    expect((await inspect(endless())).sniffed).toMatchObject({ mime: 'image/jpeg', width: null })
    expect(taken).toBeLessThan(6)
  })

  test('whoever stops reading lets go of the source; what it throws, they hear', async () => {
    let over = false
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(5000)
      } finally {
        over = true
      }
    }
    for await (const _ of (await inspect(source())).bytes) break
    expect(over).toBe(true)
    // biome-ignore lint/correctness/useYield: it breaks off before the first byte
    async function* broken(): AsyncGenerator<Uint8Array> {
      throw new Error('gone')
    }
    await expect(inspect(broken())).rejects.toThrow('gone')
  })
})
