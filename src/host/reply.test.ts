import { expect, test } from 'bun:test'
import { empty, json, queryInteger, retryAfter } from './reply.ts'

test('json answers carry status, type and further headers', async () => {
  const response = json(422, { errors: ['ø'] }, { 'retry-after': '2' })
  expect(response.status).toBe(422)
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(response.headers.get('retry-after')).toBe('2')
  expect(await response.json()).toEqual({ errors: ['ø'] })
  expect(json(200, {}, { 'content-type': 'application/json' }).headers.get('content-type')).toBe('application/json')
})

test('an empty answer has no body', async () => {
  expect(empty().status).toBe(204)
  expect(await empty(304).text()).toBe('')
})

test.each([
  ['', null],
  ['a=', null],
  ['a=7', 7],
  ['a=-7', -7],
  ['a=7&a=8', 7],
  ['a=7.5', 'invalid'],
  ['a=0x7', 'invalid'],
  ['a=1e3', 'invalid'],
  ['a=%207', 'invalid'],
  ['a=9007199254740993', 'invalid'],
  ['a=99999999999999999999', 'invalid'],
] as const)('the integer in %p is %p', (query, value) => {
  expect(queryInteger(new URLSearchParams(query), 'a')).toBe(value)
})

test('retry-after is whole seconds, never 0', () => {
  expect([0, 1, 1000, 1001].map(retryAfter)).toEqual(['1', '1', '1', '2'])
})
