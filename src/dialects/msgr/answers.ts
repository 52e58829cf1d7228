// How answers leave: always JSON, always an object (MS9); bodies come in here, too.
import { type JsonObject, parseJson } from '../../base/json.ts'
import type { FaultReply, RouteRequest } from '../../host/dialect.ts'
import { json } from '../../host/reply.ts'
import { fields, tooLarge } from './faults.ts'
import { fieldsOf } from './inbound.ts'

/** Bytes of a JSON body (MS15). */
const BODY_LIMIT = 1024 * 1024

/** `{"data": …}` */
export const data = (status: number, given: unknown): Response => json(status, { data: given })
export const refusal = ({ status, body, headers }: FaultReply): Response => json(status, body, headers)

/**
 * The body as an object; an empty one and JSON that is no object count as `{}`. A refusal (413, 422) where it cannot be
 * read. The content type is not inspected (MS16).
 */
export const readBody = async (
  request: RouteRequest,
): Promise<
  { readonly type: 'ok'; readonly value: JsonObject } | { readonly type: 'refused'; readonly reply: FaultReply }
> => {
  const bytes = await request.bytes(BODY_LIMIT)
  if (bytes === 'too-large') return { type: 'refused', reply: tooLarge }
  if (bytes.length === 0) return { type: 'ok', value: {} }
  const parsed = parseJson(bytes)
  if (!parsed.ok) return { type: 'refused', reply: fields({ base: ['malformed JSON'] }) }
  return { type: 'ok', value: fieldsOf(parsed.value) }
}
