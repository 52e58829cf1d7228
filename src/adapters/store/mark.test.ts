import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { parseMark, printMark } from './mark.ts'

const epoch = '6f1d1ab4-6a3c-4a4e-9a44-0d7c3c1f2b11'

test('a position comes back from its mark', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), position => {
      const mark = printMark(epoch, position)
      expect(mark).toMatch(/^[A-Za-z0-9.-]{1,64}$/)
      expect(parseMark(epoch, mark)).toBe(position)
      expect(parseMark(epoch.replace('6', '7'), mark)).toBeNull()
    }),
  )
})

test('only what was printed is read: no other text is a mark', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map(tail => `${epoch}.${tail}`),
      ),
      text => {
        const position = parseMark(epoch, text)
        if (position !== null) expect(printMark(epoch, position)).toBe(text)
      },
    ),
  )
  for (const tail of ['01', '1.0', '+1', ' 1', '1 ', '1e1', '٣', '9007199254740992']) {
    expect(parseMark(epoch, `${epoch}.${tail}`)).toBeNull()
  }
})
