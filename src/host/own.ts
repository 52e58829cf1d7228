// The host's own part of the address space: health, metrics, documents, and what nobody else claims.
import type { Meter } from '../base/meter.ts'
import type { Fault } from '../core/index.ts'
import { asyncApi } from './asyncapi.ts'
import type { Dialect, FaultReply, Method, RouteRequest } from './dialect.ts'
import type { MountedRoute, Tenant } from './mount.ts'
import { openApi } from './openapi.ts'
import { json, retryAfter } from './reply.ts'

/** What a route of the server may tell of the host it stands on. */
export interface HostInfo {
  readonly dialects: readonly Dialect[]
  readonly version: string
}

/** A route of the server beside all dialects (front page, signed files). May end in `/*`. */
export interface HostRoute extends Omit<MountedRoute, 'handle'> {
  readonly handle: (request: RouteRequest, host: HostInfo) => Promise<Response> | Response
}

export interface OwnOptions extends HostInfo {
  readonly meter: Meter
  /** Called before the meter is read. */
  readonly report: () => void
  /** Whether the server can do its work (the store answers). */
  readonly ready: () => Promise<boolean>
  readonly draining: () => boolean
  readonly routes: readonly HostRoute[]
}

const error = (code: string, message: string) => ({ error: { code, message } })
const plain = (status: number, text: string) =>
  new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' } })

const READY_WITHIN_MS = 2000

const readiness = async (options: OwnOptions): Promise<Response> => {
  if (options.draining()) return plain(503, 'draining')
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(false), READY_WITHIN_MS)
  try {
    return (await Promise.race([options.ready(), late.promise])) ? plain(200, 'ready') : plain(503, 'not ready')
  } catch {
    return plain(503, 'not ready')
  } finally {
    clearTimeout(timer)
  }
}

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, c => `&#${c.charCodeAt(0)};`)

/** The documents of a dialect, by the file that holds one. */
const kinds = {
  'openapi.json': { title: 'OpenAPI (requests)', describe: openApi },
  'asyncapi.json': { title: 'AsyncAPI (live)', describe: asyncApi },
} as const
type Kind = keyof typeof kinds

const docsIndex = (dialects: readonly Dialect[]): Response => {
  const rows = dialects.map(({ name, title }) => {
    const links = Object.entries(kinds).map(([file, { title }]) => `<a href="/docs/${name}/${file}">${title}</a>`)
    return `<li><b>${escapeHtml(name)}</b>: ${escapeHtml(title)}<br>${links.join(' · ')}</li>`
  })
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Contracts</title>
<h1>Contracts spoken here</h1><ul>${rows.join('')}</ul></html>\n`
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

/** The status of a fault that surfaces on a route of the host itself (signed files). */
const faultReply = (fault: Fault): FaultReply => {
  switch (fault.kind) {
    case 'file.unknown':
    case 'link.invalid':
      return { status: 404, body: error('not_found', 'No such file.') }
    case 'rate.limited':
    case 'unavailable':
      return {
        status: fault.kind === 'unavailable' ? 503 : 429,
        body: error(fault.kind === 'unavailable' ? 'unavailable' : 'rate_limited', 'Try again later.'),
        headers: { 'retry-after': retryAfter(fault.retryAfterMs) },
      }
    default:
      return { status: 400, body: error('bad_request', `Refused: ${fault.kind}.`) }
  }
}

/** The host as a tenant: the one that answers where nobody else does. */
export const ownTenant = (options: OwnOptions): Tenant => {
  const documents = new Map<string, string>()
  const document = (request: RouteRequest, kind: Kind): Response => {
    const dialect = options.dialects.find(candidate => candidate.name === request.params.dialect)
    if (!dialect) return json(404, error('not_found', 'No such contract.'))
    const key = `${dialect.name}/${kind}`
    let text = documents.get(key)
    if (text === undefined) {
      text = JSON.stringify(kinds[kind].describe(dialect, options.version), null, 2)
      documents.set(key, text)
    }
    return new Response(text, { headers: { 'content-type': 'application/json; charset=utf-8' } })
  }
  const get = (path: string, name: string, handle: MountedRoute['handle']): MountedRoute => ({
    method: 'GET',
    path,
    name,
    handle,
  })
  return {
    name: 'host',
    // Kept from dialects even where no route of the host stands yet.
    claims: ['/healthz', '/readyz', '/metrics', '/docs', '/counters', '/files', '/assets', '/channels'].map(path => ({
      path,
    })),
    alias: null,
    endpoints: [],
    routes: [
      get('/healthz', 'health', () => plain(200, 'ok')),
      get('/readyz', 'readiness', () => readiness(options)),
      get('/metrics', 'metrics', async () => {
        options.report()
        return new Response(await options.meter.render(), { headers: { 'content-type': options.meter.contentType } })
      }),
      get('/docs', 'documents', () => docsIndex(options.dialects)),
      ...(Object.keys(kinds) as Kind[]).map(kind =>
        get(`/docs/:dialect/${kind}`, 'document', request => document(request, kind)),
      ),
      ...options.routes.map(route => ({ ...route, handle: (request: RouteRequest) => route.handle(request, options) })),
    ],
    fault: faultReply,
    unmatched(_request: RouteRequest, allow: readonly Method[]) {
      if (!allow.length) return json(404, error('not_found', 'Nothing here.'))
      return json(405, error('method_not_allowed', 'Not with this method.'), { allow: allow.join(', ') })
    },
    internalError: request => json(500, error('internal_error', `Something broke (request ${request.requestId}).`)),
    finish: response => response,
  }
}
