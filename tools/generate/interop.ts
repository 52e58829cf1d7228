// docs/interop.md: per core event, what each dialect shows, or plainly that it cannot. Asked of the projections themselves.
import type { Delivery, EventType, SignalType } from '../../src/core/index.ts'
import type { Dialect } from '../../src/host/dialect.ts'
import { projected } from './samples.ts'

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
  'pin.changed': 'A message was pinned, or no longer',
  watching: 'Somebody opens a conversation, or closes it (signal)',
  'space.membership': 'One came into a space, left it or was put out (to oneself)',
  'space.member': 'Somebody came into a space, left it or has another role there',
  'space.updated': 'A space is called or looks otherwise',
  'space.category': 'A heading was made or is called otherwise',
  'space.channel': 'A channel was made that all in the space may see',
  'space.layout': 'Channels stand otherwise, or are gone',
  'space.person': 'Somebody in the space changed name or face',
  'space.ended': 'A space was ended',
}

/** The names under which deliveries reach a client, each once. */
const shown = (dialect: Dialect, deliveries: readonly Delivery[]): string => {
  const names = deliveries.map(({ frame }) => dialect.nameOf(frame))
  return names.length === 0 ? 'nothing' : [...new Set(names)].map(name => `\`${name}\``).join(', ')
}

const cell = (dialect: Dialect, type: EventType | SignalType): string => {
  const deliveries = projected(dialect, type)
  return deliveries ? shown(dialect, deliveries) : '—'
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
