// The names of things. All are UUID strings unless said otherwise.

export type AccountId = string
export type ProfileId = string
export type SessionId = string
export type ConversationId = string
export type SpaceId = string
export type CategoryId = string
export type MessageId = string
/** A file's id: a random (v4) uuid. */
export type Fid = string
/** A position in a stream (events) or in a conversation (messages): 1, 2, 3 … without gaps; 0 is before the first. */
export type Seq = number
/** A profile's or conversation's number: 31 bits, one counter for both, so the two never collide. */
export type Num = number
/** Milliseconds since 1970. */
export type Time = number
/** A day in UTC, counted from 1970-01-01. */
export type Day = number

/** A low-water position of the whole log for one reader; opaque outside the store; at most 64 URL-safe characters. */
export type Mark = string

/** Where durable facts of one thing are kept in order. */
export type StreamId = `conversation/${ConversationId}` | `profile/${ProfileId}` | `space/${SpaceId}`

export const conversationStream = (id: ConversationId): StreamId => `conversation/${id}`
export const profileStream = (id: ProfileId): StreamId => `profile/${id}`
export const spaceStream = (id: SpaceId): StreamId => `space/${id}`

/** "Until lifted": 9999-12-31T23:59:59.000Z. */
export const FOREVER: Time = 253_402_300_799_000

export const dayOf = (time: Time): Day => Math.floor(time / 86_400_000)
