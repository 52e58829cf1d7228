// Who answers what: claims lead to a tenant (a dialect, or the host itself), its router to one of its routes.
import type { Result } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import type { Fault } from '../core/index.ts'
import type { Claim, Dialect, Endpoint, FaultReply, Method, Route, RouteRequest } from './dialect.ts'
import { replyTo } from './dialect.ts'
import { decodePath } from './path.ts'

/** What mounting needs to know of a route. */
export type MountedRoute = Pick<Route, 'method' | 'path' | 'name' | 'handle'>

/** Whoever answers under some claims, errors included. */
export interface Tenant {
  readonly name: string
  readonly claims: readonly Claim[]
  readonly alias: string | null
  readonly routes: readonly MountedRoute[]
  readonly endpoints: readonly Endpoint[]
  fault(fault: Fault): FaultReply
  unmatched(request: RouteRequest, allow: readonly Method[]): Response
  internalError(request: RouteRequest): Response
  finish(response: Response, request: RouteRequest): Response
}

export const tenantOf = (dialect: Dialect): Tenant => ({
  name: dialect.name,
  claims: dialect.claims,
  alias: dialect.alias ?? null,
  routes: dialect.routes,
  endpoints: dialect.endpoints,
  fault: fault => replyTo(dialect.faults, fault),
  unmatched: (request, allow) => dialect.unmatched(request, allow),
  internalError: request => dialect.internalError(request),
  finish: (response, request) => dialect.finish?.(response, request) ?? response,
})

type Params = Readonly<Record<string, string>>
interface Place {
  readonly tenant: Tenant
  /** Decoded path, alias stripped. */
  readonly path: string
}
export type Found =
  | (Place & { readonly type: 'route'; readonly route: MountedRoute; readonly params: Params })
  | (Place & { readonly type: 'endpoint'; readonly endpoint: Endpoint; readonly params: Params })
  | (Place & { readonly type: 'unmatched'; readonly allow: readonly Method[] })

export interface Mount {
  /** Who serves a request. `upgrade`: whether it asks for a WebSocket, which an endpoint serves before any route. */
  find(method: string, path: string, upgrade: boolean): Found
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies readonly Method[]
const CLAIM = /^(\/[A-Za-z0-9._~-]+)+$/
/** A segment is a parameter, or literal; a colon within it is one like any other (`ownership:claim`). */
const TEMPLATE = /^(\/|(\/:?[A-Za-z0-9._~-]+(:[A-Za-z0-9._~-]+)?)*(\/|\/\*)?)$/

const isMethod = (method: string): method is Method => (METHODS as readonly string[]).includes(method)
/** What serves a method: itself, and GET also HEAD. */
const serves = (own: Method, asked: string): boolean => own === asked || (own === 'GET' && asked === 'HEAD')
const shapeOf = (template: string): string => template.replaceAll(/:[^/]+/g, ':')

/** Literal segments before parameters before wildcards, at the first place where two templates differ. */
const bySpecificity = (a: { readonly path: string }, b: { readonly path: string }): number => {
  const rank = (segment: string | undefined) =>
    segment === undefined ? 3 : segment === '*' ? 2 : segment.startsWith(':') ? 1 : 0
  const left = a.path.split('/')
  const right = b.path.split('/')
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = rank(left[i]) - rank(right[i])
    if (difference !== 0) return difference
  }
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0
}

const bareAll = (params: Params): Params =>
  Object.values(params).some(value => value.includes(COLON))
    ? Object.fromEntries(Object.entries(params).map(([name, value]) => [name, bared(value)]))
    : params

interface Lookup<T> {
  match(method: Method, path: string): { readonly target: T; readonly params: Params } | null
}

const NO_PARAMS: Params = Object.freeze({})

/** In place of a colon within a segment, which the routers would take for the beginning of a parameter. */
const COLON = '\u0001'
const shielded = (path: string): string => (path.includes(':') ? path.replaceAll(/(?<=[^/]):/g, COLON) : path)
const bared = (value: string): string => (value.includes(COLON) ? value.replaceAll(COLON, ':') : value)

