// Loads a file together with the facts of who may read it, and lets the gate decide.
import type { Actor } from '../actor.ts'
import { refuse } from '../fault.ts'
import { demand } from '../gate/demand.ts'
import { gate } from '../gate/gate.ts'
import type { Attachment, AttachmentUse } from '../model/attachment.ts'
import type { ConversationId, Fid, MessageId } from '../model/ids.ts'
import type { Reads } from '../ports/store.ts'
import { hasBlocked } from './facts.ts'

/** A received file the actor may read. Faults: file.unknown (also: may not). */
export const loadFile = async (reads: Reads, actor: Actor, fid: Fid): Promise<Attachment> =>
  (await loadWithUses(reads, actor, fid)).attachment

/** In place of a message: the right to a file does not come through one. */
export const ITSELF = '-'

/** Through which message the actor may read a file, or `ITSELF` (his own, an avatar). Faults: file.unknown. */
export const loadWay = async (reads: Reads, actor: Actor, fid: Fid): Promise<MessageId | typeof ITSELF> => {
  const { attachment, uses } = await loadWithUses(reads, actor, fid)
  if (attachment.uploaderId === actor.profile.id) return ITSELF
  return uses.find(use => use.member && !use.senderBlockedByMe)?.messageId ?? ITSELF
}

/** A file the actor may read, and a use of it that he sees, if there is one (`within` a conversation). Faults: file.unknown. */
export const loadSeen = async (
  reads: Reads,
  actor: Actor,
  fid: Fid,
  within?: ConversationId,
): Promise<{ readonly attachment: Attachment; readonly use: AttachmentUse | null }> => {
  const { attachment } = await loadWithUses(reads, actor, fid)
  const fits = ({ use }: Seen): boolean => within === undefined || use.conversationId === within
  const seen = (await loadUses(reads, actor, fid)).find(each => fits(each) && each.member && !each.senderBlockedByMe)
  return { attachment, use: seen?.use ?? null }
}

/** Whether a file was for one message only, and that one is no more. */
export const isUsedUp = async (reads: Reads, { fid, spentAt }: Attachment): Promise<boolean> =>
  spentAt !== null && (await reads.usesOf(fid)).length === 0

const loadWithUses = async (reads: Reads, actor: Actor, fid: Fid) => {
  const attachment = await reads.get('attachment', { fid })
  if (attachment?.state !== 'received') return refuse({ kind: 'file.unknown' })
  const me = actor.profile.id
  const usedUp = await isUsedUp(reads, attachment)
  // The uploader's right needs no further look (hot: every send of a fresh file).
  const uploader = attachment.uploaderId === me
  const uses = uploader ? [] : await loadUses(reads, actor, fid)
  const avatar = uploader ? { profile: false, conversationIds: [] } : await reads.avatarOwners(fid)
  let visibleAvatar = false
  for (const id of avatar.conversationIds) {
    const conversation = await reads.get('conversation', { id })
    const member = (await reads.get('member', { conversationId: id, profileId: me })) !== null
    if (conversation && gate['conversation.see']({ member, visibility: conversation.visibility }) === 'ok') {
      visibleAvatar = true
    }
  }
  demand(gate['file.read']({ uploader, usedUp, uses, profileAvatar: avatar.profile, visibleAvatar }))
  return { attachment, uses }
}

interface Seen {
  readonly use: AttachmentUse
  readonly messageId: MessageId
  /** Or one who may read there all the same. */
  readonly member: boolean
  readonly senderBlockedByMe: boolean
}

const loadUses = async (reads: Reads, actor: Actor, fid: Fid): Promise<readonly Seen[]> => {
  const me = actor.profile.id
  const uses: Seen[] = []
  for (const use of await reads.usesOf(fid)) {
    uses.push({
      use,
      messageId: use.messageId,
      member: await mayRead(reads, actor, use.conversationId),
      senderBlockedByMe: await hasBlocked(reads, me, use.authorId),
    })
  }
  return uses
}

const mayRead = async (reads: Reads, actor: Actor, id: ConversationId): Promise<boolean> => {
  if (await reads.get('member', { conversationId: id, profileId: actor.profile.id })) return true
  const conversation = actor.door.readsPublic ? await reads.get('conversation', { id }) : null
  if (!conversation) return false
  const { visibility, joinRule } = conversation
  return gate['conversation.visit']({ member: false, visibility, joinRule, doorReadsPublic: true }) === 'ok'
}
