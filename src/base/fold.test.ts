import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { compareCodePoints, fold } from './fold.ts'

test.each([
  ['Kari', 'KARI'],
  ['straße', 'STRASSE'],
  ['STRAẞE', 'strasse'],
  ['ΟΔΟΣ', 'οδος'],
  ['ﬁsk', 'FISK'],
  ['Ａｄａ', 'ada'],
  ['é', 'E\u0301'],
])('%s and %s are one name', (a, b) => {
  expect(fold(a)).toBe(fold(b))
})

test('a prefix of a name folds to a prefix of its folded form, also before a final sigma', () => {
  expect(fold('ΟΔΟΣ ΑΘΗΝΑ').startsWith(fold('οδοσ'))).toBe(true)
})

test('folding twice is folding once, for every character of the first two planes', () => {
  const unstable: string[] = []
  for (let code = 0; code < 0x20000; code++) {
    const character = String.fromCodePoint(code)
    const once = fold(character)
    if (fold(once) !== once) unstable.push(character)
  }
  expect(unstable).toEqual([])
})

test('folding twice is folding once, for texts', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const once = fold(text)
      expect(fold(once)).toBe(once)
    }),
    { numRuns: 5000 },
  )
})

test('order is by code point, beyond the basic plane too', () => {
  expect(['\u{1f600}', '\uff5e', 'a', 'Z'].sort(compareCodePoints)).toEqual(['Z', 'a', '\uff5e', '\u{1f600}'])
})
