import { describe, expect, test } from 'bun:test'
import { decodePacket as officialPacket, decodePayload as officialPayload } from 'engine.io-parser'
import fc from 'fast-check'
import { decodePacket, decodePayload, encodePayload, openPacket, packets } from './engine-io.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const decode = (text: string, maxPackets = 100) => decodePayload(bytes(text), maxPackets)

describe('a packet', () => {
  test.each([
    ['4hello', { type: 'message', data: 'hello' }],
    ['4', { type: 'message', data: '' }],
    ['2probe', { type: 'ping', data: 'probe' }],
    ['3', { type: 'pong', data: '' }],
    ['1', { type: 'close', data: '' }],
    ['5', { type: 'upgrade', data: '' }],
    ['6', { type: 'noop', data: '' }],
    ['bAQID', { type: 'message', data: Buffer.from([1, 2, 3]) }],
    [new Uint8Array([1, 2]), { type: 'message', data: Buffer.from([1, 2]) }],
  ] as const)('%p', (frame, expected) => {
    expect(decodePacket(frame)).toEqual(expected)
  })
  test.each(['', 'abc', '7', '9x', ' 4', '{}', '__proto__', '\x1e4'])('%p is none', frame => {
    expect(decodePacket(frame)).toBe('malformed')
  })
})

describe('a payload', () => {
  test('holds packets in order', () => {
    expect(decode('4a\x1e2probe\x1ebAQ==')).toEqual([
      { type: 'message', data: 'a' },
      { type: 'ping', data: 'probe' },
      { type: 'message', data: Buffer.from([1]) },
    ])
  })
  test.each(['', '\x1e', '4a\x1e', '\x1e4a', '4a\x1e\x1e4b', '4a\x1eabc', '4a\nx\x1e?'])('%p is none', text => {
    expect(decode(text)).toBe('malformed')
  })
  test('bytes that are no UTF-8 are none, nor is a byte order mark', () => {
    expect(decodePayload(new Uint8Array([0x34, 0xff, 0xfe]), 10)).toBe('malformed')
    expect(decode('\ufeff4a')).toBe('malformed')
  })
  test('so many packets and no more', () => {
    expect(decode('4\x1e4\x1e4', 3)).toHaveLength(3)
    expect(decode('4\x1e4\x1e4\x1e4', 3)).toBe('malformed')
  })
  test('whatever the bytes: packets or malformed, never thrown', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), body => {
        const decoded = decodePayload(body, 10)
        expect(decoded === 'malformed' || decoded.every(packet => packet.type.length > 0)).toBe(true)
      }),
    )
  })
  test('what is encoded is what the official client decodes', () => {
    const frame = fc.oneof(
      fc.string({ unit: 'binary' }).map(text => `4${text.replaceAll('\x1e', '')}`),
      fc.uint8Array({ maxLength: 50 }),
    )
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 10 }), frames => {
        expect(officialPayload(encodePayload(frames))).toEqual(frames.map(each => officialPacket(each)))
      }),
    )
  })
})

test('what a server says is understood by the official client', () => {
  const handshake = { sid: 'x', upgrades: ['websocket'], pingInterval: 25, pingTimeout: 20, maxPayload: 1 } as const
  const { type, data } = officialPacket(openPacket(handshake))
  expect([type, JSON.parse(data)]).toEqual(['open', handshake])
  expect(Object.values(packets).map(packet => officialPacket(packet))).toEqual([
    { type: 'close' },
    { type: 'ping' },
    { type: 'pong', data: 'probe' },
    { type: 'noop' },
  ])
})
