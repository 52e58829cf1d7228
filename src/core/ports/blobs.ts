// Bytes of files, by fid.
import type { Fid } from '../model/ids.ts'

export interface BlobStore extends AsyncDisposable {
  /**
   * Stores a stream whole or not at all, durably before it resolves; answers the size in bytes. Nothing is held in memory whole.
   * Throws FaultError `file.too-large` past `maxBytes` (reading stops there), `file.incomplete` when the stream breaks,
   * `unavailable` when there is no room for now.
   */
  write(fid: Fid, bytes: AsyncIterable<Uint8Array>, maxBytes: number): Promise<number>
  /** Bytes `start` to `end` inclusive (all by default); null when there is no such file. */
  read(fid: Fid, range?: { readonly start: number; readonly end: number }): Promise<ReadableStream<Uint8Array> | null>
  remove(fid: Fid): Promise<void>
}
