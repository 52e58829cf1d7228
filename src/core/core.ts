// Assembles the core from its ports, and keeps it in motion: events out, reminders, sweeping.
import { every } from '../base/clock.ts'
import { fold } from '../base/fold.ts'
import { firstIdAt, newRandomId, randomToken } from '../base/id.ts'
import { sign } from '../base/secret.ts'
import { createAccounts } from './commands/accounts.ts'
import { createContacts } from './commands/contacts.ts'
import { createConversations } from './commands/conversations.ts'
import { createFiles, sweepFiles } from './commands/files.ts'
import { createInvites } from './commands/invites.ts'
import { createMembers } from './commands/members.ts'
import { doCreateConversation } from './commands/membership.ts'
import { createMessages } from './commands/messages.ts'
import { createPeople } from './commands/people.ts'
import { createSessions } from './commands/sessions.ts'
import { doCreateCategory } from './commands/spaces.steps.ts'
import { createSpaces } from './commands/spaces.ts'
import { type Context, createContext, lockOf } from './context.ts'
import type { Event } from './event.ts'
import { createFeed } from './feed/create-feed.ts'
import type { Core, CoreOptions, Ports } from './index.ts'
import type { Conversation } from './model/conversation.ts'
import { dayOf, type SpaceId } from './model/ids.ts'
import { doOnce, sweepSpent } from './once.ts'
import type { Tx } from './ports/store.ts'
import { createPresence } from './presence.ts'
import { createReminders } from './reminders.ts'
import { createSessionCache } from './session-cache.ts'
import { createTyping } from './typing.ts'
import { createWatching } from './watching.ts'

const SWEEP_EVERY = 60_000
const DAY_MS = 86_400_000

/** The core on these ports. Resolves once what must always exist does: the signing key, and `general`. */
export const createCore = async (ports: Ports, options: CoreOptions): Promise<Core> => {
  const signingKey = await ensureSetting(ports, 'signing-key', randomToken)
  const context = createContext(ports, options, await ensureSetting(ports, 'home', newRandomId))
  await ensureHome(context)

  const feed = createFeed(ports, await ports.store.markNow())
  const typing = createTyping(context)
  const reminders = createReminders(context)
  const sessions = createSessions(context)
  const sessionCache = createSessionCache(sessions, ports.clock)
  const presence = createPresence(context)
  // Append or it did not happen; publish after commit.
  ports.store.onCommit(events => {
    for (const event of events) {
      feed.passing(event.mark)
      notice(event)
      ports.bus.publish(event)
    }
  })
  const notice = (event: Event): void => {
    sessionCache.noticed(event)
    presence.noticed(event)
    const { body } = event
    if (body.type !== 'message.sent') return
    typing.sent(body.message.author.id, body.message.conversation.id)
    if (body.message.remindAt !== null) reminders.planned(body.message.remindAt)
  }
  const spaces = createSpaces(context)
  const sweeping = every(
    ports.clock,
    SWEEP_EVERY,
    () => Promise.all([sweepFiles(context), sessions.sweep(), spaces.sweep(), sweepSpent(context)]),
    error => ports.onError(error, 'sweeping'),
  )

  return {
    epoch: ports.store.epoch,
    accounts: createAccounts(context),
    sessions: sessionCache.sessions,
    people: createPeople(context, presence.changed),
    contacts: createContacts(context),
    conversations: createConversations(context),
    members: createMembers(context),
    messages: createMessages(context),
    files: createFiles(context, signingKey),
    spaces,
    invites: createInvites(context),
    feed,
    presence,
    typing,
    watching: createWatching(context, presence),
    spend: (rule, subject) => context.spend(rule, subject),
    once: (secret, until) => doOnce(context, secret, until),
    keyFor: purpose => sign(signingKey, `key ${purpose}`),
    async counters() {
      const midnight = dayOf(context.now()) * DAY_MS
      return {
        online: await presence.count(),
        messagesToday: await ports.store.read.countMessagesFrom(firstIdAt(midnight)),
      }
    },
    async [Symbol.asyncDispose]() {
      sweeping[Symbol.dispose]()
      reminders[Symbol.dispose]()
      await presence[Symbol.asyncDispose]()
      await sessions.flush().catch(error => ports.onError(error, 'noting who was active'))
      await feed[Symbol.asyncDispose]()
    },
  }
}

/** A value that is made once and stays with the data. */
const ensureSetting = ({ store }: Ports, name: string, make: () => string): Promise<string> =>
  store.transact(async tx => {
    await tx.lock(`setting/${name}`)
    const standing = await tx.get('setting', { name })
    if (standing) return standing.value
    const value = make()
    await tx.insert('setting', { name, value })
    return value
  })

/** What is there from the first start: the home space, its first heading, and in it the one channel that is nobody's. */
const ensureHome = (context: Context): Promise<void> =>
  context.commit(async tx => {
    const { homeId: id } = context
    await tx.lock(lockOf.space(id), 'setting/general')
    const general = (await tx.conversationBySlug(fold('general'))) ?? (await doCreateGeneral(context, tx))
    if (!(await tx.get('space', { id }))) await doCreateHome(context, tx, id, general)
  })

const doCreateGeneral = (context: Context, tx: Tx): Promise<Conversation> => {
  const draft = {
    kind: 'channel',
    spaceId: null,
    title: 'general',
    description: null,
    avatar: null,
    visibility: 'public',
    joinRule: 'open',
    sizeClass: 'large',
    pairKey: null,
    slug: 'general',
  } as const
  return doCreateConversation(context, tx, draft, null, 0)
}

const doCreateHome = async (context: Context, tx: Tx, id: SpaceId, general: Conversation): Promise<void> => {
  const now = context.now()
  await tx.insert('space', {
    id,
    title: '',
    description: null,
    look: null,
    visibility: 'public',
    createdBy: null,
    createdAt: now,
    updatedAt: now,
    claim: null,
    claimUntil: null,
  })
  const category = await doCreateCategory(tx, id, { label: 'general', kind: 'text' })
  await tx.put('placement', { conversationId: general.id, categoryId: category.id, position: 0 })
}
