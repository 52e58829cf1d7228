// Files on their way in: OC107 to OC109, and those a message brings along (OC73, OC74).

import { describe, expect, test } from 'bun:test'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { foreign, startOwn, useTarget } from '../../kit/target.ts'
import { newGroup, newPeople, newPerson, type Person } from './crew.ts'
import { request } from './raw.ts'
import { bodies, formOf, GIF, history, messagesOf, PNG, pathOf, send, sendForm, sent, upload, WEBM } from './sending.ts'
import { blamed, call, type Loose, NO_ID, said, TIME, UUID } from './target.ts'

const target = useTarget()
const LIMIT = 10_000
const small = useTarget({ PARLANCE_OPENCHAT_MAX_UPLOAD: `${LIMIT}` })

const rawUpload = (who: Person, body: BodyInit, headers: Record<string, string> = {}) =>
  request(who, 'POST', '/v1/uploads', { raw: body, headers: { 'content-type': 'text/plain', ...headers } })

describe('an upload', () => {
  test('OC105, OC107: is answered as an attachment, absolute and with a link', async () => {
    const mila = await newPerson(target)
    const file = await upload(mila, { bytes: PNG, name: 'map.png', type: 'image/png' })
    expect(file).toEqual({
      attachment_id: expect.stringMatching(UUID),
      file_name: 'map.png',
      url: expect.stringMatching(/^https?:\/\/.*\?t=.+/),
      url_expires_at: expect.stringMatching(TIME),
      stable_url: expect.stringContaining(`/v1/uploads/${file.attachment_id}`),
      content_type: 'image/png',
      bytes: PNG.length,
      width: 640,
      height: 480,
    })
    expect(file.url.split('?')[0]).toBe(file.stable_url)
    const fetched = await call(target, 'GET', pathOf(file.url))
    expect([fetched.status, fetched.headers.get('content-type')]).toEqual([200, 'image/png'])
  })

  test('OC107: is the first file of a form, or the body as it is', async () => {
    const mila = await newPerson(target)
    const form = formOf({ note: 'before' }, [{ bytes: 'one', name: 'a.txt' }, { bytes: 'two' }], 'file')
    expect((await request(mila, 'POST', '/v1/uploads', { raw: form })).body.attachment).toMatchObject({
      file_name: 'a.txt',
      bytes: 3,
    })
    const plain = await rawUpload(mila, 'whole', {
      'x-file-name': 'b%C3%A5t.txt',
      'content-type': 'Text/Plain; charset=x',
    })
    expect([plain.status, plain.body.attachment]).toMatchObject([
      201,
      { file_name: 'båt.txt', content_type: 'text/plain', bytes: 5 },
    ])
    expect((await rawUpload(mila, 'x')).body.attachment.file_name).toBe('file')
  })

  test('OC107: is refused when it is nothing, nonsense or nobody’s', async () => {
    const mila = await newPerson(target)
    expect(said(await rawUpload(mila, ''))).toBe('400 attachment_empty')
    expect(said(await request(mila, 'POST', '/v1/uploads', { raw: formOf({}, [{ bytes: '' }], 'file') }))).toBe(
      '400 attachment_empty',
    )
    expect(blamed(await request(mila, 'POST', '/v1/uploads', { raw: formOf({ file: 'text' }, []) }))).toBe(
      '400 invalid_payload: file',
    )
    expect(blamed(await rawUpload(mila, 'x', { 'x-file-name': '100%' }))).toBe('400 invalid_payload: X-File-Name')
    const multipart = { 'content-type': 'multipart/form-data; boundary=b' }
    expect(said(await rawUpload(mila, '--b\r\nnonsense', multipart))).toBe('400 invalid_payload')
    const untyped = await request(mila, 'POST', '/v1/uploads', { raw: new Uint8Array([1]) })
    expect(said(untyped)).toBe('415 unsupported_media_type')
    expect(said(await call(target, 'POST', '/v1/uploads', { raw: formOf({}, [], 'file') }))).toBe('401 unauthorized')
  })

  test('OC107: is for its uploader only until it is sent', async () => {
    const { id, owner, member } = await newGroup(target)
    const { attachment_id, stable_url } = await upload(owner)
    const access = (who: Person) => who.get(`/v1/attachments/${attachment_id}/access`)
    expect((await request(owner, 'GET', pathOf(stable_url))).body).toBe('hello')
    for (const answer of [await request(member, 'GET', pathOf(stable_url)), await access(member)]) {
      expect(said(answer)).toBe('404 attachment_not_found')
    }
    expect(said(await call(target, 'GET', pathOf(stable_url)))).toBe('401 unauthorized')
    const early = (await access(owner)).body
    expect(early).toEqual({
      attachment_id,
      url: expect.stringContaining(stable_url),
      url_expires_at: expect.stringMatching(TIME),
    })
    await sent(owner, id, { attachment_ids: [attachment_id] })
    const late = (await access(member)).body
    expect(pathOf(late.url)).toStartWith(`/v1/channels/${id}/attachments/${attachment_id}?t=`)
    expect((await call(target, 'GET', pathOf(late.url))).body).toBe('hello')
    expect(said(await request(member, 'GET', pathOf(stable_url)))).toBe('404 attachment_not_found')
    for (const odd of ['x', NO_ID]) {
      expect(said(await owner.get(`/v1/attachments/${odd}/access`))).toBe('404 attachment_not_found')
    }
  })

  test.skipIf(foreign)('OC107: up to the limit that is advertised', async () => {
    const mila = await newPerson(small)
    const { limits } = await mila.must('GET', '/client/capabilities')
    expect(limits.max_upload_bytes).toBe(LIMIT)
    expect((await rawUpload(mila, 'x'.repeat(LIMIT))).status).toBe(201)
    const refusal = await rawUpload(mila, 'x'.repeat(LIMIT + 1))
    expect([said(refusal), refusal.body.details]).toEqual(['413 attachment_too_large', { limit: LIMIT }])
  })
})

