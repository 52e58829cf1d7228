// A dialect that is nothing but what a test says, for tests of the host.
import type { Dialect, Endpoint, FaultTable, Method, Route, RouteRequest } from '../../../src/host/dialect.ts'
import { json } from '../../../src/host/reply.ts'

export type FakeDialect = Pick<Dialect, 'name'> & Partial<Dialect>

// Answers for every kind of fault, without a list that would have to grow with the core's.
const anyFault = (name: string): FaultTable =>
  new Proxy({} as FaultTable, {
    get: (_, kind) => () => ({ status: 418, body: { dialect: name, fault: kind }, headers: { 'x-fault': '1' } }),
  })

/** Answers in a shape that names the dialect, so that a test sees who answered. */
export const fakeDialect = (own: FakeDialect): Dialect => ({
  title: `The ${own.name} contract`,
  credentials: [{ token: { type: 'http', scheme: 'bearer', description: 'A token.' } }],
  claims: [{ path: `/${own.name}` }],
  routes: [],
  endpoints: [],
  messages: [],
  // The host never looks at projections.
  events: {} as Dialect['events'],
  signals: {} as Dialect['signals'],
  nameOf: () => 'frame',
  faults: anyFault(own.name),
  unmatched: (request, allow) =>
    json(allow.length ? 405 : 404, { dialect: own.name, unmatched: request.path }, { allow: allow.join(', ') }),
  internalError: request => json(500, { dialect: own.name, requestId: request.requestId }),
  ...own,
})

export const fakeRoute = (
  method: Method,
  path: string,
  handle: Route['handle'] = ({ params }: RouteRequest) => json(200, { path, params }),
): Route => ({
  method,
  path,
  name: `${method} ${path}`,
  summary: 'A route of a test',
  rules: [],
  auth: false,
  responses: { 200: { description: 'ok' } },
  handle,
})

export const fakeEndpoint = <C>(path: string, own: Pick<Endpoint<C>, 'authenticate' | 'open'> & Partial<Endpoint<C>>) =>
  ({
    path,
    name: `socket ${path}`,
    summary: 'An endpoint of a test',
    rules: [],
    maxFrameBytes: 64 * 1024,
    idle: { afterMs: 60_000, code: 4408, reason: 'idle', pongsCount: false },
    closeCodes: { shutdown: 1012, slow: 4429 },
    ...own,
  }) satisfies Endpoint<C>
