// Assembles the core from its ports, and keeps it in motion: events out, reminders, sweeping.
import { every } from '../base/clock.ts'
import { fold } from '../base/fold.ts'
import { firstIdAt, randomToken } from '../base/id.ts'
import { sign } from '../base/secret.ts'
import { createAccounts } from './commands/accounts.ts'
import { createContacts } from './commands/contacts.ts'
import { createConversations } from './commands/conversations.ts'
import { createFiles, sweepFiles } from './commands/files.ts'
import { createMembers } from './commands/members.ts'
import { doCreateConversation } from './commands/membership.ts'
import { createMessages } from './commands/messages.ts'
import { createPeople } from './commands/people.ts'
import { createSessions } from './commands/sessions.ts'
import { type Context, createContext } from './context.ts'
import type { Event } from './event.ts'
import { createFeed } from './feed/create-feed.ts'
import type { Core, CoreOptions, Ports } from './index.ts'
import { dayOf } from './model/ids.ts'
import { createPresence } from './presence.ts'
import { createReminders } from './reminders.ts'
import { createSessionCache } from './session-cache.ts'
import { createTyping } from './typing.ts'

const SWEEP_EVERY = 60_000
const DAY_MS = 86_400_000

/** The core on these ports. Resolves once what must always exist does: the signing key, and `general`. */
export const createCore = async (ports: Ports, options: CoreOptions): Promise<Core> => {
  const context = createContext(ports, options)
  const signingKey = await ensureSetting(context, 'signing-key', randomToken)
  await ensureGeneral(context)

  const feed = createFeed(ports)
  const typing = createTyping(context)
  const reminders = createReminders(context)
  const sessions = createSessions(context)
  const sessionCache = createSessionCache(sessions, ports.clock)
  const presence = createPresence(context)
  // Append or it did not happen; publish after commit.
  ports.store.onCommit(events => {
    for (const event of events) {
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
  const sweeping = every(
    ports.clock,
    SWEEP_EVERY,
    () => Promise.all([sweepFiles(context), sessions.sweep()]),
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
    feed,
    presence,
    typing,
    spend: (rule, subject) => context.spend(rule, subject),
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

const ensureSetting = (context: Context, name: string, make: () => string): Promise<string> =>
  context.commit(async tx => {
    await tx.lock(`setting/${name}`)
    const standing = await tx.get('setting', { name })
    if (standing) return standing.value
    const value = make()
    await tx.insert('setting', { name, value })
    return value
  })

/** The one channel that is there from the first start: public, open, nobody's. */
const ensureGeneral = (context: Context): Promise<void> =>
  context.commit(async tx => {
    await tx.lock('setting/general')
    if (await tx.conversationBySlug(fold('general'))) return
    const draft = {
      kind: 'channel',
      title: 'general',
      description: null,
      avatar: null,
      visibility: 'public',
      joinRule: 'open',
      sizeClass: 'large',
      pairKey: null,
      slug: 'general',
    } as const
    await doCreateConversation(context, tx, draft, null, 0)
  })
