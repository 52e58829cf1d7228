// What all routes share: answers, bodies, pages, and refusals (OC1, OC3, OC5 to OC10, OC129).
import { hasBadText, isJsonObject, type JsonObject, own, parseJson } from '../../base/json.ts'
import type { TSchema } from '../../base/schema.ts'
import type { FaultReply, Route, RouteRequest } from '../../host/dialect.ts'
import { json } from '../../host/reply.ts'
import { ErrorBody } from './contract.ts'
import { refused, refuseFields, replyOf } from './faults.ts'

export const API_VERSION = '1.0'
const API_MAJOR = '1'
/** Bytes of a JSON body (OC6). */
const MAX_JSON = 1024 * 1024
const MAX_DEPTH = 64
const JSON_TYPE = 'application/json'
const FORM_TYPE = 'multipart/form-data'

export const answer = (status: number, body: unknown, headers?: Readonly<Record<string, string>>): Response =>
  json(status, body, headers)

/** JSON that is text already. */
export const answerText = (status: number, text: string): Response =>
  new Response(text, { status, headers: { 'content-type': 'application/json; charset=utf-8' } })

export const answerReply = ({ status, body, headers }: FaultReply): Response => json(status, body, headers)

/** 416. Not kept, as the file would be: it answers the part that was asked for, and no other (OC9, OC109). */
export const unsatisfiable = (headers: Readonly<Record<string, string>>): Response =>
  answerReply(replyOf('range_not_satisfiable', undefined, { ...headers, 'cache-control': 'no-store' }))

export const noContent = (): Response => new Response(null, { status: 204 })

/** Every JSON answer (OC9). Files say their own. */
export const finishAnswer = (response: Response): Response => {
  const { headers } = response
  headers.set('x-content-type-options', 'nosniff')
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  return response
}

/** OC129: a version that is not spoken here is refused, whatever is asked. */
const judgeVersion = ({ raw }: RouteRequest): void => {
  const wanted = raw.headers.get('x-openchat-api-version')
  if (wanted === null) return
  const [, major] = /^(\d{1,9})\.(\d{1,9})$/.exec(wanted.trim()) ?? []
  if (major !== API_MAJOR) refused('api_version_unsupported', { supported: [API_VERSION] })
}

const typeOf = ({ raw }: RouteRequest): string =>
  raw.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''

/** JSON that is too long by what it declares is refused before anybody is asked who he is (OC5). */
const judgeSize = (request: RouteRequest): void => {
  const declared = Number(request.raw.headers.get('content-length') ?? 0)
  if (declared > MAX_JSON && typeOf(request) !== FORM_TYPE) refused('payload_too_large')
}

/** The body as a JSON object. Refuses 415, 413 and 400 in this order (OC5, OC6, OC7). */
export const readJson = async (request: RouteRequest): Promise<JsonObject> => {
  if (typeOf(request) !== JSON_TYPE) refused('unsupported_media_type')
  const bytes = await request.bytes(MAX_JSON)
  if (bytes === 'too-large') return refused('payload_too_large')
  return parseBody(bytes)
}

/** As `readJson`; no body at all is an empty object. */
export const readOptionalJson = async (request: RouteRequest): Promise<JsonObject> => {
  const { headers } = request.raw
  const length = headers.get('content-length')
  const none = length === '0' || (length === null && !request.raw.body)
  return none ? {} : readJson(request)
}

const parseBody = (bytes: Uint8Array): JsonObject => {
  const parsed = parseJson(bytes, { maxDepth: MAX_DEPTH })
  if (!parsed.ok || !isJsonObject(parsed.value) || hasBadText(parsed.value)) return refused('invalid_payload')
  return parsed.value
}

/** `limit` of the query: what is no positive integer is ignored, what is too much is cut (OC10). */
export const limitOf = ({ query }: Pick<RouteRequest, 'query'>, fallback = 50, most = 200): number => {
  const text = query.get('limit') ?? ''
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0
  return value > 0 ? Math.min(value, most) : fallback
}

/** A string of a body; null where the key is absent. Refuses other types (OC6). */
export const stringOf = (body: JsonObject, key: string): string | null => {
  const value = own(body, key)
  if (value === undefined) return null
  return typeof value === 'string' ? value : refuseFields([key])
}

/** A string that must be there. */
export const requiredString = (body: JsonObject, key: string): string => stringOf(body, key) ?? refuseFields([key])

/** A parameter that the path pattern guarantees. */
export const param = (request: RouteRequest, name: string): string => request.params[name] ?? ''

type Described = readonly [description: string, schema?: TSchema]

/** A route as this dialect writes it down. */
export interface Spec extends Omit<Route, 'responses' | 'handle' | 'auth'> {
  /** Absent: a session is needed. */
  readonly auth?: boolean
  readonly responses: Readonly<Record<number, Described>>
  /** Statuses with which it refuses, beside those all share. */
  readonly refusals?: readonly number[]
}

/** A route whose refusals are said in this contract's form. */
export const route = (spec: Spec, handle: (request: RouteRequest) => Promise<Response> | Response): Route => {
  const { refusals = [], auth = true, responses, ...rest } = spec
  const takesJson = rest.body !== undefined && (rest.body.type ?? JSON_TYPE) === JSON_TYPE
  const described: Record<number, { description: string; schema?: TSchema }> = {}
  for (const [status, [description, schema]] of Object.entries(responses)) {
    described[Number(status)] = { description, ...(schema && { schema }) }
  }
  for (const status of [400, 429, 500, 503, ...(auth ? [401] : []), ...refusals]) {
    described[status] ??= { description: 'Refused.', schema: ErrorBody }
  }
  return {
    ...rest,
    auth,
    responses: described,
    async handle(request) {
      judgeVersion(request)
      if (takesJson) judgeSize(request)
      return handle(request)
    },
  }
}
