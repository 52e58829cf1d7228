// Between the model's rows and the values that SQL keeps.
import type { TableName, Tables } from '../../../core/ports/store.ts'
import type { Value } from './statement.ts'
import { columnNames, columns, type Stored } from './tables.ts'

type Special = readonly (readonly [column: string, kind: 'boolean' | 'json'])[]

const specialOf = (table: TableName): Special =>
  Object.entries<string>(columns[table]).flatMap(([column, kind]) =>
    kind === 'boolean' || kind === 'json' ? [[column, kind] as const] : [],
  )

/** The columns of each table that are not kept as they are; most tables have none and pass through untouched. */
const special = Object.fromEntries(
  Object.keys(columns).map(table => [table, specialOf(table as TableName)]),
) as unknown as Readonly<Record<TableName, Special>>

const write = (kind: 'boolean' | 'json', value: unknown): Value => {
  if (kind === 'boolean') return value === true ? 1 : 0
  return value === null ? null : JSON.stringify(value)
}

const read = (kind: 'boolean' | 'json', value: unknown): unknown => {
  if (kind === 'boolean') return value === 1
  // Nearly every message has no mentions and no attachments.
  if (value === '[]') return []
  return value === null ? null : JSON.parse(String(value))
}

export const encode = <T extends TableName>(table: T, row: Tables[T]): Stored<T> => {
  if (special[table].length === 0) return row as unknown as Stored<T>
  const stored: Record<string, unknown> = { ...row }
  for (const [column, kind] of special[table]) stored[column] = write(kind, stored[column])
  return stored as Stored<T>
}

const decode = <T extends TableName>(table: T, stored: Stored<T>): Tables[T] => {
  if (special[table].length === 0) return stored as unknown as Tables[T]
  const row: Record<string, unknown> = { ...stored }
  for (const [column, kind] of special[table]) row[column] = read(kind, row[column])
  return row as unknown as Tables[T]
}

export const decodeOne = <T extends TableName>(table: T, stored: Stored<T> | null): Tables[T] | null =>
  stored && decode(table, stored)

export const decodeAll = <T extends TableName>(table: T, stored: readonly Stored<T>[]): readonly Tables[T][] =>
  special[table].length === 0 ? (stored as unknown as readonly Tables[T][]) : stored.map(row => decode(table, row))

/** The row of one table in a joined row. The tables joined must share no column name. */
export const decodePart = <T extends TableName>(table: T, joined: Stored<T>): Tables[T] => {
  const part: Record<string, unknown> = {}
  for (const column of columnNames(table)) part[column] = joined[column as keyof Stored<T>]
  return decode(table, part as Stored<T>)
}
