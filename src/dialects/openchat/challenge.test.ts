import { expect, test } from 'bun:test'
import { type Challenge, createChallenges, isDeviceId, payloadOf } from './challenge.ts'

const wish = {
  space: '0d5f6a8b-1f43-4f4f-9d8e-9ab6f913f4f8',
  uid: 'uid_b5ae97810f6787a093a0afa44107643f',
  deviceId: 'a "quoted" \\ laptop ☕',
  publicKey: 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w',
}

const setUp = (key = 'key') => {
  const used = new Set<string>()
  let time = 1_000_000
  const core = {
    keyFor: () => key,
    once: async (secret: string) => !used.has(secret) && used.add(secret).size > 0,
  }
  return { challenges: createChallenges(core, () => time), advance: (ms: number) => (time += ms) }
}

test('OC21 OC22: an id says everything about its challenge, until it ends', () => {
  const { challenges, advance } = setUp()
  const { id, challenge } = challenges.make(wish)
  expect(challenge).toMatchObject({ ...wish, expiresAt: 1_300_000 })
  expect(challenges.read(id)).toEqual(challenge)
  expect(payloadOf(challenge)).toBe(
    `openchat-session-v1\n${wish.space}\n${wish.uid}\n${wish.deviceId}\n${challenge.nonce}\n1970-01-01T00:21:40.000Z`,
  )
  advance(299_999)
  expect(challenges.read(id)).toEqual(challenge)
  advance(1)
  expect(challenges.read(id)).toBeNull()
})

test('OC25: an id of which one character is another is nobody’s', () => {
  const { challenges } = setUp()
  const { id } = challenges.make(wish)
  for (let at = 0; at < id.length; at++) {
    const damaged = `${id.slice(0, at)}${id[at] === 'A' ? 'B' : 'A'}${id.slice(at + 1)}`
    expect([damaged, challenges.read(damaged)]).toEqual([damaged, null])
  }
  for (const other of ['', '.', `${id}.`, `.${id}`, id.slice(1)]) expect(challenges.read(other)).toBeNull()
  expect(setUp('another key').challenges.read(id)).toBeNull()
})

test('OC26: it is used up by the first attempt', async () => {
  const { challenges } = setUp()
  const { id, challenge } = challenges.make(wish)
  const attempt = (one: Challenge) => challenges.attempt(id, one)
  expect([await attempt(challenge), await attempt(challenge)]).toEqual([true, false])
})

test('OC22: neither id nor payload exceeds 1024 characters', () => {
  const { challenges } = setUp()
  for (const character of ['x', '"', '\u{1f9ff}']) {
    const { id, challenge } = challenges.make({ ...wish, deviceId: character.repeat(128) })
    expect([id.length <= 1024, payloadOf(challenge).length <= 1024]).toEqual([true, true])
  }
})

test('OC21: device ids have 1 to 128 characters, none of them a control character', () => {
  for (const id of ['x', ' ', '☕', '\u{1f9ff}'.repeat(128)]) expect([id, isDeviceId(id)]).toEqual([id, true])
  for (const id of ['', 'x'.repeat(129), 'a\nb', '\u007f', '\u0085']) expect([id, isDeviceId(id)]).toEqual([id, false])
})
