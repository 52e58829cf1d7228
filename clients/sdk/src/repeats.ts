// Tells what was seen already. Replays say things again, at least once each (OC123).
import type { Envelope } from './transports/transport.ts'

export interface Repeats {
  /** Whether it was seen; from now on it was. */
  seen(event: Pick<Envelope, 'stream' | 'event_id'>): boolean
  /** Another log may count from one again. */
  forget(): void
}

/** The events of one stream come with rising ids (OC112), so the last of each is all there is to keep. Signals are never repeated. */
export const createRepeats = (): Repeats => {
  const last = new Map<string, string>()
  return {
    seen({ stream, event_id: id }) {
      if (stream === undefined || stream === 'signal') return false
      const before = last.get(stream)
      if (before !== undefined && id <= before) return true
      last.set(stream, id)
      return false
    },
    forget: () => last.clear(),
  }
}
