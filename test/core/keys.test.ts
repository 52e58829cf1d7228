import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Actor, limits } from '../../src/core/index.ts'
import { createTestCore, faultOf, openDoor, outcomesOf, type TestCore } from '../kit/core.ts'

let t: TestCore
beforeEach(async () => {
  t = await createTestCore()
})
afterEach(async () => {
  expect(t.errors).toEqual([])
  await t[Symbol.asyncDispose]()
})

const enter = (key: string) => t.core.accounts.enterByKey({ key, handleHint: 'oc_a', address: '127.0.0.1' })

/** Somebody who came by a key, with a session of its own. */
const keyPerson = async (key: string): Promise<{ actor: Actor; token: string; credentialId: string }> => {
  const { profile, credentialId } = await enter(key)
  const token = crypto.randomUUID()
  const login = {
    door: openDoor,
    device: 'd',
    ttlMs: 3600_000,
    tokens: [{ secret: token, kind: 'a', ttlMs: 3600_000 }],
  }
  const session = await t.core.sessions.open(profile, { ...login, credentialId })
  return {
    actor: { accountId: profile.accountId, profile, sessionId: session.id, door: openDoor },
    token,
    credentialId,
  }
}
const isOpen = async (token: string): Promise<boolean> => {
  try {
    await t.core.sessions.resume(token, 'a', openDoor)
    return true
  } catch {
    return false
  }
}

describe('a key', () => {
  test('opens one account for ever, also when it comes for the first time many times at once', async () => {
    const entered = await Promise.all(Array.from({ length: 8 }, () => enter('k1')))
    expect(new Set(entered.map(({ profile }) => profile.id)).size).toBe(1)
    expect(entered.filter(({ isNew }) => isNew)).toHaveLength(1)
    expect((await t.core.accounts.byKey('k1'))?.rootKey).toBe('k1')
    expect(await t.core.accounts.byKey('k2')).toBeNull()
    expect((await enter('k2')).profile.handle).not.toBe(entered[0]?.profile.handle ?? '')
  })

  test('is added to an account, and leaves it with its sessions, unless it is the last thing that opens it', async () => {
    const ada = await t.person('ada')
    const added = await t.core.accounts.addKey(ada, 'k1')
    expect((await t.core.accounts.addKey(ada, 'k1')).id).toBe(added.id)
    const { actor, token, credentialId } = await keyPerson('k1')
    expect(actor.profile.handle).toBe('ada')
    expect(credentialId).toBe(added.id)
    expect(await isOpen(token)).toBe(true)
    await t.core.accounts.removeKey(ada, added.id)
    expect(await isOpen(token)).toBe(false)
    expect(await faultOf(t.core.accounts.removeKey(ada, added.id))).toEqual({ kind: 'credential.unknown' })
    const alone = await keyPerson('k9')
    expect(await faultOf(t.core.accounts.removeKey(alone.actor, alone.credentialId))).toEqual({
      kind: 'credential.last',
    })
  })

  test('is one of a hundred at most', async () => {
    const ada = await t.person('ada')
    const most = limits.keysPerAccount - 1
    for (let n = 0; n < most; n++) await t.core.accounts.addKey(ada, `k${n}`)
    const fault = await faultOf(t.core.accounts.addKey(ada, 'one more'))
    expect(fault).toMatchObject({ kind: 'value.invalid', field: 'key' })
    const [, key] = await t.core.accounts.credentials(ada)
    await t.core.accounts.removeKey(ada, key?.id ?? '')
    await t.core.accounts.addKey(ada, 'one more')
  })

  test('of an account in use is not taken away; of an empty one it is', async () => {
    const ada = await t.person('ada')
    const busy = await keyPerson('busy')
    const { conversation } = await t.core.conversations.create(busy.actor, { title: 'Mine' })
    await t.core.messages.send(busy.actor, conversation.id, { kind: 'text', text: 'hello' })
    expect(await faultOf(t.core.accounts.addKey(ada, 'busy'))).toEqual({ kind: 'key.taken' })
    const idle = await keyPerson('idle')
    await t.core.accounts.addKey(ada, 'idle')
    expect((await t.core.accounts.byKey('idle'))?.id).toBe(ada.profile.id)
    expect(await isOpen(idle.token)).toBe(false)
    expect(await isOpen(busy.token)).toBe(true)
  })
})

