import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { fakeDialect, fakeEndpoint, fakeRoute } from '../../test/kit/host/fake-dialect.ts'
import type { Dialect, Method } from './dialect.ts'
import { type Found, mount, type Tenant, tenantOf } from './mount.ts'

const host: Tenant = { ...tenantOf(fakeDialect({ name: 'host', claims: [{ path: '/docs' }] })) }
const mounted = (...dialects: readonly Dialect[]) => mount(dialects.map(tenantOf), host)
const endpoint = (path: string) =>
  fakeEndpoint(path, { authenticate: () => null, open: () => ({ receive() {}, closed() {} }) })

/** `tenant template` of a route, `tenant !` of an endpoint, `tenant -` (and the allowed methods) of neither. */
const told = (found: Found): string => {
  if (found.type === 'route') return `${found.tenant.name} ${found.route.path}`
  if (found.type === 'endpoint') return `${found.tenant.name} !${found.endpoint.path}`
  return `${found.tenant.name} -${found.allow.join()}`
}

describe('claims', () => {
  const msgr = fakeDialect({
    name: 'msgr',
    claims: [
      { path: '/api/conversations' },
      { path: '/api/users', methods: ['POST'], exact: true },
      { path: '/socket' },
    ],
    routes: [
      fakeRoute('POST', '/api/users'),
      fakeRoute('POST', '/api/users/'),
      fakeRoute('GET', '/api/conversations/:id'),
      fakeRoute('GET', '/socket/longpoll'),
    ],
  })
  const chatapp = fakeDialect({
    name: 'chatapp',
    claims: [{ path: '/api' }],
    routes: [
      fakeRoute('GET', '/api/users'),
      fakeRoute('GET', '/api/:thing/:id'),
      fakeRoute('POST', '/api/users/:name'),
    ],
  })
  const both = mounted(msgr, chatapp)
  const cases: readonly (readonly [method: string, path: string, told: string])[] = [
    ['POST', '/api/users', 'msgr /api/users'],
    ['POST', '/api/users/', 'msgr /api/users/'],
    ['GET', '/api/users', 'chatapp /api/users'],
    ['GET', '/api/users/', 'chatapp -'],
    ['POST', '/api/users/ada', 'chatapp /api/users/:name'],
    ['PUT', '/api/users', 'chatapp -GET,HEAD'],
    ['GET', '/api/conversations/1', 'msgr /api/conversations/:id'],
    ['GET', '/api/conversations', 'msgr -'],
    ['GET', '/api/conversation/1', 'chatapp /api/:thing/:id'],
    ['GET', '/api/conversationsX/1', 'chatapp /api/:thing/:id'],
    ['GET', '/api', 'chatapp -'],
    ['GET', '/apis', 'host -'],
    ['GET', '/', 'host -'],
    ['GET', '//api/users', 'host -'],
    ['GET', '/socket/longpoll', 'msgr /socket/longpoll'],
    ['GET', '/socket', 'msgr -'],
    ['GET', '/docs/x', 'host -'],
    ['BREW', '/api/users', 'chatapp -GET,HEAD'],
    ['GET', '/__proto__', 'host -'],
    ['constructor', '/api/users', 'chatapp -GET,HEAD'],
  ]
  test.each(cases)('%s %s goes to %s', (method, path, expected) => {
    expect(told(both.find(method, path, false))).toBe(expected)
  })

  test('what another dialect would claim is the host’s while that dialect does not exist', () => {
    expect(told(mounted(msgr).find('GET', '/api/users', false))).toBe('host -')
  })
})

