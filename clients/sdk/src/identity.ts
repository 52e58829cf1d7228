// The key by which a person is known: made and kept by the client, never sent. Only proofs leave (OC21 to OC25).

/** A person's own key. `save` gives what `loadKey` takes; keep it where nobody else reads. */
export interface Key {
  /** base64url of the 32 raw bytes. */
  readonly publicKey: string
  sign(text: string): Promise<string>
  save(): Promise<string>
}

const base64url = (bytes: ArrayBuffer | Uint8Array): string => {
  let binary = ''
  for (const byte of new Uint8Array(bytes)) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), char => char.charCodeAt(0))

const keyFrom = async (publicKey: CryptoKey, privateKey: CryptoKey): Promise<Key> => {
  const raw = base64url(await subtle().exportKey('raw', publicKey))
  return {
    publicKey: raw,
    sign: async text => base64url(await subtle().sign('Ed25519', privateKey, new TextEncoder().encode(text))),
    save: async () => `${raw}.${base64url(await subtle().exportKey('pkcs8', privateKey))}`,
  }
}

/** Browsers hide it from pages that come over plain http from another machine. */
const subtle = (): SubtleCrypto => {
  const { subtle: found } = crypto
  if (found === undefined) throw new Error('keys need a secure context: https, or localhost')
  return found
}

/** A new key. Throws where the platform has no Ed25519 (browsers of 2025 and later have it). */
export const createKey = async (): Promise<Key> => {
  const pair = (await subtle().generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  return keyFrom(pair.publicKey, pair.privateKey)
}

/** A key that was saved. Throws on any other text. */
export const loadKey = async (saved: string): Promise<Key> => {
  const found = /^([\w-]+)\.([\w-]+)$/.exec(saved)
  const [, publicText, privateText] = found ?? []
  if (publicText === undefined || privateText === undefined) throw new Error('not a saved key')
  const publicKey = await subtle().importKey('raw', bytesOf(publicText), 'Ed25519', true, ['verify'])
  const privateKey = await subtle().importKey('pkcs8', bytesOf(privateText), 'Ed25519', true, ['sign'])
  const proof = await subtle().sign('Ed25519', privateKey, bytesOf(publicText))
  // Halves of two keys would open nothing, and say so only to the server.
  if (!(await subtle().verify('Ed25519', publicKey, proof, bytesOf(publicText)))) throw new Error('not a saved key')
  return keyFrom(publicKey, privateKey)
}
