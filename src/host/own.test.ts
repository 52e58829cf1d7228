import { describe, expect, test } from 'bun:test'
import { fakeDialect } from '../../test/kit/host/fake-dialect.ts'
import { createMeter } from '../base/meter.ts'
import type { Fault } from '../core/index.ts'
import type { RouteRequest } from './dialect.ts'
import { type OwnOptions, ownTenant } from './own.ts'

const own = (options: Partial<OwnOptions> = {}) =>
  ownTenant({
    dialects: [fakeDialect({ name: 'x', title: '<b>X</b> & more' })],
    version: '1',
    meter: createMeter(),
    report: () => undefined,
    ready: async () => true,
    draining: () => false,
    routes: [],
    ...options,
  })

const get = async (path: string, options: Partial<OwnOptions> = {}, params: RouteRequest['params'] = {}) => {
  const route = own(options).routes.find(candidate => candidate.path === path)
  if (!route) throw new Error(`no route ${path}`)
  return await route.handle({ params } as RouteRequest)
}

describe('/readyz', () => {
  test.each<readonly [string, Partial<OwnOptions>, number]>([
    ['ready', {}, 200],
    ['a store that says no', { ready: async () => false }, 503],
    ['a store that fails', { ready: () => Promise.reject(new Error('gone')) }, 503],
    ['a server that goes down', { draining: () => true }, 503],
  ])('%s', async (_what, options, status) => expect((await get('/readyz', options)).status).toBe(status))
})

test('the meter is brought up to date before it is read', async () => {
  let reports = 0
  const response = await get('/metrics', { report: () => void reports++ })
  expect([reports, response.headers.get('content-type')]).toEqual([1, expect.stringContaining('text/plain')])
})

test('titles on the page of documents are text, not markup', async () => {
  expect(await (await get('/docs')).text()).toContain('&#60;b&#62;X&#60;/b&#62; &#38; more')
})

describe('documents', () => {
  test.each(['openapi', 'asyncapi'])('%s: listed, served, and none of a contract that is not spoken', async kind => {
    expect(await (await get('/docs')).text()).toContain(`href="/docs/x/${kind}.json"`)
    const served = await get(`/docs/:dialect/${kind}.json`, {}, { dialect: 'x' })
    expect(await served.json()).toMatchObject({ [kind]: expect.stringMatching(/^3\./), info: { title: 'Parlance: x' } })
    expect((await get(`/docs/:dialect/${kind}.json`, {}, { dialect: 'y' })).status).toBe(404)
  })
})

test.each<readonly [Fault, number, string | undefined]>([
  [{ kind: 'file.unknown' }, 404, undefined],
  [{ kind: 'rate.limited', retryAfterMs: 1500 }, 429, '2'],
  [{ kind: 'unavailable', retryAfterMs: 1 }, 503, '1'],
  [{ kind: 'text.empty' }, 400, undefined],
])('the host tells %p', (fault, status, retry) => {
  const reply = own().fault(fault)
  expect([reply.status, reply.headers?.['retry-after']]).toEqual([status, retry])
})
