import { expect, test } from 'bun:test'
import { createKey, loadKey } from './identity.ts'

const rawOf = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(text, 'base64url'))

test('OC21: a key is 32 bytes, and its signatures prove it', async () => {
  const key = await createKey()
  expect(key.publicKey).toMatch(/^[\w-]{43}$/)
  const signature = await key.sign('grüße\nover lines')
  expect(signature).toMatch(/^[\w-]{86}$/)
  const imported = await crypto.subtle.importKey('raw', rawOf(key.publicKey), 'Ed25519', true, ['verify'])
  expect(await crypto.subtle.verify('Ed25519', imported, rawOf(signature), Buffer.from('grüße\nover lines'))).toBe(true)
})

test('OC23: the key of the contract’s vector', async () => {
  // PKCS #8 of an Ed25519 seed is a fixed beginning and the seed.
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 1)])
  const publicKey = 'iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w'
  const key = await loadKey(`${publicKey}.${pkcs8.toString('base64url')}`)
  expect(key.publicKey).toBe(publicKey)
})

test('a key that was saved and loaded is the same key', async () => {
  const key = await createKey()
  const again = await loadKey(await key.save())
  expect(again.publicKey).toBe(key.publicKey)
  // Ed25519 signs the same text alike.
  expect(await again.sign('text')).toBe(await key.sign('text'))
  expect(await again.save()).toBe(await key.save())
})

test('any other text is no key', async () => {
  const [one, other] = await Promise.all([createKey(), createKey()])
  const [saved, foreign] = await Promise.all([one.save(), other.save()])
  const halves = `${one.publicKey}.${foreign.split('.')[1]}`
  const broken = ['', '.', 'a.b', one.publicKey, `${saved}.more`, saved.slice(0, -8), ` ${saved}`, halves]
  for (const text of broken) await expect(loadKey(text)).rejects.toThrow()
})
