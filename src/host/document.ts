// What the documents of routes (OpenAPI) and of live protocols (AsyncAPI) are both made of.
import type { TSchema } from '../base/schema.ts'
import type { Endpoint } from './dialect.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** `/a/:id` → `/a/{id}`. */
export const templateOf = (path: string): string => path.replaceAll(/(?<=\/):([^/]+)/g, '{$1}')
export const parametersIn = (path: string): readonly string[] =>
  [...path.matchAll(/(?<=\/):([^/]+)/g)].map(match => match[1] ?? '')

/** Those to tell of: a path that is also served with a slash at its end is told once. */
export const told = (endpoints: readonly Endpoint[]): readonly Endpoint[] => {
  const paths = new Set(endpoints.map(({ path }) => path))
  return endpoints.filter(({ path }) => !(path.endsWith('/') && paths.has(path.slice(0, -1))))
}

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Schemas with a title become components of that name, so that a document says each thing once. */
export class Components {
  readonly #schemas = new Map<string, string>()

  /** The schema as it stands in the document: a reference, or inlined. */
  place(schema: TSchema): Json {
    return this.#replace(JSON.parse(JSON.stringify(schema)) as Json)
  }

  get all(): JsonObject {
    const names = [...this.#schemas.keys()].sort()
    return Object.fromEntries(names.map(name => [name, JSON.parse(this.#schemas.get(name) ?? 'null') as Json]))
  }

  #replace(value: Json): Json {
    if (Array.isArray(value)) return value.map(item => this.#replace(item))
    if (!isObject(value)) return value
    const inner: Record<string, Json> = {}
    for (const [key, part] of Object.entries(value)) {
      // Examples are data: a `title` in them is somebody's group.
      inner[key] =
        key === 'examples' || key === 'default' || key === 'const' || key === 'enum' ? part : this.#replace(part)
    }
    const { title } = value
    if (typeof title !== 'string' || !/^[A-Za-z][\w.-]*$/.test(title) || !isSchema(value)) return inner
    const text = JSON.stringify(inner)
    const known = this.#schemas.get(title)
    if (known !== undefined && known !== text) throw new Error(`two different schemas are titled ${title}`)
    this.#schemas.set(title, text)
    return { $ref: `#/components/schemas/${title}` }
  }
}

const isSchema = (value: JsonObject): boolean => ['type', 'anyOf', 'allOf', 'enum', 'const'].some(key => key in value)
