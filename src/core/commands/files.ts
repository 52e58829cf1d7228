// Files: taken in as streams, given out by right.
import { newRandomId, parseUuid } from '../../base/id.ts'
import { equalSecrets, sign } from '../../base/secret.ts'
import type { Actor } from '../actor.ts'
import { type Context, lockOf, must } from '../context.ts'
import { refuse } from '../fault.ts'
import { limits } from '../limits.ts'
import type { Attachment, AttachmentUse } from '../model/attachment.ts'
import type { ConversationId, Fid, MessageId, ProfileId, Time } from '../model/ids.ts'
import type { Reads } from '../ports/store.ts'
import { ITSELF, isUsedUp, loadFile, loadSeen, loadWay } from '../queries/file-rights.ts'
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
      /** Of an image, in pixels, where the door knows. */
      readonly width?: number | null
      readonly height?: number | null
      /** The door's own (up to 1 KiB, opaque; never a secret in clear). */
      readonly note?: string | null
      /** Defaults to the configured maximum, and is never above it. */
      readonly maxBytes?: number
    },
  ): Promise<Attachment>
  /**
   * A file that is announced and comes later, of exactly this size. Removed after `ttlMs` unless it hangs on something
   * by then. `note` is the door's own (up to 1 KiB, opaque; never a secret in clear). Faults: file.too-large, file.empty, value.invalid.
   */
  reserve(
    actor: Actor,
    file: {
      readonly name: string
      readonly mime: string
      readonly size: number
      readonly note: string | null
      readonly ttlMs: number
    },
  ): Promise<Attachment>
  /** What was reserved, whoever asks and whatever became of it. Faults: file.unknown (also: past its time). */
  reservation(fid: Fid): Promise<Attachment>
  /**
   * The bytes of a reserved file, until it is spent; later ones replace earlier ones, whole or not at all.
   * Faults: file.unknown, file.spent, file.too-large (more than announced), file.incomplete (fewer).
   */
  receive(fid: Fid, bytes: AsyncIterable<Uint8Array>): Promise<Attachment>
  /** For whom it is visible. Faults: file.unknown (also: not allowed). */
  open(actor: Actor, fid: Fid): Promise<OpenFile>
  /**
   * A relative URL `/files/{fid}?t=…` that stands for the right to read the file through this message, for 15 to 30
   * minutes; recall voids it. Stable within that time.
   */
  link(fid: Fid, messageId: MessageId): string
  /** A token for `openLink` that stands for the actor's right to read the file, for so long. Faults: file.unknown. */
  sign(actor: Actor, fid: Fid, ttlMs: number): Promise<string>
  /**
   * The token alone, and when it ends: for at least `ttlMs`, at most twice that, and the same within that time. Stands for
   * the right to read the file through this message; for a file that hangs on none, its uploader's.
   */
  token(fid: Fid, messageId: MessageId | null, ttlMs: number): { readonly token: string; readonly expiresAt: Time }
  /**
   * A message through which the actor may read the file, of this conversation where one is named; null for his own that hangs
   * on none he sees there. Faults: file.unknown.
   */
  seenOn(
    actor: Actor,
    fid: Fid,
    within?: ConversationId,
  ): Promise<{ readonly attachment: Attachment; readonly use: AttachmentUse | null }>
  /** Removes those of these files that are the actor's and hang on nothing, before their time is over. */
  discard(actor: Actor, fids: readonly Fid[]): Promise<void>
  /** A profile's avatar, or a file its uploader's door marked with this note: for anybody. Faults: file.unknown. */
  openPublic(fid: Fid, note: string): Promise<OpenFile>
  /** `use`: the message it stands for; null for a file's own link. Faults: link.invalid (forged, run out), file.unknown (recalled, removed). */
  openLink(fid: Fid, token: string): Promise<OpenFile & { readonly use: AttachmentUse | null }>
}

