// What kind of file something is, as far as this contract vouches for it (OC108).

/** Told by their bytes, and shown inside a page. */
const KNOWN: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'video/mp4',
  'video/webm',
  'audio/mpeg',
  'audio/ogg',
  'audio/wav',
])
const ANY_TYPE = 'application/octet-stream'

/** Claims that a browser would act upon. */
const isActive = (type: string): boolean =>
  /^(image|video|audio)\//.test(type) || /(html|xml|svg|script|ecmascript)/.test(type)

/** A stored type as it is printed: what nobody has looked into is not called a picture, a film, a sound or a program. */
export const printMime = (mime: string): string => {
  const type = mime.split(';')[0]?.trim().toLowerCase() ?? ''
  if (KNOWN.has(type)) return type
  return type === '' || isActive(type) ? ANY_TYPE : type
}