/** Hono's routers without its Context (docs/adr/0002). The regular-expression one cannot hold every table; the trie can. */
const lookup = <T extends { readonly path: string }>(entries: readonly (readonly [Method, T])[]): Lookup<T> => {
  const router = new SmartRouter<T>({ routers: [new RegExpRouter(), new TrieRouter()] })
  for (const [method, target] of entries.toSorted((a, b) => bySpecificity(a[1], b[1]))) {
    router.add(method, shielded(target.path), target)
  }
  return {
    match(method, path) {
      const [matches, stash] = router.match(method, shielded(path)) as Result<T>
      const first = matches[0]
      if (!first) return null
      const [target, map] = first
      if (!stash) return { target, params: bareAll(map as Params) }
      let params: Record<string, string> | null = null
      for (const name in map) {
        params ??= {}
        params[name] = bared(stash[map[name] as number] ?? '')
      }
      return { target, params: params ?? NO_PARAMS }
    },
  }
}

interface OwnedClaim {
  readonly tenant: Tenant
  readonly methods: readonly Method[] | null
  readonly exact: boolean
  readonly alias: boolean
}

const describeClaim = (path: string, claim: OwnedClaim): string =>
  `${claim.tenant.name} claims ${claim.methods ? `${claim.methods.join(', ')} ` : ''}${path}`

const overlap = (a: OwnedClaim, b: OwnedClaim): boolean =>
  !a.methods || !b.methods || a.methods.some(m => b.methods?.includes(m))

class Claims {
  readonly #byPath = new Map<string, OwnedClaim[]>()
  #deepest = 0

  add(path: string, claim: OwnedClaim): void {
    if (!CLAIM.test(path))
      throw new Error(`${claim.tenant.name} claims "${path}", which is not a path of literal segments`)
    const others = this.#byPath.get(path) ?? []
    const rival = others.find(other => overlap(other, claim))
    if (rival) throw new Error(`overlapping claims: ${describeClaim(path, rival)} and ${describeClaim(path, claim)}`)
    this.#byPath.set(path, [...others, claim])
    this.#deepest = Math.max(this.#deepest, path.split('/').length - 1)
  }

  /** The longest claim, by whole segments, that covers a path; and its length. */
  owner(method: string, path: string): { readonly claim: OwnedClaim; readonly length: number } | null {
    const ends: number[] = []
    for (let depth = 0, at = 0; depth < this.#deepest && at >= 0 && at < path.length; depth++) {
      const slash = path.indexOf('/', at + 1)
      ends.push(slash < 0 ? path.length : slash)
      at = slash
    }
    for (let i = ends.length - 1; i >= 0; i--) {
      const end = ends[i] ?? 0
      for (const claim of this.#byPath.get(path.slice(0, end)) ?? []) {
        if (claim.methods && !claim.methods.some(own => serves(own, method))) continue
        const below = end < path.length && path.slice(end) !== '/'
        if (!(claim.exact && below)) return { claim, length: end }
      }
    }
    return null
  }
}

interface Table {
  readonly routes: Lookup<MountedRoute>
  readonly endpoints: Lookup<Endpoint>
}

const tableOf = (tenant: Tenant): Table => {
  const seen = new Map<string, string>()
  const once = (key: string, what: string): void => {
    const other = seen.get(key)
    if (other) throw new Error(`colliding paths: ${other} and ${what}`)
    seen.set(key, what)
  }
  for (const route of tenant.routes) {
    once(`${route.method} ${shapeOf(route.path)}`, describeRoute(tenant, route))
  }
  for (const endpoint of tenant.endpoints) {
    once(`endpoint ${shapeOf(endpoint.path)}`, describeEndpoint(tenant, endpoint))
  }
  return {
    routes: lookup(tenant.routes.map(route => [route.method, route] as const)),
    endpoints: lookup(tenant.endpoints.map(endpoint => ['GET', endpoint] as const)),
  }
}

