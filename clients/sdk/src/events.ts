// Every event by its name, with what it carries (OC120).
import type { Envelope } from './transports/transport.ts'
import type { Category, Channel, Contact, Member, Message, PresenceEntry, Profile, Reaction } from './types.ts'

interface Reconnect {
  readonly initial_delay_ms: number
  readonly multiplier: number
  readonly max_delay_ms: number
  readonly jitter: number
}

export interface LiveEvents {
  'chat.hello': {
    readonly connection_id: string
    readonly session_id: string
    readonly user_uid: string
    readonly device_id: string
    readonly resume_token: string
    readonly resumed: boolean
    readonly heartbeat_interval_ms: number
    readonly reconnect: Reconnect
    readonly api_version: string
    readonly server_time: string
  }
  /** What was missed has all come. */
  'chat.resume.completed': { readonly replayed: number; readonly resume_token: string }
  /** Too much was missed: read channels and newest pages again. */
  resync_required: {
    readonly reason: 'unknown_token' | 'expired' | 'too_far_behind'
    readonly resume_token: string
  }
  'chat.message.created': { readonly message: Message }
  'chat.message.updated': { readonly message: Message }
  'chat.message.recalled': {
    readonly channel_id: string
    readonly message_id: string
    readonly recalled_at: string
    readonly recalled_by_uid: string
  }
  'chat.reaction.updated': {
    readonly channel_id: string
    readonly message_id: string
    readonly reactions: readonly Reaction[]
    readonly change: { readonly emoji: string; readonly user_uid: string; readonly op: 'added' | 'removed' }
  }
  'chat.pin.added': { readonly channel_id: string; readonly message_id: string; readonly by_uid: string }
  'chat.pin.removed': { readonly channel_id: string; readonly message_id: string; readonly by_uid: string }
  /** One's own mark moved, perhaps on another device. */
  'chat.read_ack.updated': {
    readonly channel_id: string
    readonly user_uid: string
    readonly last_read_message_id: string
    readonly acked_at: string
  }
  /** Somebody else read up to a message. */
  'chat.receipt.updated': {
    readonly channel_id: string
    readonly user_uid: string
    readonly last_read_message_id: string
    readonly acked_at: string
  }
  'chat.channel.created': {
    readonly server_id: string
    readonly group_id: string
    readonly channel: Channel
    readonly created_by_uid: string | null
    readonly created_at: string
  }
  'chat.channel.updated': { readonly channel: Channel }
  'chat.channel.deleted': { readonly channel_id: string }
  'chat.channel.layout.updated': {
    readonly server_id: string
    readonly groups: readonly Category[]
    readonly updated_by_uid: string | null
    readonly updated_at: string
  }
  'chat.category.created': { readonly server_id: string; readonly group: Category }
  'chat.category.updated': { readonly server_id: string; readonly group: Category }
  'chat.server.updated': {
    readonly settings: {
      readonly server_id: string
      readonly display_name: string
      readonly description: string
      readonly banner_preset: string
    }
  }
  'chat.member.joined': { readonly channel_id: string; readonly member: Member }
  'chat.member.updated': { readonly channel_id: string; readonly member: Member }
  'chat.member.left': { readonly channel_id: string; readonly user_uid: string }
  'chat.membership.updated': { readonly server_id: string; readonly user_uid: string; readonly state: string }
  'chat.contact.updated': { readonly contact: Contact }
  'chat.contact.removed': { readonly user_uid: string }
  profile_updated: Profile
  'chat.session.revoked': { readonly session_id: string; readonly reason: string }
  'chat.server.draining': { readonly retry_after_ms: number }
  // Signals: never replayed, and not over long polls.
  'chat.presence.snapshot': { readonly channel_id: string; readonly members: readonly PresenceEntry[] }
  'chat.presence.joined': { readonly channel_id: string; readonly member: PresenceEntry }
  'chat.presence.left': { readonly channel_id: string; readonly member: PresenceEntry }
  'chat.typing.updated': {
    readonly channel_id: string
    readonly member: PresenceEntry
    readonly is_typing: boolean
  }
  'chat.user.presence': { readonly user_uid: string; readonly status: string; readonly last_seen_at: string | null }
  'chat.subscribed': { readonly channel_id: string }
  'chat.unsubscribed': { readonly channel_id: string }
  'chat.pong': { readonly ts: string }
  'chat.error': {
    readonly code: string
    readonly message: string
    readonly retryable: boolean
    readonly details?: object
  }
}

export type EventName = keyof LiveEvents

/**
 * An event whose name tells what it carries. Later servers of the same major version may say what is not listed here
 * (OC128): a `switch` over `event_type` needs its `default`.
 */
export type LiveEvent = {
  readonly [Name in EventName]: Envelope & { readonly event_type: Name; readonly payload: LiveEvents[Name] }
}[EventName]
