// Listening to a real server, over each of the three transports: live, across losses, across a restart, to the end.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Live, OpenChat, type TransportName } from '../../clients/sdk/src/index.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'
import { createLine } from './line.ts'
import { bodiesOf, generalOf, PASSWORD, registered } from './people.ts'

const transports: readonly TransportName[] = ['websocket', 'sse', 'polling']
const QUICK = { initial_delay_ms: 50, multiplier: 1, max_delay_ms: 50, jitter: 0 }

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const pair = async (url = server.url) => {
  const [ana, ben] = await Promise.all([registered(url), registered(url)])
  return { ana, ben, id: (await ana.direct({ uid: ben.userUid })).id }
}

describe.each([...transports])('over %s', transport => {
  const listen = (client: OpenChat, position: string | null = null): Live =>
    client.live({ transports: [transport], position, backoff: QUICK })

  test('OC114, OC120: what happens comes by its name, with what it carries', async () => {
    const { ana, ben, id } = await pair()
    using live = listen(ben)
    const seen: unknown[] = []
    live.on('chat.hello', ({ user_uid }) => void seen.push(['hello', user_uid]))
    live.on(
      'chat.message.created',
      ({ message }, { channel_id }) => void seen.push(['message', message.body, channel_id]),
    )
    live.on('chat.message.updated', ({ message }) => void seen.push(['edited', message.body]))
    live.on('chat.reaction.updated', ({ change }) => void seen.push([change.op, change.emoji, change.user_uid]))
    live.on('chat.receipt.updated', ({ user_uid }) => void seen.push(['read', user_uid]))
    live.on('chat.message.recalled', ({ message_id }) => void seen.push(['recalled', message_id]))
    live.on('chat.channel.created', ({ channel }) => void seen.push(['channel', channel.name, channel.my_role]))
    live.on('chat.contact.updated', ({ contact }) => void seen.push(['contact', contact.state]))
    await live.ready
    expect([live.state, live.transport]).toEqual(['open', transport])

    const message = await ana.send(id, 'Hello')
    await ana.edit(id, message.id, 'Hello Ben')
    const own = await ben.send(id, 'Hello Ana')
    await ana.react(id, own.id, '👍')
    await ana.markRead(id)
    await ana.recall(id, message.id)
    await ana.createGroup('Trip', [ben.userUid])
    await ana.addContact({ uid: ben.userUid })
    await until('the last of them', () => seen.length === 9)
    expect(seen).toEqual([
      ['hello', ben.userUid],
      ['message', 'Hello', id],
      ['edited', 'Hello Ben'],
      ['message', 'Hello Ana', id],
      ['added', '👍', ana.userUid],
      ['read', ana.userUid],
      ['recalled', message.id],
      ['channel', 'Trip', 'member'],
      ['contact', 'requested_in'],
    ])
  })

  test('OC123: a line that is cut again and again loses nothing, and nothing comes twice', async () => {
    const { ana, id } = await pair()
    await using line = await createLine(server.url)
    const far = await OpenChat.open(line.url, { session: ana.session })
    using live = listen(far)
    const bodies = bodiesOf(live)
    await live.ready
    const sent: string[] = []
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 5; i++) {
        sent.push(`${round}.${i}`)
        await ana.send(id, `${round}.${i}`)
        if (i === 2) line.cut()
      }
    }
    await until('all of them', () => bodies.length >= sent.length)
    expect(bodies).toEqual(sent)
  })

  test('OC123: who comes back later, as another process would, is told what was missed', async () => {
    const { ana, ben, id } = await pair()
    const first = listen(ben)
    const before = bodiesOf(first)
    await first.ready
    await ana.send(id, 'before')
    await until('it', () => before.length === 1)
    first.close()
    // More than one page of a poll.
    const missed = Array.from({ length: 130 }, (_, i) => `missed ${i}`)
    for (const body of missed) await ana.send(id, body)

    using second = listen(await OpenChat.open(server.url, { session: ben.session }), first.position)
    const after = bodiesOf(second)
    let complete: readonly [told: number, replayed: number] | null = null
    second.on('chat.resume.completed', ({ replayed }) => {
      complete = [after.length, replayed]
    })
    await until('completion', () => complete)
    expect(complete).toEqual([130, 130] as never)
    expect(after).toEqual(missed)
    await ana.send(id, 'live again')
    await until('it', () => after.length === 131)
  })

  test('OC124: a position that means nothing here is told so, and what comes then comes', async () => {
    const { ana, ben, id } = await pair()
    using live = listen(ben, 'from-another-server')
    const reasons: string[] = []
    live.on('resync_required', ({ reason }) => void reasons.push(reason))
    const bodies = bodiesOf(live)
    await until('the word', () => reasons.length === 1)
    await ana.send(id, 'after')
    await until('the message', () => bodies.length === 1)
    expect([reasons, bodies]).toEqual([['unknown_token'], ['after']])
  })

  test('OC119, OC126: a server that restarts is come back to, with everything said meanwhile', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'parlance-sdk-'))
    try {
      await using old = await startServer({ dataDir })
      await using line = await createLine(old.url)
      const { ana, ben, id } = await pair(line.url)
      using live = listen(ben)
      const bodies = bodiesOf(live)
      const told: string[] = []
      live.on('chat.server.draining', () => void told.push('draining'))
      live.on('resync_required', () => void told.push('resync_required'))
      await live.ready
      await ana.send(id, 'before')
      await until('it', () => bodies.length === 1)
      old.kill('SIGTERM')
      await old.exited
      line.lead(null)
      await until('a failed try', () => live.state !== 'open')

      await using next = await startServer({ dataDir })
      // Said while nobody was connected: the line still leads nowhere.
      const direct = await OpenChat.open(next.url, { session: ana.session })
      await direct.send(id, 'while away')
      line.lead(next.url)
      await until('it', () => bodies.length === 2)
      await ana.send(id, 'after')
      await until('it too', () => bodies.length === 3)
      expect([bodies, live.transport]).toEqual([['before', 'while away', 'after'], transport])
      expect(told).toEqual(['draining'])
    } finally {
      await rm(dataDir, { recursive: true, force: true })
    }
  })

  test('OC33: a session that is revoked ends it, also while the line is cut', async () => {
    const ana = await registered(server.url)
    const other = await OpenChat.open(server.url)
    await other.logIn((await ana.profile()).handle, PASSWORD)
    await using line = await createLine(server.url)
    const near = listen(other)
    const far = listen(await OpenChat.open(line.url, { session: other.session }))
    await Promise.all([near.ready, far.ready])
    line.lead(null)
    line.cut()
    await other.logOut()
    expect(await near.closed).toBe('session-ended')
    line.lead(server.url)
    expect(await far.closed).toBe('session-ended')
  })

  test('OC35: a session that is renewed goes on, also over a line that was cut', async () => {
    const { ana, ben, id } = await pair()
    await using line = await createLine(server.url)
    const client = await OpenChat.open(line.url, { session: ben.session })
    using live = listen(client)
    const bodies = bodiesOf(live)
    await live.ready
    await client.renew()
    line.cut()
    await ana.send(id, 'to the new token')
    await until('it', () => bodies.length === 1)
    expect(live.state).toBe('open')
  })

  test('OC50: who leaves the server is told that it is over', async () => {
    const ana = await registered(server.url)
    const { server: made, ownership_claim: claim } = await ana.call<{
      readonly server: { readonly server_id: string }
      readonly ownership_claim: { readonly token: string }
    }>({ method: 'POST', path: '/v1/servers', json: { display_name: 'Club', visibility: 'public' } })
    const owner = await ana.exchange(made.server_id)
    const path = `/v1/servers/${made.server_id}`
    await owner.call({ method: 'POST', path: `${path}/ownership:claim`, json: { claim_token: claim.token } })
    const guest = await (await registered(server.url)).exchange(made.server_id)
    await guest.call({ method: 'PUT', path: `${path}/membership` })
    const live = listen(guest)
    const bodies = bodiesOf(live)
    await live.ready
    await owner.send(await generalOf(owner), 'Welcome')
    await until('it', () => bodies.length === 1)
    await guest.call({ method: 'DELETE', path: `${path}/membership` })
    expect(await live.closed).toBe('membership-ended')
  })

  const signals = transport === 'polling' ? 'there is none (OC126)' : 'who looks and types is seen'
  test(`OC116, OC125: of what is subscribed, ${signals}`, async () => {
    const { ana, ben, id } = await pair()
    using watching = listen(ben)
    const typing: boolean[] = []
    const present: number[] = []
    watching.on('chat.typing.updated', ({ is_typing }) => void typing.push(is_typing))
    watching.on('chat.presence.snapshot', ({ members }) => void present.push(members.length))
    watching.subscribe(id)
    await watching.ready
    using other = listen(ana)
    await other.ready
    other.subscribe(id)
    if (transport === 'polling') {
      const bodies = bodiesOf(watching)
      await other.typing(id, true)
      await ana.send(id, 'said')
      await until('what was said', () => bodies.length === 1)
      expect([typing, present]).toEqual([[], []])
      return
    }
    await until('the snapshot', () => present.length === 1)
    await until('the word of it', async () => {
      await other.typing(id, true)
      return typing.includes(true)
    })
    await other.typing(id, false)
    await until('the end of it', () => typing.includes(false))
    watching.unsubscribe(id)
    await until('to be open again', () => watching.state === 'open')
    expect(watching.transport).toBe(transport)
  })

  test('a channel one may not look at ends nothing', async () => {
    const { ana, ben, id } = await pair()
    const secret = await ana.createGroup('Not Ben’s')
    using live = listen(ben)
    const errors: unknown[] = []
    live.on('chat.error', ({ code }) => void errors.push(code))
    live.subscribe(secret.id)
    live.subscribe(id)
    const bodies = bodiesOf(live)
    await live.ready
    await ana.send(id, 'still here')
    await until('the message', () => bodies.length === 1)
    if (transport !== 'polling') await until('the refusal', () => errors.length === 1)
    expect(errors).toEqual(transport === 'polling' ? [] : ['chat_channel_forbidden'])
  })
})

test('OC123: a position of one transport is one of every other: nothing is missed from one to the next', async () => {
  const { ana, ben, id } = await pair()
  using live = ben.live({ backoff: QUICK })
  const bodies = bodiesOf(live)
  await live.ready
  const sent: string[] = []
  for (const transport of ['sse', 'polling', 'websocket', 'polling', 'sse', 'websocket'] as const) {
    live.switchTo(transport)
    sent.push(transport)
    await ana.send(id, transport)
  }
  await until('all of them', () => bodies.length >= sent.length)
  expect(bodies).toEqual(sent)
})

test('a platform without WebSockets listens over SSE by itself', async () => {
  const { ana, ben, id } = await pair()
  const client = await OpenChat.open(server.url, { session: ben.session, webSocket: null })
  using live = client.live()
  const bodies = bodiesOf(live)
  await live.ready
  await ana.send(id, 'Hello')
  await until('it', () => bodies.length === 1)
  expect(live.transport).toBe('sse')
})
