// What can go wrong with a store as a whole: it does not open, or it broke under way. Both end the server.

/** Why a store does not open. */
export type StoreOpenReason = 'unwritable' | 'locked' | 'not-a-database' | 'corrupt' | 'newer' | 'disk-full' | 'failed'

/** The store does not open; `message` is one line for the operator. */
export class StoreOpenError extends Error {
  readonly reason: StoreOpenReason
  constructor(reason: StoreOpenReason, message: string, cause?: unknown) {
    super(message.replaceAll(/\s+/g, ' '), { cause })
    this.name = 'StoreOpenError'
    this.reason = reason
  }
}

/**
 * A commit failed (full disk, I/O error) and whether it reached the disk is not known. Nothing is written any more;
 * a restart finds out. Everyone whose work was not acknowledged gets this.
 */
export class StoreBrokenError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreBrokenError'
  }
}