describe('what a file is called', () => {
  const cases: readonly [Loose, string, string][] = [
    [PNG, 'text/plain', 'image/png'],
    [GIF, 'application/octet-stream', 'image/gif'],
    [WEBM, '', 'video/webm'],
    ['no picture', 'image/png', 'application/octet-stream'],
    ['<b>', 'text/html', 'application/octet-stream'],
    ['<svg/>', 'image/svg+xml', 'application/octet-stream'],
    ['<x/>', 'application/xml', 'application/octet-stream'],
    ['x()', 'text/javascript', 'application/octet-stream'],
    ['hi', 'text/plain', 'text/plain'],
    ['{}', 'application/json', 'application/json'],
    [
      'doc',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
  ]
  test('OC108: its bytes say its type, else its sender, unless a browser would act upon it', async () => {
    const mila = await newPerson(target)
    for (const [bytes, claimed, type] of cases) {
      const { content_type, url } = await upload(mila, { bytes, type: claimed })
      const { headers } = await call(target, 'GET', pathOf(url))
      expect([claimed, content_type, headers.get('content-type')]).toEqual([claimed, type, type])
    }
  })

  test('OC109: its name is a short last segment that harms nobody', async () => {
    const mila = await newPerson(target)
    const named = async (name: string) =>
      (await rawUpload(mila, 'x', { 'x-file-name': encodeURIComponent(name) })).body.attachment.file_name
    expect(await named('../../etc/passwd')).toBe('passwd')
    expect(await named('C:\\temp\\a.txt')).toBe('a.txt')
    expect(await named('a\nb\u202e.exe')).toBe('ab.exe')
    for (const nothing of ['', '..', '/', ' ']) expect(await named(nothing)).toBe('file')
    const long = await named(`${'n'.repeat(300)}.txt`)
    expect([[...long].length, long.endsWith('n.txt')]).toEqual([200, true])
    const wide = await named('ø'.repeat(300))
    expect([...wide].length).toBeLessThanOrEqual(200)
  })

  test('OC109: pictures have a size, other files none', async () => {
    const mila = await newPerson(target)
    expect(await upload(mila, { bytes: GIF })).toMatchObject({ width: 640, height: 480 })
    for (const bytes of [WEBM, 'text']) {
      const file = await upload(mila, { bytes })
      expect([file.width, file.height]).toEqual([undefined, undefined])
    }
  })
})

describe('a message that brings its files along', () => {
  test('OC73: has them in order, with text and reply', async () => {
    const { id, owner, member } = await newGroup(target)
    const first = await sent(owner, id, { body: 'where?' })
    const fields = { body: 'there', reply_to_message_id: first.id, client_message_id: 'k' }
    const { status, body } = await sendForm(owner, id, fields, [
      { bytes: PNG, name: 'map.png' },
      { bytes: 'x', name: 'x.txt' },
    ])
    expect(status).toBe(201)
    expect(body.message).toMatchObject({
      body: 'there',
      kind: 'image',
      client_message_id: 'k',
      reply_to: { message_id: first.id },
      attachments: [
        { file_name: 'map.png', content_type: 'image/png', width: 640 },
        { file_name: 'x.txt', bytes: 1 },
      ],
    })
    expect((await history(member, id)).at(-1)).toEqual(body.message)
    expect((await sendForm(owner, id, {}, [{ bytes: 'x' }])).body.message).toMatchObject({ body: '', kind: 'file' })
    expect((await sendForm(owner, id, { body: 'no file' }, [])).body.message).toMatchObject({
      body: 'no file',
      kind: 'text',
    })
  })

  test('OC74: says something, with ten files at most, each of them something', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    const one = [{ bytes: 'x' }]
    expect(said(await sendForm(owner, id, { body: ' ' }, []))).toBe('400 message_empty')
    const stray = { raw: formOf({}, [{ bytes: 'x' }], 'elsewhere') }
    expect(said(await request(owner, 'POST', messagesOf(id), stray))).toBe('400 message_empty')
    expect(said(await sendForm(owner, id, { body: 'x' }, [{ bytes: '' }]))).toBe('400 attachment_empty')
    expect(said(await sendForm(owner, id, { body: 'x'.repeat(65_537) }, one))).toBe('413 message_too_large')
    expect(said(await sendForm(owner, id, { reply_to_message_id: 'x' }, one))).toBe('400 reply_target_not_found')
    expect(
      said(
        await sendForm(
          owner,
          id,
          {},
          Array.from({ length: 11 }, () => ({ bytes: 'x' })),
        ),
      ),
    ).toBe('400 attachment_count_exceeded')
    expect(said(await sendForm(stranger, id, {}, one))).toBe('404 channel_not_found')
    await owner.must('PUT', `/v1/channels/${id}/members/${member.uid}/mute`, { seconds: 60 })
    expect(said(await sendForm(member, id, {}, one))).toBe('403 muted')
    expect(await bodies(owner, id)).toEqual([])
    expect(
      (
        await sendForm(
          owner,
          id,
          {},
          Array.from({ length: 10 }, () => ({ bytes: 'x' })),
        )
      ).status,
    ).toBe(201)
  })

  test('OC59, OC73: joins a public channel, as any message', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const id = await mila.makeChannel()
    expect((await sendForm(noor, id, {}, [{ bytes: 'x' }])).status).toBe(201)
    expect((await noor.channel(id)).my_role).toBe('member')
  })

  test.skipIf(foreign)('OC74: one file or all together within the limit', async () => {
    const { id, owner } = await newGroup(small)
    const half = { bytes: 'x'.repeat(LIMIT / 2) }
    expect((await sendForm(owner, id, {}, [half, half])).status).toBe(201)
    for (const files of [[{ bytes: 'x'.repeat(LIMIT + 1) }], [half, half, { bytes: 'x' }]]) {
      const refusal = await sendForm(owner, id, {}, files)
      expect([said(refusal), refusal.body.details]).toEqual(['413 attachment_too_large', { limit: LIMIT }])
    }
    expect(await history(owner, id)).toHaveLength(1)
  })

  test('OC74: a form that breaks off sends nothing', async () => {
    const { id, owner } = await newGroup(target)
    const headers = { 'content-type': 'multipart/form-data; boundary=b' }
    const part = '--b\r\ncontent-disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhello'
    for (const body of [part, '--b\r\nnonsense', '']) {
      expect(said(await request(owner, 'POST', messagesOf(id), { raw: body, headers }))).toBe('400 invalid_payload')
    }
    expect(await bodies(owner, id)).toEqual([])
    expect(said(await send(owner, id, { attachment_ids: [], body: 'after' }))).toBe('201')
  })

  test.skipIf(foreign)('OC74, OC75: what is refused, or a repeat, leaves no file behind', async () => {
    await using server = await startOwn()
    const { id, owner } = await newGroup(server)
    const kept = async () =>
      (await readdir(join(server.dataDir, 'files'), { recursive: true })).filter(path => /[0-9a-f-]{36}$/.test(path))
    const gone = await sent(owner, id, { body: 'gone' })
    await owner.must('DELETE', `${messagesOf(id)}/${gone.id}`)
    const files = [{ bytes: 'one' }, { bytes: 'two' }]
    for (const reply_to_message_id of [gone.id, 'x']) {
      expect(said(await sendForm(owner, id, { reply_to_message_id }, files))).toBe('400 reply_target_not_found')
    }
    expect(said(await sendForm(owner, id, {}, [...files, { bytes: '' }]))).toBe('400 attachment_empty')
    expect(await kept()).toEqual([])
    for (const status of [201, 200]) {
      expect((await sendForm(owner, id, { client_message_id: 'k' }, files)).status).toBe(status)
      expect(await kept()).toHaveLength(2)
    }
  })
})
