// Pictures for tests, as small as they can be.
const u32 = (value: number): readonly number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
const u16 = (value: number): readonly number[] => [value >>> 8, value & 255]
const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')]

/** The beginning of a png of this size, filled up to so many bytes. */
export const png = (width: number, height: number, bytes = 64): Uint8Array<ArrayBuffer> => {
  const head = [
    ...ascii('\x89PNG\r\n\x1a\n'),
    ...u32(13),
    ...ascii('IHDR'),
    ...u32(width),
    ...u32(height),
    8,
    6,
    0,
    0,
    0,
  ]
  const whole = new Uint8Array(Math.max(bytes, head.length))
  whole.set(head)
  return whole
}

/** The beginning of a jpeg of this size. */
export const jpeg = (width: number, height: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array([
    ...[0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0],
    ...[0xff, 0xc0, 0, 17, 8, ...u16(height), ...u16(width), 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0],
    ...[0xff, 0xd9],
  ])

/** Where a picture is served: under the server's public address, which need not be the one that the tests call (OC91, OC105). */
export const avatarUrl = (id: string): RegExp => new RegExp(`^https?://[^/]+/v1/profile/avatar/${id}$`)
