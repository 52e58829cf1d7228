import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { contentDisposition, dispositionFileName, isInlineType, mimeEssence, safeFileName } from './disposition.ts'

const anyName = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({
    unit: fc.constantFrom('/', '\\', '.', ' ', 'a', '\0', '\n', '\u202e', 'ø', '😀', '\ud800', '"', '%', ';', "'", '*'),
    maxLength: 400,
  }),
)

describe('safeFileName', () => {
  test('WT71: is one segment without control characters, 1 to 255 bytes, and stays as it is', () => {
    fc.assert(
      fc.property(anyName, given => {
        const safe = safeFileName(given)
        expect(safe).not.toMatch(/[/\\\p{Cc}\u202a-\u202e\u2066-\u2069]/u)
        expect(safe.isWellFormed()).toBe(true)
        expect(Buffer.byteLength(safe)).toBeWithin(1, 256)
        expect(['.', '..', '']).not.toContain(safe.trim())
        expect(safeFileName(safe)).toBe(safe)
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['photo.png', 'photo.png'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\kari\\bilde.jpg', 'bilde.jpg'],
    ['dir/', 'dir'],
    ['a\r\nSet-Cookie: x', 'aSet-Cookie: x'],
    ['nul\0byte.txt', 'nulbyte.txt'],
    ['exe.\u202egpj', 'exe.gpj'],
    ['.htaccess', '.htaccess'],
    ['  navn med mellomrom.txt ', 'navn med mellomrom.txt'],
    ['👨‍👩‍👧.png', '👨‍👩‍👧.png'],
    ['<b>"x".html', '<b>"x".html'],
  ])('WT71: %j becomes %j', (given, expected) => {
    expect(safeFileName(given)).toBe(expected)
  })

  test.each([null, '', '.', '..', '/', '///', 'a/..', '\0', ' ', '\u202e', '../.'])(
    'WT71: %j becomes "file"',
    given => {
      expect(safeFileName(given)).toBe('file')
    },
  )

  test('WT71: a long name keeps its extension and whole characters', () => {
    expect(safeFileName(`${'a'.repeat(255)}.png`)).toBe(`${'a'.repeat(251)}.png`)
    expect(safeFileName(`${'😀'.repeat(100)}.png`)).toBe(`${'😀'.repeat(62)}.png`)
    expect(safeFileName(`a.${'x'.repeat(300)}`)).toBe(`a.${'x'.repeat(253)}`)
    expect(safeFileName('å'.repeat(127))).toBe('å'.repeat(127))
    expect(safeFileName('å'.repeat(128))).toBe('å'.repeat(127))
  })
})

describe('contentDisposition', () => {
  test('WT71: says the name in ASCII and in full', () => {
    expect(contentDisposition('attachment', 'a.png')).toBe(`attachment; filename="a.png"; filename*=UTF-8''a.png`)
    expect(contentDisposition('inline', 'blå "dag" 100%.png')).toBe(
      `inline; filename="bl_ _dag_ 100_.png"; filename*=UTF-8''bl%C3%A5%20%22dag%22%20100%25.png`,
    )
    expect(contentDisposition('inline', "it's (1)*.png")).toBe(
      `inline; filename="it's (1)*.png"; filename*=UTF-8''it%27s%20%281%29%2A.png`,
    )
  })

  test('WT71: whatever the name, it is a header, and what comes back out of it is the safe name', () => {
    fc.assert(
      fc.property(anyName, given => {
        const header = contentDisposition('attachment', given)
        expect(header).toMatch(/^attachment; filename="[^"\\%\p{Cc}]+"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/u)
        expect(new Headers({ 'content-disposition': header }).get('content-disposition')).toBe(header)
        expect(dispositionFileName(header)).toBe(safeFileName(given))
      }),
    )
  })
})

describe('dispositionFileName', () => {
  test.each([
    ['attachment; filename="a.png"', 'a.png'],
    ['attachment; filename=a.png', 'a.png'],
    ['attachment;FILENAME="a;b.png"; size=1', 'a;b.png'],
    ['attachment; filename="a \\"b\\" \\\\c.png"', 'a "b" \\c.png'],
    ['attachment; filename="C:\\dir\\a.png"', 'C:\\dir\\a.png'],
    [`attachment; filename="x.png"; filename*=UTF-8''bl%C3%A5.png`, 'blå.png'],
    [`attachment; filename*=utf-8'nb'bl%C3%A5.png; filename="x.png"`, 'blå.png'],
    [`attachment; filename*=ISO-8859-1''bl%E5.png`, 'blå.png'],
    [`attachment; name="a; filename=evil.png"; filename="ok.png"`, 'ok.png'],
    // Raw UTF-8, as HTTP hands it over byte by byte, and raw Latin-1.
    [`attachment; filename="${Buffer.from('blå.png').toString('latin1')}"`, 'blå.png'],
    ['attachment; filename="bl\u00e5.png"', 'blå.png'],
    ['attachment; filename="bl\u00e5😀.png"', 'blå😀.png'],
    // A broken extended name is as good as none.
    [`attachment; filename*=UTF-8''%ff%fe; filename="x.png"`, 'x.png'],
    [`attachment; filename*=klingon''abc; filename="x.png"`, 'x.png'],
    ['attachment; filename*=nothing; filename="x.png"', 'x.png'],
  ])('WT68: %s names %s', (header, expected) => {
    expect(dispositionFileName(header)).toBe(expected)
  })

  test.each([
    null,
    '',
    'attachment',
    'inline; size=5',
    'attachment; filename=""',
    'filename=a.png',
    'attachment; filename',
  ])('WT68: %j names nothing', header => {
    expect(dispositionFileName(header)).toBeNull()
  })

  // Each of these repeated is what makes a careless expression quadratic: minutes, where this takes milliseconds.
  test.each([';a="', ';a="\\"', '; \t', ';filename*=', ';filename*="', '\\', ';"'])(
    'reads 20,000 times %j and finds no name',
    piece => {
      expect(dispositionFileName(`attachment${piece.repeat(20_000)}`)).toBeNull()
    },
  )
})

describe('media types', () => {
  test.each([
    ['image/png', 'image/png'],
    [' Text/HTML ; charset=utf-8', 'text/html'],
    ['application/vnd.ms-excel', 'application/vnd.ms-excel'],
    ['image/svg+xml', 'image/svg+xml'],
    ['', null],
    ['png', null],
    ['image/', null],
    ['/png', null],
    ['image/png/x', null],
    ['image/png\r\nX: y', null],
    ['im age/png', null],
    ['*/*', null],
    [`a/${'b'.repeat(128)}`, null],
    [null, null],
  ])('WT68: %j is %j', (given, expected) => {
    expect(mimeEssence(given)).toBe(expected)
  })

  test('WT71: only what cannot carry script is shown inline', () => {
    const inline = [
      'image/png',
      'IMAGE/JPEG',
      'image/gif',
      'image/webp',
      'image/avif',
      'video/mp4',
      'video/webm',
      'audio/mpeg',
      'audio/ogg; codecs=opus',
      'audio/wav',
    ]
    const attachment = [
      'text/html',
      'image/svg+xml',
      'text/xml',
      'application/xml',
      'application/pdf',
      'text/plain',
      'application/xhtml+xml',
      'application/octet-stream',
      'image/png,text/html',
      '',
      'constructor',
    ]
    expect(inline.filter(type => !isInlineType(type))).toEqual([])
    expect(attachment.filter(isInlineType)).toEqual([])
  })
})
