import { describe, expect, test } from 'bun:test'
import { check, exampleOf, type TSchema } from '../../src/base/schema.ts'
import type { Frame } from '../../src/core/index.ts'
import { asyncApi } from '../../src/host/asyncapi.ts'
import { faultsOf, payloadJudge } from '../../test/kit/host/asyncapi-schema.ts'
import { described } from './documents.ts'
import { allTypes, projected } from './samples.ts'

/** A schema that allows no key but those it names: what it does not name is not described. */
const closed = (schema: TSchema): TSchema => {
  const close = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(close)
    if (typeof part !== 'object' || part === null) return part
    const inner = Object.fromEntries(
      Object.entries(part).map(([key, value]) => [key, key === 'examples' ? value : close(value)]),
    )
    return 'properties' in inner && !('additionalProperties' in inner)
      ? { ...inner, additionalProperties: false }
      : inner
  }
  return close(JSON.parse(JSON.stringify(schema))) as TSchema
}

/**
 * The payload in a frame, by the way its transport spells it. Nothing for what a projection only names: a frame that each
 * link has made for itself, or the end of a channel or link.
 */
const payloadIn = (frame: Frame): { readonly payload: unknown } | null => {
  const text = String(frame)
  // Phoenix, without its head: `,topic,event,payload]`, or the object of version 1.
  if (text.startsWith(',')) return { payload: JSON.parse(`[0${text}`).at(-1) }
  // A Socket.IO event.
  if (text.startsWith('42')) return { payload: JSON.parse(text.slice(2))[1] }
  if (text.startsWith('{')) return { payload: JSON.parse(text) }
  // openchat's, for somebody's own stream.
  if (text.startsWith('@own {')) return { payload: JSON.parse(text.slice('@own '.length)) }
  expect(text).toMatch(/^@?[a-z_.]*( \d+)?$/)
  return null
}

describe.each(described.map(dialect => [dialect.name, dialect] as const))('%s', (_name, dialect) => {
  const document = asyncApi(dialect, '1')
  const messages = Object.entries(
    (document.components as { messages: Record<string, { examples: { payload: unknown }[] }> }).messages,
  )

  test('its document is AsyncAPI 3.0', () => {
    expect(dialect.messages).not.toEqual([])
    expect(faultsOf(document)).toEqual([])
  })
  test('every example is what its schema says, in the document, too', () => {
    const judge = payloadJudge(document)
    const faults = messages.flatMap(([key, { examples }]) => examples.flatMap(({ payload }) => judge(key, payload)))
    expect(faults).toEqual([])
    const wrong = dialect.messages.filter(({ schema }) => !check(schema)(exampleOf(schema)))
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  const schemas = new Map(
    dialect.messages.filter(({ direction }) => direction === 'down').map(({ name, schema }) => [name, closed(schema)]),
  )
  test.each(allTypes.filter(type => (projected(dialect, type) ?? []).length > 0))(
    'what it shows of %s is described to the last key',
    type => {
      const undescribed = (projected(dialect, type) ?? []).filter(({ frame }) => {
        const name = dialect.nameOf(frame)
        const schema = schemas.get(name)
        const found = payloadIn(frame)
        // The end of a link is no message.
        if (!schema) return found !== null || !/^close \d+$/.test(name)
        return found !== null && !check(schema)(found.payload)
      })
      expect(undescribed.map(({ frame }) => frame)).toEqual([])
    },
  )
})
