// Core events → the frames of one server, and who gets them (OC120, section O). Encoded once for all.
import {
  type ConversationRef,
  type Delivery,
  type Encoder,
  type Event,
  type Frame,
  isEvent,
  type Person,
  type ProfileId,
  type SpaceId,
} from '../../core/index.ts'
import { type Projection, project, type SignalProjection } from '../../host/dialect.ts'
import { printTime } from './ids.ts'
import type { Printers } from './outbound.ts'
import { type EnvelopeFields, printDurable, withToken } from './realtime/envelope.ts'
import { printSettings } from './realtime/settings.ts'

/** What is no frame: a word for each link to act upon, or to have loaded in its own person's eyes. */
const MARKER = '@'

/** Frames that an event does not carry whole, or that differ from person to person. */
export const deferredTypes = [
  'chat.channel.created',
  'chat.channel.updated',
  'chat.channel.layout.updated',
  'chat.category.updated',
  'chat.member.updated',
  'chat.member.joined',
  'chat.contact.updated',
] as const
export type DeferredType = (typeof deferredTypes)[number]

export interface ProjectionScope {
  readonly print: Printers
  readonly homeId: SpaceId
  readonly serverName: string
}

const SESSION_END = `${MARKER}session`
const MEMBERSHIP_END = `${MARKER}membership`
/** Somebody of a channel came online, or went. */
export const HERE_OR_GONE = `${MARKER}presence`
/** Before a frame of somebody's own stream: see `inOwnStream`. */
const OWN = `${MARKER}own `

/** What a marker asks of a link. */
export type Marker =
  | { readonly type: 'session-ended' | 'membership-ended' | 'presence' }
  | { readonly type: 'own'; readonly frame: string }
  | { readonly type: 'deferred'; readonly frame: DeferredType; readonly token: string }

export const markerIn = (frame: Frame): Marker | null => {
  if (typeof frame !== 'string' || !frame.startsWith(MARKER)) return null
  if (frame === SESSION_END) return { type: 'session-ended' }
  if (frame === MEMBERSHIP_END) return { type: 'membership-ended' }
  if (frame === HERE_OR_GONE) return { type: 'presence' }
  if (frame.startsWith(OWN)) return { type: 'own', frame: frame.slice(OWN.length) }
  const [type = '', token = ''] = frame.slice(1).split(' ')
  return { type: 'deferred', frame: type as DeferredType, token }
}