describe('routes', () => {
  test('literal segments win over parameters in whatever order they are registered', () => {
    const paths = ['/x/:id', '/x/search', '/x/:id/items', '/x/mine/:what', '/x/:id/:what', '/x/mine/items', '/x']
    const asked: Record<string, string> = {
      '/x': '/x',
      '/x/7': '/x/:id',
      '/x/search': '/x/search',
      '/x/7/items': '/x/:id/items',
      '/x/mine/items': '/x/mine/items',
      '/x/mine/others': '/x/mine/:what',
      '/x/7/others': '/x/:id/:what',
    }
    fc.assert(
      fc.property(fc.shuffledSubarray(paths, { minLength: paths.length }), shuffled => {
        const { find } = mounted(fakeDialect({ name: 'x', routes: shuffled.map(path => fakeRoute('GET', path)) }))
        for (const [path, template] of Object.entries(asked)) {
          expect(told(find('GET', path, false))).toBe(`x ${template}`)
        }
      }),
      { numRuns: 50 },
    )
  })

  const { find } = mounted(
    fakeDialect({
      name: 'x',
      routes: [
        fakeRoute('GET', '/x/:a/y/:b'),
        fakeRoute('GET', '/x/:a'),
        fakeRoute('PUT', '/x/:a'),
        fakeRoute('HEAD', '/x/head'),
        fakeRoute('GET', '/x/head'),
        fakeRoute('DELETE', '/x/me'),
      ],
    }),
  )
  const paramsOf = (path: string) => {
    const found = find('GET', path, false)
    return found.type === 'route' ? { ...found.params } : null
  }
  test('parameters are decoded, one segment each', () => {
    expect(paramsOf('/x/caf%C3%A9/y/a%2Fb%25')).toEqual({ a: 'café', b: 'a/b%' })
    expect(paramsOf('/x/%E0%A4%A')).toEqual({ a: '%E0%A4%A' })
    expect(paramsOf('/x/__proto__')).toEqual({ a: '__proto__' })
    expect(paramsOf('/x/%00')).toEqual({ a: '\0' })
  })
  test('a parameter is never empty, and a trailing slash is another path', () => {
    expect(paramsOf('/x/')).toBeNull()
    expect(paramsOf('/x//y/b')).toBeNull()
    expect(paramsOf('/x/a/')).toBeNull()
    expect(paramsOf('/x/a/y/')).toBeNull()
  })
  test('OC2: a colon within a segment is a letter like any other, in templates and in values', () => {
    const verbs = mounted(
      fakeDialect({
        name: 'v',
        claims: [{ path: '/v' }],
        routes: [
          fakeRoute('GET', '/v/:id/own:claim'),
          fakeRoute('GET', '/v/:id/own'),
          fakeRoute('GET', '/v/all:batch'),
          fakeRoute('GET', '/v/:id'),
        ],
      }),
    )
    const found = (path: string) => verbs.find('GET', path, false)
    expect(told(found('/v/1/own:claim'))).toBe('v /v/:id/own:claim')
    expect(told(found('/v/1/own'))).toBe('v /v/:id/own')
    expect(told(found('/v/1/own:other'))).toBe('v -')
    expect(told(found('/v/all:batch'))).toBe('v /v/all:batch')
    const other = found('/v/a:b')
    expect(other.type === 'route' && other.params).toEqual({ id: 'a:b' })
  })

  test('HEAD is served by its own route, else by GET', () => {
    const own = find('HEAD', '/x/head', false)
    const borrowed = find('HEAD', '/x/a', false)
    expect(own.type === 'route' && own.route.method).toBe('HEAD')
    expect(borrowed.type === 'route' && borrowed.route.method).toBe('GET')
  })
  test('a method that is not there tells those that are', () => {
    expect(told(find('POST', '/x/7', false))).toBe('x -GET,HEAD,PUT')
    expect(told(find('POST', '/x/me', false))).toBe('x -GET,HEAD,PUT,DELETE')
  })
  test('a dialect without routes answers for its claim', () => {
    expect(told(mounted(fakeDialect({ name: 'bare' })).find('GET', '/bare/x', false))).toBe('bare -')
  })
})

describe('alias', () => {
  const wetty = fakeDialect({
    name: 'wetty',
    claims: [{ path: '/users' }, { path: '/ws' }],
    alias: '/_api',
    routes: [fakeRoute('GET', '/users/:id')],
    endpoints: [endpoint('/ws/chats')],
  })
  const other = fakeDialect({ name: 'other', routes: [fakeRoute('GET', '/other')] })
  const { find } = mounted(wetty, other)
  test('WT2: routes and endpoints answer under it too, with the stripped path', () => {
    const found = find('GET', '/_api/users/7%2F8', false)
    expect(told(found)).toBe('wetty /users/:id')
    expect(found.path).toBe('/users/7/8')
    expect(told(find('GET', '/_api/ws/chats', true))).toBe('wetty !/ws/chats')
  })
  test('nobody else is reached through it, and it is stripped once', () => {
    expect(told(find('GET', '/_api/other', false))).toBe('wetty -')
    expect(told(find('GET', '/_api/_api/users/7', false))).toBe('wetty -')
    expect(told(find('GET', '/_api', false))).toBe('wetty -')
    expect(told(find('GET', '/_apis/users/7', false))).toBe('host -')
  })
})

