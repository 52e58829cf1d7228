import { describe, expect, test } from 'bun:test'
import type { OpenFile } from '../core/index.ts'
import type { RouteRequest } from './dialect.ts'
import { json } from './reply.ts'
import { type ServeFileOptions, serveFile } from './serve-file.ts'

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i)
const FID = '0198c0de-0000-4000-8000-000000000001'

const file = (own: { readonly mime?: string; readonly name?: string; readonly size?: number } = {}) => {
  const reads: unknown[] = []
  const open: OpenFile = {
    attachment: {
      fid: FID,
      uploaderId: 'p',
      name: 'Übung.png',
      mime: 'image/png',
      size: BYTES.length,
      width: null,
      height: null,
      state: 'received',
      blob: 'f',
      note: null,
      spentAt: null,
      createdAt: 0,
      expiresAt: 0,
      ...own,
    },
    async read(range) {
      reads.push(range)
      const part = range ? BYTES.slice(range.start, range.end + 1) : BYTES.slice(0, own.size ?? BYTES.length)
      return new Blob([part]).stream()
    },
  }
  return { open, reads }
}

const ask = (headers: Record<string, string> = {}, method = 'GET'): RouteRequest => ({
  raw: new Request('http://h/f', { headers, method }),
  method,
  path: '/f',
  params: {},
  query: new URLSearchParams(),
  address: '',
  requestId: 'r',
  bytes: async () => new Uint8Array(0),
  longRunning: () => undefined,
})

const serve = async (headers: Record<string, string> = {}, options: ServeFileOptions = {}, method = 'GET') => {
  const { open, reads } = file()
  const response = await serveFile(ask(headers, method), open, options)
  const header = (name: string) => response.headers.get(name)
  return { status: response.status, header, reads, bytes: new Uint8Array(await response.arrayBuffer()) }
}

test('WT69: whole, with length, tag and type', async () => {
  const { status, header, bytes } = await serve()
  expect([status, bytes]).toEqual([200, BYTES])
  expect(header('content-length')).toBe('100')
  expect(header('accept-ranges')).toBe('bytes')
  expect(header('etag')).toBe(`"${FID}"`)
  expect(header('cache-control')).toBe('private')
  expect(header('content-type')).toBe('image/png')
})

test('WT69: HEAD tells the same and reads nothing', async () => {
  const { status, header, bytes, reads } = await serve({}, {}, 'HEAD')
  expect([status, bytes.length, header('content-length'), reads]).toEqual([200, 0, '100', []])
})

describe('WT69: ranges', () => {
  test.each([
    ['bytes=0-9', 0, 9],
    ['bytes=90-', 90, 99],
    ['bytes=-1', 99, 99],
    ['bytes=50-5000', 50, 99],
  ])('%s is a part', async (range, start, end) => {
    const { status, header, bytes } = await serve({ range })
    expect([status, header('content-range')]).toEqual([206, `bytes ${start}-${end}/100`])
    expect(header('content-length')).toBe(String(end - start + 1))
    expect(bytes).toEqual(BYTES.slice(start, end + 1))
  })
  test('beyond the end is 416, in the dialect’s shape where it has one', async () => {
    const plain = await serve({ range: 'bytes=100-' })
    expect([plain.status, plain.header('content-range'), plain.bytes.length]).toEqual([416, 'bytes */100', 0])
    const shaped = await serve({ range: 'bytes=100-' }, { unsatisfiable: headers => json(416, { no: 1 }, headers) })
    expect([shaped.status, shaped.header('content-range'), shaped.header('content-type')]).toEqual([
      416,
      'bytes */100',
      'application/json; charset=utf-8',
    ])
  })
  test.each(['bytes=a-b', 'bytes=1-2,4-5', 'items=1-2', ''])('%p is answered whole', async range => {
    expect((await serve({ range })).status).toBe(200)
  })
  test('If-Range: a part of the same file only', async () => {
    expect((await serve({ range: 'bytes=0-9', 'if-range': `"${FID}"` })).status).toBe(206)
    expect((await serve({ range: 'bytes=0-9', 'if-range': '"other"' })).status).toBe(200)
  })
})

test.each([`"${FID}"`, `W/"${FID}"`, `"x", "${FID}"`, '*'])('If-None-Match %p is 304 without reading', async tag => {
  const { status, reads, bytes } = await serve({ 'if-none-match': tag, range: 'bytes=0-1' })
  expect([status, reads, bytes.length]).toEqual([304, [], 0])
})
test('another tag is answered whole', async () => expect((await serve({ 'if-none-match': '"x"' })).status).toBe(200))

describe('WT71: safety', () => {
  const dispositionOf = async (mime: string, options: ServeFileOptions = {}) => {
    const response = await serveFile(ask(), file({ mime }).open, options)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toStartWith('sandbox')
    return response.headers.get('content-disposition')?.split(';')[0]
  }
  test.each(['image/png', 'video/mp4', 'audio/mpeg'])('%s is shown', async mime => {
    expect(await dispositionOf(mime)).toBe('inline')
    expect(await dispositionOf(mime, { download: true })).toBe('attachment')
  })
  test.each(['text/html', 'image/svg+xml', 'application/pdf', 'text/xml', 'nonsense'])('%s is saved', async mime => {
    expect(await dispositionOf(mime)).toBe('attachment')
  })
  test('what is no media type is sent as bytes, and a name keeps its letters', async () => {
    const response = await serveFile(ask(), file({ mime: 'a b\r\nx: y' }).open)
    expect(response.headers.get('content-type')).toBe('application/octet-stream')
    expect(response.headers.get('content-disposition')).toContain("filename*=UTF-8''%C3%9Cbung.png")
  })
})

test('an empty file', async () => {
  const { open } = file({ size: 0 })
  const response = await serveFile(ask(), open)
  expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([200, '0', ''])
})