describe('linking', () => {
  test('moves the key to the other account; the one it had ceases', async () => {
    const ada = await t.person('ada')
    const { actor, token } = await keyPerson('k1')
    await t.core.accounts.linkTo(actor, ada.profile)
    expect((await t.core.accounts.byKey('k1'))?.id).toBe(ada.profile.id)
    expect(await isOpen(token)).toBe(false)
    const { members } = await t.core.spaces.members(ada, t.core.spaces.homeId, { limit: 9 })
    expect(members.map(member => member.profile.handle)).toEqual(['ada'])
  })

  test('ends the places that the account which ceases had on servers, so that it never inherits one', async () => {
    const { spaces } = t.core
    const [ada, bob] = [await t.person('ada'), await t.person('bob')]
    const { view, token } = await spaces.create(ada, { title: 'Rowers', visibility: 'public' })
    await spaces.claim(ada, view.space.id, token)
    const { actor } = await keyPerson('k1')
    await spaces.enter(actor, view.space.id)
    await spaces.enter(bob, view.space.id)
    await t.core.accounts.linkTo(actor, bob.profile)
    expect((await spaces.get(ada, view.space.id)).memberCount).toBe(2)
    await spaces.leave(ada, view.space.id)
    expect((await spaces.get(bob, view.space.id)).role).toBe('owner')
  })

  test('answers whom the keys open from now on, never somebody who has one that was taken from the account', async () => {
    const [ada, bob] = [await t.person('ada'), await t.person('bob')]
    const first = await keyPerson('k1')
    await t.core.accounts.addKey(first.actor, 'k2')
    const { actor } = await keyPerson('k2')
    await t.core.accounts.removeKey(actor, first.credentialId)
    await t.core.accounts.addKey(bob, 'k1')
    expect((await t.core.accounts.linkTo(actor, ada.profile)).id).toBe(ada.profile.id)
    expect((await t.core.accounts.byKey('k2'))?.id).toBe(ada.profile.id)
    expect((await t.core.accounts.byKey('k1'))?.id).toBe(bob.profile.id)
  })

  test('to two accounts at once goes to one of them, and the other is told so', async () => {
    const [ada, bob] = [await t.person('ada'), await t.person('bob')]
    const { actor } = await keyPerson('k1')
    const links = [ada, bob].map(({ profile }) => t.core.accounts.linkTo(actor, profile))
    expect(await outcomesOf(links)).toEqual({ ok: 1, 'session.invalid': 1 })
  })

  test('asks for a password that is still the one', async () => {
    const ada = await t.person('ada')
    const proven = await t.core.accounts.logIn({ handle: 'ada', password: 'password', address: 'x' })
    const { actor } = await keyPerson('k1')
    await t.core.accounts.setPassword(ada, { current: 'password', next: 'another one' })
    expect(await faultOf(t.core.accounts.linkTo(actor, proven))).toEqual({ kind: 'credentials.wrong' })
    const again = await t.core.accounts.logIn({ handle: 'ada', password: 'another one', address: 'x' })
    expect((await t.core.accounts.linkTo(actor, again)).id).toBe(ada.profile.id)
  })

  test('is refused where something would be lost, or there is nothing to link', async () => {
    const ada = await t.person('ada')
    const { actor } = await keyPerson('k1')
    expect(await faultOf(t.core.accounts.linkTo(actor, actor.profile))).toEqual({ kind: 'account.linked' })
    expect(await faultOf(t.core.accounts.linkTo(ada, actor.profile))).toEqual({ kind: 'account.linked' })
    await t.core.contacts.request(actor, ada.profile.id, null)
    expect(await faultOf(t.core.accounts.linkTo(actor, ada.profile))).toEqual({ kind: 'account.inhabited' })
  })

  test('a key account takes a username and a password once', async () => {
    await t.person('ada')
    const { actor } = await keyPerson('k1')
    const set = (handle: string | null) =>
      t.core.accounts.setPassword(actor, { current: null, next: 'long enough', handle })
    expect(await faultOf(set('ADA'))).toEqual({ kind: 'handle.taken' })
    expect(await faultOf(set('a b'))).toMatchObject({ kind: 'value.invalid' })
    await set('Kea')
    expect((await t.core.accounts.logIn({ handle: 'kea', password: 'long enough', address: 'x' })).id).toBe(
      actor.profile.id,
    )
    expect(await faultOf(set('other'))).toEqual({ kind: 'account.linked' })
  })
})

test('what may be used once is used once, also when all come at once, and after a restart', async () => {
  const soon = t.clock.now() + 60_000
  const tries = await Promise.all(Array.from({ length: 5 }, () => t.core.once('ticket', soon)))
  expect(tries.filter(first => first)).toHaveLength(1)
  await t.restart()
  expect(await t.core.once('ticket', soon)).toBe(false)
  expect(await t.core.once('another', soon)).toBe(true)
})

test('new accounts by key are counted like all others', async () => {
  await t[Symbol.asyncDispose]()
  t = await createTestCore({ rateLimits: true })
  const outcomes = await outcomesOf(Array.from({ length: 35 }, (_, n) => enter(`key ${n}`)))
  expect(outcomes).toEqual({ ok: 30, 'rate.limited': 5 })
})
