// The generic half of every table: get, add, replace and remove by key.
import type { Kysely } from 'kysely'
import { type KeyOf, keys, type TableName, type Tables } from '../../../core/ports/store.ts'
import { decodeAll, decodeOne, encode } from './codec.ts'
import type { Engine, Executor } from './engine.ts'
import { type Statement, statement, type Value } from './statement.ts'
import { columnNames, type Stored, settled } from './tables.ts'

/** Any table, named at run time. */
type Untyped = Kysely<Record<string, Record<string, Value>>>
type Params = Record<string, Value>

interface TableStatements {
  readonly get: Statement<Params, unknown>
  readonly among: Statement<{ list: string }, unknown>
  readonly insert: Statement<Params, unknown>
  readonly put: Statement<Params, unknown>
  /** Replaces all but the settled columns, where those are as they were; null for tables without. */
  readonly revise: Statement<Params, unknown> | null
  readonly remove: Statement<Params, unknown>
}

const compileTable = (engine: Engine, table: TableName): TableStatements => {
  const db = engine.compiler as unknown as Untyped
  const names = columnNames(table)
  const [firstKey, ...otherKeys] = keys[table] as readonly [string, ...string[]]
  const keyNames = [firstKey, ...otherKeys] as const
  const fixed: readonly string[] = settled[table] ?? []
  const pick = (wanted: readonly string[], p: Params) => Object.fromEntries(wanted.map(name => [name, p[name] ?? null]))
  const unkeyed = names.filter(name => !keyNames.includes(name))
  return {
    get: statement((p: Params) =>
      db
        .selectFrom(table)
        .selectAll()
        .where(eb => eb.and(pick(keyNames, p))),
    ),
    among: statement((p: { list: string }) => db.selectFrom(table).selectAll().where(engine.among(keyNames, p.list))),
    insert: statement((p: Params) => db.insertInto(table).values(pick(names, p))),
    put: statement((p: Params) =>
      db
        .insertInto(table)
        .values(pick(names, p))
        .onConflict(conflict =>
          conflict
            .columns(keyNames)
            .doUpdateSet(eb => Object.fromEntries(unkeyed.map(name => [name, eb.ref(`excluded.${name}`)]))),
        ),
    ),
    revise:
      fixed.length === 0
        ? null
        : statement((p: Params) =>
            db
              .updateTable(table)
              .set(
                pick(
                  unkeyed.filter(name => !fixed.includes(name)),
                  p,
                ),
              )
              .where(eb => eb.and(pick(keyNames, p)))
              .where(eb => eb.and(fixed.map(name => eb(name, 'is not distinct from', p[name] ?? null)))),
          ),
    remove: statement((p: Params) => db.deleteFrom(table).where(eb => eb.and(pick(keyNames, p)))),
  }
}

export type RowStatements = Readonly<Record<TableName, TableStatements>>

export const compileRows = (engine: Engine): RowStatements =>
  Object.fromEntries(
    Object.keys(keys).map(table => [table, compileTable(engine, table as TableName)]),
  ) as unknown as RowStatements

/** Up to so many rows are got one by one: cheaper than unpacking a list. */
const FEW = 4

export const rowReads = (statements: RowStatements, run: Executor) => {
  const get = async <T extends TableName>(table: T, key: KeyOf<T>): Promise<Tables[T] | null> =>
    decodeOne(table, (await run.get(statements[table].get, key as unknown as Params)) as Stored<T> | null)

  const getFew = async <T extends TableName>(table: T, wanted: readonly KeyOf<T>[]): Promise<readonly Tables[T][]> => {
    const names: readonly string[] = keys[table]
    const same = (a: Params, b: Params) => names.every(name => a[name] === b[name])
    const values = wanted as unknown as readonly Params[]
    const distinct = wanted.filter((_, n) => values.findIndex(other => same(other, values[n] ?? {})) === n)
    const rows = await Promise.all(distinct.map(key => get(table, key)))
    return rows.flatMap(row => row ?? [])
  }

  return {
    get,
    async getMany<T extends TableName>(table: T, wanted: readonly KeyOf<T>[]): Promise<readonly Tables[T][]> {
      if (wanted.length <= FEW) return getFew(table, wanted)
      const names: readonly string[] = keys[table]
      const [only, another] = names
      const values = wanted as unknown as readonly Params[]
      const list = values.map(key => (only && !another ? key[only] : names.map(name => key[name])))
      const found = await run.all(statements[table].among, { list: JSON.stringify(list) })
      return decodeAll(table, found as readonly Stored<T>[])
    },
  }
}

export const rowWrites = (statements: RowStatements, run: Executor) => ({
  async insert<T extends TableName>(table: T, row: Tables[T]): Promise<void> {
    await run.run(statements[table].insert, encode(table, row) as unknown as Params)
  },
  async put<T extends TableName>(table: T, row: Tables[T]): Promise<void> {
    const { revise, put } = statements[table]
    const stored = encode(table, row) as unknown as Params
    if (revise && (await run.run(revise, stored)) > 0) return
    await run.run(put, stored)
  },
  async remove<T extends TableName>(table: T, key: KeyOf<T>): Promise<void> {
    await run.run(statements[table].remove, key as unknown as Params)
  },
})
