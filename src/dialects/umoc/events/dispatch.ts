// One event of a socket, from its name to its answers: judged, carried out, acknowledged (UM39, UM41, UM44 to UM48, UM130).
import { type Actor, type Fault, faultIn, type RateRule } from '../../../core/index.ts'
import type { Link } from '../../../host/dialect.ts'
import { ackFrame, eventFrame } from '../frames.ts'
import type { Scope } from '../scope.ts'
import { messageOf, Refused, texts } from '../words.ts'
import { has, type Payload } from './fields.ts'

/** Who asks, and through which link. */
export interface EventContext {
  readonly scope: Scope
  readonly actor: Actor
  readonly link: Link
  /** The name of the socket's own session. */
  readonly sessionID: string
}

/** `event` null: nothing is emitted to the caller beyond the notification that comes by the feed. `data` is what the acknowledgement carries. */
export interface Reply {
  readonly event: string | null
  readonly data: unknown
}

/** Faults of the core, and `Refused`, are told to the caller; anything else is a bug. */
export type EventHandler = (context: EventContext, payload: Payload) => Promise<Reply>

export interface EventSpec {
  readonly handle: EventHandler
  /** Counted per user. */
  readonly rate: RateRule | null
  /** Over the limit nothing is done and nothing said. */
  readonly quiet?: true
  /** May name a session other than the socket's own (UM42). */
  readonly anySession?: true
  readonly rules: readonly string[]
}

export type EventTable = Readonly<Record<string, EventSpec>>

/** So many requests of one user in so many seconds (UM131). */
export const perUser = (name: string, count: number, seconds: number): RateRule => ({
  name: `umoc ${name}`,
  count,
  perMs: seconds * 1000,
})

/** Contact and group changes share one limit. */
export const CHANGES: RateRule = perUser('changes', 30, 60)

/** A reply event, whose payload the acknowledgement repeats. */
export const reply = (event: string, data: unknown): Reply => ({ event, data })
/** Nothing but the acknowledgement: the notification comes by the feed, or there is none. */
export const noted = (data: unknown = null): Reply => ({ event: null, data })

/** An event as it came: its name, what it carries, and under which number it wants to be acknowledged. */
export interface Incoming {
  readonly name: unknown
  readonly args: readonly unknown[]
  readonly ackId: number | null
}

/** What is no object has no fields (UM45). */
const fieldsOf = (value: unknown): Payload =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Payload) : {}

/** Characters of an unknown event's name that are repeated to its sender. */
const NAME_LENGTH = 64

/** What the socket brings along; who asks is looked up for each event. */
export type Attending = Omit<EventContext, 'actor'> & {
  /** Null when the session is over, and the socket with it. */
  attend(): Promise<Actor | null>
}

const run = async (table: EventTable, context: EventContext, { name, args }: Incoming): Promise<Reply> => {
  const spec = typeof name === 'string' && Object.hasOwn(table, name) ? table[name] : undefined
  if (!spec) throw new Refused(texts.unknownEvent)
  const payload = fieldsOf(args[0])
  const foreign = has(payload, 'sessionID') && payload.sessionID !== context.sessionID
  if (foreign && !spec.anySession) throw new Refused(texts.invalidSession)
  if (spec.rate) {
    try {
      await context.scope.core.spend(spec.rate, context.actor.profile.id)
    } catch (thrown) {
      if (spec.quiet && faultIn(thrown)?.kind === 'rate.limited') return noted()
      throw thrown
    }
  }
  return spec.handle(context, payload)
}

/** What the caller is told of a failure. */
const explain = ({ scope, link }: Attending, name: unknown, thrown: unknown) => {
  const event = typeof name === 'string' ? name.slice(0, NAME_LENGTH) : typeof name
  if (thrown instanceof Refused) return { message: thrown.message, event }
  const fault = faultIn(thrown)
  if (fault) return { message: messageOf(fault), event, ...retryAfter(fault) }
  scope.log.error({ error: thrown, event, link: link.id }, 'an event failed')
  return { message: texts.internal, event }
}

const retryAfter = (fault: Fault) =>
  fault.kind === 'rate.limited' ? { retry_after: Math.max(1, Math.ceil(fault.retryAfterMs / 1000)) } : {}

/** Carries one event out. Never throws. The next one of the same link is to wait for it (UM47). */
export const dispatch = async (table: EventTable, attending: Attending, incoming: Incoming): Promise<void> => {
  const { scope, link, sessionID, attend } = attending
  const { name, ackId } = incoming
  // The answer leaves before what the event caused.
  using _ = link.hold()
  const acknowledge = (payload: unknown): void => {
    if (ackId !== null) link.write(ackFrame(ackId, payload))
  }
  try {
    const actor = await attend()
    if (!actor) return
    const { event, data } = await run(table, { scope, link, sessionID, actor }, incoming)
    if (event !== null) link.write(eventFrame(event, data))
    acknowledge({ ok: true, data })
  } catch (thrown) {
    const error = explain(attending, name, thrown)
    link.write(eventFrame('error', error))
    acknowledge({ ok: false, message: error.message })
  }
}
