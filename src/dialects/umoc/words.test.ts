import { describe, expect, test } from 'bun:test'
import { type Fault, refuse } from '../../core/index.ts'
import { messageOf, Refused, tooLarge, translated, wording } from './words.ts'

const kinds = Object.keys(wording) as Fault['kind'][]
const said = (kind: Fault['kind']): string =>
  messageOf({ kind, until: 0, field: 'text', role: 'manager', retryAfterMs: 1, limit: 1024 } as never)

describe('words', () => {
  test.each(kinds)('UM44: %s is a sentence, and names a session or authentication only where one is lost', kind => {
    expect(said(kind)).toMatch(/^[A-Z]/)
    expect(/session|auth/i.test(said(kind))).toBe(kind.startsWith('session.'))
  })

  test('UM65: a group that is not there and one that is not mine are told alike', () => {
    expect(said('conversation.unknown')).toBe(said('member.required'))
  })

  test('UM120: refusals in groups', () => {
    const required = (role: 'owner' | 'manager') => messageOf({ kind: 'role.required', role })
    expect([required('owner'), required('manager'), said('group.full')]).toEqual([
      'Only the group owner can do this',
      'Only group admins can do this',
      'This group is full',
    ])
  })

  test('UM72: a mute says until when', () => {
    expect(said('member.muted')).toBe('You are muted in this group until 1970-01-01T00:00:00.000Z')
  })

  test('UM45: fields go by this contract’s names', () => {
    const invalid = (field: string) => messageOf({ kind: 'value.invalid', field, reason: 'x' })
    expect(['text', 'clientKey', 'title', 'description'].map(invalid)).toEqual([
      'Invalid content',
      'Invalid client_message_id',
      'Invalid name',
      'Invalid description',
    ])
  })

  test('UM91: sizes are told in MB', () => {
    expect([10_485_760, 1_572_864, 2 ** 30].map(tooLarge)).toEqual([
      'File exceeds maximum size of 10MB',
      'File exceeds maximum size of 1.5MB',
      'File exceeds maximum size of 1024MB',
    ])
  })
})

describe('other words than usual', () => {
  test('for the faults that are named, nothing else', async () => {
    const words = { 'contact.unknown': 'Contact request not found' }
    const run = (work: () => Promise<unknown>) => translated(words, work).catch(thrown => thrown)
    expect(await run(async () => 'done')).toBe('done')
    expect(await run(async () => refuse({ kind: 'contact.unknown' }))).toEqual(new Refused('Contact request not found'))
    expect(await run(async () => refuse({ kind: 'person.unknown' }))).not.toBeInstanceOf(Refused)
    const bug = new Error('bug')
    expect(await run(() => Promise.reject(bug))).toBe(bug)
  })
})
