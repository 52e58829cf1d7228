import { expect, test } from 'bun:test'
import { nullable, oneOf, open, optional, Type } from '../../src/base/schema.ts'
import { declarations } from './declarations.ts'

test('schemas become types; one that stands in another is called by its name', () => {
  const Person = open({ name: Type.String({ description: 'As it is shown.' }), age: optional(Type.Integer()) })
  const Room = open({
    owner: nullable(Person),
    people: Type.Array(Person),
    kind: oneOf('direct', 'group'),
    limits: Type.Record(Type.String(), Type.Number()),
    look: open({ dark: Type.Boolean() }),
    more: Type.Object({}),
  })
  expect(declarations({ Person, Room })).toBe(`export type Person = {
  /** As it is shown. */
  name: string
  age?: number
}

export type Room = {
  owner: Person | null
  people: Array<Person>
  kind: "direct" | "group"
  limits: Record<string, number>
  look: {
    dark: boolean
  }
  more: {}
}
`)
})

test('what it does not know is no type at all', () => {
  expect(() => declarations({ Odd: { type: 'tuple' } })).toThrow('no type for {"type":"tuple"}')
})
