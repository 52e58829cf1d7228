// Files: taken in as streams, given out by right: WT66 to WT73.
import { describe, expect, test } from 'bun:test'
import { foreign, useTarget } from '../../kit/target.ts'
import { call, FID, NO_FILE, NO_UID, newGroup, newPeople, newPerson, type Person, said } from './target.ts'

const target = useTarget()
const KEY = 'an internal key of the operator'
const configured = useTarget({ PARLANCE_WETTY_INTERNAL_KEY: KEY, PARLANCE_MAX_FILE_BYTES: '100000' })

const two = async () => (await newPeople(target, 2)) as [Person, Person]
const raw = (who: Person, body: BodyInit, query = '', headers: Record<string, string> = {}) =>
  who.call('POST', `/fserv/upload${query}`, undefined, {
    raw: body,
    headers: { 'content-type': 'application/octet-stream', ...headers },
  })
const download = (who: Person, fid: string, headers: Record<string, string> = {}, query = '') =>
  who.call('GET', `/f/fserv/download/${fid}${query}`, undefined, { headers })

describe('uploads', () => {
  test('WT66: answer an unguessable fid, name, type and size', async () => {
    const mila = await newPerson(target)
    const form = new FormData()
    form.set('note', 'a field before')
    form.set('anything', new File(['hello'], 'a.txt', { type: 'text/plain' }))
    form.set('second', new File(['not this one'], 'b.txt'))
    const { status, body } = await mila.call('POST', '/fserv/upload', undefined, { raw: form })
    expect([status, body]).toEqual([
      201,
      { fid: expect.stringMatching(FID), name: 'a.txt', mime: 'text/plain', size: 5 },
    ])
    expect((await download(mila, body.fid)).body).toBe('hello')
    expect(await mila.upload('hello', 'a.txt')).not.toBe(body.fid)
  })

  test('WT67: clients upload with their token; an internal key is refused where none is configured', async () => {
    const mila = await newPerson(target)
    expect(
      said(
        await call(target, 'POST', '/fserv/upload', {
          raw: 'x',
          headers: { 'content-type': 'application/octet-stream' },
        }),
      ),
    ).toBe('401 unauthorized')
    for (const key of [KEY, '']) {
      const refused = await raw(mila, 'x', '', { 'x-internal-key': key, 'x-on-behalf-of': String(mila.uid) })
      expect(said(refused)).toBe('403 internal_key_invalid')
    }
  })

  test.skipIf(foreign)('WT67: a service with the configured key uploads on behalf of a user', async () => {
    const mila = await newPerson(configured)
    const upload = (key: string, uid?: string, token = false) =>
      call(configured, 'POST', '/fserv/upload?filename=s.bin', {
        raw: 'from a service',
        headers: {
          'content-type': 'application/octet-stream',
          'x-internal-key': key,
          ...(uid !== undefined && { 'x-on-behalf-of': uid }),
          ...(token && mila.bearer),
        },
      })
    const { status, body } = await upload(KEY, String(mila.uid))
    expect([status, body.name]).toEqual([201, 's.bin'])
    // He owns it.
    expect((await mila.get(`/f/fserv/download/${body.fid}`)).body).toBe('from a service')
    for (const key of ['wrong', `${KEY}x`, KEY.slice(1)]) {
      expect(said(await upload(key, String(mila.uid)))).toBe('403 internal_key_invalid')
      expect(said(await upload(key, String(mila.uid), true))).toBe('403 internal_key_invalid')
    }
    expect(said(await upload(KEY))).toBe('422 invalid_field')
    expect(said(await upload(KEY, 'x'))).toBe('422 invalid_field')
    expect(said(await upload(KEY, String(NO_UID)))).toBe('404 user_not_found')
  })

  test('WT68: a raw body takes its name and type from the query or a header', async () => {
    const mila = await newPerson(target)
    const named = await raw(mila, 'abc', '?filename=%C3%BC.png&content_type=image/png')
    expect(named.body).toMatchObject({ name: 'ü.png', mime: 'image/png', size: 3 })
    const header = await raw(mila, 'abc', '', { 'content-disposition': `attachment; filename*=UTF-8''%C3%BC.txt` })
    expect(header.body).toMatchObject({ name: 'ü.txt', mime: 'application/octet-stream' })
    expect((await raw(mila, 'abc')).body.name).toBe('file')
  })

  test('WT68: what is no file is refused', async () => {
    const mila = await newPerson(target)
    const post = (body: BodyInit, type: string) =>
      mila.call('POST', '/fserv/upload', undefined, { raw: body, headers: { 'content-type': type } })
    expect(said(await post('x', 'image/png'))).toBe('415 unsupported_media_type')
    expect(said(await mila.post('/fserv/upload', { a: 1 }))).toBe('415 unsupported_media_type')
    expect(said(await post('', 'application/octet-stream'))).toBe('422 invalid_field')
    expect(said(await post('no boundary', 'multipart/form-data'))).toBe('400 bad_request')
    const open = '--b\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nnever ended'
    expect(said(await post(open, 'multipart/form-data; boundary=b'))).toBe('400 bad_request')
    const form = new FormData()
    form.set('text', 'no file')
    expect(said(await mila.call('POST', '/fserv/upload', undefined, { raw: form }))).toBe('422 invalid_field')
    const empty = new FormData()
    empty.set('file', new File([], 'empty.txt'))
    expect(said(await mila.call('POST', '/fserv/upload', undefined, { raw: empty }))).toBe('422 invalid_field')
  })

  test.skipIf(foreign)('WT68: beyond the limit is 413, as a form, raw, and in chunks', async () => {
    const mila = await newPerson(configured)
    const limit = 100_000
    const upload = (raw: BodyInit, type?: string) =>
      mila.call('POST', '/fserv/upload', undefined, { raw, headers: type ? { 'content-type': type } : {} })
    const form = (bytes: number) => {
      const data = new FormData()
      data.set('file', new File([new Uint8Array(bytes)], 'big'))
      return data
    }
    const stream = (bytes: number) =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (let left = bytes; left > 0; left -= 10_000) controller.enqueue(new Uint8Array(Math.min(left, 10_000)))
          controller.close()
        },
      })
    const octets = 'application/octet-stream'
    for (const [fits, over] of [
      [() => upload(form(limit)), () => upload(form(limit + 1))],
      [() => upload(new Uint8Array(limit), octets), () => upload(new Uint8Array(limit + 1), octets)],
      [() => upload(stream(limit), octets), () => upload(stream(limit + 1), octets)],
    ] as const) {
      expect((await fits()).body.size).toBe(limit)
      const refused = await over()
      expect([said(refused), refused.body.error.limit]).toEqual(['413 too_large', limit])
    }
  })
})

