// Every method of the client, against a real server.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import {
  ApiError,
  ConnectionError,
  createKey,
  JoinPending,
  loadKey,
  type Message,
  OpenChat,
} from '../../clients/sdk/src/index.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { fresh, generalOf, keyed, PASSWORD, registered } from './people.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
    return 'done'
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.code}`
    throw error
  }
}

const all = async <T>(rows: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = []
  for await (const row of rows) found.push(row)
  return found
}

describe('who one is', () => {
  test('nobody yet: the server is known, and no session', async () => {
    const client = await OpenChat.open(`${server.url}/some/page?of=it`)
    expect([client.baseUrl, client.session, client.serverId]).toEqual([server.url, null, client.capabilities.server_id])
    expect(() => client.userUid).toThrow('no session yet')
    expect(await refusal(client.profile())).toBe('401 unauthorized')
  })

  test('what is no server of this contract is said so', async () => {
    await expect(OpenChat.open('not a url')).rejects.toBeInstanceOf(TypeError)
    await expect(OpenChat.open('ftp://chat.test')).rejects.toBeInstanceOf(TypeError)
    using web = Bun.serve({ port: 0, fetch: () => Response.json({ hello: 'world' }) })
    await expect(OpenChat.open(web.url.origin)).rejects.toBeInstanceOf(ConnectionError)
  })

  test('OC21, OC25: a key opens the same account again and again, and on a created server another name of it', async () => {
    const key = await createKey()
    const client = await OpenChat.open(server.url, { deviceId: 'laptop' })
    const session = await client.enter(key)
    expect([session, session.device_id, session.user_uid]).toEqual([client.session as never, 'laptop', client.userUid])
    const again = await OpenChat.open(server.url)
    await again.enter(await loadKey(await key.save()))
    expect([again.userUid, again.session?.session_id === session.session_id]).toEqual([client.userUid, false])

    const { server: made } = await client.call<{ server: { server_id: string } }>({
      method: 'POST',
      path: '/v1/servers',
      json: { display_name: 'Climbing' },
    })
    const there = await client.exchange(made.server_id)
    expect([there.serverId, there.userUid === client.userUid]).toEqual([made.server_id, false])
    expect((await client.servers()).map(({ server_id }) => server_id)).toContain(made.server_id)
    expect((await there.channels()).map(({ name }) => name)).toEqual(['general'])
  })

  test('OC37, OC38: a name and a password; the session goes on in the next run', async () => {
    const username = fresh('n')
    const client = await OpenChat.open(server.url)
    await client.register({ username, password: PASSWORD, displayName: 'Noor' })
    expect(await client.profile()).toMatchObject({ handle: username, display_name: 'Noor' })
    expect(await refusal((await OpenChat.open(server.url)).register({ username, password: PASSWORD }))).toBe(
      '409 username_taken',
    )

    const next = await OpenChat.open(server.url, { session: client.session })
    expect(next.userUid).toBe(client.userUid)
    expect((await next.profile()).handle).toBe(username)
    const other = await OpenChat.open(server.url)
    await other.logIn(username, PASSWORD)
    expect(other.userUid).toBe(client.userUid)
    expect(await refusal(other.logIn(username, 'another'))).toBe('401 invalid_credentials')
  })

  test('OC33, OC35: renewed under a new token; logged out, also twice', async () => {
    const client = await registered(server.url)
    const before = client.session
    const after = await client.renew()
    expect([after.session_id, after.token === before?.token]).toEqual([before?.session_id as string, false])
    const copy = await OpenChat.open(server.url, { session: after })
    await client.logOut()
    expect([client.session, await refusal(copy.profile())]).toEqual([null, '401 unauthorized'])
    await copy.logOut()
    expect(copy.session).toBeNull()
  })
})

describe('where one is', () => {
  test('OC56, OC61: the layout, the channels in it, and one more', async () => {
    const client = await registered(server.url)
    const [category] = await client.layout()
    const name = fresh('Cooking ')
    const made = await client.createChannel(name, category?.id ?? '')
    expect(await client.channel(made.id)).toMatchObject({ id: made.id, name, kind: 'channel', my_role: 'owner' })
    expect((await client.channels()).map(({ id }) => id)).toContain(made.id)
    expect(await refusal(client.channel('../../v1/account'))).toBe('404 channel_not_found')
  })

  test('OC98 to OC101: groups and direct chats, members, joining and leaving', async () => {
    const [ana, ben, cem] = await Promise.all([registered(server.url), registered(server.url), keyed(server.url)])
    const group = await ana.createGroup('Trip', [ben.userUid])
    expect([group.kind, group.name]).toEqual(['group', 'Trip'])
    const uids = async () => (await ana.members(group.id)).map(({ user_uid }) => user_uid).toSorted()
    expect(await uids()).toEqual([ana.userUid, ben.userUid].toSorted())
    await ben.leave(group.id)
    expect(await uids()).toEqual([ana.userUid])
    expect(await refusal(ben.join(group.id))).toBe('404 channel_not_found')

    const open = await ana.createChannel(fresh('Open '), (await ana.layout())[0]?.id ?? '')
    expect(await cem.join(open.id)).toMatchObject({ id: open.id, my_role: 'member' })
    expect((await cem.join(open.id)).id).toBe(open.id)

    const direct = await ana.direct({ uid: cem.userUid })
    expect(direct).toMatchObject({ kind: 'direct', peer_uid: cem.userUid })
    expect((await cem.direct({ username: (await ana.profile()).handle })).id).toBe(direct.id)
  })

  test('OC101: where others decide who comes in, they have been asked', async () => {
    const [owner, guest] = await Promise.all([registered(server.url), registered(server.url)])
    const { id } = await owner.createGroup(fresh('Club '))
    const json = { visibility: 'public', join_rule: 'approval' }
    await owner.call({ method: 'PATCH', path: `/v1/channels/${id}`, json })
    const error: unknown = await guest.join(id).catch(thrown => thrown)
    expect([error instanceof JoinPending, (error as JoinPending).channelId]).toEqual([true, id])
    const path = `/v1/channels/${id}/applications`
    const { applications } = await owner.call<{ applications: { user_uid: string }[] }>({ method: 'GET', path })
    expect(applications.map(({ user_uid }) => user_uid)).toEqual([guest.userUid])
    await owner.call({ method: 'POST', path: `${path}/${guest.userUid}/approve` })
    expect((await guest.join(id)).my_role).toBe('member')
  })

  test('OC99: members come in as many pages as it takes', async () => {
    const owner = await registered(server.url)
    const people = await Promise.all(Array.from({ length: 60 }, () => keyed(server.url)))
    const uids = people.map(({ userUid }) => userUid)
    const { id } = await owner.createGroup('Many', uids)
    expect((await owner.members(id)).map(({ user_uid }) => user_uid).toSorted()).toEqual(
      [...uids, owner.userUid].toSorted(),
    )
    expect((await owner.profiles([...uids, ...uids])).map(({ user_uid }) => user_uid)).toEqual([...uids, ...uids])
  })
})

describe('what is said', () => {
  const room = async () => {
    const [ana, ben] = await Promise.all([registered(server.url), registered(server.url)])
    return { ana, ben, id: (await ana.direct({ uid: ben.userUid })).id }
  }

  test('OC73, OC76, OC78, OC79: sent, answered, edited, recalled', async () => {
    const { ana, ben, id } = await room()
    const first = await ana.send(id, 'Hello Ben')
    expect(first).toMatchObject({ channel_id: id, author_uid: ana.userUid, body: 'Hello Ben', kind: 'text' })
    const reply = await ben.send(id, { body: 'waves', replyTo: first.id, kind: 'emote' })
    expect(reply).toMatchObject({ kind: 'emote', reply_to: { message_id: first.id } })
    expect(await ana.edit(id, first.id, 'Hello, Ben')).toMatchObject({ body: 'Hello, Ben' })
    await ana.recall(id, first.id)
    expect(await ana.message(id, first.id)).toMatchObject({ body: '' })
    expect(await refusal(ben.edit(id, first.id, 'mine'))).toMatch(/^4/)
  })

  test('OC77, OC80, OC81: reacted to, pinned, forwarded', async () => {
    const { ana, ben, id } = await room()
    const first = await ana.send(id, 'Hello, Ben')
    await ben.react(id, first.id, '❤️')
    await ben.pin(id, first.id)
    const pins = async () =>
      (await ana.call<{ pins: unknown[] }>({ method: 'GET', path: `/v1/channels/${id}/pins` })).pins
    expect(await pins()).toHaveLength(1)
    expect((await ana.message(id, first.id)).reactions).toMatchObject([
      { emoji: '❤️', count: 1, user_uids: [ben.userUid] },
    ])
    await ben.react(id, first.id, '❤️', false)
    await ben.pin(id, first.id, false)
    expect(await pins()).toEqual([])
    const group = await ben.createGroup('Elsewhere')
    const forwarded = await ben.send(group.id, { forward: { channelId: id, messageId: first.id } })
    expect(forwarded).toMatchObject({ body: 'Hello, Ben', forwarded_from: { message_id: first.id } })
    expect((await ana.message(id, first.id)).reactions).toEqual([])
  })

  test('OC75: a send whose answer is lost is sent again, and is there once', async () => {
    const { ben, id } = await room()
    let sends = 0
    const flaky = (async (url: string, init: RequestInit) => {
      const response = await fetch(url, init)
      if (init.method !== 'POST' || !url.endsWith('/messages') || ++sends > 1) return response
      await response.text()
      throw new TypeError('the line was cut')
    }) as unknown as typeof fetch
    const client = await OpenChat.open(server.url, { fetch: flaky, session: ben.session })
    const sent = await client.send(id, 'once')
    expect([sends, (await all(client.history(id))).map(({ id: each }) => each)]).toEqual([2, [sent.id]])
    const own = await client.send(id, { body: 'mine', clientMessageId: 'my-own' })
    expect([own.client_message_id, (await client.send(id, { body: 'mine', clientMessageId: 'my-own' })).id]).toEqual([
      'my-own',
      own.id,
    ])
  })

  test('OC70: history goes back over every message once, however big the pages, whatever is said meanwhile', async () => {
    const { ana, ben, id } = await room()
    const sent: Message[] = []
    for (let i = 0; i < 25; i++) sent.push(await ana.send(id, `message ${i}`))
    const newestFirst = sent.map(({ body }) => body).toReversed()
    const seen: string[] = []
    for await (const { body } of ben.history(id, { pageSize: 4 })) {
      if (seen.push(body) % 5 === 0) await ana.send(id, 'meanwhile')
    }
    expect(seen).toEqual(newestFirst)
    const [tenth] = sent.slice(10)
    expect((await all(ben.history(id, { before: tenth?.id ?? '', pageSize: 3 }))).map(({ body }) => body)).toEqual(
      newestFirst.slice(-10),
    )
    for await (const { body } of ben.history(id)) {
      expect(body).toBe('meanwhile')
      break
    }
  })

  test('OC71: what was recalled is left out, or an empty shell', async () => {
    const { ana, id } = await room()
    const gone = await ana.send(id, 'gone')
    await ana.send(id, 'here')
    await ana.recall(id, gone.id)
    expect((await all(ana.history(id))).map(({ body }) => body)).toEqual(['here'])
    const shells = await all(ana.history(id, { includeRecalled: true, pageSize: 1 }))
    expect(shells.map(({ body, recalled_at }) => [body, recalled_at === null])).toEqual([
      ['here', true],
      ['', false],
    ])
  })

  test('OC105 to OC107: a file is taken in, sent, and fetched by its link, by the session when that is over, and by nobody else', async () => {
    const { ana, ben, id } = await room()
    const bytes = Uint8Array.from({ length: 3000 }, (_, at) => at % 256)
    const upload = await ana.upload(new Blob([bytes], { type: 'application/x-thing' }), 'grüße.bin')
    expect(new Uint8Array(await (await ana.download(upload)).arrayBuffer())).toEqual(bytes)
    const sent = await ana.send(id, { attachmentIds: [upload.attachment_id] })
    const [file] = (await ben.message(id, sent.id)).attachments ?? []
    if (!file) throw new Error('the message has no file')
    expect([file.file_name, file.bytes]).toEqual(['grüße.bin', 3000])
    expect((await ben.download(file)).size).toBe(3000)
    const over = { ...file, url: file.url.replace(/t=.*/, 't=over') }
    expect((await ben.download(over)).size).toBe(3000)
    expect(await refusal(ben.download({ url: over.url }))).toBe('403 attachment_token_invalid')
    expect(await refusal((await keyed(server.url)).download(over))).toBe('404 attachment_not_found')
  })

  test('OC82: search', async () => {
    const { ana, id } = await room()
    const word = fresh('w')
    for (const body of [`${word} one`, 'nothing', `two ${word}`]) await ana.send(id, body)
    const bodies = async (where: object = {}) => (await all(ana.search(word, where))).map(({ body }) => body)
    expect(await bodies()).toEqual([`two ${word}`, `${word} one`])
    expect(await bodies({ channelId: id, fromUid: ana.userUid })).toHaveLength(2)
    expect(await bodies({ fromUid: 'uid_00000000000000000000000000000000' })).toEqual([])
  })

  test('OC85, OC87: read up to a message, or to the newest; the other sees how far', async () => {
    const { ana, ben, id } = await room()
    const first = await ana.send(id, 'one')
    const second = await ana.send(id, 'two')
    expect(await ben.markRead(id, first.id)).toMatchObject({ last_read_message_id: first.id })
    expect(await ben.markRead(id)).toMatchObject({ last_read_message_id: second.id })
    expect(await ana.receipts(id)).toMatchObject([{ user_uid: ben.userUid, last_read_message_id: second.id }])
  })
})

describe('who else is there', () => {
  test('OC92, OC94: profiles by uid, people by name', async () => {
    const [ana, ben] = await Promise.all([registered(server.url), registered(server.url)])
    const { handle } = await ben.profile()
    expect((await ana.profiles([ben.userUid, ana.userUid])).map(({ user_uid }) => user_uid)).toEqual([
      ben.userUid,
      ana.userUid,
    ])
    expect(await ana.profiles([])).toEqual([])
    expect((await all(ana.findPeople(handle))).map(({ user_uid }) => user_uid)).toEqual([ben.userUid])
  })

  test('OC95, OC96: asked, accepted, blocked and removed', async () => {
    const [ana, ben] = await Promise.all([registered(server.url), registered(server.url)])
    expect(await ana.addContact({ username: (await ben.profile()).handle }, 'It is me')).toMatchObject({
      state: 'requested_out',
    })
    expect((await all(ben.contacts())).map(({ state, message }) => [state, message])).toEqual([
      ['requested_in', 'It is me'],
    ])
    expect(await ben.acceptContact(ana.userUid)).toMatchObject({ user_uid: ana.userUid, state: 'friend' })
    await ben.block(ana.userUid)
    expect((await all(ben.contacts())).map(({ state }) => state)).toEqual(['blocked'])
    await ben.block(ana.userUid, false)
    await ana.removeContact(ben.userUid)
    expect(await all(ana.contacts())).toEqual([])
    expect(await ana.addContact({ uid: ben.userUid })).toMatchObject({ state: 'requested_out' })
  })
})

test('nobody is taken for another: general is everybody’s, what is private is not', async () => {
  const [ana, ben, cem] = await Promise.all([registered(server.url), registered(server.url), registered(server.url)])
  const general = await generalOf(ana)
  expect(await generalOf(cem)).toBe(general)
  const { id } = await ana.direct({ uid: ben.userUid })
  expect(await refusal(all(cem.history(id)))).toBe('404 channel_not_found')
})
