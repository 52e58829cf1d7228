// Section H: files given out, to whom, and as what.
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { foreign, lacks } from '../../kit/target.ts'
import { befriend, friends, newGroup, type Seated, seat, useTarget } from './people.ts'
import { accessOf, bearer, type CallOptions, call, PASSWORD, refusal, request, said } from './rest.ts'

const target = useTarget()
const BYTES = 'twelve bytes'

const authorized = ({ person }: Seated): Readonly<Record<string, string>> => bearer(accessOf(person.login))
const pathOf = (file_id: string): string => `/api/files/${file_id}`
const get = (who: Seated, file_id: string, headers: Readonly<Record<string, string>> = {}) =>
  request(target, 'GET', pathOf(file_id), { headers: { ...authorized(who), ...headers } })
const notFound = refusal(404, 'File not found')
const refusedTo = async (who: Seated, file_id: string): Promise<object> =>
  said(await call(target, 'GET', pathOf(file_id), { headers: authorized(who) }))

const uploaded = async (who: Seated, recipient_id: number, keys: object = {}): Promise<string> => {
  const file = { file_name: 'note one.txt', file_size: BYTES.length, file_type: 'text/plain', ...keys }
  const ready = await who.client.must('upload_file_prepare', { recipient_id, ...file })
  const options = { body: BYTES, headers: bearer(ready.upload_token) }
  expect((await call(target, 'PUT', ready.upload_url, options)).status).toBe(201)
  return ready.file_id
}

const sent = async (from: Seated, to: Seated, keys: object = {}) => {
  const file_id = await uploaded(from, to.person.id, keys)
  const message = await from.client.must('upload_file_complete', { file_id, recipient_id: to.person.id })
  return { file_id, message_id: message.message_id, url: JSON.parse(message.content).file_url as string }
}

describe('opening', () => {
  test('UM98 UM96: both sides get the bytes, by the id and by the URL of the message', async () => {
    const [a, b] = await friends(target)
    const { file_id, url } = await sent(a, b)
    for (const who of [a, b]) {
      for (const path of [pathOf(file_id), url, `${pathOf(file_id)}/any%20name`]) {
        const answer = await request(target, 'GET', path, { headers: authorized(who) })
        expect([answer.status, await answer.text()]).toEqual([200, BYTES])
        expect(Object.fromEntries(answer.headers)).toMatchObject({
          'content-type': 'text/plain',
          'content-length': String(BYTES.length),
          'accept-ranges': 'bytes',
          'x-content-type-options': 'nosniff',
        })
        expect(answer.headers.get('content-disposition')).toStartWith('attachment; filename="note one.txt"')
      }
      const head = await request(target, 'HEAD', url, { headers: authorized(who) })
      expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '12'])
    }
  })

  test('UM98 UM14: all ways of carrying both secrets open a file; half of them do not', async () => {
    const [a, b] = await friends(target)
    const { file_id } = await sent(a, b)
    const { sessionID, token } = b.person.login
    const status = async (options: CallOptions) => (await request(target, 'GET', pathOf(file_id), options)).status
    expect(await status({ query: { sessionID, token } })).toBe(200)
    expect(await status({ headers: { 'x-session-id': sessionID, 'x-session-token': token } })).toBe(200)
    for (const options of [{}, { query: { sessionID } }, { headers: bearer(sessionID) }, { query: { token } }]) {
      const answer = await call(target, 'GET', pathOf(file_id), options)
      expect(said(answer)).toEqual(refusal(401, 'Invalid session'))
    }
    expect((await call(target, 'GET', pathOf(crypto.randomUUID()))).status).toBe(401)
  })

  test('UM98: one range at a time, and none beyond the end', async () => {
    const [a, b] = await friends(target)
    const { file_id } = await sent(a, b)
    for (const [range, text, where] of [
      ['bytes=0-5', 'twelve', 'bytes 0-5/12'],
      ['bytes=7-', 'bytes', 'bytes 7-11/12'],
      ['bytes=-5', 'bytes', 'bytes 7-11/12'],
    ] as const) {
      const answer = await get(b, file_id, { range })
      expect([answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([206, text, where])
    }
    const beyond = await call(target, 'GET', pathOf(file_id), { headers: { ...authorized(b), range: 'bytes=12-' } })
    expect(said(beyond)).toEqual(refusal(416, 'Range not satisfiable'))
    expect(beyond.headers.get('content-range')).toBe('bytes */12')
  })

  test.each([
    ['image/png', 'inline'],
    ['video/quicktime', 'inline'],
    ['audio/aac', 'inline'],
    ['application/pdf', 'attachment'],
    ['application/vnd.oasis.opendocument.text', 'attachment'],
  ])('UM98: %s is %s', async (file_type, how) => {
    const [a, b] = await friends(target)
    const { file_id } = await sent(a, b, { file_type, file_name: 'näme.bin' })
    const { headers } = await get(b, file_id)
    expect(headers.get('content-type')).toBe(file_type)
    expect(headers.get('content-disposition')).toBe(`${how}; filename="n_me.bin"; filename*=UTF-8''n%C3%A4me.bin`)
  })

  test.skipIf(lacks('wetty'))(
    'UM92: a type that is not allowed here comes from another contract, as bytes to be saved',
    async () => {
      const [a, b] = await friends(target)
      const json = { username: a.person.username, password: PASSWORD, client_type: 'mobile' }
      const { token } = (await call(target, 'POST', '/users/auth/login', { json })).body
      const headers = bearer(token)
      const body = new FormData()
      body.set('file', new File(['<script>'], 'page.html', { type: 'text/html' }))
      const { fid } = (await call(target, 'POST', '/fserv/upload', { body, headers })).body
      const { friends: listed } = (await call(target, 'GET', '/friend/list', { headers })).body
      const message = { message: '', message_type: 'file', fid }
      await call(target, 'POST', `/chats/${listed[0].chat_id}/messages`, { json: message, headers })
      const { content } = await b.client.next('new_message')
      const { file_id, file_url } = JSON.parse(content)
      expect(file_url).toStartWith(pathOf(file_id))
      const answer = await request(target, 'GET', file_url, { headers: authorized(b) })
      expect([answer.status, await answer.text()]).toEqual([200, '<script>'])
      expect(answer.headers.get('content-type')).toBe('application/octet-stream')
      expect(answer.headers.get('content-disposition')).toStartWith('attachment; filename="page.html"')
    },
  )
})

