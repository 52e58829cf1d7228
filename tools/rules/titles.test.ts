import { describe, expect, test } from 'bun:test'
import { readTitles } from './titles.ts'

const titlesOf = (source: string): readonly string[] => readTitles('x.test.ts', source).map(title => title.text)

describe('titles', () => {
  test.each([
    [`test('a MS1', () => {})`, ['a MS1']],
    [`it("b", () => {})`, ['b']],
    [`describe('c', () => { test('d', () => {}) })`, ['c', 'd']],
    [`test(\`e \${n} f\`, () => {})`, ['e … f']],
    [`test('g ' + n + ' h', () => {})`, ['g … h']],
    [`test.each([1, 2])('i %d', () => {})`, ['i %d']],
    [`describe.each(rows)('j $name', () => {})`, ['j $name']],
    [`test.each\`a | b \${1} | \${2}\`("k", () => {})`, ['k']],
    [`test.if(unix)('l', () => {})`, ['l']],
    [`test.concurrent('m', () => {})`, ['m']],
  ])('of a call: %s', (source, titles) => {
    expect(titlesOf(source)).toEqual(titles)
  })

  test('in tables and helpers, when they begin with a number', () => {
    const source = `
      const rows = [['MS1: one', 1], { title: 'WT2 WT3: two' }, \`UM2-4: \${three}\`, 'see CA4', 'OC5', 'XMS6', 'MS7x', 'MS8-X']
      test.each(rows)('%s', () => {})
      const refuses = (title, run) => test(title, run)
      refuses('MS9 refuses', () => {})`
    expect(titlesOf(source)).toEqual(['MS1: one', 'WT2 WT3: two', 'UM2-4: …', 'OC5', '%s', 'MS9 refuses'])
  })

  test('not of what never runs, of comments, nor of other calls', () => {
    const source = `
      test.skip('MS1: skipped', () => {})
      test.todo('MS2: to do')
      describe.skip('MS3: skipped', () => {})
      test.skip(\`MS4: \${x}\`, () => {})
      test.skip('MS5: ' + x, () => {})
      // test('MS6: a comment', () => {})
      expect('about MS7')
      other.test('about MS8')`
    expect(titlesOf(source)).toEqual([])
  })

  test('carry the line they stand on', () => {
    expect(readTitles('x.test.ts', `\n\ntest('a', () => {})`)).toEqual([{ text: 'a', line: 3 }])
  })
})
