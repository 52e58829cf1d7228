// What all routes share: answers, fields of a request in either style, and routes as this dialect writes them down (UM10, UM17).
import { isJsonObject, own, parseJson } from '../../base/json.ts'
import type { TSchema } from '../../base/schema.ts'
import type { FaultReply, Route, RouteRequest } from '../../host/dialect.ts'
import { json } from '../../host/reply.ts'
import { Refusal } from './contract.http.ts'
import { httpTexts, refusedWith } from './faults.ts'

const BODY_BYTES = 64 * 1024
const BODY_DEPTH = 32

export const answer = ({ status, body, headers }: FaultReply): Response => json(status, body, headers)

/** What a request says under a name; undefined for nothing, and for null. */
export type Fields = (name: string) => unknown

/** Of the query string alone. */
export const queryFields =
  ({ query }: Pick<RouteRequest, 'query'>): Fields =>
  name =>
    query.get(name) ?? undefined

const isForm = (contentType: string | null): boolean =>
  contentType !== null && /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType)

const bodyFields = (bytes: Uint8Array, contentType: string | null): Fields => {
  if (bytes.length === 0) return () => undefined
  if (isForm(contentType)) return queryFields({ query: new URLSearchParams(new TextDecoder().decode(bytes)) })
  const parsed = parseJson(bytes, { maxDepth: BODY_DEPTH })
  if (!parsed.ok || !isJsonObject(parsed.value)) return refusedWith(400, httpTexts.invalidJson)
  const { value } = parsed
  return name => own(value, name) ?? undefined
}

/** Of the body (JSON or a form), else of the query string. Refuses with 400 and 413. */
export const readFields = async (request: RouteRequest): Promise<Fields> => {
  const bytes = await request.bytes(BODY_BYTES)
  if (bytes === 'too-large') return refusedWith(413, httpTexts.bodyTooLarge)
  const body = bodyFields(bytes, request.raw.headers.get('content-type'))
  const query = queryFields(request)
  return name => body(name) ?? query(name)
}

type Described = readonly [description: string, schema?: TSchema]

/** A route as this dialect writes it down. */
export interface Spec extends Omit<Route, 'responses' | 'handle'> {
  readonly responses: Readonly<Record<number, Described>>
  readonly refusals: readonly number[]
}

export const route = (
  { responses, refusals, ...spec }: Spec,
  handle: (request: RouteRequest) => Promise<Response>,
): Route => ({
  ...spec,
  responses: Object.fromEntries([
    ...Object.entries(responses).map(([status, [description, schema]]) => [
      status,
      { description, ...(schema && { schema }) },
    ]),
    ...refusals.map(status => [status, { description: 'Refused.', schema: Refusal }]),
  ]),
  handle,
})
