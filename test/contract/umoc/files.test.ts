// Section H: files prepared, sent and opened, as the socket sees them.
import { describe, expect, test } from 'bun:test'
import type { Loose } from './client.ts'
import { befriend, friends, newGroup, type Seated, say, seat, useTarget } from './people.ts'

const target = useTarget()
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const BYTES = 'some bytes'
const usual = { file_name: 'my photo.png', file_size: BYTES.length, file_type: 'image/png' }

const put = async ({ upload_url, upload_token }: Loose): Promise<void> => {
  const headers = { authorization: `Bearer ${upload_token}` }
  const answer = await fetch(target.url + upload_url, { method: 'PUT', headers, body: BYTES })
  expect(answer.status).toBe(201)
}

/** Prepared for that chat, its bytes there. */
const uploaded = async ({ client }: Seated, recipient_id: number, keys: object = {}): Promise<string> => {
  const ready = await client.must('upload_file_prepare', { recipient_id, ...usual, ...keys })
  await put(ready)
  return ready.file_id
}

describe('preparing', () => {
  test('UM90: a place to upload to', async () => {
    const [a, b] = await friends(target)
    const ready = await a.client.must('upload_file_prepare', { recipient_id: b.person.id, is_group: false, ...usual })
    expect(ready).toEqual({
      file_id: expect.stringMatching(UUID),
      upload_url: `/api/upload/${ready.file_id}`,
      upload_token: expect.any(String),
      expires_in: 3600,
    })
    expect(await a.client.next('file_upload_ready')).toEqual(ready)
    const again = await a.client.must('upload_file_prepare', { recipient_id: b.person.id, ...usual })
    expect(again.file_id).not.toBe(ready.file_id)
    expect(again.upload_token).not.toBe(ready.upload_token)
    for (const { client } of [a, b]) await client.quiet('new_message')
  })

  test('UM91 UM92 UM93: each field has its words', async () => {
    const [a, b] = await friends(target)
    const prepare = (keys: object) =>
      a.client.said('upload_file_prepare', { recipient_id: b.person.id, ...usual, ...keys })
    for (const missing of ['recipient_id', 'file_name', 'file_size', 'file_type']) {
      expect(await prepare({ [missing]: null })).toBe('Missing required fields')
    }
    for (const file_size of [0, -1, 1.5, 'big', true]) expect(await prepare({ file_size })).toBe('Invalid file_size')
    expect(await prepare({ file_size: 10_485_760 })).toBe('ok')
    expect(await prepare({ file_size: '10485761' })).toBe('File exceeds maximum size of 10MB')
    for (const file_type of ['text/html', 'image/svg+xml', 'application/javascript', 'x', 'image/*', '']) {
      expect([file_type, await prepare({ file_type })]).toEqual([file_type, 'File type not allowed'])
    }
    expect(await prepare({ file_type: 'TEXT/Plain; charset=utf-8' })).toBe('ok')
    expect(await prepare({ file_type: 5 })).toBe('Invalid file_type')
    expect(await prepare({ file_name: 5 })).toBe('Invalid file_name')
    expect(await prepare({ file_name: '' })).toBe('Invalid file_name')
  })

  test('UM91: recipients are judged as for sending, and nothing is sent', async () => {
    const [a, b] = await friends(target)
    const stranger = await seat(target)
    const prepare = ({ client }: Seated, recipient_id: number, keys: object = {}) =>
      client.said('upload_file_prepare', { recipient_id, ...usual, ...keys })
    expect(await prepare(a, stranger.person.id)).toBe('This user is not in your contacts')
    expect(await prepare(a, a.person.id)).toBe('You cannot message yourself')
    expect(await prepare(a, 2_000_000_000)).toBe('Recipient not found')
    expect(await prepare(a, 2_000_000_000, { is_group: true })).toBe('You are not a member of this group')
    await b.client.must('block_contact', { contact_id: a.person.id })
    expect(await prepare(a, b.person.id)).toBe('You cannot send messages to this user')
    expect(await prepare(b, a.person.id)).toBe('You have blocked this user')
    expect(await a.client.must('get_chat_history', { chat_id: b.person.id })).toMatchObject({ total_messages: 0 })
  })
})

