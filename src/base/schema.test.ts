import { describe, expect, test } from 'bun:test'
import {
  check,
  email,
  example,
  exampleOf,
  flag,
  integer,
  nullable,
  oneOf,
  open,
  optional,
  type Static,
  Type,
  text,
  timestamp,
  uri,
  uuid,
} from './schema.ts'

const Person = open({
  id: uuid(),
  name: text('Ada', { minLength: 1 }),
  email: nullable(email()),
  link: optional(uri()),
  role: oneOf('owner', 'member'),
  age: integer(36, { minimum: 0 }),
  at: timestamp(),
  on: flag(true),
  tags: Type.Array(text('a')),
})

test('the example put together from the parts fits the schema', () => {
  const person: Static<typeof Person> = exampleOf(Person)
  expect(person.name).toBe('Ada')
  expect(check(Person)(person)).toBe(true)
})

test('an example of the whole wins over its parts', () => {
  const pair = example(Type.Object({ a: text('x') }), { a: 'y' })
  expect(exampleOf(pair)).toEqual({ a: 'y' })
  expect(exampleOf(open({ pair }))).toEqual({ pair: { a: 'y' } })
})

describe('check', () => {
  const fits = check(Person)
  const person = exampleOf(Person)
  const bad: readonly (readonly [string, unknown])[] = [
    ['null', null],
    ['an array', []],
    ['a missing key', { ...person, name: undefined }],
    ['a broken id', { ...person, id: 'x' }],
    ['an empty name', { ...person, name: '' }],
    ['an unknown word', { ...person, role: 'king' }],
    ['a fraction', { ...person, age: 1.5 }],
    ['a time without zone', { ...person, at: '2026-03-01T12:00:00' }],
  ]
  test.each(bad)('refuses %s', (_what, value) => expect(fits(value)).toBe(false))
  test('takes null where it may be', () => expect(fits({ ...person, email: null })).toBe(true))
  test('takes unknown keys', () => expect(fits({ ...person, later: 1 })).toBe(true))
  test('takes a missing optional key', () => {
    const { link: _link, ...rest } = person
    expect(fits(rest)).toBe(true)
  })
  test('compiles a schema once', () => expect(check(Person)).toBe(fits))
})

test('a schema is plain JSON Schema', () => {
  expect(JSON.parse(JSON.stringify(open({ a: nullable(text('x', { maxLength: 3 })) }, { title: 'A' })))).toEqual({
    type: 'object',
    title: 'A',
    required: ['a'],
    properties: { a: { anyOf: [{ type: 'string', maxLength: 3, examples: ['x'] }, { type: 'null' }] } },
  })
})
