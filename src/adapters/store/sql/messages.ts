// Questions about messages and what hangs on them: reactions, reminders, files.
import { sql } from 'kysely'
import type { Reads } from '../../../core/ports/store.ts'
import { WATERMARK } from './authored.ts'
import { decodeAll, decodeOne } from './codec.ts'
import type { Engine, Executor } from './engine.ts'
import { statement } from './statement.ts'

/** The newest messages of one author, in conversations that a person is in. */
interface ByAuthor {
  readonly profileId: string
  readonly authorId: string
  readonly before: string
  readonly after: string
  readonly limit: number
}

/** Behind every id: those are hexadecimal. */
const LAST_ID = '~'

const messageQueries = ({ compiler: db }: Engine) => {
  const older = (p: { conversationId: string; before: number; limit: number }) =>
    db
      .selectFrom('message')
      .selectAll()
      .where('conversationId', '=', p.conversationId)
      .where('seq', '<', p.before)
      .orderBy('seq', 'desc')
      .limit(p.limit)
  const newer = (p: { conversationId: string; after: number; limit: number }) =>
    db
      .selectFrom('message')
      .selectAll()
      .where('conversationId', '=', p.conversationId)
      .where('seq', '>', p.after)
      .orderBy('seq')
      .limit(p.limit)
  /** The others who were there when message `seq` came. */
  const others = (p: { conversationId: string; seq: number; authorId: string }) =>
    db
      .selectFrom('member')
      .select('profileId')
      .where('conversationId', '=', p.conversationId)
      .where('profileId', '<>', p.authorId)
      .where('joinedSeq', '<', p.seq)
      .limit(sql.lit(1))
  const standingBy = (p: ByAuthor) =>
    db
      .selectFrom('message')
      .where('message.authorId', '=', p.authorId)
      .where('message.recalledAt', 'is', null)
      .where(eb =>
        eb.exists(
          eb
            .selectFrom('member')
            .select('member.profileId')
            .whereRef('member.conversationId', '=', 'message.conversationId')
            .where('member.profileId', '=', p.profileId),
        ),
      )
      .limit(p.limit)
  const listed = (p: ByAuthor) =>
    standingBy(p)
      .innerJoin('authored', 'authored.messageId', 'message.id')
      .selectAll('message')
      .where('authored.authorId', '=', p.authorId)
      .where('authored.messageId', '<', p.before)
      .where('authored.messageId', '>', p.after)
      .orderBy('authored.messageId', 'desc')
  /** One lower bound, so that the search begins there: the watermark, or `after` where that is higher. */
  const unlisted = (p: ByAuthor) =>
    standingBy(p)
      .selectAll('message')
      .where('message.id', '<', p.before)
      .where('message.id', '>', eb =>
        eb
          .selectFrom('meta')
          .select(sql<string>`case when "value" > ${p.after} then "value" else ${p.after} end`.as('from'))
          .where('name', '=', sql.lit(WATERMARK)),
      )
      .where(eb =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('authored')
              .select('authored.messageId')
              .where('authored.authorId', '=', p.authorId)
              .whereRef('authored.messageId', '=', 'message.id'),
          ),
        ),
      )
      .orderBy('message.id', 'desc')
  return {
    older: statement(older),
    newer: statement(newer),
    olderInThread: statement((p: { conversationId: string; before: number; limit: number; replyRoot: string }) =>
      older(p).where('replyRoot', '=', p.replyRoot),
    ),
    newerInThread: statement((p: { conversationId: string; after: number; limit: number; replyRoot: string }) =>
      newer(p).where('replyRoot', '=', p.replyRoot),
    ),
    olderStanding: statement((p: { conversationId: string; before: number; limit: number }) =>
      older(p).where('recalledAt', 'is', null),
    ),
    newerStanding: statement((p: { conversationId: string; after: number; limit: number }) =>
      newer(p).where('recalledAt', 'is', null),
    ),
    standing: statement((p: { conversationId: string; offset: number; limit: number }) =>
      db
        .selectFrom('message')
        .selectAll()
        .where('conversationId', '=', p.conversationId)
        .where('recalledAt', 'is', null)
        .orderBy('seq', 'desc')
        .limit(p.limit)
        .offset(p.offset),
    ),
    /** The newest of each conversation, and of all these the newest: no conversation is read further than that. */
    recent: statement((p: { profileId: string; before: string; after: string; limit: number }) =>
      db
        .selectFrom('member')
        .innerJoin('message', join =>
          join.on('message.id', 'in', eb =>
            eb
              .selectFrom('message as near')
              .select('near.id')
              .whereRef('near.conversationId', '=', 'member.conversationId')
              .where('near.id', '<', p.before)
              .where('near.id', '>', p.after)
              .where('near.recalledAt', 'is', null)
              .orderBy('near.id', 'desc')
              .limit(p.limit),
          ),
        )
        .selectAll('message')
        .where('member.profileId', '=', p.profileId)
        .orderBy('message.id', 'desc')
        .limit(p.limit),
    ),
    recentBy: statement((p: ByAuthor) =>
      db
        .selectFrom(listed(p).as('listed'))
        .selectAll()
        .unionAll(db.selectFrom(unlisted(p).as('unlisted')).selectAll())
        .orderBy('id', 'desc')
        .limit(p.limit),
    ),
    countFrom: statement((p: { id: string }) =>
      db
        .selectFrom('message')
        .select(eb => eb.fn.countAll<number>().as('count'))
        .where('id', '>=', p.id),
    ),
    byClientKey: statement((p: { conversationId: string; authorId: string; clientKey: string }) =>
      db
        .selectFrom('message')
        .selectAll()
        .where('conversationId', '=', p.conversationId)
        .where('authorId', '=', p.authorId)
        .where('clientKey', '=', p.clientKey),
    ),
    unread: statement((p: { conversationId: string; profileId: string; readUpTo: number; cap: number }) =>
      db
        .selectFrom(
          db
            .selectFrom('message')
            .select('id')
            .where('conversationId', '=', p.conversationId)
            .where('seq', '>', p.readUpTo)
            .where('authorId', '<>', p.profileId)
            .where('recalledAt', 'is', null)
            .limit(p.cap)
            .as('unread'),
        )
        .select(eb => eb.fn.countAll<number>().as('count')),
    ),
    /** Mentions are kept as JSON text; ids and the two words stand in it as they are. */
    mentioned: statement(
      (p: { conversationId: string; profileId: string; readUpTo: number; cap: number; of: string }) =>
        db
          .selectFrom(
            db
              .selectFrom('message')
              .select('id')
              .where('conversationId', '=', p.conversationId)
              .where('seq', '>', p.readUpTo)
              .where('authorId', '<>', p.profileId)
              .where('recalledAt', 'is', null)
              .where('mentions', '<>', sql.lit('[]'))
              .where(eb =>
                eb.or([
                  eb('mentions', 'like', p.of),
                  eb('mentions', 'like', sql.lit('%"target":"here"%')),
                  eb('mentions', 'like', sql.lit('%"target":"channel"%')),
                ]),
              )
              .limit(p.cap)
              .as('mentioned'),
          )
          .select(eb => eb.fn.countAll<number>().as('count')),
    ),
    unreader: statement((p: { conversationId: string; seq: number; authorId: string }) =>
      others(p).where('readUpTo', '<', p.seq),
    ),
    reader: statement((p: { conversationId: string; seq: number; authorId: string }) =>
      others(p).where('readUpTo', '>=', p.seq),
    ),
  }
}

