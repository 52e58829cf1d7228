// Every frame that goes over the live transports either way, for the document.

import { oneOf, open } from '../../base/schema.ts'
import type { LiveMessage } from '../../host/dialect.ts'
import * as live from './contract.live.ts'

type Schema = LiveMessage['schema']

/** A whole frame, as it goes over the wire: the envelope with this payload (OC111). */
const framed = (name: string, payload: Schema): Schema =>
  open({ ...live.Envelope.properties, event_type: oneOf(name), type: oneOf(name), payload })

const down = (name: string, summary: string, payload: Schema, rules: readonly string[] = ['OC120']): LiveMessage => ({
  name,
  direction: 'down',
  summary,
  rules: ['OC111', 'OC112', ...rules],
  schema: framed(name, payload),
})

export const liveMessages: readonly LiveMessage[] = [
  {
    name: 'frame',
    direction: 'up',
    summary: 'Opens or closes a channel, says that one types, or asks for a pong.',
    rules: ['OC116', 'OC117'],
    schema: live.ClientFrame,
  },
  down('chat.hello', 'The first frame.', live.Hello, ['OC113']),
  down('chat.resume.completed', 'All that was missed has come.', live.ResumeCompleted, ['OC123']),
  down('resync_required', 'Too much was missed, or the token leads nowhere: load anew.', live.ResyncRequired, [
    'OC124',
  ]),
  down('chat.subscribed', 'The channel is open.', live.ChannelNamed, ['OC116']),
  down('chat.unsubscribed', 'It is closed.', live.ChannelNamed, ['OC116']),
  down('chat.presence.snapshot', 'Who looks at the channel.', live.Snapshot, ['OC116', 'OC118']),
  down('chat.presence.joined', 'Somebody opened it.', live.PresenceChange, ['OC116', 'OC118']),
  down('chat.presence.left', 'Somebody closed it.', live.PresenceChange, ['OC116', 'OC118']),
  down('chat.typing.updated', 'Somebody types, or stops.', live.Typing, ['OC116']),
  down('chat.pong', 'The answer to a ping.', live.Pong, ['OC116']),
  down('chat.error', 'Why a frame was refused.', live.FrameError, ['OC117']),
  down('chat.message.created', 'A message.', live.MessageCarried, ['OC115', 'OC120']),
  down('chat.message.updated', 'A message was edited.', live.MessageCarried),
  down('chat.message.recalled', 'A message was taken back.', live.Recalled),
  down('chat.reaction.updated', 'A reaction was added or taken back.', live.ReactionChanged),
  down('chat.pin.added', 'A message was pinned.', live.PinChanged),
  down('chat.pin.removed', 'It is no longer pinned.', live.PinChanged),
  down('chat.read_ack.updated', 'One’s own mark moved.', live.MarkMoved),
  down('chat.receipt.updated', 'Somebody else has read up to a message.', live.MarkMoved),
  down('chat.channel.created', 'A channel is there: new, or new to this person.', live.ChannelCreated, [
    'OC120',
    'OC121',
  ]),
  down('chat.channel.updated', 'A channel is described differently.', live.ChannelCarried),
  down('chat.channel.deleted', 'A channel is no more, or no longer for this person.', live.ChannelNamed, [
    'OC120',
    'OC121',
  ]),
  down('chat.channel.layout.updated', 'The list of channels stands differently.', live.LayoutUpdated),
  down('chat.category.created', 'A category was made.', live.CategoryCreated),
  down('chat.category.updated', 'A category is called differently.', live.CategoryUpdated),
  down('chat.server.updated', 'The server is called or looks differently.', live.ServerUpdated),
  down('chat.member.joined', 'Somebody came into a channel.', live.MemberCarried, ['OC120', 'OC121']),
  down('chat.member.updated', 'Somebody’s role or mute changed.', live.MemberCarried),
  down('chat.member.left', 'Somebody left, or was put out.', live.MemberLeft, ['OC120', 'OC121']),
  down('chat.membership.updated', 'Somebody came to the server, left or was put out.', live.MembershipUpdated),
  down('chat.contact.updated', 'A contact is something else than before.', live.ContactCarried),
  down('chat.contact.removed', 'A contact is none any more.', live.ContactGone),
  down('profile_updated', 'Somebody has another name or face.', live.ProfileUpdated),
  down('chat.session.revoked', 'The session has ended; so does the connection.', live.SessionRevoked, [
    'OC33',
    'OC120',
  ]),
  down('chat.user.presence', 'A contact or direct peer comes online or goes offline.', live.UserPresence),
  down('chat.server.draining', 'The server goes down; come back after this.', live.Draining, ['OC119']),
]
