import { expect, test } from 'bun:test'
import { jsonErrorOffset } from './json-offset.ts'

test.each([
  ['', 0],
  ['  ', 2],
  ['{', 1],
  ['{"a":1', 6],
  ['{"a":1]', 6],
  ['{"a" 1}', 5],
  ['{a:1}', 1],
  ['{"a":1,}', 7],
  ['[1,]', 3],
  ['[1 2]', 3],
  ['{"a":"b\n"}', 5],
  ['{"a":01}', 6],
  ['{"a":nul}', 5],
  ['{"a":{}} x', 9],
  ['hello', 0],
  ['[1]]', 3],
  ['{"a":[{"b":"\\u12"}]}', 11],
  [':', 0],
  [',', 0],
  ['{"a"}', 4],
])('CA15: %j breaks at %i', (text, offset) => {
  expect(() => JSON.parse(text)).toThrow()
  expect(jsonErrorOffset(text)).toBe(offset)
})

test('a large text is no burden', () => {
  const text = `{"a":"${'x'.repeat(64 * 1024)}`
  expect(jsonErrorOffset(text)).toBe(5)
})
