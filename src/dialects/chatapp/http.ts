// What all routes share: answers, who asks, limits, both spellings of a path, and the order in which refusals speak (CA2, CA3, CA9).

import type { TSchema } from '../../base/schema.ts'
import type { Actor, RateRule } from '../../core/index.ts'
import type { FaultReply, Route, RouteRequest } from '../../host/dialect.ts'
import { splitTarget } from '../../host/path.ts'
import { json as reply } from '../../host/reply.ts'
import { caller, type Identity } from './auth.ts'
import { Refusal, ValidationRefusal } from './contract.ts'
import { replyOf } from './faults.ts'
import type { Scope } from './scope.ts'

/** Every success is 200 (CA2). */
export const json = (value: unknown, headers?: Readonly<Record<string, string>>): Response => reply(200, value, headers)

const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' }

/** JSON that is text already. */
export const jsonText = (text: string): Response => new Response(text, { headers: jsonHeaders })

export const answer = ({ status, body, headers }: FaultReply): Response => reply(status, body, headers)

/** Whether a path can be decoded; one that cannot arrives as it is, its percent signs still there (CA11). */
export const isDecodable = ({ path, raw }: Pick<RouteRequest, 'path' | 'raw'>): boolean => {
  if (!path.includes('%')) return true
  try {
    decodeURIComponent(splitTarget(raw.url)[0])
    return true
  } catch {
    return false
  }
}

/** So many a second for long, and twice that at once. */
const perSecond = (name: string, count: number): RateRule => ({
  name: `chatapp-${name}`,
  count: count * 2,
  perMs: 2000,
})

/** Beside sends, logins and registrations, which the core counts over all doors (CA80). */
export const rates = {
  /** Per session. */
  rest: perSecond('rest', 50),
  /** What a real client polls three times a second per tab, and breaks for good when it is refused. Per session. */
  polls: perSecond('polls', 200),
  /** Per session; what is too much is not shown (CA72). */
  typing: perSecond('typing', 10),
  /** Per person. */
  sockets: { name: 'chatapp-sockets', count: 30, perMs: 60_000 },
} as const satisfies Readonly<Record<string, RateRule>>

type Described = readonly [description: string, schema?: TSchema]

/** A route as this dialect writes it down. */
export interface Spec extends Pick<Route, 'method' | 'path' | 'name' | 'summary' | 'rules' | 'query' | 'body'> {
  readonly success: Described
  /** Statuses with which it refuses, beside those all share. */
  readonly refusals?: readonly number[]
  /** What is counted for it; none where the core counts, `rest` by default. */
  readonly rate?: RateRule | null
}

const describe = ({ success: [description, schema], refusals = [] }: Spec, auth: boolean): Route['responses'] => ({
  200: { description, ...(schema && { schema }) },
  ...Object.fromEntries(
    [...refusals, ...(auth ? [401] : []), 429].map(status => [
      status,
      { description: 'Refused.', schema: status === 422 ? ValidationRefusal : Refusal },
    ]),
  ),
})

/** The route under both spellings of its path (CA3). */
const both = (spec: Spec, auth: boolean, handle: (request: RouteRequest) => Promise<Response>): readonly Route[] => {
  const { success: _, refusals: __, rate: ___, ...rest } = spec
  const route: Route = {
    ...rest,
    auth,
    responses: describe(spec, auth),
    async handle(request) {
      if (!isDecodable(request)) return answer(replyOf('not_found'))
      return handle(request)
    },
  }
  return [route, { ...route, path: `${spec.path}/` }]
}

/** A route for everybody; or, with `auth`, one that finds out itself who asks. */
export const openRoute = (
  spec: Spec,
  handle: (request: RouteRequest) => Promise<Response>,
  auth = false,
): readonly Route[] => both(spec, auth, handle)

/** A route that needs a token: 401 comes before anything else is looked at (CA9). */
export const ownRoute = (
  scope: Scope,
  spec: Spec,
  handle: (actor: Actor, request: RouteRequest, identity: Identity) => Promise<Response>,
): readonly Route[] =>
  both(spec, true, async request => {
    const identity = await caller(scope, request)
    const { actor } = identity
    const rule = spec.rate === undefined ? rates.rest : spec.rate
    if (rule) await scope.core.spend(rule, actor.sessionId ?? actor.profile.id)
    return handle(actor, request, identity)
  })

/** A parameter that the path pattern guarantees. */
export const param = (request: RouteRequest, name: string): string => request.params[name] ?? ''
