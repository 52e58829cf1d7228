// Schemas: JSON Schema objects with their static types (TypeBox), compiled once. Contracts take all they need from here.
import type { Static, TObject, TProperties, TSchema } from 'typebox'
import Type from 'typebox'
import { Compile } from 'typebox/compile'

export type { Static, TSchema } from 'typebox'
export { Type }

type Named = { readonly title?: string; readonly description?: string }

/** An object that may carry more keys than are named: clients and servers of other versions add some. */
export const open = <P extends TProperties>(properties: P, about: Named = {}): TObject<P> =>
  Type.Object(properties, about)

/** The value or null. */
export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** The value, or no such key. */
export const optional = <T extends TSchema>(schema: T) => Type.Optional(schema)

/** One of these words. */
export const oneOf = <const W extends readonly string[]>(...words: W) => Type.Enum<[...W]>([...words])

const formatted =
  (format: string, sample: string) =>
  (value: string = sample) =>
    Type.String({ format, examples: [value] })

/** Strings of a known form, each with an example of its own or the usual one. */
export const uuid = formatted('uuid', '0198c0de-0000-7000-8000-000000000001')
export const timestamp = formatted('date-time', '2026-03-01T12:00:00.000Z')
export const uri = formatted('uri', 'https://example.org/')
export const email = formatted('email', 'ada@example.org')
export const text = (sample: string, bounds: { readonly minLength?: number; readonly maxLength?: number } = {}) =>
  Type.String({ ...bounds, examples: [sample] })
export const integer = (sample: number, bounds: { readonly minimum?: number; readonly maximum?: number } = {}) =>
  Type.Integer({ ...bounds, examples: [sample] })
export const flag = (sample: boolean) => Type.Boolean({ examples: [sample] })

/** The same schema with an example of the whole, for the document and for tests. */
export const example = <T extends TSchema>(schema: T, value: Static<T>): T => ({ ...schema, examples: [value] })

/** JSON Schema keywords an example can be read from. */
interface Readable {
  readonly examples?: readonly unknown[]
  readonly const?: unknown
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Readable[]
  readonly allOf?: readonly Readable[]
  readonly type?: string
  readonly properties?: Readonly<Record<string, Readable>>
  readonly items?: Readable
}

const read = (schema: Readable): unknown => {
  if (schema.examples?.length) return schema.examples[0]
  if ('const' in schema) return schema.const
  if ('default' in schema) return schema.default
  if (schema.enum?.length) return schema.enum[0]
  if (schema.anyOf?.[0]) return read(schema.anyOf[0])
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map(read))
  if (schema.type === 'object') {
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, part]) => [name, read(part)]))
  }
  if (schema.type === 'array') return schema.items ? [read(schema.items)] : []
  return { string: 'text', integer: 1, number: 1, boolean: true }[schema.type ?? ''] ?? null
}

/** An example of what a schema describes: its own, or one put together from its parts. */
export const exampleOf = <T extends TSchema>(schema: T): Static<T> => read(schema as Readable) as Static<T>

const compiled = new WeakMap<TSchema, (value: unknown) => boolean>()

/** Whether a value fits; compiled at the first call for a schema and kept with it. */
export const check = <T extends TSchema>(schema: T): ((value: unknown) => value is Static<T>) => {
  let fits = compiled.get(schema)
  if (!fits) {
    const validator = Compile(schema)
    fits = value => validator.Check(value)
    compiled.set(schema, fits)
  }
  return fits as (value: unknown) => value is Static<T>
}
