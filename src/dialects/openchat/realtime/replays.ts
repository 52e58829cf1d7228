// The frames of what is read back, remembered for a moment: when thousands come back at once, they all missed the same
// (a third of the CPU of such a storm, see bench/resume.ts).
import type { Delivery, Event, Mark, SpaceId } from '../../../core/index.ts'
import type { ServerEncoder } from '../projection.ts'
import type { ResumeTokens } from './tokens.ts'

/** What each connection to a server may be told of an event, with the position behind it. */
export type Replays = (space: SpaceId, encoder: Pick<ServerEncoder, 'replay'>, event: Event) => readonly Delivery[]

interface Printed {
  readonly space: SpaceId
  readonly event: Event
  readonly token: string
  readonly deliveries: readonly Delivery[]
}

/** Events remembered at most, and the characters of a frame that is: some megabytes in all. */
const REMEMBERED = 1000
const LONGEST = 4096

/** Addresses of files are signed for the moment (OC105). */
const hasFiles = ({ body }: Event): boolean =>
  (body.type === 'message.sent' || body.type === 'message.edited') && body.message.attachments.length > 0

export const createReplays = (tokens: Pick<ResumeTokens, 'print'>): Replays => {
  const printed = new Map<Mark, Printed>()
  return (space, encoder, event) => {
    const mark = event.mark ?? ''
    const token = tokens.print(mark)
    const known = printed.get(mark)
    // An event shows its message as it is now: after an edit or a recall it is another one.
    const same = known?.token === token && known.space === space && Bun.deepEquals(known.event, event, true)
    if (known && same) return known.deliveries
    const deliveries = encoder.replay(event, token)
    if (hasFiles(event) || deliveries.some(({ frame }) => frame.length > LONGEST)) printed.delete(mark)
    else {
      if (printed.size >= REMEMBERED) printed.clear()
      printed.set(mark, { space, event, token, deliveries })
    }
    return deliveries
  }
}
