import { describe, expect, test } from 'bun:test'
import { allowedType, cleanName, createFileRules, opensUpload } from './files.ts'

describe('names', () => {
  test.each([
    ['photo.png', 'photo.png'],
    ['a/b\\c.txt', 'c.txt'],
    ['/etc/passwd', 'passwd'],
    ['C:\\temp\\a:b*c?.txt', 'a_b_c_.txt'],
    ['"<x>|y".txt', '__x__y_.txt'],
    ['a\0b\nc\x7f\x85.txt', 'a_b_c__.txt'],
    [' spaces .txt ', 'spaces .txt'],
    ['日本.txt', '日本.txt'],
    ['..hidden', '..hidden'],
    ['gpj.\u202eexe', 'gpj.exe'],
  ])('UM93: %j is kept as %j', (given, kept) => {
    expect(cleanName(given)).toBe(kept)
    expect(cleanName(kept)).toBe(kept)
  })

  test.each(['', ' ', '.', '..', 'a/', 'a\\..', '/', 'x/ . '])('UM93: of %j nothing is left', given => {
    expect(cleanName(given)).toBeNull()
  })

  test('UM93: 255 bytes at most, whole characters, the extension kept', () => {
    const name = cleanName(`${'é'.repeat(200)}.png`) ?? ''
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255)
    expect(name).toEndWith('é.png')
    expect(name.isWellFormed()).toBe(true)
    expect(cleanName('\ud800.txt')?.isWellFormed()).toBe(true)
  })
})

describe('types', () => {
  test.each([
    ...['image/jpeg', 'image/png', 'image/gif', 'image/webp', 'video/mp4', 'video/webm', 'video/quicktime'],
    ...['audio/mpeg', 'audio/mp4', 'audio/aac', 'audio/wav', 'audio/ogg', 'audio/webm'],
    ...['application/pdf', 'application/zip', 'application/json', 'application/octet-stream'],
    ...['text/plain', 'text/csv', 'text/markdown', 'application/vnd.oasis.opendocument.spreadsheet'],
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  ])('UM92: %s is taken, folded and without parameters', type => {
    expect(allowedType(type)).toBe(type)
    expect(allowedType(`${type.toUpperCase()} ; charset=utf-8`)).toBe(type)
  })

  test.each([
    ...['text/html', 'image/svg+xml', 'text/javascript', 'application/javascript', 'application/x-msdownload'],
    ...['application/xhtml+xml', 'text/xml', 'application/x-sh', 'image/*', '*/*', 'image', '', 'x', 'image/png/x'],
    ...['application/vnd.ms-word.document.macroenabled.12', 'application/vnd.oasis.opendocument', '__proto__'],
    ...['text/plain\r\nx: y', 'image/png, text/html'],
  ])('UM92: %j is not', type => {
    expect(allowedType(type)).toBeNull()
  })
})

describe('places', () => {
  const rules = createFileRules({ keyFor: purpose => `key for ${purpose}` })
  const other = createFileRules({ keyFor: purpose => `another key for ${purpose}` })
  const [one, two] = ['9b2d4c1a-5e6f-4a7b-8c9d-0e1f2a3b4c5d', '9b2d4c1a-5e6f-4a7b-8c9d-0e1f2a3b4c5e'] as const

  test('UM90 UM95: each has a token of its own, which the server’s key makes', () => {
    const token = rules.uploadToken(one)
    expect(token.length).toBeGreaterThanOrEqual(32)
    expect(opensUpload(rules, one, token)).toBe(true)
    expect(opensUpload(rules, two, token)).toBe(false)
    expect(opensUpload(other, one, token)).toBe(false)
    expect(opensUpload(rules, one, '')).toBe(false)
  })

  test('UM99: a URL survives every name', () => {
    const url = new URL(rules.signedUrl(one, 'a/b?c#d é\ud800.txt', '-.x+/=.y'), 'http://host')
    expect(url.pathname).toStartWith(`/api/files/${one}/a%2Fb%3Fc%23d%20`)
    expect(url.searchParams.get('signature')).toBe('-.x+/=.y')
  })
})
