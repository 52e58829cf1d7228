// Section H: the bytes of a prepared file, from the request that brings them.
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { connectTo } from '../../kit/host/raw-socket.ts'
import { foreign, lacks, startOwn, type Target } from '../../kit/target.ts'
import type { Loose } from './client.ts'
import { friends, type Seated, useTarget } from './people.ts'
import { bearer, type CallOptions, call, PASSWORD, refusal, register, said } from './rest.ts'

const target = useTarget()
const BYTES = 'twelve bytes'
const usual = { file_name: 'note.txt', file_size: BYTES.length, file_type: 'text/plain' }

interface Prepared {
  readonly file_id: string
  readonly upload_url: string
  readonly upload_token: string
}

/** Two friends and a place that the first may upload to. */
const scene = async (at: Target = target, keys: object = {}) => {
  const [a, b] = await friends(at)
  const to = b.person.id
  const prepare = (more: object = {}): Promise<Prepared> =>
    a.client.must('upload_file_prepare', { recipient_id: to, ...usual, ...keys, ...more })
  return { a, b, to, prepare, ready: await prepare() }
}

const put = (ready: Prepared, options: CallOptions = {}, method = 'PUT', at: Target = target) =>
  call(at, method, ready.upload_url, { body: BYTES, headers: bearer(ready.upload_token), ...options })

/** What becomes of it when it is sent: the words of the refusal, or `ok`. */
const complete = ({ client }: Seated, { file_id }: Prepared, recipient_id: number): Promise<string> =>
  client.said('upload_file_complete', { file_id, recipient_id })

const bytesFor = async ({ client }: Seated, { file_id }: Prepared): Promise<string> => {
  const { url } = await client.must('get_file_url', { file_id })
  return (await fetch(target.url + url)).text()
}

const formOf = (...parts: readonly (readonly [string, string | File])[]): FormData => {
  const form = new FormData()
  for (const [name, value] of parts) form.append(name, value)
  return form
}
const file = new File([BYTES], 'whatever.html', { type: 'text/html' })

describe('uploads', () => {
  const ways: readonly (readonly [string, (token: string) => CallOptions])[] = [
    ['a bearer token', token => ({ headers: bearer(token) })],
    ['a header', token => ({ headers: { 'X-Upload-Token': token } })],
    ['the query', token => ({ headers: {}, query: { token } })],
    ['any content type', token => ({ headers: { ...bearer(token), 'content-type': 'application/json' } })],
    ['a form', token => ({ headers: bearer(token), body: formOf(['note', 'x'], ['any', file], ['more', file]) })],
    ['a form with its token', token => ({ headers: {}, body: formOf(['upload_token', token], ['file', file]) })],
    ['a form with its token, briefly', token => ({ headers: {}, body: formOf(['token', token], ['file', file]) })],
  ]

  test.each(ways)('UM94: by %s, put or posted', async (_, options) => {
    const { a, prepare } = await scene()
    for (const method of ['PUT', 'POST']) {
      const ready = await prepare()
      expect(said(await put(ready, options(ready.upload_token), method))).toEqual({
        status: 201,
        body: {
          success: 'File uploaded successfully',
          file_id: ready.file_id,
          file_name: usual.file_name,
          file_type: usual.file_type,
          file_size: usual.file_size,
        },
      })
      expect(await bytesFor(a, ready)).toBe(BYTES)
    }
  })

  test('UM94: a new upload replaces the old one until it is sent', async () => {
    const { a, to, ready } = await scene()
    await put(ready)
    expect((await put(ready, { body: 'other  bytes' })).status).toBe(201)
    expect(await bytesFor(a, ready)).toBe('other  bytes')
    expect(await complete(a, ready, to)).toBe('ok')
    expect(said(await put(ready))).toEqual(refusal(409, 'File already completed'))
    expect(await bytesFor(a, ready)).toBe('other  bytes')
  })

  test('UM94: what it is was settled when it was prepared', async () => {
    const { a, b, to, ready } = await scene(target, { file_name: '../a/ph?to.png', file_type: 'IMAGE/PNG; x=1' })
    expect((await put(ready, { body: formOf(['file', file]) })).body).toMatchObject({
      file_name: 'ph_to.png',
      file_type: 'image/png',
    })
    expect(await complete(a, ready, to)).toBe('ok')
    const { type, content } = await b.client.next('new_message')
    expect([type, JSON.parse(content).file_name]).toEqual(['image', 'ph_to.png'])
  })
})

