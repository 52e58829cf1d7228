import { describe, expect, test } from 'bun:test'
import { generateKeyPairSync, sign } from 'node:crypto'
import { isPublicKey, isSignature, isSigned } from './ed25519.ts'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const key = publicKey.export({ format: 'jwk' }).x ?? ''
const signed = sign(null, Buffer.from('a text'), privateKey).toString('base64url')

describe('Ed25519', () => {
  test('a signature fits its key and its text, and nothing else', () => {
    const other = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x ?? ''
    expect(isSigned('a text', signed, key)).toBe(true)
    expect(isSigned('another text', signed, key)).toBe(false)
    expect(isSigned('a text', signed, other)).toBe(false)
    expect(isSigned('a text', 'A'.repeat(86), key)).toBe(false)
    expect(isSigned('a text', signed, 'no key')).toBe(false)
  })

  test('keys and signatures have one spelling', () => {
    expect(isPublicKey(key)).toBe(true)
    expect(isSignature(signed)).toBe(true)
    for (const wrong of [
      '',
      key.slice(1),
      `${key}=`,
      `+${key.slice(1)}`,
      `${key.slice(0, -1)}${key.endsWith('B') ? 'C' : 'B'}`,
    ]) {
      expect(isPublicKey(wrong)).toBe(false)
    }
    expect(isSignature(signed.slice(1))).toBe(false)
  })

  test('points of small order, with either sign, are no keys', () => {
    for (const first of [0, 1]) {
      for (const sign of [0, 0x80]) {
        const bytes = Buffer.alloc(32)
        bytes[0] = first
        bytes[31] = sign
        expect(isPublicKey(bytes.toString('base64url'))).toBe(false)
      }
    }
  })
})
