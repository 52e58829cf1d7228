// A hint between nodes: something happened in this stream. At most once, in any order, perhaps never.
import type { Event } from '../event.ts'
import type { StreamId } from '../model/ids.ts'
import type { Signal } from '../signal.ts'

export type Note = Event | Signal

export const isEvent = (note: Note): note is Event => 'seq' in note

export interface Bus extends AsyncDisposable {
  /** Whether notes may be lost; then idle topics are compared with the log now and then. */
  readonly lossy: boolean
  /** Hands a note to the subscribers of its stream on every node; on this node before it returns. Never throws. */
  publish(note: Note): void
  /** From when the promise resolves, notes of the stream reach `on`, which must not throw. */
  subscribe(stream: StreamId, on: (note: Note) => void): Promise<Disposable>
}
