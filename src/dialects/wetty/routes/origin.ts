// What is no module of its own: health, and the socket's path asked for without an upgrade (WT2, WT74).
import type { Route } from '../../../host/dialect.ts'
import { SocketQuery } from '../contract.requests.ts'
import { refused } from '../faults.ts'
import { openRoute, ownRoute, type Scope } from '../http.ts'

export const originRoutes = (scope: Scope): readonly Route[] => [
  openRoute(
    {
      method: 'GET',
      path: '/health',
      name: 'health',
      summary: 'Whether the server answers; no token needed.',
      rules: ['WT2'],
      responses: { 200: ['The text `ok`.'] },
    },
    () => new Response('ok', { headers: { 'content-type': 'text/plain; charset=utf-8' } }),
  ),
  ...['/ws/chats', '/ws'].map(path =>
    ownRoute(
      scope,
      {
        method: 'GET',
        path,
        name: path === '/ws' ? 'socketUpgrade' : 'chatSocketUpgrade',
        summary: 'Upgrades to the push socket.',
        rules: ['WT74'],
        query: SocketQuery,
        responses: { 101: ['The socket is open; events follow as JSON text frames.'] },
        refusals: [403],
      },
      async () => refused('bad_request', { upgrade: 'websocket' }),
    ),
  ),
]
