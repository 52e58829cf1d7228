// What the store itself has to write, some time after others wrote and never in their way.
import type { Clock } from '../../../base/clock.ts'

/** Milliseconds between two rounds. What is not done yet costs readers the more, the longer this is. */
const INTERVAL = 1000

export interface Behind extends Disposable {
  /** Something was written: a round is due. */
  due(): void
}

/** Runs rounds of `work`, one at a time and each a while after it became due. What a failed one left is the next one's. */
export const workBehind = (clock: Clock, work: () => Promise<void>): Behind => {
  let waiting: Disposable | null = null
  let again = false
  let over = false
  const round = async (): Promise<void> => {
    again = false
    try {
      await work()
    } catch {
      // The store was busy, is closed or broken; who has to know is told by `transact`.
    }
    waiting = null
    if (again) due()
  }
  const due = (): void => {
    again = true
    if (!over) waiting ??= clock.after(INTERVAL, () => void round())
  }
  return {
    due,
    [Symbol.dispose]() {
      over = true
      waiting?.[Symbol.dispose]()
    },
  }
}
