// Files: taken in as streams, given out by right.
import type { Actor } from '../actor.ts'
import type { Attachment } from '../model/attachment.ts'
import type { Fid, MessageId } from '../model/ids.ts'

/** A file somebody may read. */
export interface OpenFile {
  readonly attachment: Attachment
  /** Bytes `start` to `end` inclusive, all by default. Faults: file.unknown (removed meanwhile). */
  read(range?: { readonly start: number; readonly end: number }): Promise<ReadableStream<Uint8Array>>
}

export interface Files {
  /**
   * Stores a file durably; the actor owns it. Removed after 24 h unless it hangs on something by then.
   * Faults: file.too-large (nothing is kept), file.empty, file.incomplete.
   */
  upload(
    actor: Actor,
    file: {
      readonly name: string
      readonly mime: string
      readonly bytes: AsyncIterable<Uint8Array>
      /** Defaults to the configured maximum, and is never above it. */
      readonly maxBytes?: number
    },
  ): Promise<Attachment>
  /** For whom it is visible. Faults: file.unknown (also: not allowed). */
  open(actor: Actor, fid: Fid): Promise<OpenFile>
  /**
   * A relative URL `/files/{fid}?t=…` that stands for the right to read the file through this message, for 15 to 30
   * minutes; recall voids it. Stable within that time.
   */
  link(fid: Fid, messageId: MessageId): string
  /** Faults: file.unknown (forged, expired, recalled). */
  openLink(fid: Fid, token: string): Promise<OpenFile>
}