/** `signingKey` is kept with the data, so that links survive a restart. */
export const createFiles = (context: Context, signingKey: string): Files => {
  const { read, ports, options } = context

  const opened = (attachment: Attachment): OpenFile => ({
    attachment,
    async read(range) {
      return must(await ports.blobs.read(attachment.blob, range), { kind: 'file.unknown' })
    },
  })

  /** Faults: file.unknown. */
  const loadReservation = async (reads: Reads, fid: Fid): Promise<Attachment> => {
    const unknown = { kind: 'file.unknown' } as const
    const attachment = must(await reads.get('attachment', { fid: must(parseUuid(fid), unknown) }), unknown)
    const over = attachment.spentAt === null && attachment.expiresAt <= context.now()
    return over ? refuse(unknown) : attachment
  }

  const signature = (fid: Fid, messageId: MessageId, expiry: string): string =>
    sign(signingKey, `file ${fid} ${messageId} ${expiry}`)

  /** Rounded up, so that a token stays the same for as long as what it opens may be cached. */
  const roundedToken = (fid: Fid, messageId: MessageId | typeof ITSELF, ttlMs: number) => {
    const expiresAt = Math.ceil(context.now() / ttlMs) * ttlMs + ttlMs
    const expiry = expiresAt.toString(36)
    return { token: `${messageId}.${expiry}.${signature(fid, messageId, expiry)}`, expiresAt }
  }

  return {
    async upload(
      actor,
      { name, mime, bytes, width = null, height = null, note = null, maxBytes = options.maxFileBytes },
    ) {
      judgeShort('name', name, limits.fileNameBytes)
      judgeShort('mime', mime, limits.fileNameBytes)
      judgeShort('note', note, limits.fileNoteBytes)
      const fid = newRandomId()
      const size = await ports.blobs.write(fid, bytes, Math.min(maxBytes, options.maxFileBytes))
      try {
        if (size === 0) return refuse({ kind: 'file.empty' })
        const attachment = { ...fresh(actor, fid, { name, mime, size }, context.now()), width, height, note }
        await context.commit(tx => tx.insert('attachment', attachment))
        return attachment
      } catch (error) {
        await ports.blobs.remove(fid)
        throw error
      }
    },

    async reserve(actor, { name, mime, size, note, ttlMs }) {
      judgeShort('name', name, limits.fileNameBytes)
      judgeShort('mime', mime, limits.fileNameBytes)
      judgeShort('note', note, limits.fileNoteBytes)
      if (size > options.maxFileBytes) refuse({ kind: 'file.too-large', limit: options.maxFileBytes })
      if (size <= 0) refuse({ kind: 'file.empty' })
      const fid = newRandomId()
      const now = context.now()
      const attachment: Attachment = {
        ...fresh(actor, fid, { name, mime, size }, now),
        state: 'reserved',
        note,
        expiresAt: now + ttlMs,
      }
      await context.commit(tx => tx.insert('attachment', attachment))
      return attachment
    },

    reservation: fid => loadReservation(read, fid),

    async receive(fid, bytes) {
      const { size } = await loadReservation(read, fid)
      const blob = newRandomId()
      try {
        const came = await ports.blobs.write(blob, bytes, size)
        if (came < size) return refuse({ kind: 'file.incomplete' })
        const { attachment, replaced } = await context.commit(async tx => {
          await tx.lock(lockOf.file(fid))
          const standing = await loadReservation(tx, fid)
          if (standing.spentAt !== null) refuse({ kind: 'file.spent' })
          const attachment: Attachment = { ...standing, state: 'received', blob }
          await tx.put('attachment', attachment)
          return { attachment, replaced: standing.state === 'received' ? standing.blob : null }
        })
        if (replaced !== null) await ports.blobs.remove(replaced)
        return attachment
      } catch (error) {
        await ports.blobs.remove(blob)
        throw error
      }
    },

    async open(actor, fid) {
      const id = must(parseUuid(fid), { kind: 'file.unknown' })
      return opened(await loadFile(read, actor, id))
    },

    link: (fid, messageId) => `/files/${fid}?t=${roundedToken(fid, messageId, limits.fileLinkTtl).token}`,

    token: (fid, messageId, ttlMs) => roundedToken(fid, messageId ?? ITSELF, ttlMs),

    async seenOn(actor, fid, within) {
      const id = must(parseUuid(fid), { kind: 'file.unknown' })
      return loadSeen(read, actor, id, within)
    },

    async discard(actor, fids) {
      for (const fid of fids) await sweepFile(context, fid, actor.profile.id)
    },

    async openPublic(fid, note) {
      const unknown = { kind: 'file.unknown' } as const
      const attachment = must(await read.get('attachment', { fid: must(parseUuid(fid), unknown) }), unknown)
      const open = attachment.note === note || (await read.avatarOwners(attachment.fid)).profile
      return open && attachment.state === 'received' ? opened(attachment) : refuse(unknown)
    },

    async sign(actor, fid, ttlMs) {
      const id = must(parseUuid(fid), { kind: 'file.unknown' })
      const through = await loadWay(read, actor, id)
      const expiry = (context.now() + ttlMs).toString(36)
      return `${through}.${expiry}.${signature(id, through, expiry)}`
    },

    async openLink(fid, token) {
      const unknown = { kind: 'file.unknown' } as const
      const invalid = { kind: 'link.invalid' } as const
      const [messageId = '', expiry = '', given = ''] = token.split('.')
      if (!equalSecrets(given, signature(fid, messageId, expiry))) refuse(invalid)
      if (Number.parseInt(expiry, 36) <= context.now()) refuse(invalid)
      const attachment = must(await read.get('attachment', { fid }), unknown)
      if (messageId === ITSELF) {
        if (await isUsedUp(read, attachment)) refuse(unknown)
        return { ...opened(attachment), use: null }
      }
      // The use falls with the recall, and the link with the use.
      const use = must(await read.get('attachmentUse', { fid, messageId }), unknown)
      return { ...opened(attachment), use }
    },
  }
}

const fresh = (
  actor: Actor,
  fid: Fid,
  what: { readonly name: string; readonly mime: string; readonly size: number },
  now: Time,
): Attachment => ({
  fid,
  uploaderId: actor.profile.id,
  ...what,
  width: null,
  height: null,
  state: 'received',
  blob: fid,
  note: null,
  spentAt: null,
  createdAt: now,
  expiresAt: now + limits.orphanFileTtl,
})

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

/** `uploaderId`: only if it is his. */
const sweepFile = async (context: Context, fid: Fid, uploaderId: ProfileId | null = null): Promise<void> => {
  const blob = await context.commit(async tx => {
    const file = await tx.get('attachment', { fid })
    if (uploaderId !== null && file?.uploaderId !== uploaderId) return null
    // Sent, or made an avatar, since the look.
    const owners = await tx.avatarOwners(fid)
    if (owners.profile || owners.conversationIds.length > 0 || (await tx.usesOf(fid)).length > 0) return null
    await tx.remove('attachment', { fid })
    return file?.blob ?? null
  })
  if (blob !== null) await context.ports.blobs.remove(blob)
}
