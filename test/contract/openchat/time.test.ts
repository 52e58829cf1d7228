// Rules about seconds, minutes and days, on a server whose clock is moved by hand; and what it says when it cannot answer.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { refuse } from '../../../src/core/index.ts'
import { type Clocked, startClocked } from '../../kit/clocked.ts'
import { foreign } from '../../kit/target.ts'
import { challenge, enterByKey, newKey, PASSWORD, Person, proofOf, prove, registerPassword } from './people.ts'
import { call, fresh, homeOf, said } from './target.ts'

/** Every call of it is refused while the store is down. */
const failing = <T extends object>(whole: T, isDown: () => boolean): T =>
  new Proxy(whole, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (name === 'read') return failing(value as object, isDown)
      if (typeof value !== 'function') return value
      return (...given: unknown[]) =>
        isDown() ? refuse({ kind: 'unavailable', retryAfterMs: 1500 }) : value.apply(target, given)
    },
  })

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

let target: Clocked
beforeAll(async () => {
  if (!foreign) target = await startClocked()
})
afterAll(() => target?.[Symbol.asyncDispose]())

const reasonOf = async (person: Person): Promise<string> =>
  (await person.get('/v1/sessions/current')).body.details?.reason ?? 'none'

describe.skipIf(foreign)('lifetimes', () => {
  test('OC22 OC25: a challenge is good for five minutes', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const { expires_at } = (await challenge(target, home, key)).body
    expect(Date.parse(expires_at)).toBe(target.clock.now() + 5 * MINUTE)
    const [early, late] = [await proofOf(target, home, key), await proofOf(target, home, key)]
    target.clock.advance(5 * MINUTE - SECOND)
    expect((await prove(target, home, early)).status).toBe(201)
    target.clock.advance(SECOND)
    expect(said(await prove(target, home, late))).toBe('410 challenge_expired')
    expect(said(await prove(target, home, early))).toBe('410 challenge_expired')
  })

  test('OC27 OC29: a token lives a day, however much it is used', async () => {
    const mila = await enterByKey(target)
    expect(Date.parse(mila.session.expires_at)).toBe(target.clock.now() + DAY)
    target.clock.advance(DAY - SECOND)
    expect(await mila.isLive()).toBe(true)
    target.clock.advance(SECOND)
    expect([said(await mila.get('/v1/account')), await reasonOf(mila)]).toEqual(['401 unauthorized', 'expired'])
  })

  test('OC35: a renewal gives another day; the old token lives a minute more, never past its own end', async () => {
    const mila = await registerPassword(target)
    target.clock.advance(DAY / 2)
    const { body } = await mila.post('/v1/sessions/current/renew')
    expect(Date.parse(body.expires_at)).toBe(target.clock.now() + DAY)
    const renewed = new Person(target, body)
    target.clock.advance(MINUTE - SECOND)
    expect([await mila.isLive(), await renewed.isLive()]).toEqual([true, true])
    target.clock.advance(SECOND)
    expect([await reasonOf(mila), await renewed.isLive()]).toEqual(['expired', true])
    target.clock.advance(DAY - MINUTE - SECOND)
    const again = new Person(target, (await renewed.post('/v1/sessions/current/renew')).body)
    target.clock.advance(SECOND)
    expect([await reasonOf(renewed), await again.isLive()]).toEqual(['expired', true])
    expect((await again.must('GET', '/v1/sessions/current')).session_id).toBe(mila.session.session_id)
  })
})

describe.skipIf(foreign)('too much, or not now', () => {
  test('OC4 OC16: more requests a minute than the document says are refused until later', async () => {
    await using limited = await startClocked({ rateLimits: true })
    const { limits } = (await call(limited, 'GET', '/client/capabilities')).body
    const [mila, ada] = [await registerPassword(limited), await registerPassword(limited)]
    for (let i = 0; i < limits.rate_limit_per_minute; i++) {
      if (!(await mila.isLive())) throw new Error(`refused after ${i}`)
    }
    const refused = await mila.get('/v1/sessions/current')
    const wait = refused.body.details.retry_after_ms
    expect([said(refused), refused.body.retryable]).toEqual(['429 rate_limited', true])
    expect([wait > 0, wait <= MINUTE, Number.isInteger(wait)]).toEqual([true, true, true])
    expect(refused.headers.get('retry-after')).toBe(String(Math.max(1, Math.ceil(wait / 1000))))
    expect(await ada.isLive()).toBe(true)
    limited.clock.advance(wait)
    expect(await mila.isLive()).toBe(true)
  })

  test('OC4 OC16: so are requests of those who have no session, by address', async () => {
    await using limited = await startClocked({ rateLimits: true })
    const { limits, server_id } = (await call(limited, 'GET', '/client/capabilities')).body
    const key = newKey()
    for (let i = 0; i < limits.rate_limit_per_minute; i++) {
      expect((await challenge(limited, server_id, key)).status).toBe(201)
    }
    const refused = await challenge(limited, server_id, key)
    expect(said(refused)).toBe('429 rate_limited')
    expect(said(await prove(limited, server_id, {}))).toBe('429 rate_limited')
    limited.clock.advance(refused.body.details.retry_after_ms)
    expect((await challenge(limited, server_id, key)).status).toBe(201)
  })

  test('OC4 OC37 OC38: whoever has a whole IPv6 network is counted by it, and its neighbour is not', async () => {
    await using limited = await startClocked({ rateLimits: true, trustedProxies: ['127.0.0.1'] })
    const home = await homeOf(limited)
    const key = newKey()
    let host = 1
    const from = (network: string) => ({ 'x-forwarded-for': `2001:db8:0:${network}::${(host++).toString(16)}` })
    const ask = (network: string, path: string, json: object) =>
      call(limited, 'POST', path, { json, headers: from(network) }).then(said)
    const counted = async (many: number, wanted: string, path: string, json: () => object) => {
      for (let i = 0; i < many; i++) expect(await ask('1', path, json())).toBe(wanted)
      expect(await ask('1', path, json())).toBe('429 rate_limited')
      expect(await ask('2', path, json())).toBe(wanted)
    }
    const { limits } = (await call(limited, 'GET', '/client/capabilities')).body
    const challenged = { public_key: key.publicKey, device_id: 'laptop' }
    const challenges = `/v1/servers/${home}/sessions/challenge`
    await counted(limits.rate_limit_per_minute, '201', challenges, () => challenged)
    await counted(30, '201', '/v1/accounts', () => ({ username: fresh(), password: PASSWORD }))
    const guess = { username: fresh(), password: PASSWORD }
    await counted(10, '401 invalid_credentials', '/v1/sessions/password', () => guess)
  })

  test('OC4 OC24 OC25: a store that does not answer is told as something to try again', async () => {
    let down = false
    await using broken = await startClocked({ around: store => failing(store, () => down) })
    const [home, key] = [await homeOf(broken), newKey()]
    const proof = await proofOf(broken, home, key)
    down = true
    const answers = [await challenge(broken, home, key), await prove(broken, home, proof)]
    down = false
    expect(answers.map(answer => [said(answer), answer.body.retryable])).toEqual([
      ['503 challenge_unavailable', true],
      ['503 session_unavailable', true],
    ])
    for (const { headers, body } of answers) {
      expect([headers.get('retry-after'), body.details.retry_after_ms]).toEqual(['2', 1500])
    }
    expect((await challenge(broken, home, key)).status).toBe(201)
  })
})
