// What the server can do (OC13 to OC20).
import type { Route } from '../../../host/dialect.ts'
import { describe } from '../capabilities.ts'
import { Capabilities } from '../contract.capabilities.ts'
import { answer, route } from '../http.ts'
import type { Scope } from '../scope.ts'

/** `all`: the whole route table, once it is put together. */
export const discoveryRoutes = (scope: Scope, all: () => readonly Route[]): readonly Route[] => {
  const handle = async () => {
    const { space } = await scope.core.spaces.get(null, scope.homeId)
    return answer(200, describe(scope, space.title || scope.openchat.serverName, all()))
  }
  const spec = {
    method: 'GET',
    summary: 'What this server can do, how one proves who one is, and every operation.',
    rules: ['OC13', 'OC14', 'OC15', 'OC16', 'OC17', 'OC18', 'OC19', 'OC20'],
    auth: false,
    responses: { 200: ['The capabilities.', Capabilities] },
  } as const
  return [
    route({ ...spec, path: '/client/capabilities', name: 'capabilities.get' }, handle),
    route({ ...spec, path: '/v1/client/capabilities', name: 'capabilities.get_v1' }, handle),
  ]
}
