// The rows of all tables: as committed, and as one transaction sees them. Enforces the keys and uniques of the port.
import { type KeyOf, keys, type TableName, type Tables, UniqueError, uniques } from '../../../core/ports/store.ts'
import { Layer, type Lookup } from './layer.ts'

type Row = Readonly<Record<string, unknown>>

const tableNames = Object.keys(keys) as TableName[]

const perTable = <V>(make: (table: TableName) => V): Readonly<Record<TableName, V>> =>
  Object.fromEntries(tableNames.map(table => [table, make(table)])) as Record<TableName, V>

const keyText = (table: TableName, key: Row): string => JSON.stringify(keys[table].map(column => key[column]))

/** What a row claims for itself alone, each as a text; a null among the columns claims nothing. */
const claimsOf = (table: TableName, row: Row): readonly string[] => {
  const rules: Partial<Record<TableName, readonly (readonly string[])[]>> = uniques
  return (rules[table] ?? []).flatMap(columns => {
    const values = columns.map(column => row[column])
    return values.includes(null) ? [] : JSON.stringify([table, columns, values])
  })
}

/** Rows of one moment. */
export interface View {
  get<T extends TableName>(table: T, key: KeyOf<T>): Tables[T] | null
  all<T extends TableName>(table: T): readonly Tables[T][]
}

const viewOf = (tables: Readonly<Record<TableName, Lookup<Row>>>): View => ({
  get: <T extends TableName>(table: T, key: KeyOf<T>) =>
    (tables[table].get(keyText(table, key as Row)) as Tables[T] | undefined) ?? null,
  all: <T extends TableName>(table: T) => [...tables[table].values()] as unknown as readonly Tables[T][],
})

export interface RowChanges extends View {
  insert<T extends TableName>(table: T, row: Tables[T]): void
  put<T extends TableName>(table: T, row: Tables[T]): void
  remove<T extends TableName>(table: T, key: KeyOf<T>): void
  commit(): void
}

export interface Rows extends View {
  /** A view that takes changes, which nobody else sees before its `commit`. */
  change(): RowChanges
}

export const createRows = (): Rows => {
  const committed = perTable(() => new Map<string, Row>())
  /** Which row holds a claim, by the text of its key. */
  const claimed = new Map<string, string>()

  const change = (): RowChanges => {
    const tables = perTable(table => new Layer(committed[table]))
    const claims = new Layer(claimed)
    const put = (table: TableName, row: Row): void => {
      const key = keyText(table, row)
      const wanted = claimsOf(table, row)
      if (wanted.some(claim => (claims.get(claim) ?? key) !== key)) throw new UniqueError(table)
      remove(table, row)
      for (const claim of wanted) claims.set(claim, key)
      tables[table].set(key, row)
    }
    const remove = (table: TableName, key: Row): void => {
      const text = keyText(table, key)
      const row = tables[table].get(text)
      if (!row) return
      for (const claim of claimsOf(table, row)) claims.delete(claim)
      tables[table].delete(text)
    }
    return {
      ...viewOf(tables),
      insert(table, row) {
        if (tables[table].get(keyText(table, row as unknown as Row))) throw new UniqueError(table)
        put(table, row as unknown as Row)
      },
      put: (table, row) => put(table, row as unknown as Row),
      remove: (table, key) => remove(table, key as unknown as Row),
      commit() {
        for (const table of tableNames) tables[table].commit()
        claims.commit()
      },
    }
  }
  return { ...viewOf(committed), change }
}
