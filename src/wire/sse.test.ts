import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { encodeSse, encodeSseComment } from './sse.ts'

interface Dispatched {
  readonly id: string
  readonly event: string
  readonly data: string
}
/** What EventSource makes of a stream: the algorithm of the HTML standard, line by line. */
const dispatched = (
  stream: string,
): { readonly events: readonly Dispatched[]; readonly id: string; readonly retry: number | null } => {
  const events: Dispatched[] = []
  let id = ''
  let event = ''
  let data: string[] = []
  let retry: number | null = null
  const lines = stream.split(/\r\n|\r|\n/)
  lines.pop()
  for (const line of lines) {
    if (line === '') {
      if (data.length > 0) events.push({ id, event: event || 'message', data: data.join('\n') })
      event = ''
      data = []
      continue
    }
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/su.exec(line) ?? []
    if (name === 'id') id = value
    if (name === 'event') event = value
    if (name === 'data') data.push(value)
    if (name === 'retry') retry = Number(value)
  }
  return { events, id, retry }
}

const line = fc.string({ unit: 'binary' }).map(given => given.replace(/[\r\n\0]/g, ''))
const text = fc.string({ unit: fc.constantFrom('a', ':', ' ', '\r', '\n', 'id: 1', 'é', '\u2028') })

describe('encodeSse', () => {
  test('EventSource sees each event once, as it was meant', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ id: line, event: line.filter(name => name !== ''), data: text })), events => {
        const seen = dispatched(events.map(encodeSse).join(encodeSseComment('keep\nalive')))
        expect(seen.events).toEqual(events.map(event => ({ ...event, data: event.data.replace(/\r\n|\r/g, '\n') })))
      }),
    )
  })

  test('writes only what is given', () => {
    expect(encodeSse({ data: '{"a":1}' })).toBe('data: {"a":1}\n\n')
    expect(encodeSse({ id: '7', event: 'x', retry: 1500.5, data: '' })).toBe('id: 7\nevent: x\nretry: 1500\ndata: \n\n')
    expect(dispatched(encodeSse({ id: '7', retry: 10 }))).toEqual({ events: [], id: '7', retry: 10 })
  })

  test('refuses ids and names that would break out of their line', () => {
    for (const bad of ['a\nb', 'a\rb', 'a\0b']) {
      expect(() => encodeSse({ id: bad })).toThrow(RangeError)
      expect(() => encodeSse({ event: bad, data: '' })).toThrow(RangeError)
    }
  })
})

test('a comment dispatches nothing, whatever it says', () => {
  expect(encodeSseComment()).toBe(': \n\n')
  fc.assert(fc.property(text, given => expect(dispatched(encodeSseComment(given)).events).toEqual([])))
})