describe('refusals', () => {
  test.skipIf(lacks('wetty'))('UM95: what was never prepared here is not found, whatever the token', async () => {
    const { ready } = await scene()
    const unknown = refusal(404, 'File not found')
    for (const id of [crypto.randomUUID(), 'x', '%00', '%ff', `${ready.file_id}x`]) {
      const upload_url = `/api/upload/${id}`
      expect([id, said(await put({ ...ready, upload_url }))]).toEqual([id, unknown])
      expect([id, said(await put({ ...ready, upload_url }, { headers: {} }))]).toEqual([id, unknown])
    }
    const username = await register(target)
    const json = { username, password: PASSWORD, client_type: 'mobile' }
    const { token } = (await call(target, 'POST', '/users/auth/login', { json })).body
    const headers = { ...bearer(token), 'content-type': 'application/octet-stream' }
    const { fid } = (await call(target, 'POST', '/fserv/upload', { body: BYTES, headers })).body
    // That contract writes the same id shorter.
    const hex = Buffer.from(fid.replace('file_', ''), 'base64url').toString('hex')
    const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    expect(said(await put({ ...ready, upload_url: `/api/upload/${uuid}` }))).toEqual(unknown)
  })

  test('UM95: only its own token opens a place', async () => {
    const { a, to, ready, prepare } = await scene()
    const other = await prepare()
    const token = ready.upload_token
    for (const options of [
      { headers: {} },
      { headers: bearer('') },
      { headers: bearer(other.upload_token) },
      { headers: bearer(`${token}x`) },
      { headers: bearer('wrong'), query: { token } },
      { headers: bearer(a.person.login.token) },
      { headers: {}, body: formOf(['file', file]) },
      { headers: {}, body: formOf(['file', file], ['upload_token', token]) },
      { headers: {}, body: formOf(['upload_token', 'wrong'], ['file', file]) },
      { headers: {}, body: formOf(['upload_token', token.slice(1)]) },
    ] satisfies readonly CallOptions[]) {
      expect([options, said(await put(ready, options))]).toEqual([options, refusal(401, 'Invalid upload token')])
    }
    expect(await complete(a, ready, to)).toBe('File has not been uploaded')
  })

  test('UM95: more bytes than were announced, or fewer, leave nothing', async () => {
    const { a, to, ready } = await scene()
    const tooMany = refusal(413, 'File exceeds maximum size of 10MB')
    const tooFew = refusal(400, 'File size does not match')
    const chunked = (text: string): CallOptions => ({ body: new Blob([text]).stream() })
    const sized = (text: string) => formOf(['file', new File([text], 'a.txt')])
    for (const options of [{ body: `${BYTES}!` }, chunked(`${BYTES}!`), { body: sized(`${BYTES}!`) }]) {
      expect(said(await put(ready, options))).toEqual(tooMany)
    }
    for (const options of [{ body: BYTES.slice(1) }, { body: '' }, chunked('x'), { body: sized('') }]) {
      expect(said(await put(ready, options))).toEqual(tooFew)
    }
    expect(await complete(a, ready, to)).toBe('File has not been uploaded')
    expect((await put(ready)).status).toBe(201)
    // A failed one does not take what was there.
    expect(said(await put(ready, { body: 'x' }))).toEqual(tooFew)
    expect(await bytesFor(a, ready)).toBe(BYTES)
  })

  test('UM95: reading stops where it is too much', async () => {
    const { ready } = await scene()
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: controller => {
        pulled++
        controller.enqueue(new Uint8Array(64 * 1024))
      },
    })
    expect(said(await put(ready, { body: endless }))).toEqual(refusal(413, 'File exceeds maximum size of 10MB'))
    expect(pulled).toBeLessThan(1000)
  })

  test('UM95: what says that it is too much is not read at all', async () => {
    const { ready } = await scene()
    const answered = Promise.withResolvers<string>()
    const socket = connectTo(target.url)
    socket.once('data', data => answered.resolve(data.toString()))
    socket.once('error', answered.reject)
    const head = [
      `PUT ${ready.upload_url} HTTP/1.1`,
      `Host: ${new URL(target.url).host}`,
      `Authorization: Bearer ${ready.upload_token}`,
      'Content-Length: 1000000',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
    expect(await answered.promise).toStartWith('HTTP/1.1 413 ')
    socket.destroy()
  })

  test('UM95: a form without a file, or none that can be read', async () => {
    const { ready } = await scene()
    const type = 'multipart/form-data; boundary=b'
    const headers = { ...bearer(ready.upload_token), 'content-type': type }
    expect(said(await put(ready, { body: formOf(['note', 'x']) }))).toEqual(refusal(400, 'No file provided'))
    expect(said(await put(ready, { headers, body: 'no form' }))).toMatchObject({ status: 400 })
    const cut = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ntwelve by'
    expect(said(await put(ready, { headers, body: cut }))).toMatchObject({ status: 400 })
    expect((await put(ready)).status).toBe(201)
  })

  test('UM95 UM94: the token is judged before whether the file was sent', async () => {
    const { a, to, ready } = await scene()
    await put(ready)
    await complete(a, ready, to)
    const wrong = refusal(401, 'Invalid upload token')
    const spent = refusal(409, 'File already completed')
    expect(said(await put(ready, { headers: bearer('wrong') }))).toEqual(wrong)
    expect(said(await put(ready, { headers: {}, body: formOf(['file', file]) }))).toEqual(wrong)
    expect(said(await put(ready))).toEqual(spent)
    expect(said(await put(ready, { body: `${BYTES}!` }))).toEqual(spent)
    const body = formOf(['token', ready.upload_token], ['file', file])
    expect(said(await put(ready, { headers: {}, body }))).toEqual(spent)
  })
})

