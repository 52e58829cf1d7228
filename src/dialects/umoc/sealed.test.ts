import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isUploadKey, seal, unseal, uploadKey } from './sealed.ts'

const opened = (sealed: ReturnType<typeof seal>) =>
  unseal({ label: sealed.label ?? null, payload: sealed.payload ?? null })

test('UM74 UM75: what is sealed comes out as it went in', () => {
  const part = fc.option(fc.string({ minLength: 1, unit: 'binary' }), { nil: null })
  fc.assert(
    fc.property(part, part, (content, encrypted) => {
      const kept = content === null && encrypted === null ? null : { content, encrypted }
      expect(opened(seal({ content, encrypted }))).toEqual(kept)
    }),
  )
})

test('UM74: a plain message carries neither label nor payload', () => {
  expect(seal({ content: null, encrypted: null })).toEqual({})
})

test.each([
  [null, '3:abc'],
  ['sticker', '3:abc'],
  ['umoc', 'abc'],
  ['umoc', ':abc'],
  ['umoc', 'x:abc'],
])('another door’s payload is left alone: %p %p', (label, payload) => {
  expect(unseal({ label, payload })).toBeNull()
})

test('UM97: the key of an upload is no client’s', () => {
  expect(isUploadKey(uploadKey('f'))).toBe(true)
  expect(isUploadKey('client-1')).toBe(false)
})
