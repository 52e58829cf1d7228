// Things that may be used once: that they were is remembered for as long as they would be valid.
import { digest } from '../base/secret.ts'
import type { Context } from './context.ts'
import type { Time } from './model/ids.ts'

/** Whether this is the first use; durable before it resolves. */
export const doOnce = (context: Context, secret: string, until: Time): Promise<boolean> =>
  context.commit(async tx => {
    const key = { digest: digest(secret) }
    await tx.lock(`spent/${key.digest}`)
    if (await tx.get('spent', key)) return false
    await tx.insert('spent', { ...key, expiresAt: until })
    return true
  })

const SWEEP_BATCH = 500

export const sweepSpent = async (context: Context): Promise<void> => {
  for (;;) {
    const expired = await context.read.spentExpiredBefore(context.now(), SWEEP_BATCH)
    await context.commit(async tx => {
      for (const { digest: key } of expired) await tx.remove('spent', { digest: key })
    })
    if (expired.length < SWEEP_BATCH) break
  }
}
