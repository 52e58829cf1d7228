// Files: taken in as streams, given out by right.
import { newRandomId, parseUuid } from '../../base/id.ts'
import { equalSecrets, sign } from '../../base/secret.ts'
import type { Actor } from '../actor.ts'
import { type Context, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { limits } from '../limits.ts'
import type { Attachment } from '../model/attachment.ts'
import type { Fid, MessageId } from '../model/ids.ts'
import { loadFile } from '../queries/file-rights.ts'
import { judgeShort } from '../values.ts'

/** A file somebody may read. */
export interface OpenFile {
  readonly attachment: Attachment
  /** Bytes `start` to `end` inclusive, all by default. Faults: file.unknown (removed meanwhile). */
  read(range?: { readonly start: number; readonly end: number }): Promise<ReadableStream<Uint8Array>>
}

export interface Files {
  /**
   * Stores a file durably; the actor owns it. Removed after 24 h unless it hangs on something by then.
   * Faults: file.too-large (nothing is kept), file.empty, file.incomplete, value.invalid.
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

/** `signingKey` is kept with the data, so that links survive a restart. */
export const createFiles = (context: Context, signingKey: string): Files => {
  const { read, ports, options } = context

  const opened = (attachment: Attachment): OpenFile => ({
    attachment,
    async read(range) {
      return must(await ports.blobs.read(attachment.fid, range), { kind: 'file.unknown' })
    },
  })

  const signature = (fid: Fid, messageId: MessageId, expiry: string): string =>
    sign(signingKey, `file ${fid} ${messageId} ${expiry}`)

  return {
    async upload(actor, { name, mime, bytes, maxBytes = options.maxFileBytes }) {
      judgeShort('name', name, limits.fileNameBytes)
      judgeShort('mime', mime, limits.fileNameBytes)
      const fid = newRandomId()
      const size = await ports.blobs.write(fid, bytes, Math.min(maxBytes, options.maxFileBytes))
      try {
        if (size === 0) return refuse({ kind: 'file.empty' })
        const now = context.now()
        const attachment: Attachment = {
          fid,
          uploaderId: actor.profile.id,
          name,
          mime,
          size,
          width: null,
          height: null,
          state: 'received',
          createdAt: now,
          expiresAt: now + limits.orphanFileTtl,
        }
        await context.commit(tx => tx.insert('attachment', attachment))
        return attachment
      } catch (error) {
        await ports.blobs.remove(fid)
        throw error
      }
    },

    async open(actor, fid) {
      const id = must(parseUuid(fid), { kind: 'file.unknown' })
      return opened(await loadFile(read, actor, id))
    },

    link(fid, messageId) {
      // Rounded up, so that a link stays the same for as long as it may be cached.
      const expiry = (Math.ceil(context.now() / limits.fileLinkTtl) * limits.fileLinkTtl + limits.fileLinkTtl).toString(
        36,
      )
      return `/files/${fid}?t=${messageId}.${expiry}.${signature(fid, messageId, expiry)}`
    },

    async openLink(fid, token) {
      const unknown = { kind: 'file.unknown' } as const
      const [messageId = '', expiry = '', given = ''] = token.split('.')
      if (!equalSecrets(given, signature(fid, messageId, expiry))) refuse(unknown)
      if (Number.parseInt(expiry, 36) <= context.now()) refuse(unknown)
      // The use falls with the recall, and the link with the use.
      must(await read.get('attachmentUse', { fid, messageId }), unknown)
      return opened(must(await read.get('attachment', { fid }), unknown))
    },
  }
}

const SWEEP_BATCH = 100

/** Removes files that were uploaded (or reserved) and hang on nothing: first the row, then the bytes. */
export const sweepFiles = async (context: Context): Promise<void> => {
  const now = context.now()
  for (;;) {
    const expired = await context.read.attachmentsExpiredBefore(now, SWEEP_BATCH)
    for (const { fid } of expired) await sweepFile(context, fid)
    if (expired.length < SWEEP_BATCH) break
  }
}

const sweepFile = async (context: Context, fid: Fid): Promise<void> => {
  const removed = await context.commit(async tx => {
    // Sent, or made an avatar, since the look.
    const owners = await tx.avatarOwners(fid)
    if (owners.profile || owners.conversationIds.length > 0 || (await tx.usesOf(fid)).length > 0) return false
    await tx.remove('attachment', { fid })
    return true
  })
  if (removed) await context.ports.blobs.remove(fid)
}
