// What a dialect's routes promise, as an OpenAPI 3.1 document. The same routes always give the same text.
import { exampleOf, type TSchema } from '../base/schema.ts'
import type { Dialect, Endpoint, Method, Route } from './dialect.ts'
import { Components, type Json, type JsonObject, parametersIn, templateOf, told } from './document.ts'

const METHOD_ORDER: readonly Method[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

const mapValues = <T>(record: Readonly<Record<string, unknown>>, make: () => T): Record<string, T> =>
  Object.fromEntries(Object.keys(record).map(name => [name, make()]))

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
  for (const route of routes) {
    if (route.path.endsWith('/') && known.has(`${route.method} ${route.path.slice(0, -1)}`)) continue
    const item = itemOf(route.path)
    item[route.method.toLowerCase()] = operation(dialect, route, unique(route.name), components)
  }
  for (const endpoint of told(dialect.endpoints)) {
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
