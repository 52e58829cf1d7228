// Questions about who knows and who blocks whom.
import { sql } from 'kysely'
import type { Reads } from '../../../core/ports/store.ts'
import { decodeAll, decodeOne } from './codec.ts'
import type { Engine, Executor } from './engine.ts'
import { statement } from './statement.ts'

export const contactReads = ({ compiler: db }: Engine) => {
  const byRequest = statement((p: { requestId: string }) =>
    db.selectFrom('contact').selectAll().where('requestId', '=', p.requestId),
  )
  const contactsOf = statement((p: { profileId: string }) =>
    db
      .selectFrom('contact')
      .selectAll()
      .where(eb => eb.or([eb('low', '=', p.profileId), eb('high', '=', p.profileId)]))
      .orderBy('since', 'desc')
      .orderBy('low')
      .orderBy('high'),
  )
  /** The friends of one profile, from both ends of the pair. */
  const friendsOf = (profileId: string) =>
    db
      .selectFrom('contact')
      .select('high as friend')
      .where('low', '=', profileId)
      .where('state', '=', 'accepted')
      .unionAll(
        db.selectFrom('contact').select('low as friend').where('high', '=', profileId).where('state', '=', 'accepted'),
      )
  const inCommon = statement((p: { a: string; b: string }) =>
    db
      .selectFrom(friendsOf(p.a).as('friends'))
      .select('friend')
      .where('friend', 'in', friendsOf(p.b))
      .limit(sql.lit(1)),
  )
  const blocksBy = statement((p: { blocker: string }) =>
    db.selectFrom('block').selectAll().where('blocker', '=', p.blocker).orderBy('blocked'),
  )
  const blockersOf = statement((p: { blocked: string }) =>
    db.selectFrom('block').select('blocker').where('blocked', '=', p.blocked).orderBy('blocker'),
  )

  return (run: Executor) =>
    ({
      contactByRequest: async requestId => decodeOne('contact', await run.get(byRequest, { requestId })),
      contactsOf: async profileId => decodeAll('contact', await run.all(contactsOf, { profileId })),
      haveFriendInCommon: async (a, b) => (await run.get(inCommon, { a, b })) !== null,
      blocksBy: async blocker => decodeAll('block', await run.all(blocksBy, { blocker })),
      blockersOf: async blocked => (await run.all(blockersOf, { blocked })).map(row => row.blocker),
    }) satisfies Partial<Reads>
}
