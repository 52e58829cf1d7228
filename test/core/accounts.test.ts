import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Actor } from '../../src/core/index.ts'
import { bodiesOf, createTestCore, faultOf, openDoor, outcomesOf, type TestCore, typesOf } from '../kit/core.ts'

let t: TestCore
beforeEach(async () => {
  t = await createTestCore()
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const register = (handle: string, email: string | null = null) =>
  t.core.accounts.register({ handle, password: 'password', email, address: '127.0.0.1' })
const bare = { displayName: null, email: null, handle: null, handleHint: 'kari', address: '127.0.0.1' }

describe('handles', () => {
  test('2 to 32 letters and digits of any script and . _ -, with at least one letter or digit', async () => {
    for (const handle of ['ab', '42', 'a.b-c_d', 'Ærlig', '名前', 'नमस्ते', 'x'.repeat(32), '𐐷'.repeat(32)]) {
      expect((await register(handle)).handle).toBe(handle)
    }
    for (const handle of ['', 'a', '..', '_-', 'a b', 'a@b', 'a/b', 'a\0b', 'a\u200bb', '😀😀', 'x'.repeat(33)]) {
      expect(await faultOf(register(handle))).toMatchObject({ kind: 'value.invalid', field: 'handle' })
      const wish = t.core.accounts.registerWithCapability({ ...bare, handle })
      expect(await faultOf(wish)).toMatchObject({ kind: 'value.invalid', field: 'handle' })
    }
  })

  test('CA24 WT10: with nothing in it that does not show, though Unicode calls it a letter or a mark', async () => {
    for (const hidden of ['\u034f', '\u115f', '\u17b4', '\u180b', '\u3164', '\ufe0f', '\uffa0', '\u{e0100}']) {
      for (const handle of [`ada${hidden}`, `ad${hidden}min`, hidden.repeat(3)]) {
        expect(await faultOf(register(handle))).toMatchObject({ kind: 'value.invalid', field: 'handle' })
      }
    }
  })

  test('WT10 MS28: reserved words are taken, in every case and width, whoever asks', async () => {
    const words = 'me online admin root system support all everyone here channel null undefined uid_1 uid_'.split(' ')
    for (const word of [...words, 'ADMIN', 'Me', 'ａｄｍｉｎ', 'UID_x']) {
      expect((await faultOf(register(word))).kind).toBe('handle.taken')
      const wish = t.core.accounts.registerWithCapability({ ...bare, handle: word })
      expect((await faultOf(wish)).kind).toBe('handle.taken')
    }
    expect((await register('admins')).handle).toBe('admins')
    const { profile } = await t.core.accounts.registerWithCapability({ ...bare, handleHint: 'admin' })
    expect(profile.handle).toBe('admin2')
  })

  test('WT10: of parallel registrations of one name in any spelling exactly one succeeds', async () => {
    const spellings = ['Zoë', 'zoë', 'ZOË', 'Zoe\u0308', 'ｚｏë']
    expect(await outcomesOf(spellings.map(handle => register(handle)))).toEqual({ ok: 1, 'handle.taken': 4 })
    expect(await t.core.accounts.taken({ handle: 'zOË' })).toEqual({ handle: true, email: false })
    expect((await t.core.people.byHandle('zOË'))?.handleFold).toBe('zoë')
  })

  test('MS28: a derived handle never fails, also under parallel creation', async () => {
    const made = await Promise.all(Array.from({ length: 30 }, () => t.core.accounts.registerWithCapability(bare)))
    const handles = made.map(({ profile }) => profile.handle)
    expect(new Set(handles).size).toBe(30)
    expect(handles).toContain('kari')
    expect(handles).toContain('kari2')
    expect(handles.every(handle => /^kari\d*$/.test(handle) && handle.length <= 32)).toBe(true)
    const long = { ...bare, handleHint: 'x'.repeat(60) }
    await t.core.accounts.registerWithCapability(long)
    expect((await t.core.accounts.registerWithCapability(long)).profile.handle).toBe(`${'x'.repeat(24)}2`)
    const nameless = t.core.accounts.registerWithCapability({ ...bare, handleHint: '' })
    expect(await faultOf(nameless)).toMatchObject({ kind: 'value.invalid', field: 'handle' })
  })
})

describe('email', () => {
  test('MS25: unique ignoring case, under parallel registration and over both kinds of account', async () => {
    const mails = ['Kari@x.no', 'kari@x.no', 'KARI@X.NO', 'kari@X.no']
    const attempts = mails.flatMap((email, i) => [
      register(`kari${i}`, email),
      t.core.accounts.registerWithCapability({ ...bare, email }),
    ])
    expect(await outcomesOf(attempts)).toEqual({ ok: 1, 'email.taken': 7 })
    expect(await t.core.accounts.taken({ email: 'kAri@x.no' })).toEqual({ handle: false, email: true })
    // Who was refused left nothing behind: his name is free.
    const taken = await Promise.all(mails.map((_, i) => t.core.accounts.taken({ handle: `kari${i}` })))
    expect(taken.filter(({ handle }) => handle).length).toBeLessThanOrEqual(1)
  })

  test('no email collides with no email', async () => {
    expect(await outcomesOf([register('ada'), register('bob')])).toEqual({ ok: 2 })
  })
})

describe('logging in', () => {
  test('WT11: unknown name and wrong password are one fault; the name fits in any case', async () => {
    const profile = await register('Ada')
    const logIn = (handle: string, password: string) =>
      t.core.accounts.logIn({ handle, password, address: '127.0.0.1' })
    expect((await logIn('aDA', 'password')).id).toBe(profile.id)
    expect(await faultOf(logIn('ada', 'Password'))).toEqual({ kind: 'credentials.wrong' })
    expect(await faultOf(logIn('nobody', 'password'))).toEqual({ kind: 'credentials.wrong' })
    const { profile: kari } = await t.core.accounts.registerWithCapability(bare)
    expect(await faultOf(logIn(kari.handle, ''))).toEqual({ kind: 'credentials.wrong' })
  })

  describe('failures', () => {
    let limited: TestCore
    beforeEach(async () => {
      limited = await createTestCore({ rateLimits: true })
      await limited.person('ada')
    })
    afterEach(() => limited[Symbol.asyncDispose]())
    const logIn = (handle: string, password: string, address = '10.0.0.1') =>
      limited.core.accounts.logIn({ handle, password, address })

    test('10 in 5 minutes for a name and address; then not even the right password counts', async () => {
      for (let i = 0; i < 10; i++) expect((await faultOf(logIn('ada', `${i}`))).kind).toBe('credentials.wrong')
      const fault = await faultOf(logIn('ADA', 'password'))
      expect(fault).toMatchObject({ kind: 'rate.limited' })
      await logIn('ada', 'password', '10.0.0.2')
      limited.clock.advance(fault.kind === 'rate.limited' ? fault.retryAfterMs : 0)
      await logIn('ada', 'password')
    })

    test('a success clears them', async () => {
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 9; i++) await faultOf(logIn('ada', `${i}`))
        await logIn('ada', 'password')
      }
    })

    test('parallel guesses are counted like any', async () => {
      const guesses = Array.from({ length: 50 }, (_, i) => logIn('ada', `${i}`))
      expect(await outcomesOf(guesses)).toEqual({ 'credentials.wrong': 10, 'rate.limited': 40 })
    })

    test('60 a minute for an address, whatever the names', async () => {
      for (let i = 0; i < 60; i++) expect((await faultOf(logIn(`n${i}`, 'x'))).kind).toBe('credentials.wrong')
      expect((await faultOf(logIn('ada', 'password'))).kind).toBe('rate.limited')
      await logIn('ada', 'password', '10.0.0.2')
      limited.clock.advance(60_000)
      await logIn('ada', 'password')
    })

    test('30 new accounts an hour from an address', async () => {
      const join = (handle: string, address = '10.0.0.3') =>
        limited.core.accounts.register({ handle, password: 'password', address })
      for (let i = 0; i < 30; i++) await join(`n${i}`)
      expect((await faultOf(join('late'))).kind).toBe('rate.limited')
      expect((await join('elsewhere', '10.0.0.4')).handle).toBe('elsewhere')
      limited.clock.advance(3600_000)
      await join('late')
    })
  })
})

