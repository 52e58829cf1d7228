// What travels over this contract: schemas, their static types, and an example of each.
import {
  email,
  example,
  flag,
  integer,
  nullable,
  oneOf,
  open,
  optional,
  type Static,
  type TSchema,
  Type,
  text,
  timestamp,
  uuid,
} from '../../base/schema.ts'

const KARI = '01922f5c-5b0a-7c11-8a6e-3f2f0d9b6a01'
const OLA = '01922f5c-5b0a-7c11-8a6e-3f2f0d9b6a02'
const CONVERSATION = '01922f5d-0c44-7d2a-9b1c-77a1c9e0f310'
const MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const TIME = '2024-10-04T12:00:00Z'

/** Every answer wraps what it says. */
export const dataOf = <T extends TSchema>(schema: T) => open({ data: schema })
export const listOf = <T extends TSchema>(schema: T) => open({ data: Type.Array(schema) })

/** A person as shown to others (MS31, MS32). */
export const Profile = example(
  open(
    { id: uuid(), name: text('Kari Nordmann'), mode: Type.Literal('private'), handle: nullable(text('kari')) },
    { title: 'Profile' },
  ),
  { id: KARI, name: 'Kari Nordmann', mode: 'private', handle: 'kari' },
)
export type Profile = Static<typeof Profile>

export const Reaction = example(
  open(
    { emoji: text('👍'), count: integer(1, { minimum: 1 }), profile_ids: Type.Array(uuid()) },
    { title: 'Reaction' },
  ),
  { emoji: '👍', count: 1, profile_ids: [OLA] },
)
export type Reaction = Static<typeof Reaction>

/** A file; its `url` is signed and good for 15 to 30 minutes. */
export const Media = example(
  open(
    {
      url: text('https://msgr.example/files/0198…?t=…'),
      filename: text('ferie.jpg'),
      content_type: text('image/jpeg'),
      byte_size: integer(48_213),
    },
    { title: 'Media' },
  ),
  { url: 'https://msgr.example/files/0198…?t=…', filename: 'ferie.jpg', content_type: 'image/jpeg', byte_size: 48_213 },
)
export type Media = Static<typeof Media>

export const MessageType = oneOf('text', 'image', 'video', 'audio', 'file', 'system')
export type MessageType = Static<typeof MessageType>

/** One message, the same in answers, history, replies and events (MS55, MS56). Times are in whole seconds (MS22). */
export const Message = example(
  open(
    {
      id: uuid(MESSAGE),
      body: text('Hei på deg'),
      status: oneOf('sent', 'read'),
      sent_at: timestamp(TIME),
      inserted_at: timestamp(TIME),
      profile: Profile,
      conversation_id: uuid(CONVERSATION),
      type: MessageType,
      edited_at: nullable(timestamp(TIME)),
      deleted_at: nullable(timestamp(TIME)),
      reply_to: nullable(uuid(MESSAGE)),
      media: nullable(Media),
      reactions: Type.Array(Reaction),
    },
    { title: 'Message' },
  ),
  {
    id: MESSAGE,
    body: 'Hei på deg',
    status: 'sent',
    sent_at: TIME,
    inserted_at: TIME,
    profile: { id: KARI, name: 'Kari Nordmann', mode: 'private', handle: 'kari' },
    conversation_id: CONVERSATION,
    type: 'text',
    edited_at: null,
    deleted_at: null,
    reply_to: null,
    media: null,
    reactions: [],
  },
)
export type Message = Static<typeof Message>

export const Participant = open(
  {
    profile: Profile,
    role: oneOf('owner', 'member'),
    last_read_at: nullable(timestamp(TIME)),
  },
  { title: 'Participant' },
)
export type Participant = Static<typeof Participant>

/** A conversation in the caller's eyes (MS46, MS53). `topic` is its title, null when direct. */
export const Conversation = example(
  open(
    {
      id: uuid(CONVERSATION),
      kind: oneOf('direct', 'group', 'channel'),
      participants: Type.Array(Participant, { maxItems: 200 }),
      participant_count: integer(2),
      topic: nullable(text('Hyttetur')),
      visibility: oneOf('private', 'public'),
      inserted_at: timestamp(TIME),
      updated_at: timestamp(TIME),
      last_message: nullable(Message),
      unread_count: integer(0, { minimum: 0 }),
    },
    { title: 'Conversation' },
  ),
  {
    id: CONVERSATION,
    kind: 'direct',
    participants: [
      {
        profile: { id: KARI, name: 'Kari Nordmann', mode: 'private', handle: 'kari' },
        role: 'owner',
        last_read_at: TIME,
      },
      { profile: { id: OLA, name: 'Ola', mode: 'private', handle: 'ola' }, role: 'member', last_read_at: null },
    ],
    participant_count: 2,
    topic: null,
    visibility: 'private',
    inserted_at: TIME,
    updated_at: TIME,
    last_message: null,
    unread_count: 0,
  },
)
export type Conversation = Static<typeof Conversation>

