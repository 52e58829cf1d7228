import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { createSseReader, type StreamEvent } from './sse.ts'

const readAll = (pieces: readonly string[]): StreamEvent[] => {
  const read = createSseReader()
  return pieces.flatMap(piece => [...read(piece)])
}

/** The text cut at any places, empty pieces among them. */
const cut = (text: string): fc.Arbitrary<string[]> =>
  fc.array(fc.nat(text.length), { maxLength: 30 }).map(places => {
    const at = [0, ...places.toSorted((a, b) => a - b), text.length]
    return at.slice(1).map((end, i) => text.slice(at[i], end))
  })

const line = fc.oneof(
  fc.constantFrom(
    ':',
    ': comment',
    'data',
    'data:',
    'data: ',
    'data:  two blanks',
    'id',
    'id: 7',
    'id:a\0b',
    'retry: 5',
    'event: x',
    '',
  ),
  fc.string({ maxLength: 12 }).map(text => `data: ${text.replaceAll(/[\r\n]/g, ' ')}`),
)
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 40 })
  .map(lines => lines.map(([text, end]) => `${text}${end}`).join(''))

test('how the stream is cut changes nothing', () => {
  fc.assert(
    fc.property(
      stream.chain(text => fc.tuple(fc.constant(text), cut(text))),
      ([text, pieces]) => {
        expect(readAll(pieces)).toEqual(readAll([text]))
      },
    ),
    { numRuns: 500 },
  )
})

test('what is printed is read, in any of the three line ends', () => {
  const event = fc.record({
    id: fc.stringMatching(/^[\w-]{1,8}$/),
    lines: fc.array(fc.stringMatching(/^[^\r\n\0]{0,12}$/), { minLength: 1, maxLength: 4 }),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), fc.constantFrom('\n', '\r\n', '\r'), (events, end) => {
      const print = ({ id, lines }: (typeof events)[number]): string =>
        [`id: ${id}`, ...lines.map(each => `data: ${each}`), '', ''].join(end)
      expect(readAll([events.map(print).join('')])).toEqual(
        events.map(({ id, lines }) => ({ id, data: lines.join('\n') })),
      )
    }),
  )
})

test('an event that ends with CR comes at once, not with what follows it', () => {
  const read = createSseReader()
  expect(read('data: a\r\r')).toEqual([{ id: null, data: 'a' }])
  expect(read('\ndata: b\r\n')).toEqual([])
  expect(read('\r')).toEqual([{ id: null, data: 'b' }])
})

test('an id holds until the next; a bad one is no id; what has no data is no event', () => {
  expect(readAll(['id: 1\n\ndata: a\n\nid: x\0\ndata: b\n\nid\ndata: c\n\n: d\nretry: 1\n\n'])).toEqual([
    { id: '1', data: 'a' },
    { id: '1', data: 'b' },
    { id: '', data: 'c' },
  ])
})

test('an event that has not ended is not told', () => {
  expect(readAll(['data: a\n', 'data: b'])).toEqual([])
})

test('a stream that never ends a line, or an event, is refused; one that only comments is not', () => {
  const mebi = 'x'.repeat(1024 * 1024)
  const line = createSseReader()
  expect(() => Array.from({ length: 17 }, () => line(mebi))).toThrow('without an end')
  const event = createSseReader()
  expect(() => Array.from({ length: 17 }, () => event(`data: ${mebi}\n`))).toThrow('without an end')
  const comments = createSseReader()
  for (let i = 0; i < 40; i++) comments(`: ${mebi}\n`)
  expect(comments('data: still here\n\n')).toEqual([{ id: null, data: 'still here' }])
})

test('a long line in small pieces takes no longer than it should', () => {
  const read = createSseReader()
  read('data: ')
  for (let i = 0; i < 300_000; i++) read('0123456789')
  expect(read('\n\n')[0]?.data.length).toBe(3_000_000)
})
