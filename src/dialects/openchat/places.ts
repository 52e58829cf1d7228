// Servers and channels that a request is about: who asks, what he sent and where it leads, judged in this order (OC5).
import type { JsonObject } from '../../base/json.ts'
import { type Actor, type ConversationView, type FaultKind, faultIn, type SpaceId } from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import { type Identity, identify, refuseOtherServer } from './auth.ts'
import { type ErrorCode, refused } from './faults.ts'
import { param } from './http.ts'
import { parseId } from './ids.ts'
import type { Scope } from './scope.ts'

type BodyReader = (request: RouteRequest) => Promise<JsonObject>

/** Of requests that send nothing. */
export const noBody: BodyReader = () => Promise.resolve({})

export interface Call {
  readonly identity: Identity
  readonly actor: Actor
  readonly body: JsonObject
}

export interface ServerCall extends Call {
  readonly id: SpaceId
}

export interface ChannelCall extends Call {
  readonly view: ConversationView
}

/** Who asks, and what he sent. */
export const askAnywhere = async (scope: Scope, request: RouteRequest, read: BodyReader): Promise<Call> => {
  const identity = await identify(scope, request)
  return { identity, actor: identity.actor, body: await read(request) }
}

/** The same on the server of the path, which the session is of; he need not be a member of it (OC30). */
export const askAtServer = async (scope: Scope, request: RouteRequest, read: BodyReader): Promise<ServerCall> => {
  const call = await askAnywhere(scope, request, read)
  const id = parseId(param(request, 'sid')) ?? refused('server_not_found')
  if (call.identity.space !== id) await refuseOtherServer(scope.core, call.actor, id)
  return { ...call, id }
}

/** The same of a member of it. */
export const askInServer = async (scope: Scope, request: RouteRequest, read: BodyReader): Promise<ServerCall> => {
  const call = await askAtServer(scope, request, read)
  await scope.core.spaces.judgeMember(call.actor, call.id)
  return call
}

/** Who asks, what he sent, and the channel of the path, which he sees (OC30, OC59). */
export const askInChannel = async (scope: Scope, request: RouteRequest, read: BodyReader): Promise<ChannelCall> => {
  const { core, homeId } = scope
  const call = await askAnywhere(scope, request, read)
  const { actor, identity } = call
  await core.spaces.judgeMember(actor, identity.space)
  const view = await core.conversations.visit(actor, parseId(param(request, 'cid')) ?? refused('channel_not_found'))
  if ((view.conversation.spaceId ?? homeId) !== identity.space) refused('server_mismatch')
  return { ...call, view }
}

/** Whether a call to the core is refused with this fault; other ends are its own. */
export const isRefused = async (kind: FaultKind, attempt: () => Promise<unknown>): Promise<boolean> => {
  try {
    await attempt()
    return false
  } catch (error) {
    if (faultIn(error)?.kind === kind) return true
    throw error
  }
}

/** What keeps somebody from changing a place: his role, or the kind of place it is. */
const denials: ReadonlySet<FaultKind> = new Set([
  'role.required',
  'member.required',
  'conversation.fixed',
  'self.refused',
])

/**
 * Runs a change of a place that the caller sees, of this server (null: of home). Where he may not, the refusal is `code`; on a server that nobody owns yet,
 * that it has to be claimed first (OC49).
 */
export const changing = async <T>(
  { core }: Pick<Scope, 'core'>,
  actor: Actor,
  spaceId: SpaceId | null,
  code: ErrorCode,
  work: () => Promise<T>,
): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const fault = faultIn(error)
    if (fault === null || !denials.has(fault.kind)) throw error
    const unclaimed = spaceId !== null && (await core.spaces.get(actor, spaceId)).space.claimUntil !== null
    return refused(unclaimed ? 'ownership_claim_required' : code)
  }
}

/** The place at which a page of a list begins; undefined for the first. Refuses a cursor of another list, or a damaged one (OC10). */
export const pageOf = (
  { cursors }: Pick<Scope, 'cursors'>,
  { query }: RouteRequest,
  list: string,
): string | undefined => {
  const cursor = query.get('cursor')
  return cursor === null ? undefined : (cursors.parse(list, cursor) ?? refused('invalid_cursor'))
}
