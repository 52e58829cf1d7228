// How notes become bytes, and where they go. The core knows encoders and sinks, never dialects.
import type { ProfileId } from '../model/ids.ts'
import type { Note } from '../ports/bus.ts'

/** One encoded frame, opaque to the core; shared by all sinks it goes to, so it must not be changed. */
export type Frame = string | Uint8Array

/** A frame and who of the joined sinks gets it: everyone, `only` these profiles, or all `except` these. */
export interface Delivery {
  readonly frame: Frame
  readonly only?: readonly ProfileId[]
  readonly except?: readonly ProfileId[]
}

/** Prints notes for one dialect (and scope). Called once per note on a node, however many sinks share it. Must not throw. */
export interface Encoder {
  readonly name: string
  encode(note: Note): readonly Delivery[]
}

/** One attached reader. */
export interface Sink {
  readonly profileId: ProfileId
  /** Takes a frame, without waiting and without throwing. `note` is what it was made from. */
  deliver(frame: Frame, note: Note): void
}

/** Where a join begins: with what comes next, or behind a position already seen. */
export type JoinFrom = 'head' | { readonly after: number }