describe('downloads', () => {
  test('WT69: whole, in part, or only the headers; the token may stand in the query', async () => {
    const mila = await newPerson(target)
    const fid = await mila.upload('0123456789', 'd.png', 'image/png')
    const whole = await download(mila, fid)
    expect([whole.status, whole.body]).toEqual([200, '0123456789'])
    expect(Object.fromEntries(whole.headers)).toMatchObject({
      'content-length': '10',
      'accept-ranges': 'bytes',
      'cache-control': 'private',
      etag: expect.stringMatching(/^".+"$/),
      'content-type': 'image/png',
    })
    const byQuery = await call(target, 'GET', `/f/fserv/download/${fid}?token=${mila.token}`)
    expect(byQuery.body).toBe('0123456789')
    const head = await mila.call('HEAD', `/f/fserv/download/${fid}`)
    expect([head.status, head.body, head.headers.get('content-length')]).toEqual([200, null, '10'])
    for (const [range, part, content] of [
      ['bytes=2-4', '234', 'bytes 2-4/10'],
      ['bytes=7-', '789', 'bytes 7-9/10'],
      ['bytes=-3', '789', 'bytes 7-9/10'],
      ['bytes=0-99', '0123456789', 'bytes 0-9/10'],
    ] as const) {
      const { status, body, headers } = await download(mila, fid, { range })
      expect([status, body, headers.get('content-range')]).toEqual([206, part, content])
    }
    const beyond = await download(mila, fid, { range: 'bytes=10-' })
    expect([said(beyond), beyond.headers.get('content-range')]).toEqual(['416 range_not_satisfiable', 'bytes */10'])
    for (const range of ['bytes=x', 'lines=1-2', 'bytes=0-1,3-4'])
      expect((await download(mila, fid, { range })).status).toBe(200)
  })

  test('WT70: others see it only through a message in a chat they are in, and no answer helps guessing', async () => {
    const { id: chat, owner, member, stranger } = await newGroup(target)
    const fid = await owner.upload('plan')
    const unknown = await download(member, NO_FILE)
    expect(said(unknown)).toBe('404 file_not_found')
    for (const who of [member, stranger]) expect((await download(who, fid)).body).toEqual(unknown.body)
    expect(said(await download(member, 'nonsense'))).toBe('404 file_not_found')
    expect(said(await call(target, 'GET', `/f/fserv/download/${fid}`))).toBe('401 unauthorized')

    const { id } = await owner.must('POST', `/chats/${chat}/messages`, { message_type: 'file', fid })
    expect((await download(member, fid)).body).toBe('plan')
    expect(said(await download(stranger, fid))).toBe('404 file_not_found')
    await member.must('POST', '/friend/block', { uid: owner.uid })
    expect(said(await download(member, fid))).toBe('404 file_not_found')
    await member.must('POST', '/friend/unblock', { uid: owner.uid })
    await owner.must('DELETE', `/group/${chat}/members/${member.uid}`)
    expect(said(await download(member, fid))).toBe('404 file_not_found')
    await owner.must('POST', `/group/${chat}/members`, { uid: member.uid })
    expect((await download(member, fid)).status).toBe(200)
    await owner.must('POST', '/chats/message/recall', { msg_id: id })
    expect(said(await download(member, fid))).toBe('404 file_not_found')
    expect((await download(owner, fid)).body).toBe('plan')
  })

  test('WT71: nothing that can carry script is shown inline; names are harmless', async () => {
    const mila = await newPerson(target)
    const disposition = async (name: string, type: string, query = '') => {
      const { headers } = await download(mila, await mila.upload('x', name, type), {}, query)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      return headers.get('content-disposition')
    }
    for (const type of ['image/png', 'image/webp', 'video/mp4', 'audio/ogg']) {
      expect(await disposition('a', type)).toStartWith('inline')
      expect(await disposition('a', type, '?download=1')).toStartWith('attachment')
    }
    for (const type of ['text/html', 'image/svg+xml', 'text/xml', 'application/pdf', 'application/octet-stream']) {
      expect(await disposition('a', type)).toStartWith('attachment')
    }
    expect(await disposition('../../etc/ü x.txt', 'text/plain')).toContain("filename*=UTF-8''%C3%BC%20x.txt")
    const { body } = await raw(mila, 'x', `?filename=${encodeURIComponent(`C:\\dir\\a\nb${'x'.repeat(300)}.txt`)}`)
    expect(body.name).toMatch(/^abx+\.txt$/)
    expect(Buffer.byteLength(body.name)).toBeLessThanOrEqual(255)
  })
})

