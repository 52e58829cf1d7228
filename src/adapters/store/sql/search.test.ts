import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compareCodePoints } from '../../../base/fold.ts'
import { containing, prefixRange } from './search.ts'

// Full of neighbours: both sides of the surrogates, the last character, the pieces of patterns.
const character = fc.constantFrom('a', 'b', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{1f600}', '\u{10fffe}', '%')
const text = fc.array(character, { maxLength: 4 }).map(characters => characters.join(''))

test('a range holds exactly the texts that begin with the prefix, in code point order', () => {
  fc.assert(
    fc.property(text, text, (prefix, other) => {
      const { from, below } = prefixRange(prefix)
      const inside = compareCodePoints(from, other) <= 0 && compareCodePoints(other, below) < 0
      expect(inside).toBe(other.startsWith(prefix))
      const longer = prefix + other
      expect(compareCodePoints(from, longer) <= 0 && compareCodePoints(longer, below) < 0).toBe(true)
    }),
    { numRuns: 2000 },
  )
})

test('a pattern takes each character of the text for itself', () => {
  expect(containing('a')).toBe('%a%')
  expect(containing('50%_\\')).toBe('%50\\%\\_\\\\%')
})