describe('to whom', () => {
  test('UM98: who may not see the message is told of no file, nor is anybody of one that is not there', async () => {
    const [a, b] = await friends(target)
    const outsider = await seat(target)
    const { file_id } = await sent(a, b)
    expect(await refusedTo(outsider, file_id)).toEqual(notFound)
    for (const unknown of [crypto.randomUUID(), 'x', '%ff']) {
      expect([unknown, await refusedTo(a, unknown)]).toEqual([unknown, notFound])
    }
  })

  test('UM98: until it is sent, a file is its uploader’s alone', async () => {
    const [a, b] = await friends(target)
    const file_id = await uploaded(a, b.person.id)
    expect((await get(a, file_id)).status).toBe(200)
    expect(await refusedTo(b, file_id)).toEqual(notFound)
    const file = { file_name: 'a.txt', file_size: 1, file_type: 'text/plain' }
    const ready = await a.client.must('upload_file_prepare', { recipient_id: b.person.id, ...file })
    expect(await refusedTo(a, ready.file_id)).toEqual(notFound)
  })

  test('UM98 UM79 UM99: with its message it is gone for everybody, by whatever URL', async () => {
    const [a, b] = await friends(target)
    const { file_id, message_id } = await sent(a, b)
    const signed = await b.client.must('get_file_url', { file_id })
    expect((await request(target, 'GET', signed.url)).status).toBe(200)
    await a.client.must('delete_message', { message_id })
    for (const who of [a, b]) expect(await refusedTo(who, file_id)).toEqual(notFound)
    expect(said(await call(target, 'GET', signed.url))).toEqual(notFound)
  })
})

