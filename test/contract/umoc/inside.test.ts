// What no client can cause or wait for: rates, time, and the order of frames around an answer.
import { afterEach, describe, expect, test } from 'bun:test'
import { foreign } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import type { Client } from './client.ts'
import { countUntilRefused, type House, type HouseOptions, openHouse, TTL } from './house.ts'
import { openRaw } from './raw.ts'

let house: House
const open = async (options: HouseOptions = {}): Promise<House> => {
  house = await openHouse(options)
  return house
}
afterEach(async () => {
  await house[Symbol.asyncDispose]()
  expect(house.kit.errors).toEqual([])
})

/** Two friends and a socket of each. */
const pair = async (options: HouseOptions = {}) => {
  const { person, befriend, connect } = await open(options)
  const [a, b] = [await person('anna'), await person('bela')]
  await befriend(a, b)
  return { a, b, alpha: await connect(a), beta: await connect(b) }
}

/** Lets time pass in steps in which everybody answers the server’s pings. */
const pass = async (ms: number, clients: readonly Client[]): Promise<void> => {
  for (let left = ms; left > 0; left -= 10_000) {
    house.kit.clock.advance(Math.min(left, 10_000))
    for (const client of clients) await client.caughtUp()
  }
}

describe.skipIf(foreign)('rates', () => {
  const limited = { rateLimits: true } as const

  test.each([
    ['get_chats', {}, 60],
    ['get_chat_info', { chat_id: 1 }, 60],
    ['get_chat_history', { chat_id: 1 }, 60],
    ['ping', {}, 60],
    ['verify_session', {}, 60],
    ['read_receipt', { message_ids: [crypto.randomUUID()], sender_id: 1 }, 60],
    ['upload_file_prepare', {}, 30],
  ] as const)('UM131 UM130: %s is limited, and the error says for how long', async (event, payload, count) => {
    const { alpha } = await pair(limited)
    const [passed, words] = await countUntilRefused(count, () => alpha.said(event, payload))
    expect(words).toBe('Rate limit exceeded, please wait')
    // One less where the window is no multiple of the count: how exact the counters are is tested beside them.
    expect([count - 1, count]).toContain(passed)
    const told = await alpha.next('error', ({ message }) => message.startsWith('Rate limit'))
    expect(told).toEqual({ message: 'Rate limit exceeded, please wait', event, retry_after: expect.any(Number) })
    expect(told.retry_after).toBeGreaterThanOrEqual(1)
    // What was refused did not count: the announced wait is enough.
    house.kit.clock.advance(told.retry_after * 1000)
    expect(await alpha.said(event, payload)).not.toStartWith('Rate limit')
  })

  test('UM130: a limit is the user’s, whatever the socket, and nobody else’s', async () => {
    const { a, alpha, beta } = await pair(limited)
    const tab = await house.connect(a)
    for (let i = 0; i < 30; i++) await Promise.all([alpha.said('get_chats'), tab.said('get_chats')])
    expect(await tab.said('get_chats')).toBe('Rate limit exceeded, please wait')
    expect(await beta.said('get_chats')).toBe('ok')
  })

  test('UM130: with limits off there are none', async () => {
    const { alpha } = await pair()
    expect(await countUntilRefused(100, () => alpha.said('ping'))).toEqual([101, 'none'])
  })

  test('UM131: typing over the limit is dropped silently', async () => {
    const { b, alpha, beta } = await pair(limited)
    for (let i = 0; i < 30; i++) {
      expect(await alpha.said('typing', { recipient_id: b.num, is_typing: true })).toBe('ok')
    }
    expect(beta.take('typing_indicator').length).toBe(30)
    expect(await alpha.said('typing', { recipient_id: b.num, is_typing: true })).toBe('ok')
    await alpha.quiet('error')
    await beta.quiet('typing_indicator')
  })

  test('UM131 UM71: sends are limited over all doors, and the limit is told before what is wrong with the recipient', async () => {
    const { b, alpha } = await pair(limited)
    const send = (recipient_id: number) => alpha.said('send_message', { recipient_id, content: 'x' })
    expect(await countUntilRefused(40, () => send(b.num))).toEqual([40, 'Rate limit exceeded, please wait'])
    expect(await send(2_000_000_000)).toBe('Rate limit exceeded, please wait')
    expect(await alpha.said('send_message', { recipient_id: b.num, content: '' })).toBe('Missing required fields')
    house.kit.clock.advance(1000)
    expect(await send(2_000_000_000)).toBe('Recipient not found')
  })

  test('UM131 UM33: connects are limited by address, refusals counted too', async () => {
    const { target, person, dial } = await open(limited)
    const { secrets } = await person('anna')
    const raw = await openRaw(target)
    for (let i = 0; i < 120; i++) {
      raw.send('40')
      expect(await raw.packets.next()).toBe('44{"message":"Authentication required"}')
    }
    expect(await dial({ query: secrets }).refused()).toBe('Rate limit exceeded, please wait')
    house.kit.clock.advance(1000)
    expect(await dial({ query: secrets }).connected()).toMatchObject({ username: 'anna' })
    raw.close()
  })
})

