// Days in a row on which both of a pair wrote to each other: kept with the conversation, one step per day.
import type { Conversation, Member } from './model/conversation.ts'
import { type Day, dayOf, type Time } from './model/ids.ts'

/**
 * How long two have written to each other daily (UM117): days that count and end today or yesterday, and whether today
 * is still to come, so that the run would break tonight.
 */
export const streakOf = (
  { streakDays, streakDay }: Pick<Conversation, 'streakDays' | 'streakDay'>,
  now: Time,
): { readonly days: number; readonly dueToday: boolean } => {
  const age = streakDay === null ? Number.POSITIVE_INFINITY : dayOf(now) - streakDay
  return age <= 1 ? { days: streakDays, dueToday: age === 1 } : { days: 0, dueToday: false }
}

/** The run after somebody wrote on `day`: it grows when the other one has written on that day, too. */
export const streakAfter = (
  standing: Pick<Conversation, 'streakDays' | 'streakDay'>,
  day: Day,
  peer: Pick<Member, 'wroteDay'> | null,
): Pick<Conversation, 'streakDays' | 'streakDay'> => {
  const { streakDays, streakDay } = standing
  if (peer?.wroteDay !== day || (streakDay !== null && streakDay >= day)) return { streakDays, streakDay }
  return { streakDays: streakDay === day - 1 ? streakDays + 1 : 1, streakDay: day }
}
