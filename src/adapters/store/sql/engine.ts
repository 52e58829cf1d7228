// What an SQL engine supplies. Everything else in this folder is the same text for SQLite and PostgreSQL.
import type { ColumnDataType, ColumnDefinitionBuilder, Kysely, RawBuilder, SqlBool } from 'kysely'
import type { Statement } from './statement.ts'
import type { Database } from './tables.ts'

/** Runs compiled statements on one connection. Inside a transaction it is that transaction's connection. */
export interface Executor {
  all<P, R>(statement: Statement<P, R>, params: P): Promise<readonly R[]>
  /** The first row, or null. */
  get<P, R>(statement: Statement<P, R>, params: P): Promise<R | null>
  /** Answers how many rows it changed. Throws `UniqueError` where a uniqueness rule breaks. */
  run<P>(statement: Statement<P, unknown>, params: P): Promise<number>
}

/** The spelling of one engine. */
export interface Engine {
  /** Compiles queries in the engine's spelling; runs none. */
  readonly compiler: Kysely<Database>
  /**
   * Whether a row's `columns` are one of the keys in a JSON list: of values for one column, of arrays of values for
   * several. One statement for lists of any length.
   */
  among(columns: readonly [string, ...string[]], list: string): RawBuilder<SqlBool>
}

/** How an engine spells the columns of the schema. */
export interface ColumnTypes {
  /** Text that compares by code point. */
  readonly text: ColumnDataType | RawBuilder<string>
  /** An integer primary key that is never given out twice. */
  readonly serial: ColumnDataType
  readonly asSerial: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
  /** Ends the definition of a table that is kept in the order of its key; null where there is no such thing. */
  readonly clustered: RawBuilder<unknown> | null
}
