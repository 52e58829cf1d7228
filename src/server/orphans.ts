// Removes the bytes of files that no row tells of: the server ended between writing them and the commit.
import type { DiskBlobs } from '../adapters/blobs/disk/disk.ts'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'

export interface OrphansOptions {
  readonly blobs: Pick<DiskBlobs, 'writtenBefore' | 'remove'>
  /** Whether the store has a row of a file whose bytes are kept under this name. */
  readonly known: (blob: string) => Promise<boolean>
  readonly clock: Clock
  readonly log: Logger
}

const HOUR = 3600_000
/** Milliseconds from the start to the first look: who started with the wrong database can still notice. */
const FIRST = HOUR
const EVERY = 24 * HOUR
/** Milliseconds the bytes are left alone. Their commit follows them within seconds. */
const AGE = 24 * HOUR

const sweep = async ({ blobs, known, clock, log }: OrphansOptions, over: () => boolean): Promise<void> => {
  let removed = 0
  for await (const blob of blobs.writtenBefore(clock.now() - AGE)) {
    if (over()) return
    if (await known(blob)) continue
    await blobs.remove(blob)
    removed++
  }
  if (removed) log.info({ removed }, 'removed files that belong to nothing')
}

/** Looks an hour after the start, then once a day, until disposed. What goes wrong is logged, and tried again the next day. */
export const sweepOrphans = (options: OrphansOptions): Disposable => {
  let over = false
  let timer: Disposable
  const later = (ms: number): void => {
    timer = options.clock.after(ms, () => {
      sweep(options, () => over)
        .catch(error => over || options.log.error({ error }, 'sweeping files'))
        .finally(() => over || later(EVERY))
    })
  }
  later(FIRST)
  return {
    [Symbol.dispose]() {
      over = true
      timer[Symbol.dispose]()
    },
  }
}
