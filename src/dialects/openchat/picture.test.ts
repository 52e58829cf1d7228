// What pictures are, told from hostile bytes.
import { describe, expect, test } from 'bun:test'
import { readPicture } from './picture.ts'

const bytes = (...parts: readonly (number | string | readonly number[])[]): Uint8Array =>
  new Uint8Array(
    parts.flatMap(part =>
      typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : typeof part === 'number' ? [part] : [...part],
    ),
  )
const u32 = (value: number) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
const u16 = (value: number) => [value >>> 8, value & 255]

const PNG = '\x89PNG\r\n\x1a\n'
const png = (width: number, height: number) => bytes(PNG, u32(13), 'IHDR', u32(width), u32(height), [8, 6, 0, 0, 0])
const segment = (marker: number, ...body: readonly number[]) => [0xff, marker, ...u16(body.length + 2), ...body]
const frame = (marker: number, width: number, height: number) =>
  segment(marker, 8, ...u16(height), ...u16(width), 3, 1, 0x11, 0)
const jpeg = (...parts: readonly (readonly number[])[]) => bytes([0xff, 0xd8], ...parts)

describe('OC91: a picture is known by its bytes', () => {
  test('OC91: png and jpeg say how large they are', () => {
    expect(readPicture(png(640, 480))).toEqual({ mime: 'image/png', width: 640, height: 480 })
    expect(readPicture(jpeg(segment(0xe0, 1, 2, 3), frame(0xc0, 300, 200)))).toEqual({
      mime: 'image/jpeg',
      width: 300,
      height: 200,
    })
    // Progressive, behind tables, filling bytes and a mark without a length.
    const odd = jpeg(segment(0xc4, 0, 0, 0), [0xff, 0xff], [0xff, 0x01], frame(0xc2, 7, 9))
    expect(readPicture(odd)).toEqual({ mime: 'image/jpeg', width: 7, height: 9 })
  })

  test('OC91: a view into a larger buffer is read where it begins', () => {
    const whole = bytes([1, 2, 3], [...png(5, 6)])
    expect(readPicture(whole.subarray(3))).toEqual({ mime: 'image/png', width: 5, height: 6 })
  })

  test.each([
    ['nothing', bytes()],
    ['a gif', bytes('GIF89a', [1, 0, 1, 0])],
    ['markup', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a png cut off', png(1, 1).subarray(0, 20)],
    ['a png without its header', bytes(PNG, u32(13), 'IDAT', u32(1), u32(1))],
    ['a png of no width', png(0, 10)],
    ['a jpeg cut off', jpeg(frame(0xc0, 1, 1)).subarray(0, 8)],
    ['a jpeg of no height', jpeg(frame(0xc0, 10, 0))],
    ['a jpeg that begins before it says how large it is', jpeg(segment(0xda, 1), frame(0xc0, 1, 1))],
    ['a jpeg with rubbish between', jpeg([0, 0], frame(0xc0, 1, 1))],
    ['a jpeg with a length of nothing', jpeg([0xff, 0xe0, 0, 0], [0xff, 0xe0, 0, 0])],
    ['a jpeg with a length beyond its end', jpeg([0xff, 0xe0, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7])],
  ])('OC91: %s is no picture', (_, given) => {
    expect(readPicture(given)).toBeNull()
  })

  test('OC91: two megabytes of marks that lead nowhere are read in no time', () => {
    const marks = new Uint8Array(2_097_152).fill(0xff)
    marks[1] = 0xd8
    const begun = performance.now()
    expect(readPicture(marks)).toBeNull()
    expect(performance.now() - begun).toBeLessThan(1000)
  })
})
