// Files on their way out: OC105, OC106, and how they are served (OC108, OC109).
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newGroup, newPeople, newServer, type Person } from './crew.ts'
import { request } from './raw.ts'
import { history, messagesOf, PNG, pathOf, send, sent, sentFile } from './sending.ts'
import { call, type Loose, NO_ID, said } from './target.ts'

const target = useTarget()

const get = (who: Person, url: string, headers: Record<string, string> = {}) =>
  request(who, 'GET', pathOf(url), { headers })
const link = (url: string, headers: Record<string, string> = {}) => call(target, 'GET', pathOf(url), { headers })

/** A group with a message that carries `hello`. */
const shared = async () => {
  const group = await newGroup(target)
  const message = await sentFile(group.owner, group.id)
  return { ...group, message, file: message.attachments[0] as Loose }
}

describe('who may fetch', () => {
  test('OC105, OC106: whoever sees the message, by his session; anybody by its link', async () => {
    const { id, member, stranger, file } = await shared()
    expect(pathOf(file.stable_url)).toBe(`/v1/channels/${id}/attachments/${file.attachment_id}`)
    expect(file.url).toStartWith(`${file.stable_url}?t=`)
    for (const answer of [await get(member, file.stable_url), await link(file.url)]) {
      expect([answer.status, answer.body]).toEqual([200, 'hello'])
    }
    expect((await get(stranger, file.url)).body).toBe('hello')
    expect(said(await get(stranger, file.stable_url))).toBe('404 attachment_not_found')
    expect(said(await link(file.stable_url))).toBe('401 unauthorized')
    expect(said(await link(file.stable_url, { authorization: 'Bearer x' }))).toBe('401 unauthorized')
  })

  test('OC105: the link is the same for everybody, and every time', async () => {
    const { id, member, file } = await shared()
    const [message] = await history(member, id)
    expect(message.attachments[0]).toEqual(file)
    expect(Date.parse(file.url_expires_at) - Date.now()).toBeGreaterThan(3_599_000)
  })

  test('OC106: a token that is not right opens nothing, whoever asks', async () => {
    const { member, file, id } = await shared()
    const other = (await sentFile(member, id)).attachments[0]
    const token = file.url.split('?t=')[1] ?? ''
    const wrong = [`${token}x`, token.slice(0, -1), token.toUpperCase(), 'x', '', '..', other.url.split('?t=')[1]]
    for (const t of wrong) {
      for (const answer of [await link(`${file.stable_url}?t=${t}`), await get(member, `${file.stable_url}?t=${t}`)]) {
        expect([t, said(answer)]).toEqual([t, '403 attachment_token_invalid'])
      }
    }
  })

  test('OC106: in another channel than its own it is not there', async () => {
    const { member, owner, file } = await shared()
    const elsewhere = await owner.group([member])
    const path = (channel: string, fid = file.attachment_id) => `/v1/channels/${channel}/attachments/${fid}`
    const token = file.url.split('?')[1]
    for (const channel of [elsewhere, NO_ID, 'x']) {
      expect(said(await request(member, 'GET', path(channel)))).toBe('404 attachment_not_found')
      expect(said(await call(target, 'GET', `${path(channel)}?${token}`))).toBe('404 attachment_not_found')
    }
    for (const fid of [NO_ID, 'x'])
      expect(said(await request(member, 'GET', path(elsewhere, fid)))).toBe('404 attachment_not_found')
    expect(said(await call(target, 'GET', `/v1/uploads/${file.attachment_id}?${token}`))).toBe(
      '404 attachment_not_found',
    )
  })

  test('OC77, OC106: a forwarded file is there as well, and outlives its first message', async () => {
    const { id, owner, member, message, file } = await shared()
    const there = await owner.group([member])
    const forward = await sent(owner, there, { forward: { channel_id: id, message_id: message.id } })
    const again = forward.attachments[0]
    expect(again.attachment_id).toBe(file.attachment_id)
    for (const url of [file.stable_url, again.stable_url]) expect((await get(member, url)).body).toBe('hello')
    await owner.must('DELETE', `${messagesOf(id)}/${message.id}`)
    expect((await get(member, again.stable_url)).body).toBe('hello')
    expect((await link(again.url)).body).toBe('hello')
    expect(said(await get(member, file.stable_url))).toBe('404 attachment_not_found')
    expect(said(await link(file.url))).toBe('404 attachment_not_found')
  })

  test('OC79: what is taken back is served no more, not even to its sender', async () => {
    const { id, owner, member, message, file } = await shared()
    await owner.must('DELETE', `${messagesOf(id)}/${message.id}`)
    for (const answer of [
      await get(owner, file.stable_url),
      await get(member, file.stable_url),
      await link(file.url),
      await request(owner, 'GET', `/v1/uploads/${file.attachment_id}`),
      await owner.get(`/v1/attachments/${file.attachment_id}/access`),
    ]) {
      expect(said(answer)).toBe('404 attachment_not_found')
    }
    expect(said(await send(owner, id, { attachment_ids: [file.attachment_id] }))).toBe('400 attachment_not_found')
  })

  test('OC106: not by who blocks its sender; OC104: nor by who has left', async () => {
    const { id, owner, member, manager, file } = await shared()
    await member.block(owner)
    expect(said(await get(member, file.stable_url))).toBe('404 attachment_not_found')
    expect((await get(manager, file.stable_url)).status).toBe(200)
    await manager.must('DELETE', `/v1/channels/${id}/members/me`)
    expect(said(await get(manager, file.stable_url))).toBe('404 attachment_not_found')
    expect((await link(file.url)).status).toBe(200)
  })

  test('OC59, OC106: of a public channel by every member of its server; OC30: by no session of another', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const [file] = (await sentFile(mila, await mila.makeChannel())).attachments
    expect((await get(noor, file.stable_url)).status).toBe(200)
    const { member } = await newServer(target)
    const [channel] = await member.channels()
    const [there] = (await sentFile(member, channel.id)).attachments
    expect((await get(member, there.stable_url)).status).toBe(200)
    expect(said(await get(member.home, there.stable_url))).toBe('403 server_mismatch')
    expect(said(await get(noor, there.stable_url))).toBe('404 attachment_not_found')
  })
})

