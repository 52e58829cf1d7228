// Many transactions, one sync: works that arrive in the same turn of the event loop share a commit.
//
// Undoing one work alone takes a savepoint, which costs as much as the work (SQLite copies every page it touches). Most
// works that fail do so before they write, and then there is nothing to undo. So a batch runs without savepoints first;
// if a work fails after it wrote, the whole batch is undone and run again with them.
import type { Database } from 'bun:sqlite'
import type { Event } from '../../../core/event.ts'
import { FaultError } from '../../../core/fault.ts'
import type { Tx } from '../../../core/ports/store.ts'
import { StoreBrokenError } from '../errors.ts'
import type { OpenTx } from '../sql/tx.ts'
import { isBusy, isFatal } from './faults.ts'

/** Works in one commit at most. */
const BATCH_WORKS = 500
/** Milliseconds after which a batch takes no further work, so that nobody waits long for the sync. */
const BATCH_MS = 10
/** Milliseconds after which to try again when another program holds the database. */
const BUSY_RETRY_MS = 1000

export interface GroupCommitOptions {
  readonly db: Database
  readonly open: () => OpenTx
  /** After a batch of so many works that appended events is durable, before anybody hears of it. */
  readonly committed: (works: number) => void
  /** Once per transaction with events, in order. */
  readonly publish: (events: readonly Event[]) => void
  readonly onBroken: (error: StoreBrokenError) => void
}

/** A work and whom to tell. */
interface Job {
  /** Answers what to say once the commit is durable. */
  readonly run: (tx: Tx) => Promise<() => void>
  readonly reject: (error: unknown) => void
}

/** A work that was done or undone, waiting for the commit. */
interface Outcome {
  readonly events: readonly Event[]
  readonly settle: () => void
}

const commands = [
  'begin immediate',
  'commit',
  'rollback',
  'savepoint work',
  'release work',
  'rollback to work',
] as const
type Command = (typeof commands)[number]

export class GroupCommit {
  readonly #options: GroupCommitOptions
  readonly #commands: ReadonlyMap<Command, { run(): unknown; finalize(): void }>
  readonly #queue: Job[] = []
  #draining = false
  /** Whether the next batch runs again, with savepoints. */
  #again = false
  #broken: StoreBrokenError | null = null
  #closing: Promise<void> | null = null
  /** Told when the queue has run empty. */
  readonly #idle: (() => void)[] = []

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.#commands = new Map(commands.map(sql => [sql, options.db.prepare(sql)]))
  }

  submit<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#broken) return reject(this.#broken)
      if (this.#closing) return reject(new Error('the store is closed'))
      const run = async (tx: Tx) => {
        const value = await work(tx)
        return () => resolve(value)
      }
      this.#queue.push({ run, reject })
      this.#schedule()
    })
  }

  /** A disk or file error was seen: whatever is under way must not be acknowledged. */
  breakDown(cause: unknown): void {
    if (this.#broken) return
    const why = cause instanceof Error ? cause.message : String(cause)
    this.#broken = new StoreBrokenError(`the database cannot be written: ${why}`, cause)
    this.#options.onBroken(this.#broken)
  }

  /** Takes no further work and resolves when all that was taken is settled. */
  close(): Promise<void> {
    this.#closing ??= this.#drainAndClose()
    return this.#closing
  }

  async #drainAndClose(): Promise<void> {
    if (this.#draining) await new Promise<void>(resolve => this.#idle.push(resolve))
    for (const command of this.#commands.values()) command.finalize()
  }

  /** The next turn, not a timer: everything parsed in this turn joins, and a lone work does not wait. */
  #schedule(): void {
    if (this.#draining) return
    this.#draining = true
    setImmediate(() => void this.#drain())
  }

  async #drain(): Promise<void> {
    if (this.#broken) this.#rejectAll(this.#queue.splice(0), this.#broken)
    else await this.#runBatch()
    this.#draining = false
    if (this.#queue.length > 0) return this.#schedule()
    for (const tell of this.#idle.splice(0)) tell()
  }

  async #runBatch(): Promise<void> {
    if (!this.#begin()) return
    const run = this.#again ? this.#runAlone : this.#runTogether
    this.#again = false
    const deadline = performance.now() + BATCH_MS
    const jobs: Job[] = []
    const outcomes: Outcome[] = []
    for (const job of this.#queue) {
      jobs.push(job)
      const outcome = await run.call(this, job)
      if (this.#broken) break
      if (!outcome) {
        this.#startAgain()
        return
      }
      outcomes.push(outcome)
      if (jobs.length >= BATCH_WORKS || performance.now() >= deadline) break
    }
    this.#queue.splice(0, jobs.length)
    this.#finish(jobs, outcomes)
  }

  #begin(): boolean {
    try {
      this.#command('begin immediate')
      return true
    } catch (error) {
      if (isBusy(error)) {
        const busy = new FaultError({ kind: 'unavailable', retryAfterMs: BUSY_RETRY_MS })
        this.#rejectAll(this.#queue.splice(0), busy)
      } else this.breakDown(error)
      return false
    }
  }

  /** Null if the work failed and left something to undo. */
  async #runTogether(job: Job): Promise<Outcome | null> {
    const open = this.#options.open()
    try {
      const settle = await this.#runWork(job, open)
      return { events: open.events, settle }
    } catch (error) {
      return open.wrote ? null : { events: [], settle: () => job.reject(error) }
    }
  }

  /** In a savepoint of its own. */
  async #runAlone(job: Job): Promise<Outcome> {
    const open = this.#options.open()
    try {
      this.#command('savepoint work')
      const settle = await this.#runWork(job, open)
      this.#command('release work')
      return { events: open.events, settle }
    } catch (error) {
      this.#undoOne()
      return { events: [], settle: () => job.reject(error) }
    }
  }

  async #runWork(job: Job, open: OpenTx): Promise<() => void> {
    const settle = await job.run(open.tx).finally(open.end)
    if (open.failed) throw open.failed.error
    return settle
  }

  #undoOne(): void {
    try {
      this.#command('rollback to work')
      this.#command('release work')
    } catch (error) {
      // SQLite undid the whole transaction by itself.
      this.breakDown(error)
    }
  }

  #startAgain(): void {
    try {
      this.#command('rollback')
      this.#again = true
    } catch (error) {
      this.breakDown(error)
    }
  }

  #finish(jobs: readonly Job[], outcomes: readonly Outcome[]): void {
    try {
      if (!this.#broken) this.#command('commit')
    } catch (error) {
      this.breakDown(error)
    }
    if (this.#broken) {
      this.#abandon(jobs, this.#broken)
      return
    }
    if (outcomes.some(outcome => outcome.events.length > 0)) this.#tell(() => this.#options.committed(jobs.length))
    for (const { events, settle } of outcomes) {
      if (events.length > 0) this.#tell(() => this.#options.publish(events))
      settle()
    }
  }

  /** A listener's bug must not keep a durable work from being acknowledged; it surfaces as an uncaught error. */
  #tell(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }

  #abandon(jobs: readonly Job[], broken: StoreBrokenError): void {
    try {
      this.#command('rollback')
    } catch {
      // There may be no transaction left to undo.
    }
    this.#rejectAll(jobs, broken)
  }

  #rejectAll(jobs: readonly Job[], error: unknown): void {
    for (const job of jobs) job.reject(error)
  }

  #command(sql: Command): void {
    try {
      this.#commands.get(sql)?.run()
    } catch (error) {
      if (isFatal(error)) this.breakDown(error)
      throw error
    }
  }
}
