// Names that nobody else makes up. Not crypto.randomUUID: browsers have that on https pages only, and a server at home may
// be reached over http.

/** 32 hexadecimal digits of chance. */
export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => byte.toString(16).padStart(2, '0')).join('')
