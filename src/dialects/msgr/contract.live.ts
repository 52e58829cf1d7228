// Every event of the channels, either way, by its payload. Around it stands a Phoenix frame, which names topic and event (MS73).
import {
  example,
  nullable,
  oneOf,
  open,
  optional,
  type TSchema,
  Type,
  text,
  timestamp,
  uuid,
} from '../../base/schema.ts'
import { Conversation, dataOf, Message, Reaction } from './contract.ts'

const ACCOUNT = '3b241101-e2bb-4255-8caf-4136c566a962'
const KARI = '01922f5c-5b0a-7c11-8a6e-3f2f0d9b6a01'
const OLA = '01922f5c-5b0a-7c11-8a6e-3f2f0d9b6a02'
const CONVERSATION = '01922f5d-0c44-7d2a-9b1c-77a1c9e0f310'
const MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const TIME = '2024-10-04T12:00:00Z'

/** Where an event belongs. */
const IN_CONVERSATION = 'On `conversation:{id}`'
const IN_PROFILE = 'On `profile:{id}`'
const ON_BOTH = 'On both kinds of topic'

const event =
  (direction: 'down' | 'up') =>
  (name: string, topic: string, what: string, rules: readonly string[], schema: TSchema) => ({
    name,
    direction,
    summary: `${topic}: ${what}`,
    rules,
    schema,
  })
const down = event('down')
const up = event('up')

const Nothing = open({})
const messageId = uuid(MESSAGE)
const body = text('Hei på deg', { minLength: 1 })

/** `errors` by field where fields were judged (MS84), a list otherwise (MS96). */
const Reply = Type.Union([
  example(
    open({
      status: Type.Literal('ok'),
      response: open({ data: optional(Message), status: optional(Type.Literal('read')) }),
    }),
    { status: 'ok', response: {} },
  ),
  open({
    status: Type.Literal('error'),
    response: open({
      reason: optional(oneOf('unmatched topic', 'too many topics', 'unauthorized', 'forbidden')),
      errors: optional(
        Type.Union([Type.Array(text('unknown event')), Type.Record(Type.String(), Type.Array(Type.String()))]),
      ),
    }),
  }),
])

const Reacted = example(
  open({ message_id: messageId, emoji: text('👍'), profile_id: uuid(OLA), aggregates: Type.Array(Reaction) }),
  { message_id: MESSAGE, emoji: '👍', profile_id: OLA, aggregates: [{ emoji: '👍', count: 1, profile_ids: [OLA] }] },
)
const typist = { profile_id: uuid(OLA), profile_name: text('Ola'), thread_id: Type.Null() }

export const liveMessages = [
  up('heartbeat', 'On `phoenix`', 'keeps the socket open.', ['MS76', 'MS81'], Nothing),
  up(
    'phx_join',
    ON_BOTH,
    'joins it, with both ids of the caller.',
    ['MS83', 'MS88', 'MS99'],
    open({ account_id: uuid(ACCOUNT), profile_id: uuid(KARI) }),
  ),
  up('phx_leave', ON_BOTH, 'leaves it.', ['MS87'], Nothing),
  down('phx_reply', 'On every topic', 'the answer to a push that has a ref.', ['MS74', 'MS84', 'MS96'], Reply),
  down('phx_close', ON_BOTH, 'it is over; the client does not rejoin.', ['MS8', 'MS87', 'MS88', 'MS90'], Nothing),

  up(
    'message:create',
    IN_CONVERSATION,
    'says something.',
    ['MS66', 'MS84'],
    open({
      body,
      client_id: optional(nullable(text('3f0c', { minLength: 1, maxLength: 100 }))),
      reply_to: optional(nullable(messageId)),
    }),
  ),
  up('message:update', IN_CONVERSATION, 'edits an own message.', ['MS93'], open({ message_id: messageId, body })),
  up('message:delete', IN_CONVERSATION, 'takes an own message back.', ['MS94'], open({ message_id: messageId })),
  up('message:read', IN_CONVERSATION, 'has read everything up to it.', ['MS92'], open({ message_id: messageId })),
  up('typing:start', IN_CONVERSATION, 'the caller types.', ['MS91'], Nothing),
  up('typing:stop', IN_CONVERSATION, 'the caller types no more.', ['MS91'], Nothing),

  down(
    'message_created',
    IN_CONVERSATION,
    'something was said, by the receiver too.',
    ['MS85', 'MS86'],
    dataOf(Message),
  ),
  down('message_updated', IN_CONVERSATION, 'a message was edited.', ['MS93'], dataOf(Message)),
  down(
    'message_deleted',
    IN_CONVERSATION,
    'a message was taken back.',
    ['MS94', 'MS95'],
    open({ message_id: messageId, deleted_at: timestamp(TIME), data: Message }),
  ),
  down('reaction_added', IN_CONVERSATION, 'somebody reacted to a message.', ['MS56'], Reacted),
  down('reaction_removed', IN_CONVERSATION, 'somebody took a reaction back.', ['MS56'], Reacted),
  down(
    'message_read',
    IN_CONVERSATION,
    'somebody has read everything up to it.',
    ['MS92'],
    open({ message_id: messageId, profile_id: uuid(OLA), read_at: timestamp(TIME) }),
  ),
  down(
    'typing_started',
    IN_CONVERSATION,
    'somebody else types.',
    ['MS91'],
    open({ ...typist, expires_at: timestamp(TIME) }),
  ),
  down('typing_stopped', IN_CONVERSATION, 'somebody else types no more.', ['MS91'], open(typist)),

  down('conversation_created', IN_PROFILE, 'the caller is in a conversation now.', ['MS100'], dataOf(Conversation)),
  down(
    'conversation_updated',
    IN_PROFILE,
    'a conversation changed; the latest state.',
    ['MS100'],
    dataOf(Conversation),
  ),
  down(
    'conversation_removed',
    IN_PROFILE,
    'the caller is no longer in a conversation.',
    ['MS100'],
    open({ id: uuid(CONVERSATION) }),
  ),
]
