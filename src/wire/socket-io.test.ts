import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Encoder, PacketType } from 'socket.io-parser'
import { createDecoder } from './socket-io.ts'

const decodeAll = (...frames: readonly (string | Uint8Array)[]) => frames.map(createDecoder())
const decode = (frame: string) => decodeAll(frame)[0]
const event = (name: string | number, args: readonly unknown[] = [], ackId: number | null = null, namespace = '/') => ({
  type: 'event' as const,
  namespace,
  name,
  args,
  ackId,
})
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

describe('a packet', () => {
  test.each([
    ['0', { type: 'connect', namespace: '/', auth: undefined }],
    ['0{"token":"x"}', { type: 'connect', namespace: '/', auth: { token: 'x' } }],
    ['0/admin,{"token":"x"}', { type: 'connect', namespace: '/admin', auth: { token: 'x' } }],
    ['1', { type: 'disconnect', namespace: '/' }],
    ['1/admin,', { type: 'disconnect', namespace: '/admin' }],
    ['2["hello",{"a":1},2]', event('hello', [{ a: 1 }, 2])],
    ['212["hello"]', event('hello', [], 12)],
    ['2/admin,0["hello"]', event('hello', [], 0, '/admin')],
    ['2[7,1]', event(7, [1])],
    ['2[""]', event('')],
    ['37["x"]', { type: 'ack', namespace: '/', id: 7, args: ['x'] }],
  ])('%s', (frame, expected) => {
    expect(decode(frame)).toEqual(expected as never)
  })

  test.each([
    '',
    ' ',
    'x',
    '7["a"]',
    '-1',
    '2',
    '2{}',
    '2[]',
    '2[null]',
    '2[{"a":1}]',
    '2[["a"]]',
    '2["a"',
    '2"a"',
    '3["x"]',
    '31',
    '31{}',
    '0"x"',
    '0[1]',
    '1{}',
    '4{"message":"no"}',
    '29007199254740993["a"]',
    `2${'9'.repeat(400)}["a"]`,
    `0/${'x'.repeat(300)}`,
    '5["a"]',
    '50-["a"]',
    '5-1-["a"]',
    '511-["a"]',
    '51e9-["a"]',
  ])('%p is none', frame => {
    expect(decode(frame)).toBe('malformed')
  })

  test('one that is none does not harm the next link', () => {
    expect([decode('2["a"'), decode('2["a"]')]).toEqual(['malformed', event('a')])
  })
})

describe('names', () => {
  test.each([
    'connect',
    'connect_error',
    'disconnect',
    'disconnecting',
    'newListener',
    'removeListener',
    'error',
    '__proto__',
    'constructor',
    'toString',
  ])('UM46: %s is an event like any other', name => {
    expect(decodeAll(`23["${name}",1]`, `2[ "${name}"]`)).toEqual([event(name, [1], 3), event(name)])
    const packed = decodeAll(`51-["${name}",{"_placeholder":true,"num":0}]`, new Uint8Array([1]))
    expect(packed).toEqual([null, event(name, [new Uint8Array([1])])])
  })
  test('a reserved name in another place stays as it is', () => {
    expect(decode('2["a",["disconnect"]]')).toEqual(event('a', [['disconnect']]))
    expect(decode('2[" disconnect"]')).toEqual(event(' disconnect'))
    expect(decode('0{"a":["disconnect"]}')).toMatchObject({ auth: { a: ['disconnect'] } })
  })
})

