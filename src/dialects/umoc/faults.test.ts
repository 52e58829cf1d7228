import { expect, test } from 'bun:test'
import type { Fault } from '../../core/index.ts'
import { replyTo } from '../../host/dialect.ts'
import { faults } from './faults.ts'
import { wording } from './words.ts'

const kinds = Object.keys(wording) as readonly Fault['kind'][]
/** A fault of this kind with all that any might carry. */
const faultOf = (kind: Fault['kind']): Fault =>
  ({
    kind,
    limit: 1_048_576,
    retryAfterMs: 1500,
    until: 0,
    role: 'owner',
    field: 'text',
    reason: 'x',
  }) as unknown as Fault

test.each(kinds)('UM17: %s is told twice in the same words, as the client’s affair', kind => {
  const { status, body } = replyTo(faults, faultOf(kind))
  expect(status === 503 || (status >= 400 && status < 500)).toBe(true)
  const { error, message } = body as { error: string; message: string }
  expect(message).toBe(error)
  expect(error).toMatch(/^[A-Z][^{}]+$/)
})

test.each([
  ['rate.limited', 429],
  ['unavailable', 503],
] as const)('UM17: %s is %d, and says when to come again', (kind, status) => {
  expect(replyTo(faults, faultOf(kind))).toMatchObject({ status, headers: { 'retry-after': '2' } })
})
