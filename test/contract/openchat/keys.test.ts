// Who one is, proven by an Ed25519 key: OC21 to OC28.

import { describe, expect, test } from 'bun:test'
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foreign, startOwn, useTarget } from '../../kit/target.ts'
import { challenge, enterByKey, keyOf, newKey, newServer, proofOf, prove, registerPassword, uidOf } from './people.ts'
import { blamed, call, homeOf, type Loose, NO_ID, NO_UID, said, TIME, TOKEN, UUID } from './target.ts'

const target = useTarget()

/** The key of RFC 8032's making from a seed, as DER. */
const keyFromSeed = (seed: Buffer) => {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const privateKey: KeyObject = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  return keyOf(createPublicKey(privateKey), privateKey)
}

describe('the challenge', () => {
  test('OC21: needs no credentials; says what to sign, as whom, and until when', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const { status, body } = await challenge(target, home, key)
    expect([status, body]).toEqual([
      201,
      {
        challenge_id: expect.any(String),
        server_id: home,
        user_uid: uidOf(home, key),
        payload: expect.any(String),
        expires_at: expect.stringMatching(TIME),
      },
    ])
    expect((await challenge(target, home, key, { user_uid: uidOf(home, key) })).status).toBe(201)
  })

  test('OC22: the payload is six lines, the last of which is when it ends: in five minutes', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const device_id = 'x'.repeat(128)
    const before = Date.now()
    const { body } = await challenge(target, home, key, { device_id })
    const [word, server, uid, device, nonce, ends, more] = body.payload.split('\n')
    expect([word, server, uid, device, more]).toEqual([
      'openchat-session-v1',
      home,
      uidOf(home, key),
      device_id,
      undefined,
    ])
    expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(Buffer.from(nonce, 'base64url').length).toBe(32)
    expect(ends).toBe(body.expires_at)
    expect(Math.abs(Date.parse(ends) - before - 300_000)).toBeLessThan(20_000)
    expect(body.payload.length).toBeLessThanOrEqual(1024)
    const again = await challenge(target, home, key, { device_id })
    expect(again.body.payload.split('\n')[4]).not.toBe(nonce)
  })

  test('OC22: the longest device id of the widest characters', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const device_id = '\u{1f9ff}'.repeat(128)
    const { body } = await challenge(target, home, key, { device_id })
    expect([body.payload.length <= 1024, body.challenge_id.length <= 1024]).toEqual([true, true])
    const session = await prove(target, home, { challenge_id: body.challenge_id, signature: key.sign(body.payload) })
    expect([session.status, session.body.device_id]).toEqual([201, device_id])
  })

  test('OC23: the uid follows from server and key; the key of the contract’s example is the one it says', async () => {
    const key = keyFromSeed(Buffer.alloc(32, 1))
    expect(key.publicKey).toBe('iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w')
    expect(uidOf('0d5f6a8b-1f43-4f4f-9d8e-9ab6f913f4f8', key)).toBe('uid_b5ae97810f6787a093a0afa44107643f')
    const home = await homeOf(target)
    expect((await challenge(target, home, key)).body.user_uid).toBe(uidOf(home, key))
  })

  test('OC23: a claimed name other than the bound one is refused, whoever has it', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const other = await enterByKey(target)
    for (const user_uid of [other.uid, NO_UID, 'uid_system', uidOf(NO_ID, key)]) {
      expect(said(await challenge(target, home, key, { user_uid }))).toBe('403 binding_required')
    }
  })

  test.each([
    ['short', 'A'.repeat(42)],
    ['long', 'A'.repeat(44)],
    ['padded', `${'A'.repeat(43)}=`],
    ['empty', ''],
    ['with +', `+${'A'.repeat(42)}`],
    ['with /', `/${'A'.repeat(42)}`],
    ['with bits beyond 32 bytes', `${'B'.repeat(42)}B`],
    ['the identity', Buffer.concat([Buffer.from([1]), Buffer.alloc(31)]).toString('base64url')],
    ['of order two', Buffer.from(`ec${'ff'.repeat(30)}7f`, 'hex').toString('base64url')],
    ['zero', Buffer.alloc(32).toString('base64url')],
    [
      'of order eight, the other sign',
      Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85', 'hex').toString('base64url'),
    ],
  ])('OC24: a key that is %s is refused', async (_what, public_key) => {
    const home = await homeOf(target)
    expect(said(await challenge(target, home, newKey(), { public_key }))).toBe('400 invalid_public_key')
  })

  test('OC24: what is malformed, and a server that is not there', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const refusals: [object, string][] = [
      [{ device_id: '' }, '400 invalid_identity: device_id'],
      [{ device_id: 'x'.repeat(129) }, '400 invalid_identity: device_id'],
      [{ device_id: 'a\nb' }, '400 invalid_identity: device_id'],
      [{ user_uid: 'mila' }, '400 invalid_identity: user_uid'],
      [{ user_uid: `uid_${'x'.repeat(65)}` }, '400 invalid_identity: user_uid'],
      [{ user_uid: 7 }, '400 invalid_payload: user_uid'],
      [{ public_key: 7 }, '400 invalid_payload: public_key'],
      [{ public_key: undefined }, '400 invalid_payload: public_key'],
      [{ device_id: null }, '400 invalid_payload: device_id'],
    ]
    for (const [keys, expected] of refusals) expect(blamed(await challenge(target, home, key, keys))).toBe(expected)
    for (const raw of ['[]', '"x"', '{', '']) {
      const sent = { raw, headers: { 'content-type': 'application/json' } }
      const answer = await call(target, 'POST', `/v1/servers/${home}/sessions/challenge`, sent)
      expect(said(answer)).toBe('400 invalid_payload')
    }
    for (const id of [NO_ID, 'x', '%00']) expect(said(await challenge(target, id, key))).toBe('404 server_not_found')
  })
})

