// What all routes share: answers, who asks, and the order in which refusals speak (WT3, WT4).

import { NIL_ID } from '../../base/id.ts'
import type { TSchema } from '../../base/schema.ts'
import {
  type Actor,
  type Core,
  type Fault,
  type FaultKind,
  faultIn,
  type Num,
  type ProfileId,
} from '../../core/index.ts'
import type { DialectContext, FaultReply, Route, RouteRequest } from '../../host/dialect.ts'
import { splitTarget } from '../../host/path.ts'
import { Refused } from '../../host/refused.ts'
import { empty, json as reply } from '../../host/reply.ts'
import { identify } from './auth.ts'
import { Refusal } from './contract.ts'
import { refused } from './faults.ts'
import { type ChatIds, createChatIds, parseNum } from './ids.ts'

/** What every route is built from. */
export interface Scope extends DialectContext {
  readonly chats: ChatIds
}

export const createScope = (context: DialectContext): Scope => ({ ...context, chats: createChatIds(context.core) })

/** A bare object, no envelope (WT1). */
export const json = (value: unknown, status = 200, headers?: Readonly<Record<string, string>>): Response =>
  reply(status, value, headers)

const jsonHeaders = { 'content-type': 'application/json; charset=utf-8' }

/** JSON that is text already. */
export const jsonText = (text: string, status = 200): Response => new Response(text, { status, headers: jsonHeaders })

export const noContent = (): Response => empty()

export const answer = ({ status, body, headers }: FaultReply): Response => json(body, status, headers)

/** Runs a probe that is made so that it cannot change anything: these faults are its expected end. */
export const probe = async (expected: readonly FaultKind[], attempt: () => Promise<unknown>): Promise<void> => {
  try {
    await attempt()
  } catch (error) {
    const fault: Fault | null = faultIn(error)
    if (fault === null || !expected.includes(fault.kind)) throw error
  }
}

/**
 * Judges values. Where they are wrong, `gate` is asked before the 422 is said, so that who may not do it at all hears
 * that first (WT4). Costs nothing where the values are right.
 */
export const judged = async <T>(judge: () => T, gate: () => Promise<unknown>): Promise<T> => {
  try {
    return judge()
  } catch (error) {
    if (error instanceof Refused && error.reply.status === 422) await gate()
    throw error
  }
}

/** A path that cannot be decoded is 400; it arrives as it is, so its percent signs are still there. */
const judgePath = ({ path, raw }: RouteRequest): void => {
  if (!path.includes('%')) return
  try {
    decodeURIComponent(splitTarget(raw.url)[0])
  } catch {
    refused('bad_request')
  }
}

type Described = readonly [description: string, schema?: TSchema]

/** A route as this dialect writes it down. */
export interface Spec extends Omit<Route, 'auth' | 'responses' | 'handle'> {
  readonly responses: Readonly<Record<number, Described>>
  /** Statuses with which it refuses, beside those all share. */
  readonly refusals?: readonly number[]
}

const describeResponses = ({ responses, refusals = [] }: Spec, shared: readonly number[]): Route['responses'] => {
  const described: Record<number, { description: string; schema?: TSchema }> = {}
  for (const [status, [description, schema]] of Object.entries(responses)) {
    described[Number(status)] = { description, ...(schema && { schema }) }
  }
  for (const status of [...shared, ...refusals]) described[status] ??= { description: 'Refused.', schema: Refusal }
  return described
}

const described = (spec: Spec, auth: boolean, handle: Route['handle']): Route => {
  const { refusals: _, responses: __, ...rest } = spec
  return { ...rest, auth, responses: describeResponses(spec, auth ? [400, 401, 429] : [400, 429]), handle }
}

/** A route for everybody; or, with `auth`, one that finds out itself who asks. */
export const openRoute = (
  spec: Spec,
  handle: (request: RouteRequest) => Promise<Response> | Response,
  auth = false,
): Route => described(spec, auth, async request => handle(request))

/** A route that needs the token: 401 comes before anything else is looked at (WT4). */
export const ownRoute = (
  { core }: { readonly core: Core },
  spec: Spec,
  handle: (actor: Actor, request: RouteRequest, token: string) => Promise<Response>,
): Route =>
  described(spec, true, async request => {
    const { actor, token } = await identify(core, request)
    judgePath(request)
    return handle(actor, request, token)
  })

/** A parameter that the path pattern guarantees. */
export const param = (request: RouteRequest, name: string): string => request.params[name] ?? ''

/** A path's user id: not a number is 400, a number nobody has is unknown. */
export const uidParam = (request: RouteRequest, name: string): Num =>
  parseNum(param(request, name)) ?? refused('bad_request', { field: name })

/** The id behind a number; a number nobody has names nobody in the core either. */
export const profileIdOf = async ({ core }: Pick<Scope, 'core'>, num: Num): Promise<ProfileId> =>
  (await core.people.byNum(num))?.id ?? NIL_ID
