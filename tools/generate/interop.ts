// docs/interop.md: per core event, what each dialect shows, or plainly that it cannot. Asked of the projections themselves.

import {
  conversationStream,
  type Delivery,
  type Event,
  type EventType,
  profileStream,
  type Signal,
  type SignalType,
  type StreamId,
} from '../../src/core/index.ts'
import type { Dialect } from '../../src/host/dialect.ts'
import { events, sampleTime, signals, variants } from './samples.ts'

/** What each thing is, for a reader who knows no code. */
const meanings: { readonly [T in EventType | SignalType]: string } = {
  'message.sent': 'A message was sent',
  'message.edited': 'A message was edited',
  'message.recalled': 'A message was taken back',
  'reaction.changed': 'A reaction was added or taken back',
  'receipt.read': 'Somebody read up to a message',
  'reminder.due': 'A reminder fell due',
  typing: 'Somebody types, or stops (signal)',
  presence: 'Somebody comes online or goes offline (signal)',
  'conversation.created': 'A conversation was made',
  'conversation.updated': 'Title, description, avatar, visibility, join rule or size changed',
  'conversation.ended': 'A conversation was ended',
  'member.joined': 'Somebody came in (to those inside)',
  'member.left': 'Somebody left or was put out (to those inside)',
  'member.role': "Somebody's role changed",
  'member.muted': 'Somebody was muted, or may speak again',
  'membership.began': 'One came into a conversation (to oneself)',
  'membership.ended': 'One left, was put out, or it ended (to oneself)',
  'application.made': 'Somebody asks to join',
  'application.rejected': 'A wish to join was refused (to oneself)',
  'contact.requested': 'Somebody asks to be friends',
  'contact.accepted': 'Two became friends',
  'contact.rejected': 'A friend request was refused',
  'contact.removed': 'A friendship or request was ended',
  'block.set': 'One blocked somebody (to oneself)',
  'block.lifted': 'One lifted a block (to oneself)',
  'profile.updated': 'A person changed the profile (to oneself)',
  'session.ended': 'A session of the account ended',
  'credential.revoked': 'A capability was revoked',
}

/** The names under which deliveries reach a client, each once. */
const shown = (dialect: Dialect, deliveries: readonly Delivery[]): string => {
  const names = deliveries.map(({ frame }) => dialect.nameOf(frame))
  return names.length === 0 ? 'nothing' : [...new Set(names)].map(name => `\`${name}\``).join(', ')
}

/** The samples of something, each in a stream in which it may stand: some contracts read from there whose it is. */
const samplesOf = <B extends Event['body'] | Signal['body']>(type: B['type'], first: B) =>
  [first, ...(variants.filter(body => body.type === type) as B[])].map(body => ({
    stream: streamOf(body),
    at: sampleTime,
    body,
  }))

const SOME_ID = '01890000-0000-7000-8000-000000000001'

/** What concerns one person stands in his own stream, everything else in the conversation's. */
const streamOf = (body: Event['body'] | Signal['body']): StreamId => {
  switch (body.type) {
    case 'presence':
      return body.circle === 'friend' ? profileStream(SOME_ID) : conversationStream(SOME_ID)
    case 'membership.began':
    case 'membership.ended':
    case 'application.rejected':
      return profileStream(SOME_ID)
    case 'message.sent':
    case 'message.edited':
    case 'message.recalled':
    case 'reaction.changed':
    case 'reminder.due':
      return conversationStream(body.message.conversation.id)
    default:
      // A friendship names the chat it made, and is still the two people's own.
      return 'conversation' in body && body.type !== 'contact.accepted'
        ? conversationStream(body.conversation.id)
        : profileStream(SOME_ID)
  }
}

const cell = (dialect: Dialect, type: EventType | SignalType): string => {
  if (type in signals) {
    const project = dialect.signals[type as SignalType] as ((signal: Signal) => readonly Delivery[]) | null
    return project
      ? shown(dialect, samplesOf<Signal['body']>(type as SignalType, signals[type as SignalType]).flatMap(project))
      : '—'
  }
  const project = dialect.events[type as EventType] as ((event: Event) => readonly Delivery[]) | null
  const samples = samplesOf<Event['body']>(type as EventType, events[type as EventType])
  return project
    ? shown(
        dialect,
        samples.flatMap(sample => project({ ...sample, seq: 1 })),
      )
    : '—'
}

export const interopPage = (dialects: readonly Dialect[]): string => {
  const rows = Object.entries(meanings).map(([type, meaning]) => {
    const cells = dialects.map(dialect => cell(dialect, type as EventType | SignalType))
    return `| ${meaning} | \`${type}\` | ${cells.join(' | ')} |`
  })
  return `# What each contract shows

Generated from the projections (\`npm run generate\`). One row for every core event and signal; a dash where the contract has no word for it:
then nothing is sent, and the state shows at the next read. \`test/matrix\` proves the table from outside.

| what happens | core event | ${dialects.map(d => d.name).join(' | ')} |
|---|---|${dialects.map(() => '---|').join('')}
${rows.join('\n')}
`
}
