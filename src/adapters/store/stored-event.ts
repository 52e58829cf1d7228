// Events as the log keeps them: a message is kept by its id only, and shown as it is when the event is read back.
import type { Event, EventBody, EventType } from '../../core/event.ts'
import type { Mark, MessageId, Seq, StreamId, Time } from '../../core/model/ids.ts'
import type { Message } from '../../core/model/message.ts'
import type { Reads } from '../../core/ports/store.ts'
import { viewMessages } from '../../core/queries/message-view.ts'

type CarryingBody = Extract<EventBody, { message: Message }>

/** The kinds of event that carry a message. */
const carries = {
  'message.sent': true,
  'message.edited': true,
  'message.recalled': true,
  'reaction.changed': true,
  'reminder.due': true,
  'pin.changed': true,
} as const satisfies Record<CarryingBody['type'], true>

const isCarrying = (body: EventBody): body is CarryingBody => Object.hasOwn(carries, body.type)

type Slim<B> = B extends CarryingBody ? Omit<B, 'message'> & { readonly message: MessageId } : B

/** A body with the id in place of the message. */
export type SlimBody = Slim<EventBody>

export interface StoredEvent {
  readonly stream: StreamId
  readonly seq: Seq
  readonly at: Time
  readonly body: SlimBody
  readonly mark?: Mark
}

export const slimOf = (body: EventBody): SlimBody =>
  isCarrying(body) ? ({ ...body, message: body.message.id } as SlimBody) : body

const messageIn = (body: SlimBody): MessageId | null =>
  Object.hasOwn(carries, body.type satisfies EventType) ? (body as Slim<CarryingBody>).message : null

/** Receipts of the first versions did not say which messages became read. */
const whole = (event: StoredEvent): Event =>
  (event.body.type === 'receipt.read' && !event.body.newly
    ? { ...event, body: { ...event.body, newly: [] } }
    : event) as Event

/**
 * The events with their messages as they are now, so that a recalled text is served nowhere. An event whose message is
 * gone (the conversation was erased) is left out.
 */
export const hydrate = async (reads: Reads, stored: readonly StoredEvent[]): Promise<readonly Event[]> => {
  const ids = new Set<MessageId>()
  for (const { body } of stored) {
    const id = messageIn(body)
    if (id !== null) ids.add(id)
  }
  const rows =
    ids.size === 0
      ? []
      : await reads.getMany(
          'message',
          [...ids].map(id => ({ id })),
        )
  const messages = new Map((await viewMessages(reads, rows)).map(message => [message.id, message]))
  return stored.flatMap(event => {
    const id = messageIn(event.body)
    if (id === null) return whole(event)
    const message = messages.get(id)
    return message ? ({ ...event, body: { ...event.body, message } } as Event) : []
  })
}