const hangingQueries = ({ compiler: db, among }: Engine) => ({
  reactionsOn: statement((p: { list: string }) =>
    db
      .selectFrom('reaction')
      .selectAll()
      .where(among(['messageId'], p.list))
      .orderBy('messageId')
      .orderBy('order')
      .orderBy('emoji')
      .orderBy('profileId'),
  ),
  rootsAmong: statement((p: { list: string }) =>
    db
      .selectFrom('message')
      .select('replyRoot')
      .distinct()
      .where(among(['replyRoot'], p.list)),
  ),
  remindersDue: statement((p: { until: number; limit: number }) =>
    db
      .selectFrom('reminder')
      .selectAll()
      .where('dueAt', '<=', p.until)
      .orderBy('dueAt')
      .orderBy('messageId')
      .limit(p.limit),
  ),
  nextReminder: statement(() => db.selectFrom('reminder').select('dueAt').orderBy('dueAt').limit(sql.lit(1))),
  byBlob: statement((p: { blob: string }) => db.selectFrom('attachment').selectAll().where('blob', '=', p.blob)),
  usesOf: statement((p: { fid: string }) =>
    db.selectFrom('attachmentUse').selectAll().where('fid', '=', p.fid).orderBy('messageId'),
  ),
  usesOn: statement((p: { messageId: string }) =>
    db.selectFrom('attachmentUse').selectAll().where('messageId', '=', p.messageId).orderBy('fid'),
  ),
  avatarOfProfile: statement((p: { fid: string }) =>
    db.selectFrom('profile').select('id').where('avatar', '=', p.fid).limit(sql.lit(1)),
  ),
  avatarOfConversations: statement((p: { fid: string }) =>
    db.selectFrom('conversation').select('id').where('avatar', '=', p.fid).orderBy('id'),
  ),
  expiredAttachments: statement((p: { time: number; limit: number }) =>
    db
      .selectFrom('attachment as a')
      .selectAll()
      .where('a.expiresAt', '<', p.time)
      .where(eb =>
        eb.and([
          eb.not(eb.exists(eb.selectFrom('attachmentUse as u').select('u.fid').whereRef('u.fid', '=', 'a.fid'))),
          eb.not(eb.exists(eb.selectFrom('profile as p').select('p.id').whereRef('p.avatar', '=', 'a.fid'))),
          eb.not(eb.exists(eb.selectFrom('conversation as c').select('c.id').whereRef('c.avatar', '=', 'a.fid'))),
        ]),
      )
      .orderBy('a.expiresAt')
      .orderBy('a.fid')
      .limit(p.limit),
  ),
})