/** How a stream is called here (OC112). `own`: the uid of the one who gets it, as the stream is nobody else's. */
export const streamName = (stream: Event['stream'], own = ''): string =>
  stream
    .replace(/^conversation\//, 'channel:')
    .replace(/^profile\/.*/, `user:${own}`)
    .replace(/^space\//, 'server:')

/** An event of somebody's own stream need not carry him, so the stream gets its name where he is known. */
export const inOwnStream = (frame: string, uid: string): string =>
  frame.replace('"stream":"user:"', `"stream":"user:${uid}"`)

const personStream = (stream: Event['stream']): ProfileId => stream.slice('profile/'.length)

type Sent = readonly Delivery[]
type ToFrame = (event: Pick<Event, 'stream' | 'seq' | 'at'>, fields: Omit<EnvelopeFields, 'space' | 'at'>) => Frame

/** Rows of the projection of one server; `frame` makes a durable frame that still lacks its token. */
export const createProjection = (scope: ProjectionScope, space: SpaceId): Projection => {
  const { print, homeId } = scope
  const atHome = space === homeId
  const here = ({ spaceId }: Pick<ConversationRef, 'spaceId'>): boolean => (spaceId ?? homeId) === space
  const uid = (person: Pick<Person, 'id' | 'rootKey'>): string => print.uid(space, person)

  const frame: ToFrame = ({ stream, seq, at }, fields) => {
    const printed = printDurable({ ...fields, space, at }, streamName(stream), seq)
    return stream.startsWith('profile/') ? `${OWN}${printed}` : printed
  }
  const all = (made: Frame): Sent => [{ frame: made }]
  const only = (made: Frame, ...ids: ProfileId[]): Sent => [{ frame: made, only: ids }]
  const except = (made: Frame, ...ids: ProfileId[]): Sent => [{ frame: made, except: ids }]
  const later = (type: DeferredType): Frame => `${MARKER}${type}`

  return {
    'message.sent': event => {
      const { message } = event.body
      // One that was taken back before it could be shown is not shown.
      if (!here(message.conversation) || message.recalledAt !== null) return []
      const channelId = message.conversation.id
      return all(
        frame(event, { type: 'chat.message.created', channelId, payload: { message: print.message(space, message) } }),
      )
    },
    'message.edited': event => {
      const { message } = event.body
      if (!here(message.conversation) || message.recalledAt !== null) return []
      const channelId = message.conversation.id
      return all(
        frame(event, { type: 'chat.message.updated', channelId, payload: { message: print.message(space, message) } }),
      )
    },
    'message.recalled': event => {
      const { message, by } = event.body
      if (!here(message.conversation)) return []
      const channelId = message.conversation.id
      const payload = {
        channel_id: channelId,
        message_id: message.id,
        recalled_at: printTime(message.recalledAt ?? event.at),
        recalled_by_uid: uid(by),
      }
      return all(frame(event, { type: 'chat.message.recalled', channelId, payload }))
    },
    'reaction.changed': event => {
      const { message, person, emoji, active } = event.body
      if (!here(message.conversation) || message.recalledAt !== null) return []
      const channelId = message.conversation.id
      const payload = {
        channel_id: channelId,
        message_id: message.id,
        reactions: print.reactions(space, message.reactions),
        change: { emoji, user_uid: uid(person), op: active ? 'added' : 'removed' },
      }
      return all(frame(event, { type: 'chat.reaction.updated', channelId, payload }))
    },
    'pin.changed': event => {
      const { message, person, active } = event.body
      if (!here(message.conversation)) return []
      const channelId = message.conversation.id
      const payload = { channel_id: channelId, message_id: message.id, by_uid: uid(person) }
      return all(frame(event, { type: active ? 'chat.pin.added' : 'chat.pin.removed', channelId, payload }))
    },
    /** One's own mark is one's own affair; others learn of it where there are receipts (OC87). */
    'receipt.read': event => {
      const { conversation, person, messageId, at } = event.body
      if (!here(conversation)) return []
      const channelId = conversation.id
      const payload = {
        channel_id: channelId,
        user_uid: uid(person),
        last_read_message_id: messageId,
        acked_at: printTime(at),
      }
      const own = only(frame(event, { type: 'chat.read_ack.updated', channelId, payload }), person.id)
      if (conversation.kind === 'channel') return own
      return [...own, ...except(frame(event, { type: 'chat.receipt.updated', channelId, payload }), person.id)]
    },

    'conversation.updated': ({ body }) => (here(body.conversation) ? all(later('chat.channel.updated')) : []),
    'member.joined': ({ body }) => (here(body.conversation) ? except(later('chat.member.joined'), body.person.id) : []),
    'member.left': event => {
      const { conversation, person } = event.body
      if (!here(conversation)) return []
      const payload = { channel_id: conversation.id, user_uid: uid(person) }
      return except(frame(event, { type: 'chat.member.left', channelId: conversation.id, payload }), person.id)
    },
    'member.role': ({ body }) => (here(body.conversation) ? all(later('chat.member.updated')) : []),
    'member.muted': ({ body }) => (here(body.conversation) ? all(later('chat.member.updated')) : []),
    'membership.began': ({ body }) => (here(body.conversation) ? all(later('chat.channel.created')) : []),
    'membership.ended': event => {
      const { conversation } = event.body
      if (!here(conversation)) return []
      const payload = { channel_id: conversation.id }
      return all(frame(event, { type: 'chat.channel.deleted', channelId: conversation.id, payload }))
    },

    // Contacts are the account's: home's connections are told (section O).
    'contact.requested': event => {
      if (!atHome) return []
      const { from, to, message } = event.body
      const mine = from.id === personStream(event.stream)
      const contact = {
        user_uid: uid(mine ? to : from),
        state: mine ? 'requested_out' : 'requested_in',
        ...(message !== null && { message }),
        since: printTime(event.at),
      }
      return all(frame(event, { type: 'chat.contact.updated', payload: { contact } }))
    },
    'contact.accepted': event => {
      if (!atHome) return []
      const { by, other } = event.body
      const friend = by.id === personStream(event.stream) ? other : by
      const contact = { user_uid: uid(friend), state: 'friend', since: printTime(event.at) }
      return all(frame(event, { type: 'chat.contact.updated', payload: { contact } }))
    },
    'contact.rejected': event => (atHome ? removed(event) : []),
    'contact.removed': event => (atHome ? removed(event) : []),
    'block.set': event => {
      if (!atHome) return []
      const contact = { user_uid: uid(event.body.blocked), state: 'blocked', since: printTime(event.at) }
      return all(frame(event, { type: 'chat.contact.updated', payload: { contact } }))
    },
    // What stood before the block shows again.
    'block.lifted': () => (atHome ? all(later('chat.contact.updated')) : []),

    'session.ended': () => all(SESSION_END),
    'space.membership': ({ body }) => (body.spaceId === space && body.state !== 'active' ? all(MEMBERSHIP_END) : []),

    'space.updated': event => {
      const settings = printSettings(event.body.space, scope.serverName)
      return all(frame(event, { type: 'chat.server.updated', payload: { settings } }))
    },
    'space.member': event => {
      const { person, state } = event.body
      const payload = { server_id: space, user_uid: uid(person), state }
      return all(frame(event, { type: 'chat.membership.updated', payload }))
    },
    'space.category': event => {
      const { category, made, by } = event.body
      // With the channels that stand under it, which are not the same to everybody.
      if (!made) return all(later('chat.category.updated'))
      const { id, label, kind } = category
      const who = { created_by_uid: uid(by), created_at: printTime(event.at) }
      const payload = { server_id: space, group: { id, label, kind, channels: [] }, ...who }
      return all(frame(event, { type: 'chat.category.created', payload }))
    },
    // Whoever is in it from the start hears of that itself (`membership.began`).
    'space.channel': () => (atHome ? all(later('chat.channel.created')) : []),
    'space.layout': () => all(later('chat.channel.layout.updated')),
    'space.person': event =>
      all(frame(event, { type: 'profile_updated', payload: print.profile(space, event.body.person, event.at) })),

    // Told by the memberships of those who are in it.
    'conversation.created': null,
    'conversation.ended': null,
    'space.ended': null,
    // Shown where somebody asks (section O).
    'application.made': null,
    'application.rejected': null,
    'reminder.due': null,
    'profile.updated': null,
    'credential.revoked': null,
  }

  function removed(event: Pick<Event, 'stream' | 'seq' | 'at'> & { body: { by: Person; other: Person } }): Sent {
    const { by, other } = event.body
    const gone = by.id === personStream(event.stream) ? other : by
    return all(frame(event, { type: 'chat.contact.removed', payload: { user_uid: uid(gone) } }))
  }
}

/** A marker gets its token behind it, a durable frame at its end; what passes has none. */
const finished = (frame: Frame, token: string): Frame => {
  if (typeof frame !== 'string') return frame
  if (frame === SESSION_END || frame === MEMBERSHIP_END) return frame
  const deferred = frame.startsWith(MARKER) && !frame.startsWith(OWN)
  return deferred ? `${frame} ${token}` : withToken(frame, token)
}

/** Prints the events of a server, each with the position behind it. */
export type PrintEvent = (event: Event, token: string) => readonly Delivery[]

export interface ServerEncoder extends Encoder {
  /** As `encode`, with a position of its own: for what is read back (OC123). */
  readonly replay: PrintEvent
}

/** The one encoder of all connections to a server. `settled`: the position to be printed now. */
export const createEncoder = (
  space: SpaceId,
  events: Projection,
  signals: SignalProjection,
  settled: () => string,
): ServerEncoder => {
  const replay: PrintEvent = (event, token) =>
    project(events, event).map(delivery => ({ ...delivery, frame: finished(delivery.frame, token) }))
  return {
    name: `openchat ${space}`,
    replay,
    encode: note => (isEvent(note) ? replay(note, settled()) : project(signals, note)),
  }
}

/** The encoder of all views of channels of a server: signals that nobody else is told. */
export const createViewEncoder = (space: SpaceId, signals: SignalProjection): Encoder => ({
  name: `openchat views of ${space}`,
  encode: note => (isEvent(note) ? [] : project(signals, note)),
})

/** What a frame is called in the contract; markers name what becomes of them. */
export const nameOfFrame = (frame: Frame): string => {
  const text = String(frame)
  if (text === SESSION_END) return 'chat.session.revoked'
  if (text === MEMBERSHIP_END) return 'close 4403'
  if (text === HERE_OR_GONE) return 'chat.presence.joined'
  if (text.startsWith(MARKER) && !text.startsWith(OWN)) return text.slice(1).split(' ')[0] ?? ''
  return /"event_type":"([a-z_.]+)"/.exec(text)?.[1] ?? ''
}
