import { afterEach, beforeEach, expect, test } from 'bun:test'
import type { Actor, Session } from '../../src/core/index.ts'
import { createTestCore, faultOf, openDoor, type TestCore } from '../kit/core.ts'

let t: TestCore
let ada: Actor
let session: Session

beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
  session = await open('first')
})
afterEach(() => t[Symbol.asyncDispose]())

const open = (secret: string): Promise<Session> =>
  t.core.sessions.open(ada.profile, {
    door: openDoor,
    device: 'test',
    ttlMs: 60_000,
    tokens: [{ secret, kind: 'access', ttlMs: 60_000 }],
  })
const resume = (secret: string) => t.core.sessions.resume(secret, 'access', openDoor)

test('WT19: a session that was just used is dead the moment it ends, and only that one', async () => {
  const other = await open('second')
  const { actor } = await resume('first')
  expect((await resume('second')).session.id).toBe(other.id)
  await t.core.sessions.end(actor)
  expect(await faultOf(resume('first'))).toEqual({ kind: 'session.invalid', reason: 'invalid' })
  expect((await resume('second')).session.id).toBe(other.id)
})

test('WT19: a session that ends while it is looked up is not remembered', async () => {
  const { actor } = await resume('first')
  t.clock.advance(2000)
  const looking = resume('first').catch(() => null)
  await t.core.sessions.end(actor, session.id)
  await looking
  expect(await faultOf(resume('first'))).toMatchObject({ kind: 'session.invalid' })
})

test('WT21: what the actor is called is never older than the last change', async () => {
  const { actor } = await resume('first')
  await t.core.people.update(actor, { displayName: 'Ada L.' })
  expect((await resume('first')).actor.profile.displayName).toBe('Ada L.')
})

test('WT15: expiry is noticed at its time', async () => {
  t.clock.advance(59_999)
  await resume('first')
  t.clock.advance(1)
  expect(await faultOf(resume('first'))).toEqual({ kind: 'session.invalid', reason: 'expired' })
})

test('UM36 OC27: a session that is remembered is in use each time it is asked for', async () => {
  await resume('first')
  t.clock.advance(100)
  const other = await open('second')
  t.clock.advance(100)
  const { actor } = await resume('first')
  const seen = new Map((await t.core.sessions.list(actor)).map(({ id, seenAt }) => [id, seenAt]))
  expect(seen.get(session.id)).toBe((seen.get(other.id) ?? 0) + 100)
})
