// What this contract's documents promise, held against every answer and frame that a test of ours gets, to the last key.
// Other people's servers may send more (`Extra keys are always allowed`), so they are not judged by it.
import { Ajv, type ValidateFunction } from 'ajv'
import asyncapi from '../../../docs/asyncapi/openchat.json' with { type: 'json' }
import openapi from '../../../docs/openapi/openchat.json' with { type: 'json' }
import { foreign } from '../../kit/target.ts'

interface Operation {
  readonly method: string
  readonly path: string
  readonly fits: RegExp
  /** By status; null where the body is no JSON. */
  readonly answers: ReadonlyMap<number, object | null>
}

interface Told {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>
}

const ajv = new Ajv({
  strict: false,
  allErrors: true,
  formats: {
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'date-time': /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
  },
})

/** A schema that allows no key but those it names. */
const closed = (part: unknown): unknown => {
  if (Array.isArray(part)) return part.map(closed)
  if (typeof part !== 'object' || part === null) return part
  const inner = Object.fromEntries(
    Object.entries(part).flatMap(([key, value]) => (key === 'examples' ? [] : [[key, closed(value)]])),
  )
  const named = typeof inner.properties === 'object' && Object.keys(inner.properties ?? {}).length > 0
  return named ? { ...inner, additionalProperties: false } : inner
}

const compiled = new WeakMap<object, ValidateFunction>()
const judgeOf = (schema: object, schemas: unknown): ValidateFunction => {
  const known = compiled.get(schema)
  if (known) return known
  const made = ajv.compile({ ...(closed(schema) as object), components: { schemas: closed(schemas) } })
  compiled.set(schema, made)
  return made
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&')
const literals = ({ path }: Operation): number => path.replaceAll(/\{[^}]+\}/g, '').length

const operations: readonly Operation[] = Object.entries(openapi.paths)
  .flatMap(([path, item]) =>
    Object.entries(item as unknown as Record<string, Told>).map(([method, { responses }]) => ({
      method: method.toUpperCase(),
      path,
      fits: new RegExp(`^${escaped(path).replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
      answers: new Map(
        Object.entries(responses).map(([status, { content }]) => [
          Number(status),
          content?.['application/json']?.schema ?? null,
        ]),
      ),
    })),
  )
  // Literal segments win over parameters.
  .sort((a, b) => literals(b) - literals(a))

const messages: Readonly<Record<string, { readonly payload: object } | undefined>> = asyncapi.components.messages

const judged = (what: string, schema: object, schemas: unknown, value: unknown): void => {
  const judge = judgeOf(schema, schemas)
  if (judge(value)) return
  const faults = (judge.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  )
  throw new Error(`${what} is not as it is described: ${faults.join('; ')}\n${JSON.stringify(value)}`)
}

/** Throws where an answer is another than the OpenAPI document says. What no route serves is judged by its own test. */
export const judgeAnswer = (method: string, url: string, status: number, json: unknown): void => {
  if (foreign) return
  const { pathname } = new URL(url)
  const told = operations.find(each => each.method === method && each.fits.test(pathname))
  // A handshake that is refused is none of a route's answers.
  if (!told || told.answers.has(101)) return
  const what = `${method} ${told.path}: ${status}`
  const schema = told.answers.get(status)
  if (schema === undefined) throw new Error(`${what} is not described: ${JSON.stringify(json)}`)
  if (schema) judged(what, schema, openapi.components.schemas, json)
}

/** Throws where a frame is another than the AsyncAPI document says. */
export const judgeFrame = (frame: { readonly event_type: string }): void => {
  if (foreign) return
  const message = messages[frame.event_type]
  if (!message) throw new Error(`${frame.event_type} is not described`)
  judged(frame.event_type, message.payload, asyncapi.components.schemas, frame)
}
