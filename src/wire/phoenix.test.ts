import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import * as phoenix from 'phoenix'
import type { JsonValue } from '../base/json.ts'
import { framingFor, type Ref, v1, v2 } from './phoenix.ts'

/** A message as the official client knows it. */
interface Message {
  readonly join_ref: Ref
  readonly ref: Ref
  readonly topic: string
  readonly event: string
  readonly payload: unknown
}
interface OfficialSerializer {
  encode(message: Message, done: (encoded: string | ArrayBuffer) => void): void
  decode(raw: string | ArrayBuffer, done: (message: Message) => void): void
}
// Exported by the package, absent from its types.
const official = (phoenix as unknown as { readonly Serializer: OfficialSerializer }).Serializer

const officialEncode = (message: Message): string | Uint8Array => {
  const out: (string | ArrayBuffer)[] = []
  official.encode(message, encoded => out.push(encoded))
  const [encoded = ''] = out
  return typeof encoded === 'string' ? encoded : new Uint8Array(encoded)
}
const officialDecode = (raw: string): Message => {
  const out: Message[] = []
  official.decode(raw, message => out.push(message))
  const [message] = out
  if (!message) throw new Error('the official client could not read it')
  return message
}

const text = fc.string({ unit: 'binary' }).filter(given => given.isWellFormed())
const ref: fc.Arbitrary<Ref> = fc.oneof(text, fc.integer(), fc.constant(null), fc.constantFrom('0', '1', ''))
const payload = fc
  .dictionary(text, fc.jsonValue())
  .map(given => JSON.parse(JSON.stringify(given)) as { [key: string]: JsonValue })

describe('2.0.0 against the official client', () => {
  test('MS73: reads whatever it writes', () => {
    fc.assert(
      fc.property(ref, ref, text, text, payload, (join_ref, ref, topic, event, payload) => {
        const frame = officialEncode({ join_ref, ref, topic, event, payload })
        expect(v2.decode(frame)).toEqual({ type: 'json', joinRef: join_ref, ref, topic, event, payload })
      }),
    )
  })

  test('MS80: reads the binary pushes it writes', () => {
    const short = text.filter(given => Buffer.byteLength(given) <= 255)
    fc.assert(
      fc.property(short, short, short, short, fc.uint8Array(), (join_ref, ref, topic, event, bytes) => {
        const buffer = new Uint8Array(bytes).buffer
        const frame = officialEncode({ join_ref, ref, topic, event, payload: buffer })
        const read = v2.decode(frame)
        expect(read).toMatchObject({ type: 'binary', joinRef: join_ref || null, ref: ref || null, topic, event })
        expect(read.type === 'binary' && [...read.payload]).toEqual([...bytes])
      }),
    )
  })

  test('MS74: it reads our replies', () => {
    fc.assert(
      fc.property(ref, ref, text, payload, fc.constantFrom('ok', 'error'), (joinRef, ref, topic, response, status) => {
        expect(officialDecode(v2.reply({ joinRef, ref, topic }, status, response))).toEqual({
          join_ref: joinRef,
          ref,
          topic,
          event: 'phx_reply',
          payload: { status, response },
        })
      }),
    )
  })

  test('MS75: it reads our pushes, one tail under many heads', () => {
    fc.assert(
      fc.property(fc.array(ref), text, text, payload, (joinRefs, topic, event, payload) => {
        const tail = v2.tail(topic, event, payload)
        for (const join_ref of joinRefs)
          expect(officialDecode(v2.push(join_ref, tail))).toEqual({ join_ref, ref: null, topic, event, payload })
      }),
    )
  })

  test('MS87, MS90: it reads our closes and errors', () => {
    const common = { join_ref: '7', ref: '7', topic: 'conversation:x', payload: {} }
    expect(officialDecode(v2.close('7', 'conversation:x'))).toEqual({ ...common, event: 'phx_close' })
    expect(officialDecode(v2.error('7', 'conversation:x'))).toEqual({ ...common, event: 'phx_error' })
  })
})

