import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor, Door, Fault } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, openDoor, outcomesOf, strictDoor, type TestCore } from '../kit/core.ts'
import { until } from '../kit/wait.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let t: TestCore
let ada: Actor
beforeEach(async () => {
  t = await createTestCore()
  ada = await t.person('ada')
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const open = (who: Actor, secret: string, ttlMs = HOUR) =>
  t.core.sessions.open(who.profile, {
    door: openDoor,
    device: secret,
    ttlMs,
    tokens: [{ secret, kind: 'access', ttlMs }],
  })
const resume = (secret: string, kind = 'access', door = openDoor) => t.core.sessions.resume(secret, kind, door)
const refused = (reason: string): Fault => ({ kind: 'session.invalid', reason }) as Fault
const rotate = (actor: Actor, presented: string, next: string, graceMs = MINUTE) =>
  t.core.sessions.rotate(actor, {
    presented,
    graceMs,
    next: { secret: next, kind: 'access', ttlMs: HOUR },
    ttlMs: HOUR,
  })

describe('resuming', () => {
  test('WT16: a token opens its own kind at its own door, until it expires', async () => {
    const session = await open(ada, 'secret')
    expect((await resume('secret')).session).toEqual(session)
    expect((await resume('secret')).actor).toMatchObject({
      accountId: ada.accountId,
      sessionId: session.id,
      door: openDoor,
      profile: { id: ada.profile.id, seenAt: t.clock.now() },
    })
    expect(await faultOf(resume('Secret'))).toEqual(refused('invalid'))
    expect(await faultOf(resume('secret', 'refresh'))).toEqual(refused('invalid'))
    expect((await faultOf(resume('secret', 'access', strictDoor))).kind).toBe('session.invalid')
    t.clock.advance(HOUR - 1)
    await resume('secret')
    t.clock.advance(1)
    expect((await faultOf(resume('secret'))).kind).toBe('session.invalid')
  })

  test('UM36: a session in use is seen at once, and still after a restart', async () => {
    const { seenAt } = await open(ada, 'secret')
    const shown = async () => (await t.core.sessions.list(ada))[0]?.seenAt
    t.clock.advance(MINUTE / 2)
    await resume('secret')
    expect(await shown()).toBe(seenAt + MINUTE / 2)
    await t.restart()
    expect(await shown()).toBe(seenAt + MINUTE / 2)
  })

  test('UM37: activity that prolongs keeps a session and its tokens alive; without it they end', async () => {
    await open(ada, 'secret')
    const { actor } = await resume('secret')
    for (let i = 0; i < 3; i++) {
      t.clock.advance(HOUR / 2)
      expect(await t.core.sessions.active(actor, HOUR)).toBe(t.clock.now() + HOUR)
      expect((await resume('secret')).until).toBe(t.clock.now() + HOUR)
    }
    t.clock.advance(HOUR)
    expect(await faultOf(resume('secret'))).toMatchObject({ kind: 'session.invalid' })
  })

  test('UM36: beyond so many of a door, the least recently active end; other doors’ neither count nor end', async () => {
    const login = (through: Door, secret: string, atMost?: number) =>
      t.core.sessions.open(ada.profile, {
        door: through,
        device: '',
        ttlMs: HOUR,
        tokens: [{ secret, kind: 'access', ttlMs: HOUR }],
        ...(atMost !== undefined && { atMost }),
      })
    const heard = await t.listen(ada)
    const other = { ...ada.door, name: 'another door' }
    await login(other, 'elsewhere')
    const sessions = []
    for (const secret of ['a', 'b', 'c']) {
      t.clock.advance(1000)
      sessions.push(await login(ada.door, secret, 3))
    }
    t.clock.advance(2000)
    const first = await t.core.sessions.resume('a', 'access', ada.door)
    await t.core.sessions.active(first.actor)
    await login(ada.door, 'd', 3)
    expect(bodiesOf(heard, 'session.ended').map(b => b.sessionId)).toEqual([sessions[1]?.id ?? ''])
    await t.core.sessions.resume('elsewhere', 'access', other)
  })
})

test('CA31 WT19: by a door that sets no bound, a thousand', async () => {
  const first = await open(ada, 'first')
  const heard = await t.listen(ada)
  t.clock.advance(1)
  for (let i = 0; i < 1000; i++) await open(ada, `${i}`)
  expect(bodiesOf(heard, 'session.ended').map(b => b.sessionId)).toEqual([first.id])
})

describe('what was proven no longer holds when the session would open', () => {
  const login = (profile: Actor['profile'], keys: object = {}) =>
    t.core.sessions.open(profile, { door: openDoor, device: 'd', ttlMs: HOUR, tokens: [], ...keys })

  test('OC41: the password has been changed', async () => {
    const logIn = (password: string) => t.core.accounts.logIn({ handle: 'ada', password, address: 'x' })
    const early = await logIn('password')
    await login(early)
    await t.core.accounts.setPassword(ada, { current: 'password', next: 'another one' })
    expect(await faultOf(login(early))).toEqual({ kind: 'credentials.wrong' })
    await login(await logIn('another one'))
    expect(await t.core.sessions.list(ada)).toHaveLength(1)
  })

  test('OC43: the key has been taken away', async () => {
    const { id: credentialId } = await t.core.accounts.addKey(ada, 'k1')
    await login(ada.profile, { credentialId })
    await t.core.accounts.removeKey(ada, credentialId)
    expect(await faultOf(login(ada.profile, { credentialId }))).toEqual({ kind: 'credentials.wrong' })
    expect(await t.core.sessions.list(ada)).toEqual([])
  })

  test('OC33 OC34: the session that asks for another one has ended', async () => {
    const { id: through } = await open(ada, 'secret')
    const other = await login(ada.profile, { through })
    await t.core.sessions.end({ ...ada, sessionId: through })
    expect(await faultOf(login(ada.profile, { through }))).toEqual(refused('revoked'))
    expect((await t.core.sessions.list(ada)).map(({ id }) => id)).toEqual([other.id])
  })
})

describe('one-time tokens', () => {
  const DAY = 24 * HOUR
  const exchange = (presented: string, next: string) =>
    t.core.sessions.exchange(ada.door, {
      presented,
      kind: 'refresh',
      next: { secret: next, kind: 'refresh', ttlMs: 30 * DAY },
      ttlMs: 30 * DAY,
      token: { kind: 'access', ttlMs: DAY },
    })
  beforeEach(async () => {
    await t.core.sessions.open(ada.profile, {
      door: ada.door,
      device: '',
      ttlMs: 30 * DAY,
      tokens: [
        { secret: 'one', kind: 'refresh', ttlMs: 30 * DAY },
        { secret: 'access', kind: 'access', ttlMs: DAY },
      ],
    })
  })
  const opens = () => t.core.sessions.resume('access', 'access', ada.door)

  test('CA29: each opens once, gives the next, and prolongs', async () => {
    t.clock.advance(DAY / 2)
    expect((await exchange('one', 'two')).actor.profile.id).toBe(ada.profile.id)
    expect((await opens()).until).toBe(t.clock.now() + DAY)
    await exchange('two', 'three')
    expect(await faultOf(t.core.sessions.resume('two', 'refresh', ada.door))).toMatchObject({ reason: 'invalid' })
  })

  test('CA29: one that was spent ends the session, whoever has the newest', async () => {
    await exchange('one', 'two')
    expect(await faultOf(exchange('one', 'stolen'))).toMatchObject({ kind: 'session.invalid', reason: 'reused' })
    expect(await faultOf(exchange('two', 'three'))).toMatchObject({ kind: 'session.invalid' })
    expect(await faultOf(opens())).toMatchObject({ kind: 'session.invalid' })
  })

  test('CA29: unknown, of another kind, or past its time', async () => {
    expect(await faultOf(exchange('nothing', 'two'))).toMatchObject({ reason: 'invalid' })
    expect(await faultOf(exchange('access', 'two'))).toMatchObject({ reason: 'invalid' })
    t.clock.advance(31 * DAY)
    expect(await faultOf(exchange('one', 'two'))).toMatchObject({ kind: 'session.invalid' })
  })

  test('CA29: of those spent the latest hundred are remembered, and no exchange costs more than another', async () => {
    let newest = 'one'
    for (let i = 0; i < 150; i++) {
      t.clock.advance(1)
      await exchange(newest, `next ${i}`)
      newest = `next ${i}`
    }
    await opens()
    // Forgotten, so that it neither opens nor ends anything.
    expect(await faultOf(exchange('next 10', 'late'))).toMatchObject({ reason: 'invalid' })
    await exchange(newest, 'newest')
    expect(await faultOf(exchange('next 120', 'stolen'))).toMatchObject({ reason: 'reused' })
  })

  test('CA31: prolonging keeps the tokens of a kind alive', async () => {
    const { actor } = await opens()
    t.clock.advance(DAY / 2)
    await t.core.sessions.prolong(actor, { ttlMs: 30 * DAY, token: { kind: 'access', ttlMs: DAY } })
    t.clock.advance(DAY - 1)
    await opens()
    t.clock.advance(1)
    expect(await faultOf(opens())).toMatchObject({ kind: 'session.invalid' })
  })
})

describe('rotating', () => {
  test('WT18: the new token works, the presented one for its grace and never past its own end', async () => {
    await open(ada, 'one')
    const { actor } = await resume('one')
    t.clock.advance(HOUR - 2 * MINUTE)
    await rotate(actor, 'one', 'two')
    t.clock.advance(MINUTE - 1)
    await resume('one')
    t.clock.advance(1)
    expect(await faultOf(resume('one'))).toMatchObject({ kind: 'session.invalid' })
    await resume('two')
    expect((await t.core.sessions.list(ada)).map(s => s.expiresAt)).toEqual([t.clock.now() - MINUTE + HOUR])

    await rotate(actor, 'two', 'three', 10 * HOUR)
    t.clock.advance(HOUR - MINUTE)
    expect((await faultOf(resume('two'))).kind).toBe('session.invalid')
    await resume('three')
  })

  test('WT18: parallel rotations all succeed and each token works; a second one prolongs no grace', async () => {
    await open(ada, 'one')
    const { actor } = await resume('one')
    const next = Array.from({ length: 10 }, (_, i) => `next ${i}`)
    expect(await outcomesOf(next.map(secret => rotate(actor, 'one', secret)))).toEqual({ ok: 10 })
    t.clock.advance(MINUTE / 2)
    await rotate(actor, 'one', 'late')
    t.clock.advance(MINUTE / 2)
    expect((await faultOf(resume('one'))).kind).toBe('session.invalid')
    expect(await outcomesOf([...next, 'late'].map(secret => resume(secret)))).toEqual({ ok: 11 })
  })

  test('WT18: a session has a hundred tokens at most: the newest stay', async () => {
    await open(ada, 'one')
    const { actor } = await resume('one')
    let newest = 'one'
    for (let i = 0; i < 120; i++) {
      t.clock.advance(1)
      await rotate(actor, newest, `next ${i}`)
      newest = `next ${i}`
    }
    expect((await faultOf(resume('next 10'))).kind).toBe('session.invalid')
    await resume('next 119')
    await resume('next 30')
  })

  test('nobody rotates with an expired, unknown or foreign token, nor after the end', async () => {
    await open(ada, 'one')
    const { actor } = await resume('one')
    const bob = await t.person('bob')
    await open(bob, 'bobs')
    for (const presented of ['bobs', 'nothing']) {
      expect((await faultOf(rotate(actor, presented, 'two'))).kind).toBe('session.invalid')
    }
    await open(ada, 'short', MINUTE / 2)
    const short = await resume('short')
    t.clock.advance(MINUTE / 2)
    expect(await faultOf(rotate(short.actor, 'short', 'long'))).toEqual(refused('expired'))
    await t.core.sessions.end(actor)
    expect((await faultOf(rotate(actor, 'one', 'two'))).kind).toBe('session.invalid')
    expect((await faultOf(resume('two'))).kind).toBe('session.invalid')
  })
})

describe('ending', () => {
  test('WT19: all tokens of the session are dead at once, others live on, and its links are told', async () => {
    const session = await open(ada, 'one')
    await open(ada, 'other')
    const { actor } = await resume('one')
    await rotate(actor, 'one', 'two')
    const heard = await t.listen(ada)
    await t.core.sessions.end(actor)
    for (const secret of ['one', 'two']) expect(await faultOf(resume(secret))).toEqual(refused('invalid'))
    await resume('other')
    expect(bodiesOf(heard, 'session.ended')).toEqual([
      { type: 'session.ended', sessionId: session.id, door: openDoor.name },
    ])
    expect((await faultOf(t.core.sessions.end(actor))).kind).toBe('session.unknown')
  })

  test('one of the same account by its id, and nobody else’s', async () => {
    const phone = await open(ada, 'phone')
    const bob = await t.person('bob')
    await open(bob, 'bobs')
    const { actor: bobHere } = await resume('bobs')
    expect((await faultOf(t.core.sessions.end(bobHere, phone.id))).kind).toBe('session.unknown')
    await open(ada, 'laptop')
    const { actor: laptop } = await resume('laptop')
    await t.core.sessions.end(laptop, phone.id)
    expect((await t.core.sessions.list(ada)).map(s => s.device)).toEqual(['laptop'])
    expect((await faultOf(t.core.sessions.end(ada))).kind).toBe('session.unknown')
  })

  test('all others', async () => {
    for (const device of ['a', 'b', 'c']) await open(ada, device)
    const { actor } = await resume('b')
    const heard = await t.listen(ada)
    expect(await t.core.sessions.endOthers(actor)).toBe(2)
    expect((await t.core.sessions.list(ada)).map(s => s.device)).toEqual(['b'])
    expect(bodiesOf(heard, 'session.ended')).toHaveLength(2)
    expect(await t.core.sessions.endOthers(actor)).toBe(0)
  })
})

describe('expiry', () => {
  test('WT83: what has expired is listed no more, and swept with word to its links; what was prolonged stays', async () => {
    const short = await open(ada, 'short', 30_000)
    await open(ada, 'long')
    const kept = await open(ada, 'kept', 30_000)
    const heard = await t.listen(ada)
    const { actor } = await resume('kept')
    await rotate(actor, 'kept', 'kept on')
    t.clock.advance(30_000)
    expect((await t.core.sessions.list(ada)).map(s => s.device).toSorted()).toEqual(['kept', 'long'])
    expect(bodiesOf(heard, 'session.ended')).toEqual([])
    t.clock.advance(60_000)
    await until('the sweep', () => bodiesOf(heard, 'session.ended').length)
    expect(bodiesOf(heard, 'session.ended').map(body => body.sessionId)).toEqual([short.id])
    expect(kept.id).toBe((await resume('kept on')).session.id)
    expect((await faultOf(resume('short'))).kind).toBe('session.invalid')
  })

  test('however many expire at once are swept by the next sweep', async () => {
    for (let i = 0; i < 450; i++) await open(ada, `${i}`, 1000)
    const heard = await t.listen(ada)
    t.clock.advance(60_000)
    await until('the sweep', () => bodiesOf(heard, 'session.ended').length === 450)
  })
})
