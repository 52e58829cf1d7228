// Questions about spaces, what stands in them, who is in them and how one comes in; and what people keep for themselves.
import { type SqlBool, sql } from 'kysely'
import type { Reads } from '../../../core/ports/store.ts'
import { decodeAll, decodeOne, decodePart } from './codec.ts'
import type { Engine, Executor } from './engine.ts'
import { statement } from './statement.ts'

/** Before every time and id. */
const FIRST = { joinedAt: -1, profileId: '' }
/** Behind every time and id. */
const LAST = { createdAt: Number.MAX_SAFE_INTEGER, id: '' }

const spaceQueries = ({ compiler: db }: Engine) => {
  const count = (p: { spaceId: string }) =>
    db
      .selectFrom('spaceMember')
      .select(eb => eb.fn.countAll<number>().as('count'))
      .where('spaceId', '=', p.spaceId)
  return {
    open: statement(() =>
      db.selectFrom('space').selectAll().where('visibility', '=', 'public').orderBy('createdAt').orderBy('id'),
    ),
    ofPerson: statement((p: { profileId: string }) =>
      db
        .selectFrom('space')
        .selectAll()
        .where(eb =>
          eb.or([
            eb('visibility', '=', 'public'),
            eb('createdBy', '=', p.profileId),
            eb.exists(
              eb
                .selectFrom('spaceMember')
                .select('spaceMember.profileId')
                .whereRef('spaceMember.spaceId', '=', 'space.id')
                .where('spaceMember.profileId', '=', p.profileId)
                .where('spaceMember.state', '=', 'active'),
            ),
          ]),
        )
        .orderBy('createdAt')
        .orderBy('id'),
    ),
    unclaimed: statement((p: { time: number; limit: number }) =>
      db
        .selectFrom('space')
        .selectAll()
        .where('claimUntil', '<', p.time)
        .orderBy('claimUntil')
        .orderBy('id')
        .limit(p.limit),
    ),
    made: statement((p: { profileId: string }) =>
      db
        .selectFrom('space')
        .select(eb => eb.fn.countAll<number>().as('count'))
        .where('createdBy', '=', p.profileId),
    ),
    members: statement((p: { spaceId: string; joinedAt: number; profileId: string; limit: number }) =>
      db
        .selectFrom('spaceMember')
        .innerJoin('profile', 'profile.id', 'spaceMember.profileId')
        .selectAll('spaceMember')
        .selectAll('profile')
        .where('spaceMember.spaceId', '=', p.spaceId)
        .where('spaceMember.state', '=', 'active')
        .where(sql<SqlBool>`("spaceMember"."joinedAt", "spaceMember"."profileId") > (${p.joinedAt}, ${p.profileId})`)
        .orderBy('spaceMember.joinedAt')
        .orderBy('spaceMember.profileId')
        .limit(p.limit),
    ),
    notOut: statement((p: { spaceId: string; after: number; limit: number }) =>
      db
        .selectFrom('profile')
        .selectAll()
        .where('num', '>', p.after)
        .where(eb =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('spaceMember')
                .select('spaceMember.profileId')
                .where('spaceMember.spaceId', '=', p.spaceId)
                .whereRef('spaceMember.profileId', '=', 'profile.id')
                .where('spaceMember.state', '<>', 'active'),
            ),
          ),
        )
        .orderBy('num')
        .limit(p.limit),
    ),
    inside: statement((p: { spaceId: string }) => count(p).where('state', '=', 'active')),
    outside: statement((p: { spaceId: string }) => count(p).where('state', '<>', 'active')),
    profiles: statement(() => db.selectFrom('profile').select(eb => eb.fn.countAll<number>().as('count'))),
    successor: statement((p: { spaceId: string; leaving: string }) =>
      db
        .selectFrom('spaceMember')
        .selectAll()
        .where('spaceId', '=', p.spaceId)
        .where('state', '=', 'active')
        .where('profileId', '<>', p.leaving)
        .orderBy(eb => eb.case('role').when('manager').then(sql.lit(0)).else(sql.lit(1)).end())
        .orderBy('joinedAt')
        .orderBy('profileId')
        .limit(sql.lit(1)),
    ),
    categories: statement((p: { spaceId: string }) =>
      db.selectFrom('category').selectAll().where('spaceId', '=', p.spaceId).orderBy('position').orderBy('id'),
    ),
    placements: statement((p: { spaceId: string }) =>
      db
        .selectFrom('placement')
        .innerJoin('category', 'category.id', 'placement.categoryId')
        .selectAll('placement')
        .where('category.spaceId', '=', p.spaceId)
        .orderBy('placement.conversationId'),
    ),
    channels: statement((p: { spaceId: string }) =>
      db.selectFrom('conversation').selectAll().where('spaceId', '=', p.spaceId).orderBy('num'),
    ),
  }
}

