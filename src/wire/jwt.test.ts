import { describe, expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { hs256 } from './jwt.ts'

const KEY = new Uint8Array(Buffer.from('a key of at least thirty-two bytes'))
const NOW = Date.UTC(2026, 0, 1)
const SECONDS = NOW / 1000
const codec = hs256(() => KEY)
const claims = { sub: 'mila', iat: SECONDS, exp: SECONDS + 60 }

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = (header: unknown, payload: unknown, key: Uint8Array = KEY, hash = 'sha256'): string => {
  const text = `${part(header)}.${part(payload)}`
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`
}
const HEADER = { alg: 'HS256', typ: 'JWT' }

describe('JWT', () => {
  test('comes back as it was signed, and is what others would sign', async () => {
    const token = await codec.sign(claims)
    expect(token).toBe(signed(HEADER, claims))
    expect(await codec.read(token, NOW, ['sub'])).toEqual(claims)
  })

  test('ends at its second', async () => {
    const token = await codec.sign(claims)
    expect(await codec.read(token, NOW + 59_999, [])).toEqual(claims)
    expect(await codec.read(token, NOW + 60_000, [])).toBeNull()
  })

  test('must have what is required', async () => {
    const token = await codec.sign({ sub: 'mila' })
    expect(await codec.read(token, NOW, ['sub'])).toEqual({ sub: 'mila' })
    expect(await codec.read(token, NOW, ['sub', 'exp'])).toBeNull()
  })

  const good = signed(HEADER, claims)
  const [head = '', body = '', signature = ''] = good.split('.')
  test.each([
    ['no algorithm', `${part({ alg: 'none' })}.${body}.`],
    ['no algorithm with a signature', `${part({ alg: 'none' })}.${body}.${signature}`],
    ['another algorithm, well signed', signed({ alg: 'HS512' }, claims, KEY, 'sha512')],
    ['another key', signed(HEADER, claims, new Uint8Array(Buffer.from('another key of thirty-two bytes!')))],
    ['another payload', `${head}.${part({ ...claims, sub: 'noor' })}.${signature}`],
    ['another signature', `${head}.${body}.${signature.slice(0, -2)}AA`],
    ['a critical header nobody knows', signed({ ...HEADER, crit: ['x'], x: 1 }, claims)],
    ['a payload that is no object', signed(HEADER, ['mila'])],
    ['a time that is no number', signed(HEADER, { ...claims, exp: 'tomorrow' })],
    ['two parts', `${head}.${body}`],
    ['four parts', `${good}.x`],
    ['five parts', `${good}.x.y`],
    ['nothing', ''],
    ['dots', '..'],
    ['no base64', `${head}.%%%.${signature}`],
    ['something long', 'x'.repeat(100_000)],
  ])('is not believed with %s', async (_, token) => {
    expect(await codec.read(token, NOW, [])).toBeNull()
  })

  test('asks for its key once, and not before it is needed', async () => {
    let asked = 0
    const lazy = hs256(() => {
      asked++
      return KEY
    })
    expect(asked).toBe(0)
    await Promise.all([lazy.sign(claims), lazy.read(good, NOW, [])])
    expect(asked).toBe(1)
  })

  test('a key that cannot be used is no bad token', async () => {
    const broken = hs256(() => {
      throw new Error('no key')
    })
    expect(broken.read(good, NOW, [])).rejects.toThrow('no key')
  })
})