describe('messages with files', () => {
  test('WT72: name their fid, or put it where the contract’s keys leave room for it', async () => {
    const { id: chat, owner, member } = await newGroup(target)
    const fid = await owner.upload('bytes', 'a.png', 'image/png')
    const attachment = {
      fid,
      url: `/f/fserv/download/${fid}`,
      name: 'a.png',
      mime: 'image/png',
      kind: 'image',
      size: 5,
      width: null,
      height: null,
    }
    const expected = { fid, has_attachments: true, attachments: [attachment] }
    const send = (keys: object) => owner.must('POST', `/chats/${chat}/messages`, { message_type: 'image', ...keys })
    expect(await send({ fid, message: 'a cat' })).toMatchObject({
      ...expected,
      message: 'a cat',
      message_type: 'image',
    })
    expect(await send({ message: fid })).toMatchObject({ ...expected, message: fid })
    expect(await send({ fid })).toMatchObject({ ...expected, message: fid })
    const other = await owner.upload('more', 'b.txt')
    const both = await send({ fids: [fid, other] })
    expect([both.fid, both.attachments.length]).toEqual([fid, 2])
    expect((await member.get(attachment.url)).body).toBe('bytes')
    for (const message_type of ['image', 'video', 'audio', 'file', 'sticker']) {
      for (const message of ['no fid', '', null]) {
        expect(said(await owner.post(`/chats/${chat}/messages`, { message_type, message }))).toBe('422 fid_required')
      }
    }
    expect(said(await owner.send(chat, 'x', { fids: Array(21).fill(fid) }))).toBe('422 invalid_field')
  })

  test('WT73: one may only send what one may download', async () => {
    const [mila, noor] = await two()
    const chat = await noor.group()
    const fid = await mila.upload('mine')
    for (const named of [fid, NO_FILE, 'nonsense']) {
      expect(said(await noor.post(`/chats/${chat}/messages`, { message_type: 'file', fid: named }))).toBe(
        '404 file_not_found',
      )
    }
    expect(await noor.history(chat)).toEqual([])
    const shared = await mila.befriend(noor)
    await mila.must('POST', `/chats/${shared}/messages`, { message_type: 'file', fid })
    expect((await noor.post(`/chats/${chat}/messages`, { message_type: 'file', fid })).status).toBe(201)
  })
})
