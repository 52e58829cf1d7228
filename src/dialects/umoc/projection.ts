// The whole projection of this contract, put together from its parts, and the one encoder all sockets share (section L).
import type { Encoder, EventType, Frame } from '../../core/index.ts'
import { encoderOf, type Projection, withoutSpaces } from '../../host/dialect.ts'
import { eventOf, SESSION_END } from './frames.ts'
import { messageEvents, type Part, signals } from './projection.messages.ts'

export { signals } from './projection.messages.ts'

/** What contacts and groups print: every event that is not about messages, marks or sessions. */
export type PeopleEvents = Part<
  Exclude<EventType, keyof typeof messageEvents | keyof typeof withoutSpaces | 'session.ended'>
>

export const createProjection = (people: PeopleEvents): Projection => ({
  ...withoutSpaces,
  ...messageEvents,
  ...people,
  // No frame of the contract: it reaches the sockets so that those of the session end (UM38).
  'session.ended': () => [{ frame: SESSION_END }],
})

export const createEncoder = (events: Projection): Encoder => encoderOf('umoc', events, signals)

/** What a frame is called in the contract; `SESSION_END` is what becomes of it, and what is to be loaded is named already. */
export const nameOfFrame = (frame: Frame): string => {
  const text = String(frame)
  if (text === SESSION_END) return 'session_status'
  return /^[a-z]/.test(text) ? text : eventOf(text)
}
