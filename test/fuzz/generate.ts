// Turns an OpenAPI document into hostile requests: right shapes with wrong values, wrong shapes, and bytes that are no JSON.
import fc from 'fast-check'

interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> }
}
export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

export interface HostileRequest {
  readonly method: string
  readonly path: string
  readonly contentType: string | null
  readonly body: Uint8Array | null
}

/** Strings that have broken servers before. */
const nasty = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ud800',
    '%',
    '%00',
    '%ff',
    '..',
    '../../etc/passwd',
    '__proto__',
    'constructor',
    "'; drop table message; --",
    '<script>alert(1)</script>',
    '👨‍👩‍👧‍👦',
    '\u202e\u200b',
    '9'.repeat(40),
    '-1',
    '0',
    '1e999',
    'NaN',
    'null',
    '00000000-0000-0000-0000-000000000000',
    'a'.repeat(5000),
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

const anything = fc.oneof(
  { maxDepth: 3 },
  nasty,
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.array(nasty, { maxLength: 3 }),
  fc.dictionary(nasty, fc.integer(), { maxKeys: 3 }),
)

/** Values of about this schema; `known` are ids that exist, so that some requests get past the first check. */
const valuesOf = (schema: Schema | undefined, known: readonly string[], depth = 0): fc.Arbitrary<unknown> => {
  const wild = anything
  if (!schema || depth > 4) return wild
  const types = [schema.type ?? []].flat()
  const right: fc.Arbitrary<unknown>[] = []
  if (schema.const !== undefined) right.push(fc.constant(schema.const))
  if (schema.enum) right.push(fc.constantFrom(...schema.enum))
  if (schema.anyOf) right.push(...schema.anyOf.map(option => valuesOf(option, known, depth + 1)))
  if (types.includes('string')) right.push(fc.oneof(fc.constantFrom(...known), fc.string({ maxLength: 20 }), nasty))
  if (types.includes('integer') || types.includes('number')) right.push(fc.oneof(fc.integer(), fc.nat(300)))
  if (types.includes('boolean')) right.push(fc.boolean())
  if (types.includes('array')) right.push(fc.array(valuesOf(schema.items, known, depth + 1), { maxLength: 5 }))
  if (types.includes('object') || schema.properties) {
    const properties = Object.entries(schema.properties ?? {}).map(
      ([name, inner]) => [name, valuesOf(inner, known, depth + 1)] as const,
    )
    right.push(fc.record(Object.fromEntries(properties), { requiredKeys: [] }))
  }
  return right.length > 0
    ? fc.oneof({ weight: 5, arbitrary: fc.oneof(...right) }, { weight: 1, arbitrary: wild })
    : wild
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const bodyOf = (operation: Operation, known: readonly string[]): fc.Arbitrary<[string | null, Uint8Array | null]> => {
  const [type, media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? ['application/json', {}]
  const fitting = valuesOf(media.schema, known).map(value => bytesOf(JSON.stringify(value) ?? ''))
  const broken = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.nat(3000).map(depth => bytesOf('['.repeat(depth))),
    fc.nat(3000).map(depth => bytesOf('{"a":'.repeat(depth) + 1 + '}'.repeat(depth))),
    fc.constant(bytesOf('{"message":"\\ud800"}')),
    fc.constant(new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
  )
  const body = fc.oneof(
    { weight: 6, arbitrary: fitting },
    { weight: 1, arbitrary: broken },
    { weight: 1, arbitrary: fc.constant(null) },
  )
  const types = fc.oneof(
    { weight: 8, arbitrary: fc.constant(type) },
    {
      weight: 1,
      arbitrary: fc.constantFrom('text/plain', 'multipart/form-data', 'multipart/form-data; boundary=x', null),
    },
  )
  return fc.tuple(types, body)
}

/** One request somewhere in the document. */
export const hostileRequest = (document: OpenApi, known: readonly string[]): fc.Arbitrary<HostileRequest> => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      // Beside the methods stand extensions (`x-websocket`).
      .filter(([method]) => /^(get|head|post|put|patch|delete)$/.test(method))
      .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  // Dot segments are resolved by the client: such a request would reach another route.
  const segment = fc
    .oneof(fc.constantFrom(...known), nasty, fc.string({ maxLength: 10 }))
    .filter(text => text !== '.' && text !== '..')
  return fc.constantFrom(...operations).chain(({ path, method, operation }) => {
    const names = [...path.matchAll(/\{(\w+)\}/g)].map(m => m[1] ?? '')
    const queries = (operation.parameters ?? []).filter(p => p.in === 'query').map(p => p.name)
    const query = fc.record(Object.fromEntries(queries.map(name => [name, segment])), { requiredKeys: [] })
    const params = fc.tuple(...names.map(() => segment))
    return fc.tuple(params, query, bodyOf(operation, known)).map(([values, search, [contentType, body]]) => {
      let filled = path
      names.forEach((name, i) => {
        filled = filled.replace(`{${name}}`, encodeURIComponent((values[i] ?? '').toWellFormed()))
      })
      const entries = Object.entries(search).map(
        ([name, value]) => `${name}=${encodeURIComponent(`${value}`.toWellFormed())}`,
      )
      const target = entries.length > 0 ? `${filled}?${entries.join('&')}` : filled
      const bare = method === 'GET' || method === 'HEAD'
      return { method, path: target, contentType: bare ? null : contentType, body: bare ? null : body }
    })
  })
}
