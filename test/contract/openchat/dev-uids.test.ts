// Development mode: whom a request names is believed, on this machine only (OC130).
import { describe, expect, test } from 'bun:test'
import { createLogger } from '../../../src/base/log.ts'
import type { Person, Profile } from '../../../src/core/index.ts'
import { identifyToken } from '../../../src/dialects/openchat/auth.ts'
import { createDevIdentity, withNamed } from '../../../src/dialects/openchat/dev-uids.ts'
import { createScope } from '../../../src/dialects/openchat/scope.ts'
import { isLoopback } from '../../../src/dialects/openchat/settings.ts'
import { deriveUid } from '../../../src/dialects/openchat/uids.ts'
import type { RouteRequest } from '../../../src/host/dialect.ts'
import { createTestCore, faultOf } from '../../kit/core.ts'
import { foreign } from '../../kit/target.ts'

const UID = 'uid_0a1b2c3d'
const MINE = { 'x-openchat-user-uid': UID, 'x-openchat-device-id': 'laptop' }

interface Asked {
  readonly method?: string
  readonly address?: string
}

const asking = (path: string, headers: Readonly<Record<string, string>>, asked: Asked = {}): RouteRequest => {
  const { method = 'GET', address = '127.0.0.1' } = asked
  const url = new URL(path, 'http://127.0.0.1')
  const raw = new Request(url, { method, headers })
  return { raw, method, path: url.pathname, query: url.searchParams, params: {}, address } as unknown as RouteRequest
}

const open = async () => {
  const made = await createTestCore()
  const settings = {
    publicUrl: () => '',
    rateLimits: false,
    maxFileBytes: 1000,
    version: '0.0.0-test',
    env: () => undefined,
  }
  const bare = createScope({ core: made.core, clock: made.clock, log: createLogger('error'), settings })
  const scope = { ...bare, uids: withNamed(made.core, bare.uids) }
  const dev = createDevIdentity(scope)
  const who = async (
    path: string,
    headers: Readonly<Record<string, string>>,
    asked?: Asked,
  ): Promise<Profile | null> => {
    const token = await dev.tokenFor(asking(path, headers, asked))
    return token === null ? null : (await identifyToken(scope, token)).actor.profile
  }
  return { ...made, core: made.core, scope, dev, who, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() }
}

describe.skipIf(foreign)('who is named', () => {
  test('OC130: is made at first sight, once, and is the same ever after', async () => {
    await using house = await open()
    const { core, scope, who } = house
    const all = await Promise.all(Array.from({ length: 8 }, () => who('/v1/profile/me', MINE)))
    const [first] = all
    expect(new Set(all.map(profile => profile?.id)).size).toBe(1)
    expect(first?.handle).toBe('dev_0a1b2c3d')
    expect((await core.people.list({ offset: 0, limit: 10 })).map(({ id }) => id)).toEqual([first?.id ?? ''])
    expect((await scope.uids.profileBy(core.spaces.homeId, UID))?.id).toBe(first?.id)
    // A new process believes as the old one did.
    const again = createDevIdentity(scope)
    const token = (await again.tokenFor(asking('/v1/profile/me', MINE))) ?? ''
    const identity = await identifyToken(scope, token)
    expect([identity.actor.profile.id, identity.deviceId, identity.space]).toEqual([
      first?.id ?? '',
      'laptop',
      core.spaces.homeId,
    ])
  })

  test('OC130: has one session for each device, and another when that is over', async () => {
    await using house = await open()
    const { core, scope, dev } = house
    const tokenOn = (device: string) =>
      dev.tokenFor(asking('/v1/profile/me', { ...MINE, 'x-openchat-device-id': device }))
    const laptop = await tokenOn('laptop')
    expect(await tokenOn('laptop')).toBe(laptop)
    expect(await tokenOn('phone')).not.toBe(laptop)
    await core.sessions.end((await identifyToken(scope, laptop ?? '')).actor)
    const next = await tokenOn('laptop')
    expect(next).not.toBe(laptop)
    expect((await identifyToken(scope, next ?? '')).deviceId).toBe('laptop')
  })

  test.each(['uid_x', 'uid_A.b_c-9', `uid_${'z'.repeat(64)}`, 'uid_...', 'uid_0123456789abcdef0123456789abcdef'])(
    'OC130: may be called %s',
    async uid => {
      await using house = await open()
      const person = await house.who('/v1/profile/me', { 'x-openchat-user-uid': uid })
      expect(person?.handle).toStartWith('dev_')
    },
  )

  test.each(['uid_', 'x', 'uid_a b', 'uid_ä', `uid_${'z'.repeat(65)}`, 'uid_system', ''])(
    'OC130: cannot be called %p',
    async uid => {
      await using house = await open()
      const refused = house.who('/v1/profile/me', { 'x-openchat-user-uid': uid })
      expect(await faultOf(refused)).toEqual({ kind: 'session.invalid', reason: 'invalid' })
      expect(await house.core.people.list({ offset: 0, limit: 10 })).toEqual([])
    },
  )

  test('OC130: is never somebody whom anything else opens', async () => {
    await using house = await open()
    const { core, scope, who } = house
    const home = core.spaces.homeId
    const { profile: byPassword } = await house.person('mila')
    const address = '127.0.0.1'
    const msgr = { displayName: 'Kari', email: null, handle: null, handleHint: 'kari', address }
    const { profile: byCapability } = await core.accounts.registerWithCapability(msgr)
    const key = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w'
    const { profile: byKey } = await core.accounts.enterByKey({ key, handleHint: 'oc_x', address })
    await scope.uids.keep(home, byKey)
    for (const profile of [byPassword, byCapability, byKey]) {
      const refused = who('/v1/profile/me', { 'x-openchat-user-uid': scope.uids.of(home, profile) })
      expect(await faultOf(refused)).toEqual({ kind: 'session.invalid', reason: 'invalid' })
    }
    // Nor somebody who has chosen a password since.
    const named = await who('/v1/profile/me', MINE)
    if (!named) throw new Error('nobody was made')
    const actor = { accountId: named.accountId, profile: named, sessionId: null, door: scope.door }
    await core.accounts.setPassword(actor, { current: null, next: 'a password', handle: 'noor' })
    expect(await faultOf(who('/v1/profile/me', MINE))).toEqual({ kind: 'session.invalid', reason: 'invalid' })
  })
})