describe('2.0.0', () => {
  test('MS73: ignores elements after the fifth', () => {
    expect(v2.decode('["1","2","t","e",{"a":1},"more",[]]')).toEqual({
      type: 'json',
      joinRef: '1',
      ref: '2',
      topic: 't',
      event: 'e',
      payload: { a: 1 },
    })
  })

  test('MS83, MS84: a payload of any JSON type is handed on, null included', () => {
    for (const given of ['null', '1', '"x"', '[]', 'false'])
      expect(v2.decode(`[null,null,"t","e",${given}]`)).toMatchObject({ type: 'json', payload: JSON.parse(given) })
  })

  test.each([
    '',
    'hello',
    'null',
    '{}',
    '{"topic":"t","event":"e","payload":{},"ref":"1"}',
    '[]',
    '["1","1","t","e"]',
    '["1","1",5,"e",{}]',
    '["1","1","t",null,{}]',
    '["1",{},"t","e",{}]',
    '[["1"],"1","t","e",{}]',
    '["1",true,"t","e",{}]',
    `["${'1'.repeat(256)}","1","t","e",{}]`,
    `["1","${'1'.repeat(256)}","t","e",{}]`,
    '["1","1","t","e",{}',
    `["1","1","t","e",${'['.repeat(100)}${']'.repeat(100)}]`,
    '['.repeat(1_000_000),
  ])('MS79: %.60s is undecodable', frame => {
    expect(v2.decode(frame).type).toBe('undecodable')
  })

  test.each([
    ['nothing', []],
    ['a head cut short', [0, 1, 1, 1]],
    ['a reply', [1, 0, 0, 0, 0]],
    ['a broadcast', [2, 0, 0, 0, 0]],
    ['an unknown kind', [255, 0, 0, 0, 0]],
    ['sizes past the end', [0, 0, 0, 200, 200, 65]],
    ['one byte short', [0, 1, 1, 1, 1, 65, 65, 65]],
    ['a topic that is not UTF-8', [0, 0, 0, 1, 0, 0xff]],
    ['a cut character in the event', [0, 0, 0, 0, 1, 0xc3, 0xa6]],
  ])('MS79: binary of %s is undecodable', (_name, bytes) => {
    expect(v2.decode(new Uint8Array(bytes)).type).toBe('undecodable')
  })

  test('MS80: empty binary refs are null refs', () => {
    const read = v2.decode(new Uint8Array([0, 0, 0, 1, 1, 116, 101, 9]))
    expect(read).toEqual({
      type: 'binary',
      joinRef: null,
      ref: null,
      topic: 't',
      event: 'e',
      payload: new Uint8Array([9]),
    })
  })

  test('MS79: takes any text and any bytes without throwing', () => {
    const types = ['json', 'binary', 'undecodable']
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.uint8Array(),
          fc.uint8Array().map(b => new Uint8Array([0, ...b])),
        ),
        frame => {
          expect(types).toContain(v2.decode(frame).type)
          expect(types).toContain(v1.decode(frame).type)
        },
      ),
    )
  })
})

describe('1.0.0', () => {
  test('MS73: reads an object, ignores its join_ref and other keys', () => {
    fc.assert(
      fc.property(ref, text, text, payload, (ref, topic, event, payload) => {
        const expected = { type: 'json', joinRef: null, ref, topic, event, payload } as const
        expect(v1.decode(JSON.stringify({ topic, event, payload, ref }))).toEqual(expected)
        expect(v1.decode(JSON.stringify({ join_ref: '9', more: [], ref, payload, event, topic }))).toEqual(expected)
      }),
    )
  })

  test.each([
    'hello',
    '[]',
    '["1","1","t","e",{}]',
    '{}',
    '{"topic":"t","event":"e","payload":{}}',
    '{"topic":"t","event":"e","ref":"1"}',
    '{"topic":1,"event":"e","payload":{},"ref":"1"}',
    '{"topic":"t","payload":{},"ref":"1"}',
    '{"topic":"t","event":"e","payload":{},"ref":[]}',
    `{"topic":"t","event":"e","payload":{},"ref":"${'1'.repeat(256)}"}`,
    '{"__proto__":{"topic":"t","event":"e","payload":{},"ref":"1"}}',
  ])('MS79: %s is undecodable', frame => {
    expect(v1.decode(frame).type).toBe('undecodable')
  })

  test('MS79: has no binary', () => {
    expect(v1.decode(new Uint8Array([0, 0, 0, 1, 1, 116, 101])).type).toBe('undecodable')
  })

  test('MS74, MS75, MS87: writes exactly four keys', () => {
    const written = [
      v1.reply({ joinRef: '1', ref: 2, topic: 't' }, 'error', { reason: 'x' }),
      v1.push('1', v1.tail('t', 'e', { a: 1 })),
      v1.close('1', 't'),
      v1.error('1', 't'),
    ].map(frame => JSON.parse(frame) as unknown)
    expect(written).toEqual([
      { topic: 't', event: 'phx_reply', payload: { status: 'error', response: { reason: 'x' } }, ref: 2 },
      { topic: 't', event: 'e', payload: { a: 1 }, ref: null },
      { topic: 't', event: 'phx_close', payload: {}, ref: '1' },
      { topic: 't', event: 'phx_error', payload: {}, ref: '1' },
    ])
  })
})

test('MS71: absent and 1.0.0 ask for objects, 2.0.0 for arrays, nothing else for anything', () => {
  expect(framingFor(null)).toBe(v1)
  expect(framingFor('1.0.0')).toBe(v1)
  expect(framingFor('2.0.0')).toBe(v2)
  for (const vsn of ['', '2', '2.1.0', '1.0', 'abc', '2.0.0 ', '__proto__']) expect(framingFor(vsn)).toBeNull()
})