/** A new account. `id` is its secret, shown this once (MS5, MS23). */
export const Account = example(
  open(
    {
      id: uuid(),
      display_name: text('Kari Nordmann'),
      handle: text('kari'),
      email: nullable(email()),
      profiles: Type.Array(Profile),
    },
    { title: 'Account' },
  ),
  {
    id: '3b241101-e2bb-4255-8caf-4136c566a962',
    display_name: 'Kari Nordmann',
    handle: 'kari',
    email: 'kari@example.com',
    profiles: [{ id: KARI, name: 'Privat', mode: 'private', handle: 'kari' }],
  },
)
export type Account = Static<typeof Account>

/** A page of history and where it ends (MS62). */
export const History = example(
  open(
    {
      data: Type.Array(Message),
      meta: open({
        start_cursor: nullable(uuid(MESSAGE)),
        end_cursor: nullable(uuid(MESSAGE)),
        has_more: open({ before: flag(true), after: flag(false) }),
      }),
    },
    { title: 'History' },
  ),
  { data: [], meta: { start_cursor: null, end_cursor: null, has_more: { before: false, after: false } } },
)
export type History = Static<typeof History>

// Requests

/** `display_name` has 2 to 120 characters after trimming (MS24 to MS26). */
export const NewAccount = example(
  open({
    display_name: text('Kari Nordmann'),
    email: optional(nullable(text('kari@example.com', { maxLength: 254 }))),
    handle: optional(nullable(text('kari', { minLength: 2, maxLength: 32 }))),
  }),
  { display_name: 'Kari Nordmann', email: 'kari@example.com' },
)

/** A direct conversation (MS45), or a private group (MS50). */
export const NewConversation = Type.Union([
  example(open({ target_profile_id: uuid(OLA), kind: optional(Type.Literal('direct')) }), { target_profile_id: OLA }),
  example(
    open({
      kind: Type.Literal('group'),
      topic: text('Hyttetur'),
      participant_ids: Type.Array(uuid(OLA), { minItems: 1, maxItems: 256 }),
    }),
    { kind: 'group', topic: 'Hyttetur', participant_ids: [OLA] },
  ),
])

/** `body` has 1 to 4000 characters and is kept as sent; `client_id` makes the send repeatable (MS63 to MS69). */
export const NewMessage = example(
  open({
    message: open({
      body: text('Hei på deg', { minLength: 1 }),
      client_id: optional(nullable(text('3f0c', { minLength: 1, maxLength: 100 }))),
      reply_to: optional(nullable(uuid(MESSAGE))),
    }),
  }),
  { message: { body: 'Hei på deg' } },
)

/** `handle`: the one exact match. `q`: a prefix of handle or name, at least 2 characters. Neither: the own profiles. */
export const ProfileQuery = open({ handle: optional(text('kari')), q: optional(text('ka')) })

/** `before`: those after this conversation in the list (MS51). */
export const ConversationQuery = open({
  limit: optional(integer(50, { minimum: 1, maximum: 200 })),
  before: optional(uuid(CONVERSATION)),
})

/** `after` wins over `before` (MS60, MS61). */
export const HistoryQuery = open({
  limit: optional(integer(50, { minimum: 1, maximum: 200 })),
  before: optional(uuid(MESSAGE)),
  after: optional(uuid(MESSAGE)),
  before_id: optional(uuid(MESSAGE)),
  after_id: optional(uuid(MESSAGE)),
})

export const PollQuery = open({ vsn: optional(oneOf('2.0.0', '1.0.0')), token: optional(text('fHk3…')) })

/** Phoenix frames, one to a line (MS104). */
export const PollBody = text('["1","1","conversation:…","phx_join",{"account_id":"…","profile_id":"…"}]')

// Refusals

/** 422: every failing field with its messages (MS11). */
export const Invalid = example(
  open({ errors: Type.Record(Type.String(), Type.Array(Type.String())) }, { title: 'Invalid' }),
  {
    errors: { body: ["can't be blank"] },
  },
)
/** 401, 403, 404, 413, 429, 503 (MS13). */
export const Refused = example(
  open({ error: text('forbidden'), errors: Type.Array(text('forbidden')) }, { title: 'Refused' }),
  {
    error: 'forbidden',
    errors: ['forbidden'],
  },
)

/** One turn of a long poll: the status that counts is in the body (MS101 to MS105). */
export const Poll = example(
  open({ status: integer(200), token: optional(text('fHk3…')), messages: optional(Type.Array(Type.String())) }),
  { status: 204, token: 'fHk3…', messages: [] },
)
