// Nudges at their time: one timer for the next one; whatever fell due while the server was down fires once at start.
import { type Context, lockOf } from './context.ts'
import { conversationStream, type Time } from './model/ids.ts'
import { viewMessages } from './queries/message-view.ts'

export interface Reminders extends Disposable {
  /** A reminder was stored that is due then. */
  planned(dueAt: Time): void
}

const BATCH = 100
/** Milliseconds until reminders that could not be fired are tried again. */
const RETRY_MS = 1000

export const createReminders = (context: Context): Reminders => {
  let timer: Disposable | null = null
  let nextAt = Number.POSITIVE_INFINITY
  let closed = false

  const plan = (dueAt: Time): void => {
    if (closed || dueAt >= nextAt) return
    timer?.[Symbol.dispose]()
    nextAt = dueAt
    timer = context.ports.clock.after(dueAt - context.now(), () => {
      nextAt = Number.POSITIVE_INFINITY
      fireOrRetry()
    })
  }

  const fireOrRetry = (): void => {
    fire().catch(error => {
      if (closed) return
      context.ports.onError(error, 'firing reminders')
      plan(context.now() + RETRY_MS)
    })
  }

  const fire = async (): Promise<void> => {
    for (;;) {
      const due = await context.read.remindersDue(context.now(), BATCH)
      for (const { messageId } of due) {
        if (closed) return
        await fireOne(context, messageId)
      }
      if (due.length < BATCH) break
    }
    const next = await context.read.nextReminderAt()
    if (next !== null) plan(next)
  }

  fireOrRetry()
  return {
    planned: plan,
    [Symbol.dispose]() {
      closed = true
      timer?.[Symbol.dispose]()
    },
  }
}

/** The nudge and the forgetting of it share one transaction: once, whatever happens in between. */
const fireOne = (context: Context, messageId: string): Promise<void> =>
  context.commit(async tx => {
    const found = await tx.get('message', { id: messageId })
    // A recall takes the same lock, and so does another node that is about to fire this one.
    if (found) await tx.lock(lockOf.conversation(found.conversationId))
    if (!(await tx.get('reminder', { messageId }))) return
    await tx.remove('reminder', { messageId })
    const row = await tx.get('message', { id: messageId })
    if (!row || row.recalledAt !== null) return
    const [message] = await viewMessages(tx, [row])
    if (message) await tx.append(conversationStream(row.conversationId), { type: 'reminder.due', message })
  })