describe.skipIf(foreign)('time', () => {
  test('UM83: a typist who says no more stops after ten seconds', async () => {
    const { b, alpha, beta } = await pair()
    await alpha.must('typing', { recipient_id: b.num, is_typing: true })
    expect(await beta.next('typing_indicator')).toMatchObject({ is_typing: true })
    house.kit.clock.advance(9_999)
    await beta.quiet('typing_indicator')
    house.kit.clock.advance(1)
    expect(await beta.next('typing_indicator')).toMatchObject({ is_typing: false })
  })

  test('UM37: an open socket keeps its session; without one it ends', async () => {
    const { a, b, alpha, beta } = await pair()
    beta.close()
    await pass(2 * TTL, [alpha])
    expect(await house.dial({ query: a.secrets }).connected()).toMatchObject({ user_id: a.num })
    expect(await house.dial({ query: b.secrets }).refused()).toBe('Invalid session')
  })

  test('UM37: so does one that says nothing, but for its answers to the pings of the transport', async () => {
    const { target, person, dial, kit } = await open()
    const { secrets, num } = await person('anna')
    const url = `${target.url}/socket.io/?EIO=4&transport=polling`
    const { sid } = JSON.parse((await (await fetch(url)).text()).slice(1))
    const poll = async () => (await fetch(`${url}&sid=${sid}`)).text()
    const send = async (body: string) => (await fetch(`${url}&sid=${sid}`, { method: 'POST', body })).text()
    expect(await send(`40${JSON.stringify(secrets)}`)).toBe('ok')
    expect(await poll()).toContain('connection_successful')
    for (let passed = 0; passed < 2 * TTL; passed += 25_000) {
      kit.clock.advance(25_000)
      expect(await poll()).toBe('2')
      expect(await send('3')).toBe('ok')
    }
    expect(await dial({ query: secrets }).connected()).toMatchObject({ user_id: num })
  })

  test('UM42 UM37: a valid check slides the expiry of the session that it names', async () => {
    const { b, alpha, beta } = await pair()
    beta.close()
    const check = () => alpha.must('verify_session', b.secrets)
    const { expires_at } = await check()
    await pass(TTL / 2, [alpha])
    expect((await check()).expires_at).toBe(expires_at + TTL / 2000)
    await pass(TTL / 2 + 10_000, [alpha])
    expect(await check()).toMatchObject({ valid: true })
    await pass(TTL + 10_000, [alpha])
    expect(await check()).toMatchObject({ valid: false })
  })

  test('UM34 UM5: session_expires is in whole seconds from now', async () => {
    const { person, dial, kit } = await open()
    const { secrets } = await person('anna')
    expect((await dial({ query: secrets }).connected()).session_expires).toBe(
      Math.floor((kit.clock.now() + TTL) / 1000),
    )
  })

  test('UM33: who never connects to the namespace is sent away', async () => {
    const { target } = await open()
    const raw = await openRaw(target)
    raw.send('40')
    await raw.packets.next()
    let over = false
    void raw.ended.then(() => {
      over = true
    })
    // Pings are answered all the while: it is not silence that ends it.
    await until('the end', () => {
      house.kit.clock.advance(1000)
      return over
    })
  })
})

describe.skipIf(foreign)('around an answer', () => {
  test('UM48 UM41: the acknowledgement comes before the notification it is about', async () => {
    const { a, b } = await pair()
    const raw = await openRaw(house.target)
    raw.send(`40${JSON.stringify(a.secrets)}`)
    await raw.event('connection_successful')
    raw.send(`421["send_message",{"recipient_id":${b.num},"content":"x"}]`)
    expect(await raw.packets.next()).toStartWith('431[{"ok":true')
    expect(await raw.packets.next()).toStartWith('42["new_message"')
    raw.close()
  })

  test('UM45: a bug is an internal error, logged, and the socket stays open', async () => {
    const { alpha } = await pair({
      change: core => ({ people: { ...core.people, self: () => Promise.reject(new Error('secret')) } }),
    })
    expect(await alpha.said('set_status_visibility')).toBe('Internal error')
    expect(house.failures).toMatchObject([{ event: 'set_status_visibility' }])
    expect(await alpha.said('ping')).toBe('ok')
  })

  test('UM38: a session that ended unnoticed ends the socket with the next event', async () => {
    let gone = false
    const { alpha } = await pair({
      change: core => ({
        sessions: {
          ...core.sessions,
          resume: (...of) => core.sessions.resume(gone ? 'another' : of[0], of[1], of[2]),
        },
      }),
    })
    gone = true
    const ended = alpha.ended()
    alpha.emit('get_chats')
    expect(await ended).toBe('io server disconnect')
    expect(alpha.take('session_status', 'chats', 'error')).toEqual([
      { valid: false, message: 'Your session has expired or is invalid' },
    ])
  })

  test('UM30: without strictness an absent token is accepted, a wrong one never', async () => {
    const { person, dial } = await open({ requireToken: false })
    const { secrets, num } = await person('anna')
    const { sessionID } = secrets
    expect(await dial({ query: { sessionID } }).connected()).toMatchObject({ user_id: num })
    expect(await dial({ query: { sessionID, token: 'x' } }).refused()).toBe('Invalid session')
    expect(await dial({ query: { token: secrets.token } }).refused()).toBe('Authentication required')
  })
})
