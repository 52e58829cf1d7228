// Queries compiled once at start. Building one costs as much as running twenty, so nothing is built per call.
import type { Compilable } from 'kysely'

/** What a column holds and a statement binds. */
export type Value = string | number | null

/** The place of a call's value in a statement; Kysely carries it where a value would stand. */
class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Compiled text and what is bound to it. `P` names the values of a call, `R` is the row it answers. */
export interface Statement<P, R> {
  readonly sql: string
  /** The values to bind, in order. */
  readonly bind: (params: P) => Value[]
  /** Never set: carries the row's type. */
  readonly row?: R
}

const slots: object = new Proxy({}, { get: (_, name) => new Slot(String(name)) })

const bindOne = (parameter: unknown): ((params: Readonly<Record<string, Value>>) => Value) => {
  if (!(parameter instanceof Slot)) return () => parameter as Value
  const { name } = parameter
  return params => params[name] ?? null
}

/**
 * Compiles the query that `build` makes. Each property of `build`'s argument stands for a value of the call:
 * `statement((p: { id: string }) => db.selectFrom('profile').selectAll().where('id', '=', p.id))`.
 */
export const statement = <P extends object, R>(build: (params: P) => Compilable<R>): Statement<P, R> => {
  const { sql, parameters } = build(slots as P).compile()
  const binders = parameters.map(bindOne)
  return {
    sql,
    bind: params => {
      const values: Value[] = []
      for (const binder of binders) values.push(binder(params as Readonly<Record<string, Value>>))
      return values
    },
  }
}