const describeRoute = (tenant: Tenant, route: MountedRoute): string =>
  `${tenant.name} ${route.name} (${route.method} ${route.path})`
const describeEndpoint = (tenant: Tenant, endpoint: Endpoint): string =>
  `${tenant.name} ${endpoint.name} (endpoint ${endpoint.path})`

/**
 * Mounts tenants beside each other. `fallback` (the host) answers what nobody claims. Refuses, with an Error that names
 * both sides: claims that overlap, routes or endpoints of one shape, and any of them outside its own tenant's claims.
 * An endpoint may share its path with a GET route, which then answers requests that do not upgrade.
 */
export const mount = (tenants: readonly Tenant[], fallback: Tenant): Mount => {
  const claims = new Claims()
  const everyone = [fallback, ...tenants]
  const names = new Set<string>()
  for (const tenant of everyone) {
    if (names.has(tenant.name)) throw new Error(`two tenants are named ${tenant.name}`)
    names.add(tenant.name)
    for (const claim of tenant.claims) {
      claims.add(claim.path, { tenant, methods: claim.methods ?? null, exact: claim.exact ?? false, alias: false })
    }
    if (tenant.alias !== null) claims.add(tenant.alias, { tenant, methods: null, exact: false, alias: true })
  }

  const inside = (tenant: Tenant, method: Method, path: string, what: string): void => {
    if (!TEMPLATE.test(path)) throw new Error(`${what}: not a path of literal segments and :parameters`)
    const owner = claims.owner(method, path)?.claim ?? null
    const mine = owner ? owner.tenant === tenant && !owner.alias : tenant === fallback
    if (!mine) throw new Error(`${what} lies outside its claims: it belongs to ${owner?.tenant.name ?? fallback.name}`)
  }
  const tables = new Map<Tenant, Table>()
  for (const tenant of everyone) {
    for (const route of tenant.routes) inside(tenant, route.method, route.path, describeRoute(tenant, route))
    for (const endpoint of tenant.endpoints) inside(tenant, 'GET', endpoint.path, describeEndpoint(tenant, endpoint))
    tables.set(tenant, tableOf(tenant))
  }

  return {
    find(method, rawPath, upgrade) {
      const path = decodePath(rawPath)
      const owner = claims.owner(method, path.matchable)
      const tenant = owner?.claim.tenant ?? fallback
      const table = tables.get(tenant)
      if (!table) throw new Error(`no table for ${tenant.name}`)
      const stripped = owner?.claim.alias ? owner.length : 0
      const matchable = stripped ? path.matchable.slice(stripped) || '/' : path.matchable
      const place: Place = { tenant, path: stripped ? path.decoded.slice(stripped) || '/' : path.decoded }
      const read = (params: Params): Params =>
        path.matchable === path.decoded && path.matchable === rawPath
          ? params
          : Object.fromEntries(Object.entries(params).map(([name, value]) => [name, path.value(value)]))

      if (upgrade) {
        const hit = table.endpoints.match('GET', matchable)
        if (hit) return { type: 'endpoint', ...place, endpoint: hit.target, params: read(hit.params) }
      }
      if (isMethod(method)) {
        const hit =
          table.routes.match(method, matchable) ?? (method === 'HEAD' ? table.routes.match('GET', matchable) : null)
        if (hit) return { type: 'route', ...place, route: hit.target, params: read(hit.params) }
      }
      const own: Method[] = METHODS.filter(candidate => table.routes.match(candidate, matchable))
      // A plain GET where only an endpoint is has no better method to be told of; any other method has: that GET.
      if (!serves('GET', method) && table.endpoints.match('GET', matchable)) own.push('GET')
      const allow = METHODS.filter(candidate => own.some(has => serves(has, candidate)))
      return { type: 'unmatched', ...place, allow }
    },
  }
}