const keptQueries = ({ compiler: db }: Engine) => {
  const invites = (p: { spaceId: string; createdAt: number; id: string; limit: number }) =>
    db
      .selectFrom('invite')
      .selectAll()
      .where('spaceId', '=', p.spaceId)
      .where(sql<SqlBool>`("createdAt", "id") < (${p.createdAt}, ${p.id})`)
      .orderBy('createdAt', 'desc')
      .orderBy('id', 'desc')
      .limit(p.limit)
  return {
    inviteByCode: statement((p: { code: string }) => db.selectFrom('invite').selectAll().where('code', '=', p.code)),
    invitesToSpace: statement((p: { spaceId: string; createdAt: number; id: string; limit: number }) =>
      invites(p).where('conversationId', 'is', null),
    ),
    invitesTo: statement(
      (p: { spaceId: string; conversationId: string; createdAt: number; id: string; limit: number }) =>
        invites(p).where('conversationId', '=', p.conversationId),
    ),
    pins: statement((p: { conversationId: string }) =>
      db
        .selectFrom('pin')
        .selectAll()
        .where('conversationId', '=', p.conversationId)
        .orderBy('pinnedAt', 'desc')
        .orderBy('messageId', 'desc'),
    ),
    preferences: statement((p: { profileId: string }) =>
      db.selectFrom('preference').selectAll().where('profileId', '=', p.profileId).orderBy('conversationId'),
    ),
    spent: statement((p: { time: number; limit: number }) =>
      db
        .selectFrom('spent')
        .selectAll()
        .where('expiresAt', '<', p.time)
        .orderBy('expiresAt')
        .orderBy('digest')
        .limit(p.limit),
    ),
  }
}

export const spaceReads = (engine: Engine) => {
  const spaces = spaceQueries(engine)
  const kept = keptQueries(engine)

  return (run: Executor) =>
    ({
      spacesFor: async profileId =>
        decodeAll(
          'space',
          profileId === null ? await run.all(spaces.open, {}) : await run.all(spaces.ofPerson, { profileId }),
        ),
      spacesUnclaimedBefore: async (time, limit) =>
        decodeAll('space', await run.all(spaces.unclaimed, { time, limit })),
      countSpacesMadeBy: async profileId => (await run.get(spaces.made, { profileId }))?.count ?? 0,
      async spaceMembersOf(spaceId, { limit, after = FIRST }) {
        const rows = await run.all(spaces.members, { spaceId, limit, ...after })
        return rows.map(row => ({ member: decodePart('spaceMember', row), profile: decodePart('profile', row) }))
      },
      profilesNotOutOf: async (spaceId, { limit, after = 0 }) =>
        decodeAll('profile', await run.all(spaces.notOut, { spaceId, limit, after })),
      countSpaceMembers: async spaceId => (await run.get(spaces.inside, { spaceId }))?.count ?? 0,
      countOutOf: async spaceId => (await run.get(spaces.outside, { spaceId }))?.count ?? 0,
      countProfiles: async () => (await run.get(spaces.profiles, {}))?.count ?? 0,
      spaceSuccessorOf: async (spaceId, leaving) =>
        decodeOne('spaceMember', await run.get(spaces.successor, { spaceId, leaving })),
      categoriesOf: async spaceId => decodeAll('category', await run.all(spaces.categories, { spaceId })),
      placementsOf: async spaceId => decodeAll('placement', await run.all(spaces.placements, { spaceId })),
      conversationsOfSpace: async spaceId => decodeAll('conversation', await run.all(spaces.channels, { spaceId })),
      inviteByCode: async code => decodeOne('invite', await run.get(kept.inviteByCode, { code })),
      async invitesOf({ spaceId, conversationId }, { limit, after = LAST }) {
        const page = { spaceId, limit, ...after }
        const rows =
          conversationId === null
            ? await run.all(kept.invitesToSpace, page)
            : await run.all(kept.invitesTo, { ...page, conversationId })
        return decodeAll('invite', rows)
      },
      pinsOf: async conversationId => decodeAll('pin', await run.all(kept.pins, { conversationId })),
      preferencesOf: async profileId => decodeAll('preference', await run.all(kept.preferences, { profileId })),
      spentExpiredBefore: async (time, limit) => decodeAll('spent', await run.all(kept.spent, { time, limit })),
    }) satisfies Partial<Reads>
}