export const messageReads = (engine: Engine) => {
  const messages = messageQueries(engine)
  const hanging = hangingQueries(engine)

  return (run: Executor) =>
    ({
      async messagesOf(conversationId, { limit, before, after, replyRoot, standing = false }) {
        if (standing) {
          if (before === undefined && after !== undefined) {
            return decodeAll('message', await run.all(messages.newerStanding, { conversationId, limit, after }))
          }
          const page = { conversationId, limit, before: before ?? Number.MAX_SAFE_INTEGER }
          return decodeAll('message', await run.all(messages.olderStanding, page)).toReversed()
        }
        if (before === undefined && after !== undefined) {
          const rows =
            replyRoot === undefined
              ? await run.all(messages.newer, { conversationId, limit, after })
              : await run.all(messages.newerInThread, { conversationId, limit, after, replyRoot })
          return decodeAll('message', rows)
        }
        const page = { conversationId, limit, before: before ?? Number.MAX_SAFE_INTEGER }
        const rows =
          replyRoot === undefined
            ? await run.all(messages.older, page)
            : await run.all(messages.olderInThread, { ...page, replyRoot })
        return decodeAll('message', rows).toReversed()
      },
      standingMessagesOf: async (conversationId, page) =>
        decodeAll('message', await run.all(messages.standing, { conversationId, ...page })),
      async recentMessages(profileId, { limit, before = LAST_ID, after = '', authorId }) {
        const page = { profileId, limit, before, after }
        const rows =
          authorId === undefined
            ? await run.all(messages.recent, page)
            : await run.all(messages.recentBy, { ...page, authorId })
        return decodeAll('message', rows).toReversed()
      },
      countMessagesFrom: async id => (await run.get(messages.countFrom, { id }))?.count ?? 0,
      messageByClientKey: async (conversationId, authorId, clientKey) =>
        decodeOne('message', await run.get(messages.byClientKey, { conversationId, authorId, clientKey })),
      countUnread: async (conversationId, profileId, readUpTo, cap) =>
        (await run.get(messages.unread, { conversationId, profileId, readUpTo, cap }))?.count ?? 0,
      countMentions: async (conversationId, profileId, readUpTo, cap) =>
        (await run.get(messages.mentioned, { conversationId, profileId, readUpTo, cap, of: `%"${profileId}"%` }))
          ?.count ?? 0,
      hasUnreader: async (conversationId, seq, authorId) =>
        (await run.get(messages.unreader, { conversationId, seq, authorId })) !== null,
      hasReader: async (conversationId, seq, authorId) =>
        (await run.get(messages.reader, { conversationId, seq, authorId })) !== null,
      async reactionsOn(messageIds) {
        if (messageIds.length === 0) return []
        return decodeAll('reaction', await run.all(hanging.reactionsOn, { list: JSON.stringify(messageIds) }))
      },
      async rootsAmong(messageIds) {
        if (messageIds.length === 0) return new Set()
        const rows = await run.all(hanging.rootsAmong, { list: JSON.stringify(messageIds) })
        return new Set(rows.flatMap(row => row.replyRoot ?? []))
      },
      remindersDue: async (until, limit) =>
        decodeAll('reminder', await run.all(hanging.remindersDue, { until, limit })),
      nextReminderAt: async () => (await run.get(hanging.nextReminder, {}))?.dueAt ?? null,
      attachmentByBlob: async blob => decodeOne('attachment', await run.get(hanging.byBlob, { blob })),
      usesOf: async fid => decodeAll('attachmentUse', await run.all(hanging.usesOf, { fid })),
      usesOn: async messageId => decodeAll('attachmentUse', await run.all(hanging.usesOn, { messageId })),
      avatarOwners: async fid => ({
        profile: (await run.get(hanging.avatarOfProfile, { fid })) !== null,
        conversationIds: (await run.all(hanging.avatarOfConversations, { fid })).map(row => row.id),
      }),
      attachmentsExpiredBefore: async (time, limit) =>
        decodeAll('attachment', await run.all(hanging.expiredAttachments, { time, limit })),
    }) satisfies Partial<Reads>
}
