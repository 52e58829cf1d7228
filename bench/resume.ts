// (e) Resume storm: 5,000 openchat sockets in one group are dropped at once, and all come back in the same instant, while
// the group goes on talking. Every client accounts for every message.
import { join } from 'node:path'
import type { Account, Ask } from './lib/crowd.ts'
import { logAllIn, onlyGroup, say } from './lib/openchat.ts'
import { cpuMsOf, startParlance } from './lib/process.ts'
import { TEXT } from './lib/room.ts'
import { makeGroup, makePeople } from './lib/wetty.ts'

export const STORM_SOCKETS = 5000
/** Messages that are sent while nobody listens, and how many of them at a time. */
const MISSED = 100
const TOGETHER = 10
/** Milliseconds from one message to the next while somebody does. */
const EVERY_MS = 200
/** How long they listen before. */
const CALM_MS = 2000

export interface Storm extends Account {
  /** Seconds of the server's CPU from the drop until the last has all that he missed. */
  readonly cpu: number
  /** Seconds of the crowd's CPU in that time: it shares the machine. */
  readonly crowdCpu: number
  /** Messages that everybody had to get, in all. */
  readonly due: number
}

interface Crowd extends AsyncDisposable {
  ask(ask: Ask): Promise<Account | null>
  cpuMs(): number
}

/** The process that the clients live in. */
const startCrowd = (): Crowd => {
  const { promise: ended, reject } = Promise.withResolvers<never>()
  ended.catch(() => undefined)
  let answered: (answer: Account | null) => void = () => undefined
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'lib/crowd.ts')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc: answer => answered(answer as Account | null),
    onExit: () => reject(new Error('the crowd ended')),
  })
  return {
    async ask(ask) {
      const answer = new Promise<Account | null>(resolve => {
        answered = resolve
      })
      child.send(ask)
      return Promise.race([answer, ended])
    },
    cpuMs: () => cpuMsOf(child.pid),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

/** `people` share the sockets evenly. */
export const benchResume = async (people: number): Promise<Storm> => {
  await using server = await startParlance()
  await using crowd = startCrowd()
  const { url } = server
  const everybody = await makePeople(url, people)
  const [owner] = everybody
  if (!owner) throw new Error('nobody there')
  await makeGroup(url, owner, everybody.slice(1))
  const sessions = await logAllIn(url, everybody)
  const [speaker = ''] = sessions
  const channel = await onlyGroup(url, speaker)
  let newest = 0
  let sent = 0
  const speak = async (): Promise<void> => {
    const seq = await say(url, channel, speaker, TEXT)
    newest = Math.max(newest, seq)
    sent++
  }
  await speak()
  sent = 0
  const each = Array.from({ length: STORM_SOCKETS }, (_, i) => sessions[i % sessions.length] ?? '')
  await crowd.ask({ type: 'open', url, sessions: each, after: newest })

  /** Goes on talking while something else happens. */
  const during = async (what: Promise<unknown>): Promise<void> => {
    let over = false
    const ending = what.finally(() => {
      over = true
    })
    while (!over) {
      await speak()
      await Bun.sleep(EVERY_MS)
    }
    await ending
  }
  await during(Bun.sleep(CALM_MS))

  const serverCpu = server.cpuMs()
  const crowdCpu = crowd.cpuMs()
  // Some are on their way when the connections are cut.
  const underWay = Promise.all(Array.from({ length: TOGETHER }, speak))
  await crowd.ask({ type: 'drop' })
  await underWay
  for (let i = 0; i < MISSED; i += TOGETHER) await Promise.all(Array.from({ length: TOGETHER }, speak))
  await during(crowd.ask({ type: 'resume' }))
  const account = await crowd.ask({ type: 'account', upTo: newest })
  if (!account) throw new Error('no account')
  return {
    ...account,
    due: sent * STORM_SOCKETS,
    cpu: (server.cpuMs() - serverCpu) / 1000,
    crowdCpu: (crowd.cpuMs() - crowdCpu) / 1000,
  }
}
