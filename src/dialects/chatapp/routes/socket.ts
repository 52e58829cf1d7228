// The socket's path asked for without an upgrade (CA61).
import type { Route } from '../../../host/dialect.ts'
import { Refusal } from '../contract.ts'
import { replyOf } from '../faults.ts'
import { answer, isDecodable } from '../http.ts'

const upgrade = { upgrade: 'websocket', connection: 'Upgrade' } as const

export const socketRoutes: readonly Route[] = ['/api/ws/:username', '/api/ws/:username/'].map(path => ({
  method: 'GET',
  path,
  name: 'socketUpgrade',
  summary: 'Upgrades to the socket; the token stands in the query.',
  rules: ['CA59', 'CA61'],
  auth: false,
  responses: {
    101: { description: 'The socket is open.' },
    426: { description: 'No upgrade was asked for.', schema: Refusal },
  },
  handle: request => answer(isDecodable(request) ? replyOf('upgrade_required', upgrade) : replyOf('not_found')),
}))