describe('how it is served', () => {
  test('OC108: only what is known to be harmless is shown in a page', async () => {
    const { id, owner } = await newGroup(target)
    const served = async (part: { bytes: BlobPart; name: string; type: string }) => {
      const [file] = (await sentFile(owner, id, part)).attachments
      return (await link(file.url)).headers
    }
    const picture = await served({ bytes: PNG, name: 'kart å.png', type: 'image/png' })
    expect(picture.get('content-disposition')).toBe(`inline; filename="kart _.png"; filename*=UTF-8''kart%20%C3%A5.png`)
    const page = await served({ bytes: '<script>', name: 'a.html', type: 'text/html' })
    expect(page.get('content-disposition')).toStartWith('attachment; filename="a.html"')
    for (const headers of [picture, page]) {
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toBe('private, max-age=300')
      expect(headers.get('access-control-allow-origin')).toBe('*')
      const policy = headers
        .get('content-security-policy')
        ?.split(';')
        .map(part => part.trim())
      expect(policy?.toSorted()).toEqual(["default-src 'none'", 'sandbox'])
    }
  })

  test('OC109: in parts, one at a time', async () => {
    const { file } = await shared()
    const part = async (range: string) => {
      const { status, headers, body } = await link(file.url, { range })
      return [status, headers.get('content-range'), status < 400 ? body : body.code]
    }
    expect(await part('bytes=1-3')).toEqual([206, 'bytes 1-3/5', 'ell'])
    expect(await part('bytes=3-')).toEqual([206, 'bytes 3-4/5', 'lo'])
    expect(await part('bytes=-2')).toEqual([206, 'bytes 3-4/5', 'lo'])
    expect(await part('bytes=5-')).toEqual([416, 'bytes */5', 'range_not_satisfiable'])
    // A refusal is not kept for who asks for another part (OC9).
    expect((await link(file.url, { range: 'bytes=5-' })).headers.get('cache-control')).toBe('no-store')
    expect(await part('bytes=0-1,3-4')).toEqual([200, null, 'hello'])
    expect((await link(file.url)).headers.get('accept-ranges')).toBe('bytes')
  })

  test('OC106: HEAD answers as GET, without the bytes; what one has is not sent again', async () => {
    const { file } = await shared()
    const head = await call(target, 'HEAD', pathOf(file.url))
    expect([head.status, head.body, head.headers.get('content-length')]).toEqual([200, null, '5'])
    const etag = head.headers.get('etag') ?? ''
    expect((await link(file.url, { 'if-none-match': etag })).status).toBe(304)
  })
})
