// Every frame that goes over the socket either way, for the document.
import type { LiveMessage } from '../../host/dialect.ts'
import {
  ChannelDeleted,
  ChannelUpdated,
  ErrorFrame,
  MembershipFrame,
  MessageDeleted,
  MessageUpdated,
  Ping,
  PlainText,
  Pong,
  PresenceFrame,
  Ready,
  SendFrame,
  TypingDown,
  TypingUp,
} from './contract.frames.ts'
import { Message } from './contract.ts'

const down = (name: string, summary: string, rules: readonly string[], schema: LiveMessage['schema']): LiveMessage => ({
  name,
  direction: 'down',
  summary,
  rules,
  schema,
})
const up = (name: string, summary: string, rules: readonly string[], schema: LiveMessage['schema']): LiveMessage => ({
  name,
  direction: 'up',
  summary,
  rules,
  schema,
})

export const liveMessages: readonly LiveMessage[] = [
  up('send', 'A message to a channel.', ['CA69', 'CA71'], SendFrame),
  up('text', 'Any other text: a message in so many words.', ['CA70', 'CA71'], PlainText),
  up('ping', 'Asks for a pong.', ['CA72'], Ping),
  up('typing', 'That one types, or stops.', ['CA72'], TypingUp),
  down('Message', 'A message, without an envelope: history first, then live.', ['CA64', 'CA67'], Message),
  down('error', 'Why a frame was refused; to its sender only.', ['CA73'], ErrorFrame),
  down('pong', 'The answer to a ping.', ['CA72'], Pong),
  down('ready', 'The history is over. With `events=1`, like all below.', ['CA75'], Ready),
  down('presence', 'Somebody came online or went offline.', ['CA76'], PresenceFrame),
  down('channel_joined', 'Somebody, or oneself, came in.', ['CA77'], MembershipFrame),
  down('channel_left', 'Somebody, or oneself, left or was put out.', ['CA77'], MembershipFrame),
  down('channel_updated', 'A channel is described, or owned, differently.', ['CA77'], ChannelUpdated),
  down('channel_deleted', 'A channel is no more.', ['CA77'], ChannelDeleted),
  down('message_updated', 'A message was edited.', ['CA78'], MessageUpdated),
  down('message_deleted', 'A message was taken back.', ['CA78'], MessageDeleted),
  down('typing', 'Somebody types, or stops.', ['CA78'], TypingDown),
]
