import { describe, expect, test } from 'bun:test'
import { Settling } from './settling.ts'

describe('how far the log has been handed out', () => {
  test('OC122: is where it stands, as long as nothing is behind', () => {
    const settling = new Settling('0')
    expect(settling.mark).toBe('0')
    settling.passing('1')
    expect(settling.mark).toBe('1')
    // Of a store that cannot tell.
    for (const nothing of [null, undefined, '']) settling.passing(nothing)
    expect(settling.mark).toBe('1')
  })

  test('OC122: stays where the first of those began that are behind, in whatever order they catch up', () => {
    const settling = new Settling('0')
    settling.passing('1')
    const first = settling.begin()
    settling.passing('2')
    const second = settling.begin()
    settling.passing('3')
    expect(settling.mark).toBe('1')
    second[Symbol.dispose]()
    expect(settling.mark).toBe('1')
    const third = settling.begin()
    first[Symbol.dispose]()
    // The third began while the first was behind: it may lack what the first lacked.
    expect(settling.mark).toBe('1')
    third[Symbol.dispose]()
    expect(settling.mark).toBe('3')
  })

  test('to have caught up twice is to have caught up once', () => {
    const settling = new Settling('0')
    const [one, other] = [settling.begin(), settling.begin()]
    settling.passing('1')
    one[Symbol.dispose]()
    one[Symbol.dispose]()
    expect(settling.mark).toBe('0')
    other[Symbol.dispose]()
    expect(settling.mark).toBe('1')
  })
})
