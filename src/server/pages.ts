// What the origin shows beside the dialects: a front page, and files by signed link.
import pkg from '../../package.json' with { type: 'json' }
import type { Core } from '../core/index.ts'
import type { HostRoute } from '../host/own.ts'
import { serveFile } from '../host/serve-file.ts'

const front = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Parlance</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem; color: #1d2733; background: #fbfaf7 }
  h1 { font-weight: 600; letter-spacing: -.02em }
  a { color: #0b6b5d }
  li { margin: .3rem 0 }
  footer { color: #67717c; font-size: .85rem; margin-top: 3rem }
</style>
<h1>Parlance</h1>
<p>This is a chat server. It speaks several client contracts from one message core, so that a person on any of those
clients can talk to people on all the others.</p>
<ul>
  <li><a href="/docs">Contracts spoken here, and their documents</a></li>
  <li><a href="/healthz">Health</a> · <a href="/readyz">readiness</a> · <a href="/metrics">metrics</a></li>
</ul>
<footer>Parlance ${pkg.version}</footer>
</html>
`

export const pages = (core: Core): readonly HostRoute[] => [
  {
    method: 'GET',
    path: '/',
    name: 'front page',
    handle: () => new Response(front, { headers: { 'content-type': 'text/html; charset=utf-8' } }),
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
