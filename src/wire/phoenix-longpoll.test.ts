import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { v1, v2 } from './phoenix.ts'
import { decodeBatch, pollAnswer, statusAnswer } from './phoenix-longpoll.ts'

const NDJSON = 'application/x-ndjson'
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const push = (ref: string): string => JSON.stringify(['1', ref, 't', 'e', {}])
const json = (ref: string) => ({ type: 'json', joinRef: '1', ref, topic: 't', event: 'e', payload: {} }) as const
// kind 0, sizes 1 1 1 1, "1" "2" "t" "e", then two bytes that are no UTF-8
const BINARY = Buffer.from([0, 1, 1, 1, 1, 49, 50, 116, 101, 0xff, 0x00]).toString('base64')

describe('decodeBatch', () => {
  test('MS104: one frame a line, in order, whatever ends the line', () => {
    const expected = [json('1'), json('2'), json('3')]
    for (const end of ['\n', '\r\n']) {
      const batch = [push('1'), push('2'), push('3')].join(end)
      expect(decodeBatch(v2, bytes(batch), NDJSON)).toEqual(expected)
      expect(decodeBatch(v2, bytes(batch + end + end), NDJSON)).toEqual(expected)
    }
    expect(decodeBatch(v2, bytes(''), NDJSON)).toEqual([])
  })

  test('MS104: line ends inside strings do not split a frame', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: 'binary' }).filter(s => s.isWellFormed()),
          { maxLength: 20 },
        ),
        refs => {
          expect(decodeBatch(v2, bytes(refs.map(push).join('\n')), NDJSON)).toEqual(refs.map(json))
        },
      ),
    )
  })

  test('MS104: a line that does not start with [ is base64 of a binary frame', () => {
    const [first, second, third] = decodeBatch(v2, bytes(`${push('1')}\n${BINARY}\n${push('3')}`), NDJSON)
    expect(first).toEqual(json('1'))
    expect(second).toEqual({
      type: 'binary',
      joinRef: '1',
      ref: '2',
      topic: 't',
      event: 'e',
      payload: new Uint8Array([0xff, 0x00]),
    })
    expect(third).toEqual(json('3'))
  })

  test('MS104: any other content type makes the body one frame', () => {
    for (const type of [null, 'application/json', 'text/plain', ''])
      expect(decodeBatch(v2, bytes(push('1')), type)).toEqual([json('1')])
    expect(decodeBatch(v2, bytes(`${push('1')}\n${push('2')}`), 'application/json')).toMatchObject([
      { type: 'undecodable' },
    ])
    expect(decodeBatch(v2, bytes(''), null)).toMatchObject([{ type: 'undecodable' }])
  })

  test('MS104: the content type is read without regard to case and parameters', () => {
    for (const type of ['Application/X-NDJSON', 'application/x-ndjson; charset=utf-8', 'application/x-ndjson ;a=b'])
      expect(decodeBatch(v2, bytes(`${push('1')}\n${push('2')}`), type)).toEqual([json('1'), json('2')])
  })

  test('MS73: 1.0.0 frames come by line too', () => {
    const frame = '{"topic":"t","event":"e","payload":{},"ref":"1"}'
    expect(decodeBatch(v1, bytes(`${frame}\n${frame}`), NDJSON)).toHaveLength(2)
  })

  test.each(['[]', 'hello!', 'aGk', 'aGVsbG8=', '{}', ' ', `${BINARY}x`, BINARY.replace('=', ''), `=${BINARY}`, 'A'])(
    'MS105: the list ends with the undecodable line %j',
    line => {
      const frames = decodeBatch(v2, bytes(`${push('1')}\n${line}\n${push('3')}`), NDJSON)
      expect(frames).toMatchObject([json('1'), { type: 'undecodable' }])
    },
  )

  test('MS105: a body that is not UTF-8 is undecodable', () => {
    expect(decodeBatch(v2, new Uint8Array([0x5b, 0xff, 0x5d]), NDJSON)).toMatchObject([{ type: 'undecodable' }])
    expect(decodeBatch(v2, new Uint8Array([0x5b, 0xff, 0x5d]), null)).toMatchObject([{ type: 'undecodable' }])
  })

  test('holds at most 1000 frames of a body', () => {
    const full = Array.from({ length: 1000 }, (_, n) => push(String(n))).join('\n')
    expect(decodeBatch(v2, bytes(`${full}\n`), NDJSON).filter(frame => frame.type === 'json')).toHaveLength(1000)
    expect(decodeBatch(v2, bytes(`${full}\n${push('x')}\n${push('y')}`), NDJSON).slice(1000)).toMatchObject([
      { type: 'undecodable' },
    ])
    expect(decodeBatch(v2, bytes('\n'.repeat(1_000_000)), NDJSON)).toEqual([])
  })

  test('takes any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.constantFrom(NDJSON, null), (body, type) => {
        expect(Array.isArray(decodeBatch(v2, body, type))).toBe(true)
      }),
    )
  })
})

describe('answers', () => {
  test('MS103: frames travel as strings', () => {
    expect(JSON.parse(pollAnswer(200, 'tok', [push('1')]))).toEqual({
      status: 200,
      token: 'tok',
      messages: ['["1","1","t","e",{}]'],
    })
  })

  test('MS102, MS103: new and idle polls carry the token and no messages', () => {
    expect(JSON.parse(pollAnswer(410, 'new'))).toEqual({ status: 410, token: 'new', messages: [] })
    expect(JSON.parse(pollAnswer(204, 'tok'))).toEqual({ status: 204, token: 'tok', messages: [] })
  })

  test('MS105: the others are a status alone', () => {
    expect([200, 403, 408, 410].map(status => statusAnswer(status as 200))).toEqual([
      '{"status":200}',
      '{"status":403}',
      '{"status":408}',
      '{"status":410}',
    ])
  })
})