describe.skipIf(foreign)('configured', () => {
  const small = useTarget({ PARLANCE_UMOC_MAX_FILE: '1048576' })

  test('UM91 UM95: the limit is configured, and told', async () => {
    const { a, to, prepare } = await scene(small)
    const words = 'File exceeds maximum size of 1MB'
    const payload = { recipient_id: to, ...usual, file_size: 1_048_577 }
    expect(await a.client.said('upload_file_prepare', payload)).toBe(words)
    const ready = await prepare({ file_size: 1_048_576 })
    const body = 'x'.repeat(1_048_576)
    expect(said(await put(ready, { body: `${body}x` }, 'PUT', small))).toEqual(refusal(413, words))
    expect((await put(ready, { body }, 'PUT', small)).status).toBe(201)
  })
})

test.skipIf(foreign)('UM95 UM97: after an hour the place is gone, and what was uploaded to it', async () => {
  await using house = await startClocked()
  const [{ person, client }, b] = await friends(house)
  const recipient_id = b.person.id
  const prepare = () => client.must('upload_file_prepare', { recipient_id, ...usual })
  const [empty, full]: readonly Loose[] = [await prepare(), await prepare()]
  expect((await put(full, {}, 'PUT', house)).status).toBe(201)
  for (const one of [client, b.client]) one.close()
  house.clock.advance(empty.expires_in * 1000)
  const unknown = refusal(404, 'File not found')
  for (const ready of [empty, full]) expect(said(await put(ready, {}, 'PUT', house))).toEqual(unknown)
  const later = await person.connect()
  for (const { file_id } of [empty, full]) {
    expect(await later.said('upload_file_complete', { file_id, recipient_id })).toBe('File not found')
  }
})

test.skipIf(foreign)('UM94: a restart of the server does not close a place', async () => {
  const first = await startOwn()
  const { dataDir } = first
  const { ready } = await scene(first)
  first.kill('SIGTERM')
  await first.exited
  await using second = await startOwn({ dataDir })
  expect((await put(ready, {}, 'PUT', second)).status).toBe(201)
})