describe('capabilities', () => {
  test('MS5: the capability opens its own profiles only, in any letter case; no core id stands in for it', async () => {
    const { profile, capability } = await t.core.accounts.registerWithCapability(bare)
    const other = await register('other')
    const act = (secret: string, id: string) => t.core.accounts.actByCapability(secret, id, openDoor)
    expect((await act(capability.toUpperCase(), profile.id)).actor).toEqual({
      accountId: profile.accountId,
      profile,
      sessionId: null,
      door: openDoor,
    })
    for (const [secret, id] of [
      [capability, other.id],
      [profile.accountId, profile.id],
      [profile.id, profile.id],
      [crypto.randomUUID(), profile.id],
      ['', profile.id],
      [capability, 'nonsense'],
    ] as const) {
      expect(await faultOf(act(secret, id))).toEqual({ kind: 'credentials.wrong' })
    }
  })

  test('MS8: minted by whom a password made, replaced and revoked: the old one is dead at once, and its links are told', async () => {
    const ada = await t.person('ada')
    const heard = await t.listen(ada)
    const act = (secret: string) => t.core.accounts.actByCapability(secret, ada.profile.id, openDoor)
    const first = await t.core.accounts.mintCapability(ada)
    const { credentialId } = await act(first)
    expect(typesOf(heard)).toEqual([])
    const second = await t.core.accounts.mintCapability(ada)
    expect((await faultOf(act(first))).kind).toBe('credentials.wrong')
    expect(bodiesOf(heard, 'credential.revoked').map(body => body.credentialId)).toEqual([credentialId])
    const { credentialId: standing } = await act(second)
    await t.core.accounts.revokeCapability(ada)
    expect((await faultOf(act(second))).kind).toBe('credentials.wrong')
    expect(bodiesOf(heard, 'credential.revoked').map(body => body.credentialId)).toEqual([credentialId, standing])
    expect((await t.core.accounts.credentials(ada)).map(c => c.kind)).toEqual(['password'])
  })

  test('parallel mints leave one that works', async () => {
    const ada = await t.person('ada')
    const minted = await Promise.all(Array.from({ length: 5 }, () => t.core.accounts.mintCapability(ada)))
    const tries = minted.map(secret => t.core.accounts.actByCapability(secret, ada.profile.id, openDoor))
    expect(await outcomesOf(tries)).toEqual({ ok: 1, 'credentials.wrong': 4 })
  })

  test('the last credential cannot be revoked', async () => {
    const { profile, capability } = await t.core.accounts.registerWithCapability(bare)
    const { actor } = await t.core.accounts.actByCapability(capability, profile.id, openDoor)
    expect((await faultOf(t.core.accounts.revokeCapability(actor))).kind).toBe('credential.last')
    await t.core.accounts.setPassword(actor, { current: null, next: 'password' })
    await t.core.accounts.revokeCapability(actor)
    await t.core.accounts.logIn({ handle: profile.handle, password: 'password', address: '127.0.0.1' })
  })
})