describe('the proof', () => {
  test('OC25 OC27: opens a session for exactly what the challenge said, with a token that says nothing', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const made = (await challenge(target, home, key, { device_id: 'tablet' })).body
    const before = Date.now()
    const { status, body } = await prove(target, home, {
      challenge_id: made.challenge_id,
      signature: key.sign(made.payload),
    })
    expect([status, body]).toEqual([
      201,
      {
        session_id: expect.stringMatching(UUID),
        server_id: home,
        user_uid: made.user_uid,
        device_id: 'tablet',
        token: expect.stringMatching(TOKEN),
        expires_at: expect.stringMatching(TIME),
        scope: ['chat'],
        session_kind: 'challenge_signature',
      },
    ])
    expect(Math.abs(Date.parse(body.expires_at) - before - 86_400_000)).toBeLessThan(20_000)
    const tokens = await Promise.all([1, 2, 3].map(async () => (await enterByKey(target, key)).token))
    expect(new Set([...tokens, body.token]).size).toBe(4)
  })

  test('OC25: a wrong signature, a signature of something else, or somebody else’s', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const wrong = [
      (payload: string) => newKey().sign(payload),
      (payload: string) => key.sign(`${payload}\n`),
      (payload: string) => key.sign(payload.replace('openchat-session-v1', 'openchat-session-v2')),
      () => Buffer.alloc(64).toString('base64url'),
    ]
    for (const sign of wrong) {
      const { challenge_id, payload } = (await challenge(target, home, key)).body
      expect(said(await prove(target, home, { challenge_id, signature: sign(payload) }))).toBe('403 signature_invalid')
    }
  })

  test('OC24 OC25: a key that is no point of the curve proves nothing', async () => {
    const home = await homeOf(target)
    const key = { ...newKey(), publicKey: Buffer.from(`02${'00'.repeat(31)}`, 'hex').toString('base64url') }
    expect(said(await prove(target, home, await proofOf(target, home, key)))).toBe('403 signature_invalid')
  })

  test('OC25: a challenge that is not ours, damaged, or of another server is over', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const elsewhere = (await newServer(await registerPassword(target))).server
    const { challenge_id, signature } = await proofOf(target, home, key)
    const [fields, seal] = challenge_id.split('.') as [string, string]
    const forged = Buffer.from(Buffer.from(fields, 'base64url').toString().replace(uidOf(home, key), NO_UID)).toString(
      'base64url',
    )
    for (const id of ['', 'x', NO_ID, `${fields}.`, `.${seal}`, `${forged}.${seal}`, `${challenge_id}.x`]) {
      expect([id, said(await prove(target, home, { challenge_id: id, signature }))]).toEqual([
        id,
        '410 challenge_expired',
      ])
    }
    expect(said(await prove(target, elsewhere, { challenge_id, signature }))).toBe('410 challenge_expired')
    expect(said(await prove(target, NO_ID, { challenge_id, signature }))).toBe('404 server_not_found')
    // None of these used it up.
    expect((await prove(target, home, { challenge_id, signature })).status).toBe(201)
  })

  test('OC25 OC26: what is malformed is told, and does not use the challenge up', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const { challenge_id, signature } = await proofOf(target, home, key)
    for (const bad of ['', 'x', signature.slice(1), `${signature}==`, `${signature}A`, `+${signature.slice(1)}`]) {
      expect([bad, said(await prove(target, home, { challenge_id, signature: bad }))]).toEqual([
        bad,
        '400 invalid_signature',
      ])
    }
    for (const body of [
      {},
      { challenge_id },
      { signature },
      { challenge_id: 1, signature },
      { challenge_id, signature: null },
    ]) {
      expect(said(await prove(target, home, body))).toBe('400 invalid_payload')
    }
    expect((await prove(target, home, { challenge_id, signature })).status).toBe(201)
  })

  test('OC26: one attempt each, right or wrong', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const right = await proofOf(target, home, key)
    expect((await prove(target, home, right)).status).toBe(201)
    expect(said(await prove(target, home, right))).toBe('410 challenge_expired')
    const missed = await proofOf(target, home, key)
    const signature = newKey().sign('something else')
    expect(said(await prove(target, home, { ...missed, signature }))).toBe('403 signature_invalid')
    expect(said(await prove(target, home, missed))).toBe('410 challenge_expired')
  })

  test('OC26: of parallel attempts exactly one opens a session', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const proof = await proofOf(target, home, key)
    const answers = await Promise.all(Array.from({ length: 8 }, () => prove(target, home, proof)))
    expect(answers.map(said).sort()).toEqual(['201', ...Array(7).fill('410 challenge_expired')])
  })
})

