// Pictures of people: taken in, refused, served to everybody (OC91).
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { newPerson, said, UUID } from './crew.ts'
import { atWetty } from './elsewhere.ts'
import { avatarUrl, jpeg, png } from './pictures.ts'
import { request, uploadAvatar } from './raw.ts'

const target = useTarget()

const MAX_BYTES = 2_097_152

describe('uploads', () => {
  test.each([
    ['png', png(8, 6), 'image/png'],
    ['jpeg', jpeg(8, 6), 'image/jpeg'],
  ])('OC91: a %s is answered with what it is, whatever it claims to be', async (_, bytes, type) => {
    const mila = await newPerson(target)
    const answer = await uploadAvatar(mila, bytes, 'me.html', 'text/html')
    expect(answer.status).toBe(201)
    const id = answer.body.avatar_asset_id
    expect(id).toMatch(UUID)
    expect(answer.body).toEqual({
      avatar_asset_id: id,
      avatar_url: expect.stringMatching(avatarUrl(id)),
      width: 8,
      height: 6,
      content_type: type,
      bytes: bytes.length,
    })
    const served = await fetch(answer.body.avatar_url)
    expect([served.status, served.headers.get('content-type')]).toEqual([200, type])
    expect(new Uint8Array(await served.arrayBuffer())).toEqual(bytes)
  })

  test('OC91: exactly 2 MiB, and exactly 1024 each way, are fine', async () => {
    const mila = await newPerson(target)
    const answer = await uploadAvatar(mila, png(1024, 1024, MAX_BYTES))
    expect(answer.body).toMatchObject({ width: 1024, height: 1024, bytes: MAX_BYTES })
  })

  test.each([
    ['one byte more', png(8, 8, MAX_BYTES + 1), '413 avatar_too_large'],
    ['ten times as much', png(8, 8, 10 * MAX_BYTES), '413 avatar_too_large'],
    ['too wide', png(1025, 1), '400 avatar_dimensions_exceeded'],
    ['too high', jpeg(1, 1025), '400 avatar_dimensions_exceeded'],
    ['a gif', new Uint8Array(Buffer.from('GIF89a\x01\x00\x01\x00')), '415 avatar_type_unsupported'],
    [
      'a picture with a program in it',
      new Uint8Array(Buffer.from('<svg onload="x()"/>')),
      '415 avatar_type_unsupported',
    ],
    ['nothing', new Uint8Array(0), '415 avatar_type_unsupported'],
    ['a png cut off', png(8, 8).slice(0, 20), '415 avatar_type_unsupported'],
  ])('OC91: %s is refused', async (_, bytes, refusal) => {
    const mila = await newPerson(target)
    expect(said(await uploadAvatar(mila, bytes))).toBe(refusal)
    expect(said(await uploadAvatar(mila, png(2, 2)))).toBe('201')
  })

  test('OC91: who asks is asked first, then how it comes', async () => {
    const mila = await newPerson(target)
    const path = '/v1/profile/avatar'
    expect(said(await request(target, 'POST', path, { raw: 'x' }))).toBe('401 unauthorized')
    expect(said(await mila.post(path, {}))).toBe('415 unsupported_media_type')
    expect(said(await request(mila, 'POST', path, { raw: png(2, 2), headers: { 'content-type': 'image/png' } }))).toBe(
      '415 unsupported_media_type',
    )
    const form = new FormData()
    form.set('note', 'no file')
    expect(said(await request(mila, 'POST', path, { raw: form }))).toBe('400 invalid_payload')
    const broken = { raw: 'no part', headers: { 'content-type': 'multipart/form-data; boundary=x' } }
    expect(said(await request(mila, 'POST', path, broken))).toBe('400 invalid_payload')
    const unbound = { raw: 'x', headers: { 'content-type': 'multipart/form-data' } }
    expect(said(await request(mila, 'POST', path, unbound))).toBe('400 invalid_payload')
    const cut = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG'
    expect(said(await request(mila, 'POST', path, { ...broken, raw: cut }))).toBe('400 invalid_payload')
  })
})

describe('pictures', () => {
  test('OC91: are served to everybody, in parts too, and never as a page', async () => {
    const mila = await newPerson(target)
    const { avatar_url: url } = (await uploadAvatar(mila, png(3, 3), '"><script>.html', 'text/html')).body
    const served = await fetch(url)
    expect(served.headers.get('x-content-type-options')).toBe('nosniff')
    expect(served.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(served.headers.get('cache-control')).toContain('public')
    expect(served.headers.get('access-control-allow-origin')).toBe('*')
    const etag = served.headers.get('etag') ?? ''
    expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('64')
    const part = await fetch(url, { headers: { range: 'bytes=1-3' } })
    expect([part.status, await part.text()]).toEqual([206, 'PNG'])
    const beyond = await fetch(url, { headers: { range: 'bytes=64-' } })
    expect([beyond.status, beyond.headers.get('cache-control')]).toEqual([416, 'no-store'])
    // A bad session is of no interest here.
    expect((await fetch(url, { headers: { authorization: 'Bearer x' } })).status).toBe(200)
  })

  test('OC91: what is none, or no longer one, is not found', async () => {
    for (const id of [crypto.randomUUID(), 'x', '%00', 'file_b1qT1o0mR6uOZc0mQm6o1w', '..%2F..%2Fetc%2Fpasswd']) {
      expect(said(await request(target, 'GET', `/v1/profile/avatar/${id}`))).toBe('404 avatar_not_found')
    }
    expect(said(await request(target, 'GET', '/v1/profile/avatar/'))).toBe('404 not_found')
  })

  test.skipIf(lacks('wetty'))('OC91: other files of people are no pictures of theirs', async () => {
    const mila = await newPerson(target)
    const there = await atWetty(mila)
    const wear = async (type: string): Promise<string> => {
      const fid = await there.upload('bytes', 'x', type)
      await there.must('PUT', '/users/profile', { avatar_fid: fid })
      // That contract's spelling of the same id.
      return Buffer.from(fid.slice('file_'.length), 'base64url')
        .toString('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    }
    const served = await wear('image/png')
    expect((await request(target, 'GET', `/v1/profile/avatar/${served}`)).status).toBe(200)
    const page = await wear('text/html')
    expect(said(await request(target, 'GET', `/v1/profile/avatar/${page}`))).toBe('404 avatar_not_found')
    expect(said(await request(target, 'GET', `/v1/profile/avatar/${served}`))).toBe('404 avatar_not_found')
  })
})
