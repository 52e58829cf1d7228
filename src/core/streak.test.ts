import { describe, expect, test } from 'bun:test'
import { streakAfter, streakOf } from './streak.ts'

const DAY = 86_400_000
const none = { streakDays: 0, streakDay: null }

describe('streaks', () => {
  test('UM117: a day counts once both have written on it, however often', () => {
    expect(streakAfter(none, 10, null)).toEqual(none)
    expect(streakAfter(none, 10, { wroteDay: null })).toEqual(none)
    expect(streakAfter(none, 10, { wroteDay: 9 })).toEqual(none)
    const first = streakAfter(none, 10, { wroteDay: 10 })
    expect(first).toEqual({ streakDays: 1, streakDay: 10 })
    expect(streakAfter(first, 10, { wroteDay: 10 })).toEqual(first)
  })

  test('UM117: the next day prolongs the run, a gap begins a new one, a clock that goes back changes nothing', () => {
    const standing = { streakDays: 4, streakDay: 10 }
    expect(streakAfter(standing, 11, { wroteDay: 11 })).toEqual({ streakDays: 5, streakDay: 11 })
    expect(streakAfter(standing, 12, { wroteDay: 12 })).toEqual({ streakDays: 1, streakDay: 12 })
    expect(streakAfter(standing, 9, { wroteDay: 9 })).toEqual(standing)
  })

  test('UM117: it stands today and tomorrow, when it is due, and then it is over', () => {
    const standing = { streakDays: 4, streakDay: 10 }
    expect(streakOf(none, 10 * DAY)).toEqual({ days: 0, dueToday: false })
    expect(streakOf(standing, 11 * DAY - 1)).toEqual({ days: 4, dueToday: false })
    expect(streakOf(standing, 11 * DAY)).toEqual({ days: 4, dueToday: true })
    expect(streakOf(standing, 12 * DAY)).toEqual({ days: 0, dueToday: false })
  })
})
