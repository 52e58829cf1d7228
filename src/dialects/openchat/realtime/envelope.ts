// The envelope that every frame of every transport comes in (OC111, OC112).
import type { Seq, SpaceId, Time } from '../../../core/index.ts'
import { printEventId, printTime } from '../ids.ts'

/** Numbers of what is no fact of the log: microseconds since 1970, rising on this node, hence on every connection. */
export const createTicker = (now: () => Time): (() => string) => {
  let last = 0
  return () => {
    last = Math.max(last + 1, now() * 1000)
    return printEventId(last)
  }
}

export interface EnvelopeFields {
  readonly type: string
  readonly space: SpaceId
  readonly channelId?: string | null
  readonly at: Time
  readonly payload: object
  readonly requestId?: string | undefined
}

const print = ({ type, space, channelId, at, payload, requestId }: EnvelopeFields, eventId: string, stream: string) => {
  const envelope = {
    event_type: type,
    type,
    server_id: space,
    ...(channelId && { channel_id: channelId }),
    event_id: eventId,
    stream,
    timestamp: printTime(at),
    ...(requestId !== undefined && { request_id: requestId }),
    payload,
  }
  return JSON.stringify(envelope)
}

/** A fact of the log, still without its token: see `withToken`. */
export const printDurable = (fields: EnvelopeFields, stream: string, seq: Seq): string =>
  print(fields, printEventId(seq), stream)

/** A signal, or an answer to one connection. */
export const printPassing = (fields: EnvelopeFields, eventId: string): string => print(fields, eventId, 'signal')

/** The same frame with the position from which to go on behind it (OC123), as its last key. */
export const withToken = (frame: string, token: string): string => `${frame.slice(0, -1)},"resume_token":"${token}"}`

/** The token of a frame that has one. It stands last. */
export const tokenIn = (frame: string): string | null => /,"resume_token":"([^"]+)"\}$/.exec(frame)?.[1] ?? null
