// Messages, marks, typing and presence → frames, and who gets them (section L).
import type { EventType } from '../../core/index.ts'
import type { Projection, SignalProjection } from '../../host/dialect.ts'
import { eventFrame, toAll, toOnly, toOthers } from './frames.ts'
import { isGroup, printTime } from './ids.ts'
import { printDeleted, printEdited, printMessage, printRead, printTyping } from './outbound.ts'
import { isUploadKey } from './sealed.ts'

/** Some rows of the projection; together the parts make it whole. */
export type Part<T extends EventType> = Pick<Projection, T>

export const messageEvents: Part<
  | 'message.sent'
  | 'message.edited'
  | 'message.recalled'
  | 'reaction.changed'
  | 'reminder.due'
  | 'receipt.read'
  | 'member.muted'
  | 'application.made'
  | 'application.rejected'
  | 'profile.updated'
  | 'credential.revoked'
> = {
  'message.sent': ({ body: { message } }) => {
    const shared = eventFrame('new_message', printMessage(message, false))
    const { clientKey, author } = message
    if (clientKey === null || isUploadKey(clientKey)) return toAll(shared)
    // Only the author's own copies carry his key (UM76).
    const own = eventFrame('new_message', printMessage(message, true))
    return [...toOthers(shared, author), ...toOnly(own, author.id)]
  },
  'message.edited': ({ at, body: { message } }) => toAll(eventFrame('message_edited', printEdited(message, at))),
  'message.recalled': ({ at, body: { message, by } }) =>
    toAll(eventFrame('message_deleted', printDeleted(message, by, at))),
  /** Each author learns which of his messages were read, nobody else does (UM80, UM81). */
  'receipt.read': ({ body }) =>
    body.newly.flatMap(({ authorId, messageIds }) =>
      toOnly(
        eventFrame('messages_read', printRead(body.conversation, body.person, authorId, messageIds, body.at)),
        authorId,
      ),
    ),
  'reaction.changed': null,
  'reminder.due': null,
  'member.muted': null,
  'application.made': null,
  'application.rejected': null,
  'profile.updated': null,
  'credential.revoked': null,
}

export const signals: SignalProjection = {
  watching: null,
  typing: ({ at, body: { conversation, person, active } }) => {
    const group = isGroup(conversation) ? conversation.num : null
    return toOthers(eventFrame('typing_indicator', printTyping(group, person, active, at)), person)
  },
  /** To friends only: what co-members may see shows in lists (UM50, UM52). */
  presence: ({ body: { person, online, seenAt, circle } }) =>
    circle === 'friend'
      ? toAll(
          eventFrame('user_status', {
            user_id: person.num,
            username: person.handle,
            status: online ? 'online' : 'offline',
            ...(!online && { last_seen: seenAt === null ? null : printTime(seenAt) }),
          }),
        )
      : [],
}