describe('sending', () => {
  test('UM96: the message describes the file as it was prepared, whatever is said now', async () => {
    const [a, b] = await friends(target)
    const file_id = await uploaded(a, b.person.id)
    const said = await a.client.must('upload_file_complete', {
      file_id,
      recipient_id: b.person.id,
      is_group: false,
      file_name: 'other.exe',
      file_type: 'text/html',
    })
    expect(said).toMatchObject({ type: 'image', recipient_id: b.person.id, sender_id: a.person.id, is_group: false })
    expect(said).not.toHaveProperty('client_message_id')
    expect(JSON.parse(said.content)).toEqual({
      file_id,
      file_name: 'my photo.png',
      file_type: 'image/png',
      file_size: BYTES.length,
      file_url: `/api/files/${file_id}/my%20photo.png`,
    })
    for (const { client } of [a, b]) expect(await client.next('new_message')).toEqual(said)
  })

  test('UM97: what is not there, not mine, empty or meant for others', async () => {
    const [a, b] = await friends(target)
    const c = await seat(target)
    await befriend(a, c)
    const complete = ({ client }: Seated, file_id: unknown, recipient_id: number) =>
      client.said('upload_file_complete', { file_id, recipient_id })
    const to = b.person.id
    expect(await complete(a, crypto.randomUUID(), to)).toBe('File not found')
    expect(await complete(a, 'x', to)).toBe('File not found')
    expect(await complete(a, null, to)).toBe('Missing required fields')
    expect(await complete(a, 5, to)).toBe('Invalid file_id')
    const { file_id: empty } = await a.client.must('upload_file_prepare', { recipient_id: to, ...usual })
    expect(await complete(a, empty, to)).toBe('File has not been uploaded')
    expect(await complete(b, empty, a.person.id)).toBe('File not found')
    const file_id = await uploaded(a, to)
    for (const other of [b, c]) expect(await complete(other, file_id, a.person.id)).toBe('File not found')
    expect(await complete(a, file_id, c.person.id)).toBe('Recipient does not match')
    await b.client.must('block_contact', { contact_id: a.person.id })
    expect(await complete(a, file_id, to)).toBe('You cannot send messages to this user')
    await b.client.must('unblock_contact', { contact_id: a.person.id })
    expect(await complete(a, file_id, to)).toBe('ok')
  })

  test('UM97: completing again answers the original to the caller alone', async () => {
    const [a, b] = await friends(target)
    const chat_id = await newGroup(a, [b])
    const file_id = await uploaded(a, chat_id)
    const payload = { file_id, recipient_id: chat_id, is_group: true }
    const said = await a.client.must('upload_file_complete', payload)
    await a.client.next('new_message')
    await b.client.next('new_message')
    expect(await a.client.must('upload_file_complete', payload)).toEqual(said)
    expect(await a.client.next('new_message')).toEqual(said)
    await b.client.quiet('new_message')
    expect(await a.client.must('get_chat_history', { chat_id })).toMatchObject({ total_messages: 1 })
  })

  test('UM75: send_message may name an upload of this very chat, once', async () => {
    const [a, b] = await friends(target)
    const c = await seat(target)
    await befriend(a, c)
    const file_id = await uploaded(a, b.person.id)
    const content = JSON.stringify({ file_id, file_name: 'mine.png', note: 'kept' })
    const send = (from: Seated, to: Seated) =>
      from.client.said('send_message', { recipient_id: to.person.id, type: 'image', content })
    expect(await send(a, c)).toBe('File not found')
    expect(await send(b, a)).toBe('File not found')
    expect(await send(a, b)).toBe('ok')
    expect(await b.client.next('new_message')).toMatchObject({ type: 'image', content })
    expect(await send(a, b)).toBe('File not found')
  })
})

describe('opening', () => {
  test('UM99: a URL for who may read the file, nobody else', async () => {
    const [a, b] = await friends(target)
    const outsider = await seat(target)
    const file_id = await uploaded(a, b.person.id)
    const said = ({ client }: Seated, id: unknown = file_id) => client.said('get_file_url', { file_id: id })
    expect(await said(b)).toBe('File not found')
    const { message_id } = await a.client.must('upload_file_complete', { file_id, recipient_id: b.person.id })
    for (const { client } of [a, b]) {
      const answer = await client.must('get_file_url', { file_id })
      expect(answer).toEqual({ file_id, url: expect.any(String), expires_in: 300 })
      expect(answer.url).toStartWith(`/api/files/${file_id}/my%20photo.png?`)
      expect(await client.next('file_url')).toEqual(answer)
    }
    expect(await said(outsider)).toBe('File not found')
    expect(await said(a, crypto.randomUUID())).toBe('File not found')
    expect(await said(a, {})).toBe('Invalid file_id')
    expect(await said(a, null)).toBe('Missing required fields')
    await a.client.must('delete_message', { message_id })
    for (const one of [a, b]) expect(await said(one)).toBe('File not found')
  })

  test('UM79: with the message goes its text and its file, in the list and the history', async () => {
    const [a, b] = await friends(target)
    const file_id = await uploaded(a, b.person.id)
    const { message_id } = await a.client.must('upload_file_complete', { file_id, recipient_id: b.person.id })
    await say(a, b.person.id, 'stays')
    await a.client.must('delete_message', { message_id })
    const { messages } = await b.client.must('get_chat_history', { chat_id: a.person.id })
    expect(messages).toMatchObject([{ content: 'stays' }])
    expect(JSON.stringify(messages)).not.toContain(file_id)
  })
})
