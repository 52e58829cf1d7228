// Frames that need more than their event carries: the projection delivers a marker, each link loads what it stands for.
import type { Actor, Frame, Note } from '../../core/index.ts'
import type { Scope } from './scope.ts'

/** What a marker stands for in the eyes of one person; null when by now there is nothing to tell him. */
export type Loader = (scope: Scope, actor: Actor, note: Note) => Promise<Frame | null>

/** By marker. */
export type Loaders = ReadonlyMap<Frame, Loader>
