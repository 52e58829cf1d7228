// What a dialect's routes promise, as an OpenAPI 3.1 document. The same routes always give the same text.
import { exampleOf, type TSchema } from '../base/schema.ts'
import type { Dialect, Endpoint, Method, Route } from './dialect.ts'

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
type JsonObject = { readonly [key: string]: Json }

const METHOD_ORDER: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** `/a/:id` → `/a/{id}`. */
const templateOf = (path: string): string => path.replaceAll(/:([^/]+)/g, '{$1}')
const parametersIn = (path: string): readonly string[] => [...path.matchAll(/:([^/]+)/g)].map(match => match[1] ?? '')

const mapValues = <T>(record: Readonly<Record<string, unknown>>, make: () => T): Record<string, T> =>
  Object.fromEntries(Object.keys(record).map(name => [name, make()]))

const isObject = (value: unknown): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Schemas with a title become components of that name, so that a document says each thing once. */
class Components {
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

const queryParameters = (query: TSchema | undefined, components: Components): readonly Json[] => {
  const schema = query as { properties?: Record<string, TSchema>; required?: readonly string[] } | undefined
  return Object.entries(schema?.properties ?? {}).map(([name, part]) => ({
    name,
    in: 'query',
    required: schema?.required?.includes(name) ?? false,
    schema: components.place(part),
  }))
}

const content = (type: string, schema: TSchema, components: Components): Json => ({
  [type]: { schema: components.place(schema), example: exampleOf(schema) as Json },
})

const operation = (dialect: Dialect, route: Route, operationId: string, components: Components): JsonObject => ({
  operationId,
  summary: route.summary,
  ...(route.rules.length ? { 'x-rules': [...route.rules] } : {}),
  security: route.auth ? dialect.credentials.map(schemes => mapValues(schemes, () => [])) : [],
  parameters: [
    ...parametersIn(route.path).map(name => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
    ...queryParameters(route.query, components),
  ],
  ...(route.body
    ? {
        requestBody: {
          required: true,
          content: content(route.body.type ?? 'application/json', route.body.schema, components),
        },
      }
    : {}),
  responses: Object.fromEntries(
    Object.entries(route.responses)
      .sort(([a], [b]) => Number(a) - Number(b))
      .map(([status, { description, schema }]) => [
        status,
        { description, ...(schema ? { content: content('application/json', schema, components) } : {}) },
      ]),
  ),
})

/** OpenAPI knows no sockets: an endpoint is told as the GET that becomes one. */
const handshake = (endpoint: Endpoint): JsonObject => ({
  operationId: endpoint.name,
  summary: endpoint.summary,
  'x-websocket': true,
  'x-max-frame-bytes': endpoint.maxFrameBytes,
  ...(endpoint.rules.length ? { 'x-rules': [...endpoint.rules] } : {}),
  parameters: parametersIn(endpoint.path).map(name => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  })),
  responses: { '101': { description: 'The connection is a WebSocket from here on.' } },
})

/** The document of one dialect. Throws when two schemas share a title and differ. */
export const openApi = (dialect: Dialect, version: string): JsonObject => {
  const components = new Components()
  const ids = new Set<string>()
  const unique = (name: string): string => {
    let id = name
    for (let n = 2; ids.has(id); n++) id = `${name}${n}`
    ids.add(id)
    return id
  }

  const routes = dialect.routes.toSorted(
    (a, b) =>
      (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) ||
      METHOD_ORDER.indexOf(a.method) - METHOD_ORDER.indexOf(b.method),
  )
  const paths: Record<string, Record<string, Json>> = {}
  const itemOf = (path: string): Record<string, Json> => {
    const template = templateOf(path)
    const item = paths[template] ?? {}
    paths[template] = item
    return item
  }
  // A path that is also served with a slash at its end is told once.
  const known = new Set(routes.map(route => `${route.method} ${route.path}`))
  const told = routes.filter(({ method, path }) => !(path.endsWith('/') && known.has(`${method} ${path.slice(0, -1)}`)))
  for (const route of told) {
    const item = itemOf(route.path)
    item[route.method.toLowerCase()] = operation(dialect, route, unique(route.name), components)
  }
  const endpoints = dialect.endpoints.filter(
    ({ path }) => !(path.endsWith('/') && dialect.endpoints.some(twin => twin.path === path.slice(0, -1))),
  )
  for (const endpoint of endpoints) {
    const item = itemOf(endpoint.path)
    item[item.get ? 'x-websocket' : 'get'] = { ...handshake(endpoint), operationId: unique(endpoint.name) }
  }

  return {
    openapi: '3.1.0',
    info: { title: `Parlance: ${dialect.name}`, summary: dialect.title, version },
    servers: ['/', ...(dialect.alias ? [dialect.alias] : [])].map(url => ({ url })),
    paths: Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))),
    components: {
      schemas: components.all,
      securitySchemes: Object.assign({}, ...dialect.credentials),
    },
  }
}