describe('attachments', () => {
  const placeholder = (num: number) => `{"_placeholder":true,"num":${num}}`
  test('are put back in their places', () => {
    const header = `52-7["file",{"a":[${placeholder(1)}]},${placeholder(0)}]`
    expect(decodeAll(header, new Uint8Array([1]), new Uint8Array([2, 3]))).toEqual([
      null,
      null,
      event('file', [{ a: [new Uint8Array([2, 3])] }, new Uint8Array([1])], 7),
    ])
    expect(decodeAll('61-4[1]', new Uint8Array([9])).at(-1)).toEqual({ type: 'ack', namespace: '/', id: 4, args: [1] })
  })
  test('links do not mix theirs', () => {
    const [one, two] = [createDecoder(), createDecoder()]
    expect([one(`51-["a",${placeholder(0)}]`), two(`51-["b",${placeholder(0)}]`)]).toEqual([null, null])
    expect([two(new Uint8Array([2])), one(new Uint8Array([1]))]).toEqual([
      event('b', [new Uint8Array([2])]),
      event('a', [new Uint8Array([1])]),
    ])
    expect([one('2["c"]'), two('2["d"]')]).toEqual([event('c'), event('d')])
  })
  test('nobody asked for, missing, out of range, or too large: malformed', () => {
    expect(decodeAll(new Uint8Array([1]))).toEqual(['malformed'])
    expect(decodeAll(`51-["a",${placeholder(0)}]`, '2["b"]')).toEqual([null, 'malformed'])
    for (const num of ['1', '-1', '"x"', '1e400', '"__proto__"']) {
      const header = `51-["a",{"_placeholder":true,"num":${num}}]`
      expect(decodeAll(header, new Uint8Array([1]))).toEqual([null, 'malformed'])
    }
    const half = new Uint8Array(1024 * 1024 + 1)
    expect(decodeAll(`53-["a"]`, half, half)).toEqual([null, null, 'malformed'])
  })
})

describe('depth', () => {
  test('UM46: an event that is nested too deep arrives with nothing in it', () => {
    expect(decode(`21["a",${nested(62)}]`)).toMatchObject({ name: 'a', args: [expect.anything()] })
    for (const levels of [65, 1000, 200_000]) expect(decode(`21["a",${nested(levels)}]`)).toEqual(event('a', [], 1))
    expect(decode(`0{"a":${nested(1000)}}`)).toEqual({ type: 'connect', namespace: '/', auth: undefined })
    expect(decode(`31[${nested(1000)}]`)).toEqual({ type: 'ack', namespace: '/', id: 1, args: [] })
  })
  test('with attachments, too, or malformed', () => {
    expect(decodeAll(`51-["a",${nested(1000)}]`, new Uint8Array(1)).at(-1)).toEqual(event('a'))
    // Deeper than the official decoder can walk.
    expect(() => decodeAll(`51-["a",${nested(200_000)}]`, new Uint8Array(1))).not.toThrow()
  })
})

test('__proto__ in a payload is a key like any other', () => {
  const packet = decode('2["a",{"__proto__":{"admin":true}}]')
  const payload = packet && packet !== 'malformed' && packet.type === 'event' ? packet.args[0] : null
  expect(Object.hasOwn(payload as object, '__proto__')).toBe(true)
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})

test('what the official client encodes is decoded to the same', () => {
  const encoder = new Encoder()
  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 5 }),
    fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes)),
  )
  const name = fc.string({ unit: 'binary' }).filter(text => !/^(dis)?connect|Listener$/.test(text))
  fc.assert(
    fc.property(name, fc.array(value, { maxLength: 5 }), fc.option(fc.nat()), (event, args, id) => {
      const packet = { type: PacketType.EVENT, nsp: '/', data: [event, ...args], ...(id === null ? {} : { id }) }
      const last = decodeAll(...encoder.encode(packet)).at(-1)
      const normal = JSON.parse(JSON.stringify(args)) as unknown[]
      const plain = last && last !== 'malformed' && last.type === 'event' ? last : null
      expect([plain?.name, plain?.ackId, JSON.parse(JSON.stringify(plain?.args))]).toEqual([event, id, normal])
    }),
  )
})

test('whatever is sent: a packet, null or malformed, never thrown', () => {
  const soup = fc
    .array(fc.constantFrom(...'0123456789-/,[]{}":ab _\\e+'), { maxLength: 30 })
    .map(parts => parts.join(''))
  fc.assert(
    fc.property(fc.array(fc.oneof(soup, fc.string(), fc.uint8Array({ maxLength: 9 })), { maxLength: 5 }), frames => {
      for (const packet of decodeAll(...frames)) expect(packet).not.toBeUndefined()
    }),
    { numRuns: 1000 },
  )
})
