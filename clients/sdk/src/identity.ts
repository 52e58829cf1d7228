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
  const raw = base64url(await crypto.subtle.exportKey('raw', publicKey))
  return {
    publicKey: raw,
    sign: async text => base64url(await crypto.subtle.sign('Ed25519', privateKey, new TextEncoder().encode(text))),
    save: async () => `${raw}.${base64url(await crypto.subtle.exportKey('pkcs8', privateKey))}`,
  }
}

/** A new key. Throws where the platform has no Ed25519 (browsers of 2025 and later have it). */
export const createKey = async (): Promise<Key> => {
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
  return keyFrom(pair.publicKey, pair.privateKey)
}

/** A key that was saved. Throws on any other text. */
export const loadKey = async (saved: string): Promise<Key> => {
  const [publicKey = '', privateKey = ''] = saved.split('.')
  return keyFrom(
    await crypto.subtle.importKey('raw', bytesOf(publicKey), 'Ed25519', true, ['verify']),
    await crypto.subtle.importKey('pkcs8', bytesOf(privateKey), 'Ed25519', true, ['sign']),
  )
}
