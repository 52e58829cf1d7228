// What a dialect refuses by itself, before (or instead of) asking the core: thrown anywhere below a route or a handshake.
import { faultIn } from '../core/index.ts'
import { type FaultReply, type FaultTable, replyTo } from './dialect.ts'

/** The host answers it as it is. */
export class Refused extends Error {
  readonly reply: FaultReply
  constructor(reply: FaultReply) {
    super(`refused with ${reply.status}`)
    this.name = 'Refused'
    this.reply = reply
  }
}

/** Runs `work` with other answers than usual for some of the core's faults. */
export const translated = async <T>(overrides: Partial<FaultTable>, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const fault = faultIn(error)
    if (fault === null || !(fault.kind in overrides)) throw error
    throw new Refused(replyTo(overrides as FaultTable, fault))
  }
}
