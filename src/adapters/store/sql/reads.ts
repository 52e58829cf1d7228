// All queries of the port in one engine's spelling, and the reads over one connection.
import { sql } from 'kysely'
import type { Reads } from '../../../core/ports/store.ts'
import { accountReads } from './accounts.ts'
import { compileAuthored } from './authored.ts'
import { contactReads } from './contacts.ts'
import { conversationReads } from './conversations.ts'
import type { Engine, Executor } from './engine.ts'
import { compileErase } from './erase.ts'
import { compileLog, headOf } from './log.ts'
import { messageReads } from './messages.ts'
import { compileRows, rowReads } from './rows.ts'
import { spaceReads } from './spaces.ts'
import { statement } from './statement.ts'

const compileCounter = ({ compiler: db }: Engine) =>
  statement((p: { name: string }) =>
    db
      .insertInto('counter')
      .values({ name: p.name, value: sql.lit(1) })
      .onConflict(conflict =>
        conflict.column('name').doUpdateSet(eb => ({ value: eb('counter.value', '+', sql.lit(1)) })),
      )
      .returning('value'),
  )

/** Compiled once for an engine (a few milliseconds), used over all its connections. */
export const compileAll = (engine: Engine) => ({
  rows: compileRows(engine),
  log: compileLog(engine),
  erase: compileErase(engine),
  counter: compileCounter(engine),
  authored: compileAuthored(engine),
  accounts: accountReads(engine),
  contacts: contactReads(engine),
  conversations: conversationReads(engine),
  messages: messageReads(engine),
  spaces: spaceReads(engine),
})

export type Compiled = ReturnType<typeof compileAll>

export const createReads = (compiled: Compiled, run: Executor): Reads => ({
  ...rowReads(compiled.rows, run),
  ...compiled.accounts(run),
  ...compiled.contacts(run),
  ...compiled.conversations(run),
  ...compiled.messages(run),
  ...compiled.spaces(run),
  headOf: stream => headOf(compiled.log, run, stream),
})
