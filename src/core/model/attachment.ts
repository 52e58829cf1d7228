// A file: reserved → received → hung on messages. Who may read it follows from where it hangs.
import type { ConversationId, Fid, MessageId, ProfileId, Time } from './ids.ts'

export interface Attachment {
  readonly fid: Fid
  readonly uploaderId: ProfileId
  readonly name: string
  readonly mime: string
  readonly size: number
  readonly width: number | null
  readonly height: number | null
  readonly state: 'reserved' | 'received'
  /** Where its bytes are kept; another one each time they are replaced. */
  readonly blob: Fid
  /** What the door that reserved it wrote beside it, opaque; never a secret in clear. */
  readonly note: string | null
  /** Sent as the only use it is meant for: no second message may carry it anew, and with that message it is gone. */
  readonly spentAt: Time | null
  readonly createdAt: Time
  /** Removed then, unless it hangs on something. */
  readonly expiresAt: Time
}

/** That a file hangs on a message. Removed with the recall. */
export interface AttachmentUse {
  readonly fid: Fid
  readonly messageId: MessageId
  readonly conversationId: ConversationId
  readonly authorId: ProfileId
}
