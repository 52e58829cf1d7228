// Files in a folder of the server's own: `<folder>/<first two digits of the fid>/<fid>`, written aside and moved into place.
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { newRandomId, parseUuid } from '../../../base/id.ts'
import { FaultError, refuse } from '../../../core/fault.ts'
import type { Fid, Time } from '../../../core/model/ids.ts'
import type { BlobStore } from '../../../core/ports/blobs.ts'

export interface DiskBlobsOptions {
  /** Made if missing. Nobody else may write to it: leftovers of uploads found there at the start are removed. */
  readonly folder: string
  /**
   * Bytes of the file system that uploads leave free, 256 MiB by default: the database beside them ends the server when it
   * cannot grow, and no stranger's file may bring that about.
   */
  readonly reserveBytes?: number
}

export interface DiskBlobs extends BlobStore {
  /** Files whose bytes were last written before this time, in no order. */
  writtenBefore(time: Time): AsyncIterable<Fid>
}

const RESERVE_BYTES = 256 * 1024 * 1024
/** Bytes of a file between two looks at what is free. */
const LOOK_BYTES = 1024 * 1024
/** Milliseconds after which an upload refused for want of space may be tried again. */
const SPACE_RETRY_MS = 60_000
/** The same, for want of descriptors: of this process, or of the whole machine. */
const DESCRIPTORS_RETRY_MS = 10_000

/** Where files are while they are written; beside their places, so that moving them is one step of the file system. */
const UNFINISHED = 'unfinished'

/**
 * A file is in its place whole and synced, or not at all. `write` also throws FaultError `unavailable` when it would touch
 * the reserve, `write` and `read` when there is no descriptor left for a file; and what else the file system throws.
 */
export const createDiskBlobs = async ({
  folder,
  reserveBytes = RESERVE_BYTES,
}: DiskBlobsOptions): Promise<DiskBlobs> => {
  const unfinished = join(folder, UNFINISHED)
  await mkdirDurably(unfinished)
  for (const name of await readdir(unfinished)) await rm(join(unfinished, name), { recursive: true, force: true })
  // Once for each: whoever comes while a folder is being made must not move a file in before the folder is there to stay.
  const made = new Map<string, Promise<void>>()
  const ensure = (path: string): Promise<void> => {
    const making = made.get(path) ?? mkdirDurably(path)
    made.set(path, making)
    making.catch(() => made.delete(path))
    return making
  }

  return {
    async write(fid, bytes, maxBytes) {
      const place = placeOf(folder, fid)
      if (!place) throw new Error('a fid is a uuid')
      const aside = join(unfinished, `${fid}.${newRandomId()}`)
      try {
        const size = await writeAside(aside, bytes, maxBytes, reserveBytes)
        await ensure(dirname(place))
        await moveDurably(aside, place)
        return size
      } catch (error) {
        // What cannot be removed now is at the next start.
        await rm(aside, { force: true }).catch(() => {})
        throw orUnavailable(error)
      }
    },

    async read(fid, range) {
      const place = placeOf(folder, fid)
      if (!place) return null
      try {
        // The stream opens the file when somebody reads, and can only break then: whether it opens is seen before that.
        await (await open(place, 'r')).close()
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return null
        throw orUnavailable(error)
      }
      const file = Bun.file(place)
      return (range ? file.slice(range.start, range.end + 1) : file).stream()
    },

    async remove(fid) {
      const place = placeOf(folder, fid)
      if (place) await rm(place, { force: true })
    },

    async *writtenBefore(time) {
      for (const digits of await readdir(folder)) {
        if (!/^[0-9a-f]{2}$/.test(digits)) continue
        for (const fid of await readdir(join(folder, digits))) {
          const place = placeOf(folder, fid)
          // Null when it has been removed since the look.
          const found = place === null ? null : await stat(place).catch(() => null)
          if (found?.isFile() && found.mtimeMs < time) yield fid
        }
      }
    },

    async [Symbol.asyncDispose]() {},
  }
}

/** Null for what is no uuid, so that no name leads out of the folder. */
const placeOf = (folder: string, fid: Fid): string | null => {
  const id = parseUuid(fid)
  return id === null ? null : join(folder, id.slice(0, 2), id)
}

const codeOf = (error: unknown): unknown => (error as { readonly code?: unknown } | null)?.code

/** What passes by itself is a fault, so that the sender tries again. */
const orUnavailable = (error: unknown): unknown =>
  codeOf(error) === 'EMFILE' || codeOf(error) === 'ENFILE'
    ? new FaultError({ kind: 'unavailable', retryAfterMs: DESCRIPTORS_RETRY_MS })
    : error

/** Faults: file.too-large, file.incomplete, unavailable. */
const writeAside = async (
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  maxBytes: number,
  reserveBytes: number,
): Promise<number> => {
  const file = await open(path, 'wx', 0o600)
  try {
    let size = 0
    let look = 0
    for await (const chunk of orIncomplete(bytes)) {
      size += chunk.byteLength
      if (size > maxBytes) refuse({ kind: 'file.too-large', limit: maxBytes })
      if (size > look) {
        const { bavail, bsize } = await statfs(path)
        if (bavail * bsize < reserveBytes) refuse({ kind: 'unavailable', retryAfterMs: SPACE_RETRY_MS })
        look = size + LOOK_BYTES
      }
      await writeWhole(file, chunk)
    }
    await file.sync()
    return size
  } finally {
    await file.close()
  }
}

/** What the sender does wrong is a fault; what the disk does wrong, thrown by the reader of this, is not. */
async function* orIncomplete(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes
  } catch (error) {
    throw error instanceof FaultError ? error : new FaultError({ kind: 'file.incomplete' })
  }
}

const writeWhole = async (file: FileHandle, chunk: Uint8Array): Promise<void> => {
  for (let at = 0; at < chunk.byteLength; ) {
    const { bytesWritten } = await file.write(chunk, at, chunk.byteLength - at)
    at += bytesWritten
  }
}

/** The folder and those above it that are missing, each entered durably in the one above. */
const mkdirDurably = async (path: string): Promise<void> => {
  const first = await mkdir(path, { recursive: true })
  for (let made = path; first !== undefined; made = dirname(made)) {
    await syncFolder(dirname(made))
    if (made === first) return
  }
}

/** With the folder open before anything moves: a file that is in its place must not be one that failed. */
const moveDurably = async (from: string, to: string): Promise<void> => {
  const folder = await open(dirname(to), 'r')
  try {
    await rename(from, to)
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** What was moved into a folder is there after a power cut only when the folder itself is synced. */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