describe.skipIf(foreign)('what is believed', () => {
  test('OC130: headers everywhere, the query where headers cannot be set', async () => {
    await using house = await open()
    const { who } = house
    const query = `?user_uid=${UID}&device_id=laptop`
    const named = await who('/v1/profile/me', MINE)
    for (const path of ['/v1/realtime', '/v1/realtime/sse', '/v1/realtime/poll']) {
      expect((await who(`${path}${query}`, {}))?.id).toBe(named?.id as string)
    }
    expect(await who(`/v1/profile/me${query}`, {})).toBeNull()
  })

  test('OC130: nothing from other machines, or through proxies', async () => {
    await using house = await open()
    const { who, core } = house
    for (const address of ['192.0.2.7', '::2', 'unknown', '128.0.0.1']) {
      expect(await who('/v1/profile/me', MINE, { address })).toBeNull()
    }
    for (const header of ['forwarded', 'x-forwarded-for', 'X-Forwarded-Proto', 'x-forwarded-whatever', 'via']) {
      expect(await who('/v1/profile/me', { ...MINE, [header]: 'x' })).toBeNull()
    }
    expect(await core.people.list({ offset: 0, limit: 10 })).toEqual([])
    expect((await who('/v1/profile/me', MINE, { address: '::1' }))?.handle).toBe('dev_0a1b2c3d')
  })

  test('OC130: a token, a subprotocol or a ticket speaks for itself, good or bad', async () => {
    await using house = await open()
    const { who } = house
    expect(await who('/v1/profile/me', { ...MINE, authorization: 'Bearer x' })).toBeNull()
    expect(await who('/v1/realtime', { ...MINE, 'sec-websocket-protocol': 'a, openchat.session.x' })).toBeNull()
    expect(await who('/v1/realtime?ticket=x', MINE)).toBeNull()
  })

  test('OC130: who names nobody may read channels, members and messages, and nothing else', async () => {
    await using house = await open()
    const { who } = house
    const guests = await Promise.all(
      [
        '/v1/servers/x/channels',
        '/v1/servers/x/members',
        '/v1/channels/x',
        '/v1/channels/x/members',
        '/v1/channels/x/messages',
      ].map(path => who(path, {})),
    )
    expect(new Set(guests.map(guest => guest?.handle))).toEqual(new Set(['dev_guest']))
    for (const [path, method] of [
      ['/v1/channels/x/messages', 'POST'],
      ['/v1/channels/x/pins', 'GET'],
      ['/v1/profile/me', 'GET'],
      ['/v1/realtime', 'GET'],
      ['/v1/servers/x/settings', 'GET'],
    ] as const) {
      expect(await who(path, {}, { method })).toBeNull()
    }
  })

  test('OC130: the name is printed as it was given, on every server', async () => {
    await using house = await open()
    const { scope, core } = house
    const person: Pick<Person, 'id' | 'rootKey'> = { id: crypto.randomUUID(), rootKey: `dev:${UID}` }
    for (const space of [core.spaces.homeId, crypto.randomUUID()]) expect(scope.uids.of(space, person)).toBe(UID)
    const key = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w'
    const byKey = { id: crypto.randomUUID(), rootKey: key }
    expect(scope.uids.of(core.spaces.homeId, byKey)).toBe(deriveUid(core.spaces.homeId, key))
  })

  test('OC130: only this machine’s own addresses are loopback', () => {
    for (const address of ['localhost', '127.0.0.1', '127.9.9.9', '::1']) expect(isLoopback(address)).toBe(true)
    for (const address of ['0.0.0.0', '::', '', 'example.org', '127.evil.example', '10.0.0.1', '1127.0.0.1']) {
      expect(isLoopback(address)).toBe(false)
    }
  })
})