describe('somebody new', () => {
  test('OC28: goes by a handle made of the uid, and has nothing else', async () => {
    const key = newKey()
    const mila = await enterByKey(target, key)
    const handle = `oc_${uidOf(await homeOf(target), key).slice(4, 16)}`
    expect(await mila.profile()).toMatchObject({ user_uid: mila.uid, handle, display_name: handle, avatar_url: null })
    expect(await mila.account()).toMatchObject({ username: null, credentials: { password: false, msgr: false } })
  })

  test('OC28: digits are appended where the handle is taken', async () => {
    const [home, key] = [await homeOf(target), newKey()]
    const username = `oc_${uidOf(home, key).slice(4, 16)}`
    await registerPassword(target, { username })
    const { handle } = await (await enterByKey(target, key)).profile()
    expect(handle).toStartWith(username)
    expect(handle).toMatch(/^oc_[0-9a-f]{12}[0-9]+$/)
  })

  test('OC28: the same key is the same person; parallel first sessions make one', async () => {
    const key = newKey()
    const people = await Promise.all(Array.from({ length: 4 }, () => enterByKey(target, key)))
    const handles = await Promise.all(people.map(async each => (await each.profile()).handle))
    expect([new Set(handles).size, new Set(people.map(each => each.uid)).size]).toEqual([1, 1])
  })

  test('OC28: a session on a public server makes one a member, again after leaving, but not after being removed', async () => {
    const owner = await newServer(await registerPassword(target))
    const key = newKey()
    const state = async (each: Loose) => (await each.must('GET', `/v1/servers/${owner.server}/membership`)).state
    const first = await enterByKey(target, key, owner.server)
    expect(await state(first)).toBe('active')
    await first.must('DELETE', `/v1/servers/${owner.server}/membership`)
    const second = await enterByKey(target, key, owner.server)
    expect(await state(second)).toBe('active')
    await owner.must('DELETE', `/v1/servers/${owner.server}/members/${second.uid}`)
    const third = await enterByKey(target, key, owner.server)
    expect([third.uid, await state(third)]).toEqual([first.uid, 'removed'])
    expect(said(await third.get(`/v1/servers/${owner.server}/channels`))).toBe('403 membership_required')
  })

  test('OC28: a session on a private server makes nobody a member', async () => {
    const owner = await newServer(await registerPassword(target), { visibility: 'private' })
    const stranger = await enterByKey(target, newKey(), owner.server)
    expect(said(await stranger.get(`/v1/servers/${owner.server}`))).toBe('404 server_not_found')
    expect((await stranger.get(`/v1/servers/${owner.server}/channels`)).status).toBeGreaterThanOrEqual(403)
    const { members } = await owner.must('GET', `/v1/servers/${owner.server}/members`)
    expect(members.map((each: Loose) => each.user_uid)).toEqual([owner.uid])
  })
})

describe('a name and its key', () => {
  test('OC23 OC43: a key that was taken from the account it founded founds no other under the same name', async () => {
    const key = newKey()
    const mila = await enterByKey(target, key)
    await mila.must('PUT', '/v1/account/password', {
      username: `k${mila.uid.slice(4, 20)}`,
      new_password: 'a long password',
    })
    const { credentials } = await mila.account()
    await mila.must('DELETE', `/v1/account/keys/${credentials.keys[0].key_id}`)
    expect(await mila.isLive()).toBe(false)
    const home = await homeOf(target)
    expect(said(await prove(target, home, await proofOf(target, home, key)))).toBe('403 binding_required')
    const back = await call(target, 'POST', '/v1/sessions/password', {
      json: { username: `k${mila.uid.slice(4, 20)}`, password: 'a long password' },
    })
    expect(back.body.user_uid).toBe(mila.uid)
  })
})

describe.skipIf(foreign)('over a restart', () => {
  test('OC21 OC26: a challenge is good for one attempt before and after together: nothing but its use is kept', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'parlance-openchat-'))
    await using _folder = { [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }) }
    const key = newKey()
    const begin = async () => {
      await using server = await startOwn({ dataDir })
      const home = await homeOf(server)
      const [open, used] = [await proofOf(server, home, key), await proofOf(server, home, key)]
      expect((await prove(server, home, used)).status).toBe(201)
      server.kill('SIGTERM')
      await server.exited
      return { home, open, used }
    }
    const { home, open, used } = await begin()
    await using server = await startOwn({ dataDir })
    expect(await homeOf(server)).toBe(home)
    expect([said(await prove(server, home, open)), said(await prove(server, home, used))]).toEqual([
      '201',
      '410 challenge_expired',
    ])
  })
})