describe('setting a password', () => {
  const open = async (ada: Actor, secret: string) => {
    const tokens = [{ secret, kind: 'access', ttlMs: 60_000 }]
    await t.core.sessions.open(ada.profile, { door: openDoor, device: secret, ttlMs: 60_000, tokens })
    return (await t.core.sessions.resume(secret, 'access', openDoor)).actor
  }

  test('ends every other session of the account; this one and the capability stay', async () => {
    const ada = await t.person('ada')
    const here = await open(ada, 'here')
    const there = await open(ada, 'there')
    const capability = await t.core.accounts.mintCapability(here)
    const heard = await t.listen(ada)
    await t.core.accounts.setPassword(here, { current: 'password', next: 'another one' })
    expect((await faultOf(t.core.sessions.resume('there', 'access', openDoor))).kind).toBe('session.invalid')
    await t.core.sessions.resume('here', 'access', openDoor)
    await t.core.accounts.actByCapability(capability, ada.profile.id, openDoor)
    expect(bodiesOf(heard, 'session.ended')).toEqual([
      { type: 'session.ended', sessionId: there.sessionId ?? '', door: 'open' },
    ])
    const logIn = (password: string) => t.core.accounts.logIn({ handle: 'ada', password, address: '127.0.0.1' })
    expect((await faultOf(logIn('password'))).kind).toBe('credentials.wrong')
    await logIn('another one')
  })

  test('asks for the standing one, and of parallel changes exactly one wins', async () => {
    const ada = await t.person('ada')
    const set = (current: string | null, next: string) => t.core.accounts.setPassword(ada, { current, next })
    for (const current of [null, '', 'wrong']) expect((await faultOf(set(current, 'x'))).kind).toBe('credentials.wrong')
    const changes = Array.from({ length: 5 }, (_, i) => set('password', `new ${i}`))
    expect(await outcomesOf(changes)).toEqual({ ok: 1, 'credentials.wrong': 4 })
    expect((await t.core.accounts.credentials(ada)).filter(c => c.kind === 'password')).toHaveLength(1)
  })

  test('guessing the standing one is bounded as at the login', async () => {
    await using limited = await createTestCore({ rateLimits: true })
    const ada = await limited.person('ada')
    const set = (current: string) => limited.core.accounts.setPassword(ada, { current, next: 'mine' })
    for (let i = 0; i < 10; i++) expect((await faultOf(set(`${i}`))).kind).toBe('credentials.wrong')
    expect((await faultOf(set('password'))).kind).toBe('rate.limited')
  })

  test('a first one is set without another, by one of several at once', async () => {
    const { profile, capability } = await t.core.accounts.registerWithCapability({ ...bare, email: 'Kari@x.no' })
    const { actor } = await t.core.accounts.actByCapability(capability, profile.id, openDoor)
    const firsts = ['one', 'two'].map(next => t.core.accounts.setPassword(actor, { current: null, next }))
    expect(await outcomesOf(firsts)).toEqual({ ok: 1, 'credentials.wrong': 1 })
    expect(await t.core.accounts.email(actor)).toBe('Kari@x.no')
  })
})
