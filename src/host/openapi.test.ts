import { describe, expect, test } from 'bun:test'
import { fakeDialect, fakeEndpoint, fakeRoute } from '../../test/kit/host/fake-dialect.ts'
import { example, nullable, open, optional, Type, text, uuid } from '../base/schema.ts'
import type { Dialect, Route } from './dialect.ts'
import { openApi } from './openapi.ts'

const Message = open({ id: uuid(), body: text('hi'), reply: nullable(uuid()) }, { title: 'Message' })
const Page = open({ data: Type.Array(Message) }, { title: 'Page' })

const routes: readonly Route[] = [
  {
    ...fakeRoute('POST', '/x/rooms/:room/messages'),
    name: 'sendMessage',
    summary: 'Sends',
    rules: ['MS63', 'MS64'],
    auth: true,
    body: { schema: example(open({ body: text('hi') }), { body: 'hello' }) },
    responses: {
      422: { description: 'Bad values' },
      201: { description: 'Sent', schema: open({ data: Message }) },
    },
  },
  {
    ...fakeRoute('GET', '/x/rooms/:room/messages'),
    name: 'listMessages',
    query: open({ limit: optional(Type.Integer({ maximum: 200 })), kind: text('a') }),
    responses: { 200: { description: 'A page', schema: Page } },
  },
  { ...fakeRoute('PUT', '/x/files'), body: { schema: Type.Unknown(), type: 'multipart/form-data' } },
]
const endpoints = [
  fakeEndpoint('/x/ws/:user', {
    name: 'live',
    rules: ['MS71'],
    authenticate: () => null,
    open: () => ({ receive() {}, closed() {} }),
  }),
]
const dialect = (own: Partial<Dialect> = {}) =>
  fakeDialect({ name: 'x', title: 'X', alias: '/_x', routes, endpoints, ...own })

const at = (document: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document)

describe('the document', () => {
  const document = openApi(dialect(), '1.2.3')
  const messages = (...path: readonly string[]) => at(document, 'paths', '/x/rooms/{room}/messages', ...path)

  test('says what it is and where', () => {
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Parlance: x', summary: 'X', version: '1.2.3' },
      servers: [{ url: '/' }, { url: '/_x' }],
    })
  })
  test('tells a route: rules, security, parameters, body with example, answers in order', () => {
    expect(messages('post')).toMatchObject({
      operationId: 'sendMessage',
      summary: 'Sends',
      'x-rules': ['MS63', 'MS64'],
      security: [{ token: [] }],
      parameters: [{ name: 'room', in: 'path', required: true, schema: { type: 'string' } }],
      requestBody: { required: true, content: { 'application/json': { example: { body: 'hello' } } } },
    })
    expect(Object.keys(messages('post', 'responses') as object)).toEqual(['201', '422'])
    expect(messages('get', 'security')).toEqual([])
  })
  test('tells query parameters', () => {
    expect(messages('get', 'parameters')).toEqual([
      { name: 'room', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'limit', in: 'query', required: false, schema: { type: 'integer', maximum: 200 } },
      { name: 'kind', in: 'query', required: true, schema: { type: 'string', examples: ['a'] } },
    ])
  })
  test('says each titled schema once', () => {
    expect(messages('get', 'responses', '200', 'content', 'application/json', 'schema')).toEqual({
      $ref: '#/components/schemas/Page',
    })
    expect(at(document, 'components', 'schemas', 'Page', 'properties', 'data', 'items')).toEqual({
      $ref: '#/components/schemas/Message',
    })
    expect(Object.keys(at(document, 'components', 'schemas') as object)).toEqual(['Message', 'Page'])
  })
  test('gives an example of every answer that has a schema', () => {
    expect(messages('get', 'responses', '200', 'content', 'application/json', 'example')).toMatchObject({
      data: [{ body: 'hi' }],
    })
  })
  test('tells another content type', () => {
    expect(at(document, 'paths', '/x/files', 'put', 'requestBody', 'content')).toHaveProperty(['multipart/form-data'])
  })
  test('tells an endpoint as the GET that becomes a socket', () => {
    expect(at(document, 'paths', '/x/ws/{user}', 'get')).toMatchObject({
      operationId: 'live',
      'x-websocket': true,
      'x-rules': ['MS71'],
      parameters: [{ name: 'user', in: 'path' }],
    })
  })
})

test('an endpoint beside a GET route of the same path hides neither', () => {
  const document = openApi(dialect({ routes: [fakeRoute('GET', '/x/ws/:user')] }), '1')
  expect(at(document, 'paths', '/x/ws/{user}', 'get', 'operationId')).toBe('GET /x/ws/:user')
  expect(at(document, 'paths', '/x/ws/{user}', 'x-websocket', 'operationId')).toBe('live')
})

test('the same routes give the same text, in whatever order they stand', () => {
  const text = JSON.stringify(openApi(dialect(), '1'))
  expect(JSON.stringify(openApi(dialect({ routes: routes.toReversed() }), '1'))).toBe(text)
})

test('operation ids are unique', () => {
  const twice = ['/x/a', '/x/b'].map(path => ({ ...fakeRoute('GET', path), name: 'same' }))
  const document = openApi(dialect({ routes: twice, endpoints: [] }), '1')
  expect(['/x/a', '/x/b'].map(path => at(document, 'paths', path, 'get', 'operationId'))).toEqual(['same', 'same2'])
})

test('a property named title is no schema title', () => {
  const Group = open({ title: text('Chess'), type: text('group') })
  const responses = { 200: { description: 'ok', schema: example(Group, { title: 'Chess', type: 'group' }) } }
  const document = openApi(dialect({ routes: [{ ...fakeRoute('GET', '/x/g'), responses }] }), '1')
  expect(at(document, 'components', 'schemas')).toEqual({})
})

test('two different schemas of one title are refused', () => {
  const Other = open({ other: text('x') }, { title: 'Message' })
  const responses = { 200: { description: 'ok', schema: Type.Tuple([Message, Other]) } }
  expect(() => openApi(dialect({ routes: [{ ...fakeRoute('GET', '/x/m'), responses }] }), '1')).toThrow(
    'two different schemas are titled Message',
  )
})
