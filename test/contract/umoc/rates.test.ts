// Section K, by the whole dialect: what `inside.test.ts` has no people and files for.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Clocked, startClocked } from '../../kit/clocked.ts'
import { foreign } from '../../kit/target.ts'
import { countUntilRefused } from './house.ts'
import { friends, newGroup, type Seated } from './people.ts'
import { bearer, request } from './rest.ts'

const LIMITED = 'Rate limit exceeded, please wait'

describe.skipIf(foreign)('rates', () => {
  let house: Clocked
  let a: Seated
  let b: Seated
  beforeEach(async () => {
    house = await startClocked({ rateLimits: true })
    ;[a, b] = await friends(house)
  })
  afterEach(async () => {
    for (const { client } of [a, b]) client.close()
    await house[Symbol.asyncDispose]()
  })

  const told = async (event: string) => {
    const error = await a.client.next('error', ({ message }) => message === LIMITED)
    expect(error).toEqual({ message: LIMITED, event, retry_after: expect.any(Number) })
    expect(error.retry_after).toBeGreaterThanOrEqual(1)
  }

  test.each([
    ['get_contacts', 60],
    ['set_status_visibility', 30],
  ] as const)('UM131: %s is limited', async (event, count) => {
    const [passed] = await countUntilRefused(count, () => a.client.said(event))
    expect([count - 1, count]).toContain(passed)
    await told(event)
    expect(await b.client.said(event)).toBe('ok')
  })

  test('UM131: changes of contacts and of groups share one limit', async () => {
    const chat_id = await newGroup(a, [b])
    const changes = [
      ['add_contact', { contact_username: b.person.username }],
      ['accept_contact', { contact_id: b.person.id }],
      ['reject_contact', { contact_id: b.person.id }],
      ['block_contact', { contact_id: 2_000_000_000 }],
      ['unblock_contact', { contact_id: b.person.id }],
      ['remove_contact', { contact_id: 2_000_000_000 }],
      ['create_group', { name: ' ' }],
      ['add_member', { chat_id, user_id: b.person.id }],
      ['remove_member', { chat_id, user_id: a.person.id }],
      ['leave_group', { chat_id: 2_000_000_000 }],
      ['update_group', { chat_id, name: 'x' }],
      ['set_admin', { chat_id, user_id: a.person.id, is_admin: true }],
      ['delete_group', { chat_id: 2_000_000_000 }],
    ] as const
    let made = 0
    const next = () => {
      const [event, payload] = changes[made++ % changes.length] ?? changes[0]
      return a.client.said(event, payload)
    }
    // Two went to asking the friend and to making the group.
    const [passed] = await countUntilRefused(28, next)
    expect([27, 28]).toContain(passed)
    for (const [event, payload] of changes) expect(await a.client.said(event, payload)).toBe(LIMITED)
    expect(await a.client.said('send_message', { recipient_id: b.person.id, content: 'x' })).toBe('ok')
    expect(await b.client.said('update_group', { chat_id, name: 'x' })).toBe('Only group admins can do this')
  })

  test('UM131: sending a file counts as a send', async () => {
    const recipient_id = b.person.id
    const file = { file_name: 'a.txt', file_size: 1, file_type: 'text/plain' }
    const ready = await a.client.must('upload_file_prepare', { recipient_id, ...file })
    await request(house, 'PUT', ready.upload_url, { body: 'x', headers: bearer(ready.upload_token) })
    for (let n = 0; n < 40; n++) await a.client.must('send_message', { recipient_id, content: 'x' })
    const complete = () => a.client.said('upload_file_complete', { file_id: ready.file_id, recipient_id })
    expect(await complete()).toBe(LIMITED)
    await told('upload_file_complete')
    house.clock.advance(1000)
    expect(await complete()).toBe('ok')
  })
})
