import { describe, expect, test } from 'bun:test'
import { createCors } from './cors.ts'

const asked = (headers: Record<string, string>) => new Request('http://h/x', { method: 'OPTIONS', headers })
const marked = (origins: readonly string[], origin: string | null, own: Record<string, string> = {}) => {
  const headers = new Headers(own)
  createCors(origins).mark(headers, asked(origin === null ? {} : { origin }))
  return headers
}

describe('any origin', () => {
  test.each([null, 'https://a.example', 'null', 'file://'])('%p may read', origin => {
    const headers = marked([], origin)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect(headers.get('vary')).toBeNull()
  })
  test('OC8 CA13: what pages need to read is exposed', () => {
    const exposed = marked([], null).get('access-control-expose-headers')?.split(', ') ?? []
    for (const name of [
      'retry-after',
      'www-authenticate',
      'etag',
      'content-range',
      'content-disposition',
      'x-request-id',
    ]) {
      expect(exposed).toContain(name)
    }
  })
})

describe('configured origins', () => {
  const origins = ['https://a.example', 'https://b.example']
  test('CA12: a listed one is echoed, with Vary', () => {
    const headers = marked(origins, 'https://b.example', { vary: 'Accept' })
    expect(headers.get('access-control-allow-origin')).toBe('https://b.example')
    expect(headers.get('vary')).toBe('Accept, Origin')
  })
  test.each([null, 'https://evil.example', 'https://a.example.evil', 'http://a.example', 'null'])(
    '%p may not read',
    origin => {
      const headers = marked(origins, origin, { 'access-control-allow-origin': '*' })
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('vary')).toBe('Origin')
    },
  )
})

describe('preflight', () => {
  const preflight = (requested?: string) =>
    createCors([]).preflight(asked(requested === undefined ? {} : { 'access-control-request-headers': requested }))
  const allowed = (requested?: string) =>
    preflight(requested).headers.get('access-control-allow-headers')?.split(', ') ?? []

  test('OC8 MS21: 204 without a body, with every method and the headers of all doors', async () => {
    const response = preflight()
    expect(response.status).toBe(204)
    expect(await response.text()).toBe('')
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS')
    expect(response.headers.get('access-control-max-age')).toBe('600')
    for (const name of [
      'authorization',
      'content-type',
      'x-account-id',
      'x-profile-id',
      'range',
      'last-event-id',
      'if-match',
    ]) {
      expect(allowed()).toContain(name)
    }
  })
  test('MS106: requested names are added', () => {
    expect(allowed('X-Custom, content-type')).toContain('x-custom')
    expect(allowed('X-Custom, content-type').filter(name => name === 'content-type')).toHaveLength(1)
  })
  test('what is no header name is not repeated, and no more than a bounded number is', () => {
    const odd = allowed(`x-ok, bad name, a:b, <script>, ${'y'.repeat(100)}`)
    expect(odd).toContain('x-ok')
    expect(odd.join()).not.toMatch(/[<: ]|yyy/)
    const many = Array.from({ length: 500 }, (_, i) => `h${i}`).join(',')
    expect(allowed(many).length).toBeLessThan(100)
  })
})
