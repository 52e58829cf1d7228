// How SQLite spells what the shared queries leave open.
import {
  DummyDriver,
  Kysely,
  type RawBuilder,
  type SqlBool,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely'
import type { ColumnTypes, Engine } from '../sql/engine.ts'
import type { Database } from '../sql/tables.ts'

export const sqliteEngine = (): Engine => ({
  compiler: new Kysely<Database>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: db => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  }),
  among(columns, list): RawBuilder<SqlBool> {
    if (columns.length === 1) return sql`${sql.ref(columns[0])} in (select value from json_each(${list}))`
    const parts = columns.map((_, index) => sql`value ->> ${sql.lit(index)}`)
    return sql`(${sql.join(columns.map(name => sql.ref(name)))}) in (select ${sql.join(parts)} from json_each(${list}))`
  },
})

/** SQLite compares text by its UTF-8 bytes (BINARY), which is by code point. */
export const sqliteColumnTypes: ColumnTypes = {
  text: 'text',
  serial: 'integer',
  // One more than the greatest: the newest rows of these tables are never removed.
  asSerial: column => column.primaryKey(),
  clustered: sql`without rowid`,
}
