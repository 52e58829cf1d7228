// Questions about conversations, who is in them and who wants in.
import { type SqlBool, sql } from 'kysely'
import { fold } from '../../../base/fold.ts'
import type { Reads } from '../../../core/ports/store.ts'
import { decodeAll, decodeOne, decodePart } from './codec.ts'
import type { Engine, Executor } from './engine.ts'
import { containing } from './search.ts'
import { statement } from './statement.ts'

/** Code units of a text that may be in a title; SQLite refuses patterns beyond 50 000 bytes. */
const LONGEST_SEARCH = 1000

/** Latest message first, without messages last, then num descending: both parts descend, so a place is one row value. */
const latest = sql<number>`coalesce("conversation"."lastMessageAt", -1)`

const onesQueries = ({ compiler: db }: Engine) => ({
  byNum: statement((p: { num: number }) => db.selectFrom('conversation').selectAll().where('num', '=', p.num)),
  bySlug: statement((p: { slugFold: string }) =>
    db.selectFrom('conversation').selectAll().where('slugFold', '=', p.slugFold),
  ),
  byPair: statement((p: { pairKey: string }) =>
    db.selectFrom('conversation').selectAll().where('pairKey', '=', p.pairKey),
  ),
  search: statement((p: { pattern: string; after: number; limit: number }) =>
    db
      .selectFrom('conversation')
      .selectAll()
      .where('visibility', '=', 'public')
      .where('kind', 'in', ['group', 'channel'])
      .where(sql<SqlBool>`"titleFold" like ${p.pattern} escape '\\'`)
      .where('num', '>', p.after)
      .orderBy('num')
      .limit(p.limit),
  ),
  visibleTo: statement((p: { profileId: string; after: number; limit: number }) =>
    db
      .selectFrom('conversation')
      .selectAll()
      .where('num', '>', p.after)
      .where(eb =>
        eb.or([
          eb('visibility', '=', 'public').and('kind', 'in', ['group', 'channel']),
          eb.exists(
            eb
              .selectFrom('member')
              .select('member.profileId')
              .whereRef('member.conversationId', '=', 'conversation.id')
              .where('member.profileId', '=', p.profileId),
          ),
        ]),
      )
      .orderBy('num')
      .limit(p.limit),
  ),
  applicationsOf: statement((p: { conversationId: string }) =>
    db
      .selectFrom('application')
      .selectAll()
      .where('conversationId', '=', p.conversationId)
      .orderBy('createdAt')
      .orderBy('id'),
  ),
  applicationBy: statement((p: { conversationId: string; profileId: string }) =>
    db
      .selectFrom('application')
      .selectAll()
      .where('conversationId', '=', p.conversationId)
      .where('profileId', '=', p.profileId),
  ),
})