describe('no longer', () => {
  test('UM123 UM98: who is put out of a group opens none of its files, old or new', async () => {
    const [owner, b] = await friends(target)
    const chat_id = await newGroup(owner, [b])
    const inGroup = async () => {
      const file_id = await uploaded(owner, chat_id)
      await owner.client.must('upload_file_complete', { file_id, recipient_id: chat_id })
      return file_id
    }
    const before = await inGroup()
    expect((await get(b, before)).status).toBe(200)
    await owner.client.must('remove_member', { chat_id, user_id: b.person.id })
    for (const file_id of [before, await inGroup()]) {
      expect(await refusedTo(b, file_id)).toEqual(notFound)
      expect(await b.client.said('get_file_url', { file_id })).toBe('File not found')
      expect((await get(owner, file_id)).status).toBe(200)
    }
  })

  test('UM115: files of somebody I block are 404 to me while I do, in groups too, and not to others', async () => {
    const [a, b] = await friends(target)
    const c = await seat(target)
    await befriend(a, c)
    const chat_id = await newGroup(a, [b, c])
    const { file_id: direct } = await sent(a, b)
    const file_id = await uploaded(a, chat_id)
    await a.client.must('upload_file_complete', { file_id, recipient_id: chat_id })
    await b.client.must('block_contact', { contact_id: a.person.id })
    for (const one of [direct, file_id]) {
      expect(await refusedTo(b, one)).toEqual(notFound)
      expect(await b.client.said('get_file_url', { file_id: one })).toBe('File not found')
      expect((await get(a, one)).status).toBe(200)
    }
    expect((await get(c, file_id)).status).toBe(200)
    await b.client.must('unblock_contact', { contact_id: a.person.id })
    for (const one of [direct, file_id]) expect((await get(b, one)).status).toBe(200)
  })

  test.skipIf(lacks('wetty'))('UM79: another message that carries the file keeps it', async () => {
    const [a, b] = await friends(target)
    const { file_id, message_id } = await sent(a, b)
    const json = { username: b.person.username, password: PASSWORD, client_type: 'mobile' }
    const { token } = (await call(target, 'POST', '/users/auth/login', { json })).body
    const headers = bearer(token)
    const { friends: listed } = (await call(target, 'GET', '/friend/list', { headers })).body
    const forward = { msg_id: message_id, target_chat_id: listed[0].chat_id }
    expect((await call(target, 'POST', '/chats/message/forward', { json: forward, headers })).status).toBeLessThan(300)
    await a.client.must('delete_message', { message_id })
    for (const who of [a, b]) expect((await get(who, file_id)).status).toBe(200)
  })
})

describe('signatures', () => {
  test('UM99: a signed URL opens its file, without credentials, and no other', async () => {
    const [a, b] = await friends(target)
    const { file_id } = await sent(a, b, { file_type: 'image/png', file_name: 'my photo.png' })
    const other = await sent(a, b)
    const { url } = await b.client.must('get_file_url', { file_id })
    const answer = await request(target, 'GET', url)
    expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([200, BYTES, 'image/png'])
    const part = await request(target, 'GET', url, { headers: { range: 'bytes=0-0' } })
    expect([part.status, await part.text()]).toEqual([206, 't'])
    expect((await request(target, 'HEAD', url)).status).toBe(200)
    for (const forged of [
      url.replace(file_id, other.file_id),
      `${url}x`,
      `${pathOf(file_id)}?signature=`,
      `${pathOf(file_id)}?signature=${encodeURIComponent('-.zzzzzzzz.x')}`,
    ]) {
      expect([forged, said(await call(target, 'GET', forged))]).toEqual([forged, notFound])
    }
  })

  test.skipIf(foreign)('UM99: for five minutes', async () => {
    await using house = await startClocked()
    const [{ client }, b] = await friends(house)
    const file = { file_name: 'a.txt', file_size: BYTES.length, file_type: 'text/plain' }
    const ready = await client.must('upload_file_prepare', { recipient_id: b.person.id, ...file })
    await request(house, 'PUT', ready.upload_url, { body: BYTES, headers: bearer(ready.upload_token) })
    const { url, expires_in } = await client.must('get_file_url', { file_id: ready.file_id })
    const status = async () => (await request(house, 'GET', url)).status
    for (const one of [client, b.client]) one.close()
    house.clock.advance(expires_in * 1000 - 1)
    expect(await status()).toBe(200)
    house.clock.advance(1)
    expect([expires_in, await status()]).toEqual([300, 404])
  })
})
