import { describe, expect, test } from 'bun:test'
import { faultsOf } from '../../test/kit/host/asyncapi-schema.ts'
import { fakeDialect, fakeEndpoint, fakeRoute } from '../../test/kit/host/fake-dialect.ts'
import { example, open, Type, text, uuid } from '../base/schema.ts'
import { asyncApi } from './asyncapi.ts'
import type { Dialect, LiveMessage } from './dialect.ts'

const Message = open({ id: uuid(), body: text('hi') }, { title: 'Message' })

const message = (name: string, own: Partial<LiveMessage> = {}): LiveMessage => ({
  name,
  direction: 'down',
  summary: `What ${name} is`,
  rules: [],
  schema: Message,
  ...own,
})
const messages: readonly LiveMessage[] = [
  message('message:sent', {
    rules: ['MS85'],
    schema: example(open({ data: Message }), { data: { id: 'm', body: 'yo' } }),
  }),
  message('typing', { schema: Type.Boolean() }),
  message('typing', { direction: 'up', schema: Type.Boolean() }),
]
const endpoint = fakeEndpoint('/x/ws/:user', {
  name: 'live',
  rules: ['MS71'],
  summary: 'Everything.',
  authenticate: () => null,
  open: () => ({ receive() {}, closed() {} }),
})
const polled = { ...endpoint, polling: '/x/poll' }
const dialect = (own: Partial<Dialect> = {}) =>
  fakeDialect({ name: 'x', title: 'X', endpoints: [endpoint], messages, ...own })
const polledDialect = (own: Partial<Dialect> = {}) =>
  dialect({ endpoints: [polled], routes: [fakeRoute('GET', '/x/poll')], ...own })

describe('the document', () => {
  const document = asyncApi(dialect({ alias: '/_x' }), '1.2.3')

  test('is AsyncAPI 3.0', () => {
    for (const made of [document, asyncApi(polledDialect(), '1'), asyncApi(fakeDialect({ name: 'x' }), '1')]) {
      expect(faultsOf(made)).toEqual([])
    }
    expect(
      faultsOf({ ...document, channels: { live: { messages: { a: { payload: { type: 'nonsense' } } } } } }),
    ).not.toEqual([])
  })
  test('says what it is and where', () => {
    expect(document).toMatchObject({
      info: { title: 'Parlance: x', version: '1.2.3' },
      servers: { ws: { protocol: 'ws' }, wss: { protocol: 'wss' }, 'ws-alias': { pathname: '/_x' } },
    })
    expect(document).not.toHaveProperty(['servers', 'ws', 'pathname'])
  })
  test('tells an endpoint as a channel: address, rules, limits, messages', () => {
    expect(document).toHaveProperty(
      ['channels', 'live'],
      expect.objectContaining({
        address: '/x/ws/{user}',
        parameters: { user: {} },
        summary: 'Everything.',
        'x-rules': ['MS71'],
        'x-max-frame-bytes': 64 * 1024,
        'x-close-codes': { shutdown: 1012, slow: 4429, idle: 4408 },
        messages: {
          'message.sent': { $ref: '#/components/messages/message.sent' },
          'typing.down': { $ref: '#/components/messages/typing.down' },
          'typing.up': { $ref: '#/components/messages/typing.up' },
        },
      }),
    )
  })
  test('the server sends what goes down and receives what goes up', () => {
    expect(document).toHaveProperty(['operations'], {
      'live-send': {
        action: 'send',
        channel: { $ref: '#/channels/live' },
        messages: ['message.sent', 'typing.down'].map(name => ({ $ref: `#/channels/live/messages/${name}` })),
      },
      'live-receive': {
        action: 'receive',
        channel: { $ref: '#/channels/live' },
        messages: [{ $ref: '#/channels/live/messages/typing.up' }],
      },
    })
  })
  test('tells a message: its own name, rules, payload, example', () => {
    expect(document).toHaveProperty(
      ['components', 'messages', 'message.sent'],
      expect.objectContaining({
        name: 'message:sent',
        summary: 'What message:sent is',
        'x-rules': ['MS85'],
        examples: [{ payload: { data: { id: 'm', body: 'yo' } } }],
      }),
    )
    expect(document).toHaveProperty(['components', 'messages', 'message.sent', 'payload', 'properties', 'data'], {
      $ref: '#/components/schemas/Message',
    })
    expect(document).toHaveProperty(['components', 'schemas', 'Message', 'type'], 'object')
  })
})

test('frames that go over HTTP, too, have a channel there', () => {
  const document = asyncApi(polledDialect(), '1')
  expect(document).toHaveProperty(
    ['channels', 'live-polling'],
    expect.objectContaining({
      address: '/x/poll',
      summary: expect.stringContaining('over plain HTTP'),
      servers: [{ $ref: '#/servers/http' }, { $ref: '#/servers/https' }],
    }),
  )
  expect(Object.keys(document.operations ?? {})).toEqual([
    'live-send',
    'live-receive',
    'live-polling-send',
    'live-polling-receive',
  ])
  expect(() => asyncApi(polledDialect({ routes: [] }), '1')).toThrow('no route answers at /x/poll')
})

test('a path that is also served with a slash at its end is told once', () => {
  const document = asyncApi(dialect({ endpoints: [endpoint, { ...endpoint, path: `${endpoint.path}/` }] }), '1')
  expect(Object.keys(document.channels ?? {})).toEqual(['live'])
})

test('the same messages give the same text, in whatever order they stand', () => {
  const text = JSON.stringify(asyncApi(dialect(), '1'))
  expect(JSON.stringify(asyncApi(dialect({ messages: messages.toReversed() }), '1'))).toBe(text)
})

test('two messages of one name and direction are refused', () => {
  const twice = [...messages, message('message:sent')]
  expect(() => asyncApi(dialect({ messages: twice }), '1')).toThrow(
    'two messages of one direction are named message:sent',
  )
})