const memberQueries = ({ compiler: db }: Engine) => {
  const listed = (profileId: string, limit: number) =>
    db
      .selectFrom('member')
      .innerJoin('conversation', 'conversation.id', 'member.conversationId')
      .selectAll('member')
      .selectAll('conversation')
      .where('member.profileId', '=', profileId)
      .orderBy(latest, 'desc')
      .orderBy('conversation.num', 'desc')
      .limit(limit)
  return {
    listed: statement((p: { profileId: string; limit: number }) => listed(p.profileId, p.limit)),
    listedAfter: statement((p: { profileId: string; limit: number; after: string }) =>
      listed(p.profileId, p.limit).where(
        sql<SqlBool>`(${latest}, "conversation"."num") < (
          select coalesce("place"."lastMessageAt", -1), "place"."num" from "conversation" as "place"
          where "place"."id" = ${p.after})`,
      ),
    ),
    conversationIds: statement((p: { profileId: string }) =>
      db.selectFrom('member').select('conversationId').where('profileId', '=', p.profileId).orderBy('conversationId'),
    ),
    members: statement((p: { conversationId: string; after: number; limit: number }) =>
      db
        .selectFrom('member')
        .innerJoin('profile', 'profile.id', 'member.profileId')
        .selectAll('member')
        .selectAll('profile')
        .where('member.conversationId', '=', p.conversationId)
        .where('profile.num', '>', p.after)
        .orderBy('profile.num')
        .limit(p.limit),
    ),
    memberIds: statement((p: { conversationId: string }) =>
      db.selectFrom('member').select('profileId').where('conversationId', '=', p.conversationId).orderBy('profileId'),
    ),
    roster: statement((p: { conversationId: string }) =>
      db
        .selectFrom('member')
        .select('profileId')
        .where('conversationId', '=', p.conversationId)
        .orderBy(eb => eb.case('role').when('owner').then(sql.lit(0)).else(sql.lit(1)).end())
        .orderBy('joinedAt')
        .orderBy('profileId'),
    ),
    managers: statement((p: { conversationId: string }) =>
      db
        .selectFrom('member')
        .selectAll()
        .where('conversationId', '=', p.conversationId)
        .where('role', 'in', ['owner', 'manager'])
        .orderBy('joinedAt')
        .orderBy('profileId'),
    ),
    successor: statement((p: { conversationId: string; leaving: string }) =>
      db
        .selectFrom('member')
        .selectAll()
        .where('conversationId', '=', p.conversationId)
        .where('profileId', '<>', p.leaving)
        .orderBy(eb => eb.case('role').when('manager').then(sql.lit(0)).else(sql.lit(1)).end())
        .orderBy('joinedAt')
        .orderBy('profileId')
        .limit(sql.lit(1)),
    ),
  }
}

export const conversationReads = (engine: Engine) => {
  const ones = onesQueries(engine)
  const members = memberQueries(engine)

  return (run: Executor) =>
    ({
      conversationByNum: async num => decodeOne('conversation', await run.get(ones.byNum, { num })),
      conversationBySlug: async slugFold => decodeOne('conversation', await run.get(ones.bySlug, { slugFold })),
      conversationByPair: async pairKey => decodeOne('conversation', await run.get(ones.byPair, { pairKey })),
      async conversationsOf(profileId, { limit, after }) {
        const rows =
          after === undefined
            ? await run.all(members.listed, { profileId, limit })
            : await run.all(members.listedAfter, { profileId, limit, after })
        return rows.map(row => ({
          conversation: decodePart('conversation', row),
          member: decodePart('member', row),
        }))
      },
      conversationIdsOf: async profileId =>
        (await run.all(members.conversationIds, { profileId })).map(row => row.conversationId),
      async searchConversations(text, { limit, after = 0 }) {
        if (text.length > LONGEST_SEARCH) return []
        return decodeAll('conversation', await run.all(ones.search, { pattern: containing(fold(text)), limit, after }))
      },
      conversationsVisibleTo: async (profileId, { limit, after = 0 }) =>
        decodeAll('conversation', await run.all(ones.visibleTo, { profileId, limit, after })),
      async membersOf(conversationId, { limit, after = 0 }) {
        const rows = await run.all(members.members, { conversationId, limit, after })
        return rows.map(row => ({ member: decodePart('member', row), profile: decodePart('profile', row) }))
      },
      memberIdsOf: async conversationId =>
        (await run.all(members.memberIds, { conversationId })).map(row => row.profileId),
      rosterOf: async conversationId => (await run.all(members.roster, { conversationId })).map(row => row.profileId),
      managersOf: async conversationId => decodeAll('member', await run.all(members.managers, { conversationId })),
      successorOf: async (conversationId, leaving) =>
        decodeOne('member', await run.get(members.successor, { conversationId, leaving })),
      applicationsOf: async conversationId =>
        decodeAll('application', await run.all(ones.applicationsOf, { conversationId })),
      applicationBy: async (conversationId, profileId) =>
        decodeOne('application', await run.get(ones.applicationBy, { conversationId, profileId })),
    }) satisfies Partial<Reads>
}
