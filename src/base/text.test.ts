import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { countCodePoints, countGraphemes, isSingleEmoji, truncateGraphemes } from './text.ts'

const graphemes = (text: string): readonly string[] =>
  [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(text)].map(segment => segment.segment)

const FAMILY = '👨‍👩‍👧‍👦'
const KISS = '👩🏻‍❤️‍💋‍👨🏿'
// Text with all that combines: marks, joiners, flags, line ends, lone surrogates.
const text = fc.string({
  unit: fc.constantFrom(
    'a',
    ' ',
    '\r',
    '\n',
    'é',
    'e\u0301',
    '\u0300',
    '\u200d',
    '👨',
    '🏽',
    '🇳',
    '🇴',
    '\ufe0f',
    'क',
    '्',
    '\ud800',
    '\udc00',
    '각',
    'ᄀ',
  ),
  maxLength: 40,
})

describe('countGraphemes', () => {
  test('agrees with the segmenter, and stops at the cap', () => {
    fc.assert(
      fc.property(text, fc.nat(45), (given, cap) => {
        const all = graphemes(given).length
        expect(countGraphemes(given)).toBe(all)
        expect(countGraphemes(given, cap)).toBe(Math.min(all, cap))
      }),
    )
  })

  test('the fast path holds for every character below U+0300, alone and in pairs', () => {
    const below = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code))
    for (const first of below) {
      expect(graphemes(first + first)).toHaveLength(countGraphemes(first + first))
      for (const second of ['\r', '\n', 'a', '\u00ad', '\u00a9'])
        expect(countGraphemes(first + second)).toBe(graphemes(first + second).length)
    }
    expect(countGraphemes(below.join(''))).toBe(graphemes(below.join('')).length)
  })

  test('MS64: 4000 families are 4000', () => {
    expect(countGraphemes(FAMILY.repeat(4000))).toBe(4000)
    expect(countGraphemes(FAMILY.repeat(4001), 4001)).toBe(4001)
  })

  test('CR LF is one, the empty text none', () => {
    expect(countGraphemes('a\r\nb')).toBe(3)
    expect(countGraphemes('')).toBe(0)
    expect(countGraphemes('abc', 0)).toBe(0)
  })
})

describe('truncateGraphemes', () => {
  test('is the longest prefix of whole graphemes', () => {
    fc.assert(
      fc.property(text, fc.nat(45), (given, max) => {
        expect(truncateGraphemes(given, max)).toBe(graphemes(given).slice(0, max).join(''))
      }),
    )
  })

  test('MS32: never cuts a family in two', () => {
    expect(truncateGraphemes(`a${FAMILY}${FAMILY}`, 2)).toBe(`a${FAMILY}`)
  })
})

describe('countCodePoints', () => {
  test('agrees with string iteration', () => {
    fc.assert(fc.property(text, given => expect(countCodePoints(given)).toBe([...given].length)))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), given => expect(countCodePoints(given)).toBe([...given].length)),
    )
  })
})

describe('isSingleEmoji', () => {
  const accepted = [
    '😀',
    '👍🏽',
    FAMILY,
    KISS,
    '🇳🇴',
    '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
    '1️⃣',
    '#️⃣',
    '*⃣',
    '❤️',
    '❤',
    '☝🏿',
    '🏳️‍🌈',
    '🏴‍☠️',
    '👁️‍🗨️',
    '🏻',
    '©',
    '🧑🏿‍🦽‍➡️',
  ]
  test.each(accepted)('WT61: %s is one', emoji => {
    expect(isSingleEmoji(emoji)).toBe(true)
  })

  const refused = [
    '',
    'a',
    '1',
    '#',
    ' ',
    '😀😀',
    '😀 ',
    ' 😀',
    '🇳',
    '🇳🇴🇸',
    '👍🏽🏽',
    '\u200d',
    '👨\u200d',
    '\u200d👨',
    '❤\ufe0e',
    'e\u0301',
    ':smile:',
    '<b>',
    '\ufe0f',
    '\u20e3',
    'a\u20e3',
    '☇',
    '\ud83d',
    '😀\0',
    '🏴\u{e0067}',
    `😀${'\u200d😀'.repeat(40)}`,
  ]
  test.each(refused)('WT61: %j is none', given => {
    expect(isSingleEmoji(given)).toBe(false)
  })

  test('WT61: knows everything Unicode recommends for interchange', () => {
    const recommended = /^\p{RGI_Emoji}$/v
    const singles: string[] = []
    for (let code = 0; code <= 0x1ffff; code++) {
      if (code < 0xd800 || code > 0xdfff) singles.push(String.fromCodePoint(code))
    }
    const indicators = Array.from({ length: 26 }, (_, letter) => String.fromCodePoint(0x1f1e6 + letter))
    const tones = ['🏻', '🏼', '🏽', '🏾', '🏿']
    const people = ['🧑', '👩', '👨', ...tones.flatMap(tone => ['🧑', '👩', '👨'].map(one => one + tone))]
    const tails = singles.filter(one => /\p{Extended_Pictographic}/v.test(one)).flatMap(one => [one, `${one}\ufe0f`])
    const candidates = [
      ...singles.flatMap(one => [one, `${one}\ufe0f`, `${one}\ufe0f\u20e3`]),
      ...tails.flatMap(one => tones.map(tone => one + tone)),
      ...indicators.flatMap(first => indicators.map(second => first + second)),
      ...people.flatMap(one => tails.map(tail => `${one}\u200d${tail}`)),
      ...people.flatMap(one =>
        people.flatMap(other => [`${one}\u200d❤️\u200d${other}`, `${one}\u200d🤝\u200d${other}`]),
      ),
    ].filter(one => recommended.test(one))
    expect(candidates.length).toBeGreaterThan(2500)
    expect(candidates.filter(one => !isSingleEmoji(one))).toEqual([])
  })

  test('whatever it takes is one grapheme', () => {
    const unit = fc.constantFrom(
      '😀',
      '👩',
      '🏻',
      '\u200d',
      '\ufe0f',
      '❤',
      '🇳',
      '🇴',
      '1',
      '\u20e3',
      '🏴',
      '\u{e0067}',
      '\u{e007f}',
      'a',
    )
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 6 }), given => {
        if (isSingleEmoji(given)) expect(graphemes(given)).toEqual([given])
      }),
      { numRuns: 5000 },
    )
  })
})
