// What the origin shows beside the dialects: a front page with its counters, and files by signed link.
import { systemClock } from '../base/clock.ts'
import type { Core } from '../core/index.ts'
import type { HostRoute } from '../host/own.ts'
import { json } from '../host/reply.ts'
import { serveFile } from '../host/serve-file.ts'
import { sparingly } from './pages/counters.ts'
import { frontPage } from './pages/front.ts'

export const pages = (core: Pick<Core, 'files' | 'counters'>, clock = systemClock): readonly HostRoute[] => {
  const counters = sparingly(() => core.counters(), clock)
  return [
    { method: 'GET', path: '/', name: 'front page', handle: (_request, host) => frontPage(host) },
    {
      method: 'GET',
      path: '/counters',
      name: 'counters',
      async handle() {
        const { online, messagesToday } = await counters()
        return json(200, { online, messagesToday }, { 'cache-control': 'no-store' })
      },
    },
    {
      method: 'GET',
      path: '/files/:fid',
      name: 'signed file',
      async handle(request) {
        const file = await core.files.openLink(request.params.fid ?? '', request.query.get('t') ?? '')
        return serveFile(request, file)
      },
    },
  ]
}
