// Questions about accounts, what they prove themselves with, their profiles and logins.
import { fold } from '../../../base/fold.ts'
import type { Reads } from '../../../core/ports/store.ts'
import { decodeAll, decodeOne } from './codec.ts'
import type { Engine, Executor } from './engine.ts'
import { prefixRange } from './search.ts'
import { statement } from './statement.ts'

export const accountReads = ({ compiler: db }: Engine) => {
  const byEmail = statement((p: { emailFold: string }) =>
    db.selectFrom('account').selectAll().where('emailFold', '=', p.emailFold),
  )
  const bySecret = statement((p: { secret: string }) =>
    db.selectFrom('credential').selectAll().where('secret', '=', p.secret).where('kind', '<>', 'password'),
  )
  const credentialsOf = statement((p: { accountId: string }) =>
    db.selectFrom('credential').selectAll().where('accountId', '=', p.accountId).orderBy('createdAt').orderBy('id'),
  )
  const byHandle = statement((p: { handleFold: string }) =>
    db.selectFrom('profile').selectAll().where('handleFold', '=', p.handleFold),
  )
  const byNum = statement((p: { num: number }) => db.selectFrom('profile').selectAll().where('num', '=', p.num))
  const profilesOf = statement((p: { accountId: string }) =>
    db.selectFrom('profile').selectAll().where('accountId', '=', p.accountId).orderBy('createdAt').orderBy('id'),
  )
  const search = statement((p: { from: string; below: string; limit: number }) =>
    db
      .selectFrom('profile')
      .selectAll()
      .where(eb =>
        eb.or([
          eb('handleFold', '>=', p.from).and('handleFold', '<', p.below),
          eb('nameFold', '>=', p.from).and('nameFold', '<', p.below),
        ]),
      )
      .orderBy('handleFold')
      .limit(p.limit),
  )
  const everybody = statement((p: { offset: number; limit: number }) =>
    db.selectFrom('profile').selectAll().orderBy('num').limit(p.limit).offset(p.offset),
  )
  const sessionsOf = statement((p: { accountId: string }) =>
    db.selectFrom('session').selectAll().where('accountId', '=', p.accountId).orderBy('createdAt').orderBy('id'),
  )
  const tokensOf = statement((p: { sessionId: string }) =>
    db.selectFrom('token').selectAll().where('sessionId', '=', p.sessionId).orderBy('digest'),
  )
  const expiredSessions = statement((p: { time: number; limit: number }) =>
    db
      .selectFrom('session')
      .selectAll()
      .where('expiresAt', '<', p.time)
      .orderBy('expiresAt')
      .orderBy('id')
      .limit(p.limit),
  )
  const expiredTokens = statement((p: { time: number; limit: number }) =>
    db
      .selectFrom('token')
      .selectAll()
      .where('expiresAt', '<', p.time)
      .orderBy('expiresAt')
      .orderBy('digest')
      .limit(p.limit),
  )

  return (run: Executor) =>
    ({
      accountByEmail: async emailFold => decodeOne('account', await run.get(byEmail, { emailFold })),
      credentialBySecret: async secret => decodeOne('credential', await run.get(bySecret, { secret })),
      credentialsOf: async accountId => decodeAll('credential', await run.all(credentialsOf, { accountId })),
      profileByHandle: async handleFold => decodeOne('profile', await run.get(byHandle, { handleFold })),
      profileByNum: async num => decodeOne('profile', await run.get(byNum, { num })),
      profilesOf: async accountId => decodeAll('profile', await run.all(profilesOf, { accountId })),
      searchProfiles: async (prefix, limit) =>
        decodeAll('profile', await run.all(search, { ...prefixRange(fold(prefix)), limit })),
      profilesFrom: async page => decodeAll('profile', await run.all(everybody, page)),
      sessionsOf: async accountId => decodeAll('session', await run.all(sessionsOf, { accountId })),
      tokensOf: async sessionId => decodeAll('token', await run.all(tokensOf, { sessionId })),
      sessionsExpiredBefore: async (time, limit) =>
        decodeAll('session', await run.all(expiredSessions, { time, limit })),
      tokensExpiredBefore: async (time, limit) => decodeAll('token', await run.all(expiredTokens, { time, limit })),
    }) satisfies Partial<Reads>
}
