import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { hasBadText, isCleanText, isJsonObject, type JsonValue, own, parseJson } from './json.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

/** Depth by plain recursion: what the scan must agree with. */
const depthOf = (value: JsonValue): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

describe('parseJson', () => {
  test('reads what JSON.parse reads, from bytes and from text', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), text => {
        const expected: JsonValue = JSON.parse(text)
        expect(parseJson(text)).toEqual({ ok: true, value: expected })
        expect(parseJson(bytes(text))).toEqual({ ok: true, value: expected })
      }),
    )
  })

  test('draws the line exactly at maxDepth, whatever the strings hold', () => {
    // Strings full of brackets, quotes and backslashes try to lead the scan astray.
    const tricky = fc.string({ unit: fc.constantFrom('[', '{', ']', '}', '"', '\\', 'a', 'é', ',') })
    const { value: tree } = fc.letrec<{ value: JsonValue }>(tie => ({
      value: fc.oneof(
        { depthSize: 'large' },
        tricky,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(tricky, tie('value'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(tree, value => {
        const text = JSON.stringify(value)
        const depth = depthOf(value)
        expect(parseJson(text, { maxDepth: depth })).toMatchObject({ ok: true })
        if (depth > 0) expect(parseJson(text, { maxDepth: depth - 1 })).toEqual({ ok: false, reason: 'depth' })
      }),
    )
  })

  test('counts siblings as one level and a scalar as none', () => {
    expect(parseJson(`[${'[],'.repeat(500)}{}]`, { maxDepth: 2 }).ok).toBe(true)
    expect(parseJson('"x"', { maxDepth: 0 })).toEqual({ ok: true, value: 'x' })
    expect(parseJson('[]', { maxDepth: 0 })).toEqual({ ok: false, reason: 'depth' })
  })

  test('WT8: 32 levels pass and 33 do not', () => {
    expect(parseJson(nested(32), { maxDepth: 32 }).ok).toBe(true)
    expect(parseJson(nested(33), { maxDepth: 32 })).toEqual({ ok: false, reason: 'depth' })
  })

  test.each([
    ['a million opening brackets', '['.repeat(1_000_000)],
    ['a million nested objects', '{"a":'.repeat(1_000_000)],
    ['deep and balanced', nested(500_000)],
  ])('MS16: refuses %s without building or recursing', (_name, text) => {
    expect(parseJson(text)).toEqual({ ok: false, reason: 'depth' })
    expect(parseJson(bytes(text))).toEqual({ ok: false, reason: 'depth' })
  })

  test('brackets inside an unclosed string are no depth', () => {
    expect(parseJson(`["${'['.repeat(1000)}`)).toEqual({ ok: false, reason: 'syntax' })
    expect(parseJson(`["${'\\"['.repeat(1000)}`)).toEqual({ ok: false, reason: 'syntax' })
  })

  test.each([
    '',
    ' ',
    '{',
    '{"a":1,}',
    "{'a':1}",
    '[1 2]',
    'NaN',
    'undefined',
    '01',
    '"\u0001"',
    '"\\x"',
    '{}{}',
    '// c\n1',
  ])('MS16: %j is a syntax error', text => {
    expect(parseJson(text)).toEqual({ ok: false, reason: 'syntax' })
    expect(parseJson(bytes(text))).toEqual({ ok: false, reason: 'syntax' })
  })

  test.each([
    ['a stray continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a code point past U+10FFFF', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xe2, 0x82]],
    ['UTF-16', [0xff, 0xfe, 0x5b, 0x00, 0x5d, 0x00]],
  ])('MS16: %s is not patched but refused', (_name, raw) => {
    expect(parseJson(new Uint8Array(raw))).toEqual({ ok: false, reason: 'utf8' })
  })

  test('MS16: a byte order mark is not swallowed', () => {
    expect(parseJson(bytes('\ufeff{}'))).toEqual({ ok: false, reason: 'syntax' })
    expect(parseJson('\ufeff{}')).toEqual({ ok: false, reason: 'syntax' })
  })

  test('takes any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), raw => {
        expect(typeof parseJson(raw).ok).toBe('boolean')
      }),
    )
  })

  test('reads a view in the middle of a larger buffer', () => {
    expect(parseJson(bytes('xx[1]xx').subarray(2, 5))).toEqual({ ok: true, value: [1] })
  })
})

describe('own', () => {
  const parsed = parseJson('{"__proto__":{"admin":true},"a":1}')
  const object = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}

  test('MS65: __proto__ in input is an ordinary key and lends nothing', () => {
    expect(own(object, 'a')).toBe(1)
    expect(own(object, 'admin')).toBeUndefined()
    expect(own(object, '__proto__')).toEqual({ admin: true })
    expect(Object.getPrototypeOf(object)).toBe(Object.prototype)
  })

  test.each(['toString', 'constructor', 'hasOwnProperty'])('does not hand out the inherited %s', key => {
    expect(own(object, key)).toBeUndefined()
  })

  test('isJsonObject is false for arrays, null and scalars', () => {
    expect([{}, [], null, 'x', 1, true, undefined].map(isJsonObject)).toEqual([
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('bad text', () => {
  test.each(['\0', 'a\0b', '\ud800', '\udc00', 'a\udc00\ud800', '😀\ud83d'])('MS17: %j is not clean', text => {
    expect(isCleanText(text)).toBe(false)
  })

  test.each(['', 'a', '\u0001\u007f', '😀', '\ufffd', '\uffff', 'e\u0301'])('MS17: %j is clean', text => {
    expect(isCleanText(text)).toBe(true)
  })

  test('WT8: is found in any string, key or depth, as JSON escapes bring it in', () => {
    const parse = (text: string): JsonValue => {
      const parsed = parseJson(text)
      if (!parsed.ok) throw new Error(parsed.reason)
      return parsed.value
    }
    for (const bad of ['"\\u0000"', '[{"a":["\\ud800"]}]', '{"\\u0000":1}', '{"a":{"b\\udfff":null}}'])
      expect(hasBadText(parse(bad))).toBe(true)
    for (const good of ['"\\ud83d\\ude00"', '[{"a":["\\u0001"]}]', '{}', 'null', '1', '[[],[true,false]]'])
      expect(hasBadText(parse(good))).toBe(false)
  })

  test('does not recurse', () => {
    let deep: JsonValue = '\0'
    for (let level = 0; level < 200_000; level++) deep = [deep]
    expect(hasBadText(deep)).toBe(true)
  })
})