describe('endpoints', () => {
  const routes = [fakeRoute('GET', '/x/both'), fakeRoute('POST', '/x/post')]
  const { find } = mounted(
    fakeDialect({ name: 'x', routes, endpoints: ['/x/ws/:user', '/x/both', '/x/post'].map(endpoint) }),
  )
  test('an upgrade goes to the endpoint, with its parameters', () => {
    const found = find('GET', '/x/ws/ada', true)
    expect(told(found)).toBe('x !/x/ws/:user')
    expect(found.type === 'endpoint' && { ...found.params }).toEqual({ user: 'ada' })
  })
  test('a plain GET falls to the route of that path, else to nobody', () => {
    expect(told(find('GET', '/x/both', true))).toBe('x !/x/both')
    expect(told(find('GET', '/x/both', false))).toBe('x /x/both')
    expect(told(find('GET', '/x/ws/ada', false))).toBe('x -')
    expect(told(find('GET', '/x/post', false))).toBe('x -POST')
  })
  test('another method learns of GET', () => expect(told(find('PUT', '/x/ws/ada', false))).toBe('x -GET,HEAD'))
  test('an upgrade where no endpoint is falls to the routes', () => {
    expect(told(find('GET', '/x/none', true))).toBe('x -')
  })
})

describe('refused at boot, naming both', () => {
  const a = (own: Partial<Dialect>) => fakeDialect({ name: 'a', ...own })
  const b = (own: Partial<Dialect>) => fakeDialect({ name: 'b', ...own })
  const methods: readonly Method[] = ['POST', 'PUT']
  const cases: readonly (readonly [what: string, dialects: readonly Dialect[], message: string | RegExp])[] = [
    [
      'equal claims',
      [a({ claims: [{ path: '/x' }] }), b({ claims: [{ path: '/x' }] })],
      /a claims \/x and b claims \/x/,
    ],
    [
      'claims that share a method',
      [a({ claims: [{ path: '/x', methods }] }), b({ claims: [{ path: '/x', methods: ['PUT'] }] })],
      'a claims POST, PUT /x and b claims PUT /x',
    ],
    ['a claim of the host', [a({ claims: [{ path: '/docs' }] })], 'host claims /docs and a claims /docs'],
    ['an alias that is claimed', [a({ alias: '/b' }), b({})], 'a claims /b and b claims /b'],
    ['the root as a claim', [a({ claims: [{ path: '/' }] })], 'a claims "/"'],
    ['a claim with a parameter', [a({ claims: [{ path: '/x/:id' }] })], 'a claims "/x/:id"'],
    ['two of one name', [a({}), fakeDialect({ name: 'a', claims: [] })], 'two tenants are named a'],
    [
      'a route under another’s claim',
      [a({ routes: [fakeRoute('GET', '/b/x')] }), b({})],
      'a GET /b/x (GET /b/x) lies outside its claims: it belongs to b',
    ],
    ['a route that nobody claims', [a({ routes: [fakeRoute('GET', '/x')] })], 'it belongs to host'],
    [
      'a route of a method not claimed',
      [a({ claims: [{ path: '/x', methods }], routes: [fakeRoute('GET', '/x')] })],
      'it belongs to host',
    ],
    [
      'a route below an exact claim',
      [a({ claims: [{ path: '/x', exact: true }], routes: [fakeRoute('GET', '/x/y')] })],
      'it belongs to host',
    ],
    [
      'a route with the alias in it',
      [a({ alias: '/z', routes: [fakeRoute('GET', '/z/a')] })],
      'lies outside its claims',
    ],
    ['a route that is no template', [a({ routes: [fakeRoute('GET', '/a/{id}')] })], 'not a path of literal segments'],
    ['an optional parameter', [a({ routes: [fakeRoute('GET', '/a/:id?')] })], 'not a path of literal segments'],
    [
      'routes of one shape',
      [a({ routes: [fakeRoute('GET', '/a/:x'), fakeRoute('GET', '/a/:y')] })],
      'a GET /a/:x (GET /a/:x) and a GET /a/:y (GET /a/:y)',
    ],
    [
      'endpoints of one shape',
      [a({ endpoints: [endpoint('/a/:x'), endpoint('/a/:y')] })],
      'a socket /a/:x (endpoint /a/:x) and a socket /a/:y',
    ],
    ['an endpoint under another’s claim', [a({ endpoints: [endpoint('/b/ws')] }), b({})], 'it belongs to b'],
  ]
  test.each(cases)('%s', (_what, dialects, message) => expect(() => mounted(...dialects)).toThrow(message))
})

test('no path, however odd, breaks the mount', () => {
  const { find } = mounted(
    fakeDialect({
      name: 'x',
      routes: [fakeRoute('GET', '/x/:a/y'), fakeRoute('GET', '/x/lit'), fakeRoute('GET', '/x/:a/y/:b')],
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (tail, upgrade) => {
      expect(['route', 'unmatched']).toContain(find('GET', `/x/${tail}`, upgrade).type)
    }),
  )
})
