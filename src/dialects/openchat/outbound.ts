// Core objects as this contract prints them. Nothing here depends on who looks; what does stands in outbound.channels.ts.
import {
  type AttachmentRef,
  type ConversationId,
  type Core,
  type Mention as CoreMention,
  type Message as CoreMessage,
  type Profile as CoreProfile,
  ENCRYPTED_TEXT,
  type MessageId,
  nameOf,
  type Person,
  type PersonCard,
  type Quoted,
  type ReactionTally,
  type SpaceId,
  type Time,
} from '../../core/index.ts'
import type { Attachment, Mention, Message, Profile, Reaction, ReplyTo } from './contract.ts'
import { printTime, printTimeOrNull } from './ids.ts'
import { printMime } from './media.ts'
import { URL_TTL_MS } from './settings.ts'
import { SYSTEM_UID, type Uids } from './uids.ts'

/** Code points of a preview (OC68). */
const PREVIEW = 220
/** People shown by one reaction (OC80). */
const REACTORS = 50

export interface Printers {
  uid(space: SpaceId, person: Pick<Person, 'id' | 'rootKey'>): string
  profile(space: SpaceId, person: CoreProfile | PersonCard, updatedAt: Time): Profile
  message(space: SpaceId, message: CoreMessage): Message
  reactions(space: SpaceId, tallies: readonly ReactionTally[]): Reaction[]
  /** `messageId` null: a file that hangs on nothing yet. */
  attachment(file: AttachmentRef, hangs: { conversationId: ConversationId; messageId: MessageId } | null): Attachment
  avatarUrl(fid: string): string
}

const unknownProfile = (uid: string): Profile => ({
  user_uid: uid,
  handle: uid,
  display_name: uid === SYSTEM_UID ? 'System' : uid,
  avatar_mode: 'generated',
  avatar_preset_id: null,
  avatar_asset_id: null,
  avatar_url: null,
  profile_version: 0,
  updated_at: printTime(0),
})

/** Of somebody nobody knows; and of whoever writes what nobody wrote (OC92, OC93). */
export const printUnknown = unknownProfile

const kindOf = ({ kind }: CoreMessage): Message['kind'] => (kind === 'reminder' ? 'text' : kind)

/** The text that is shown: of an encrypted message a word that says so; of a recalled one, and of bare files, none. */
const bodyOf = ({ text, payload, attachments, recalledAt }: CoreMessage): string => {
  if (recalledAt !== null) return ''
  if (text) return text
  return payload !== null && attachments.length === 0 ? ENCRYPTED_TEXT : ''
}

/** Lines trimmed, joined by a space (OC68). */
const previewOf = (text: string): string => {
  const line = text
    .split(/\r\n|\r|\n/)
    .map(each => each.trim())
    .filter(each => each !== '')
    .join(' ')
  const points = [...line]
  return points.length <= PREVIEW ? line : `${points.slice(0, PREVIEW).join('')}…`
}

export const createPrinters = ({
  core,
  uids,
  publicUrl,
}: {
  readonly core: Pick<Core, 'files'>
  readonly uids: Uids
  readonly publicUrl: () => string
}): Printers => {
  const uid: Printers['uid'] = (space, person) => uids.of(space, person)

  const printReply = (space: SpaceId, quoted: Quoted): ReplyTo => ({
    message_id: quoted.id,
    author_uid: quoted.kind === 'system' ? SYSTEM_UID : uid(space, quoted.author),
    author_display_name: nameOf(quoted.author),
    preview_text: quoted.recalledAt === null ? previewOf(quoted.text ?? '') : '',
    is_unavailable: quoted.recalledAt !== null,
  })

  const printMention = (space: SpaceId, text: string, mention: CoreMention): Mention => {
    const token = text.slice(mention.start, mention.end)
    const target =
      mention.type === 'channel' ? mention.target : uid(space, { id: mention.target, rootKey: mention.rootKey ?? null })
    const range = { start: mention.start, end: mention.end }
    return { type: mention.type, token, target_id: target, display_text: token, range }
  }

  const attachment: Printers['attachment'] = ({ fid, name, mime, size, width, height }, hangs) => {
    const { token, expiresAt } = core.files.token(fid, hangs?.messageId ?? null, URL_TTL_MS)
    const path = hangs ? `/v1/channels/${hangs.conversationId}/attachments/${fid}` : `/v1/uploads/${fid}`
    const stable = `${publicUrl()}${path}`
    return {
      attachment_id: fid,
      file_name: name,
      url: `${stable}?t=${token}`,
      url_expires_at: printTime(expiresAt),
      stable_url: stable,
      content_type: printMime(mime),
      bytes: size,
      ...(width !== null && { width }),
      ...(height !== null && { height }),
    }
  }

  const reactions: Printers['reactions'] = (space, tallies) =>
    tallies.map(({ emoji, by }) => ({
      emoji,
      count: by.length,
      user_uids: by.slice(0, REACTORS).map(person => uid(space, person)),
    }))

  const avatarUrl = (fid: string): string => `${publicUrl()}/v1/profile/avatar/${fid}`

  return {
    uid,
    reactions,
    attachment,
    avatarUrl,

    profile(space, person, updatedAt) {
      const { avatar, avatarStyle, version } = person
      return {
        user_uid: uid(space, person),
        handle: person.handle,
        display_name: nameOf(person),
        avatar_mode: avatar === null ? 'generated' : 'uploaded',
        avatar_preset_id: avatarStyle,
        avatar_asset_id: avatar,
        avatar_url: avatar === null ? null : avatarUrl(avatar),
        profile_version: version,
        updated_at: printTime(updatedAt),
      }
    },

    message(space, message) {
      const conversationId = message.conversation.id
      const body = bodyOf(message)
      const { mentions, attachments, replyTo, forwardedFrom } = message
      return {
        id: message.id,
        channel_id: conversationId,
        author_uid: message.kind === 'system' ? SYSTEM_UID : uid(space, message.author),
        body,
        kind: kindOf(message),
        seq: message.seq,
        created_at: printTime(message.createdAt),
        edited_at: printTimeOrNull(message.editedAt),
        recalled_at: printTimeOrNull(message.recalledAt),
        reactions: reactions(space, message.reactions),
        ...(replyTo && { reply_to: printReply(space, replyTo) }),
        ...(message.replyRoot !== null && { thread_root_id: message.replyRoot }),
        ...(mentions.length > 0 && { mentions: mentions.map(mention => printMention(space, body, mention)) }),
        ...(attachments.length > 0 && {
          attachments: attachments.map(file => attachment(file, { conversationId, messageId: message.id })),
        }),
        ...(forwardedFrom && {
          forwarded_from: { message_id: forwardedFrom.messageId, author_uid: uid(space, forwardedFrom.author) },
        }),
        ...(message.clientKey !== null && { client_message_id: message.clientKey }),
        permalink: `${publicUrl()}/channels/${conversationId}?message_id=${message.id}`,
      }
    },
  }
}
