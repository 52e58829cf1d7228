// Who listens by requests that come and go is there in between, too.
import type { Actor } from '../../../core/index.ts'
import type { Scope } from '../scope.ts'

/** Milliseconds until the next request is missed: a poll follows at once, an event stream after its second of waiting. */
const LINGER_MS = 3000

/** Counts the actor as being here until disposed, and a little longer. */
export const lingering = async ({ core, clock }: Pick<Scope, 'core' | 'clock'>, actor: Actor): Promise<Disposable> => {
  const here = await core.presence.connect(actor)
  return { [Symbol.dispose]: () => void clock.after(LINGER_MS, () => here[Symbol.dispose]()) }
}
