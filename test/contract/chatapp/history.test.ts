// What a socket is told first, and that nothing falls between: CA64, CA65, CA67, CA79, CA97.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { atWetty } from './elsewhere.ts'
import { type Loose, NOTHING, newChannel, newPerson, type Person, type Socket } from './target.ts'

const target = useTarget()
const ids = (messages: readonly Loose[]): string[] => messages.map(message => message.id)

/** Somebody in no conversation at all. */
const loner = async (): Promise<Person> => {
  const mila = await newPerson(target)
  await mila.must('POST', '/api/channels/general/leave')
  return mila
}

describe('history', () => {
  test('CA64: the newest 50 over all conversations, oldest first, each as a bare object', async () => {
    const mila = await loner()
    const [a, b] = [await mila.channel(), await mila.channel()]
    for (let i = 0; i < 60; i++) await mila.say((i % 3 ? a : b).id, `m${i}`)
    const expected = await mila.must('GET', '/api/messages?limit=50')
    expect(expected[0].content).toBe('m10')
    using socket = await mila.socket()
    expect(await socket.settled()).toEqual(expected)
  })

  test('CA64: nothing for who is nowhere, or where nothing was said', async () => {
    const mila = await loner()
    using before = await mila.socket()
    expect(await before.settled()).toEqual([])
    await mila.channel()
    using after = await mila.socket()
    expect(await after.settled()).toEqual([])
  })

  test('CA97: nobody is welcomed by a message', async () => {
    const mila = await newPerson(target)
    expect((await mila.must('GET', '/api/messages')).filter((m: Loose) => m.user_id === mila.id)).toEqual([])
    const noor = await newPerson(target)
    const all: Loose[] = await noor.must('GET', '/api/messages?limit=100')
    expect(all.filter(message => JSON.stringify(message).includes(mila.username))).toEqual([])
  })

  test('CA64: one that was taken back is not in it', async () => {
    const mila = await loner()
    const { id } = await mila.channel()
    await mila.say(id, 'gone')
    await mila.must('POST', '/api/messages/clear')
    await mila.say(id, 'here')
    using socket = await mila.socket()
    expect(await socket.heard()).toEqual(['here'])
  })

  test('CA64 CA67: in a race with senders every message comes once, in order, to every socket', async () => {
    const { id, owner, member, stranger } = await newChannel(target)
    for (const one of [owner, member]) await one.must('POST', '/api/channels/general/leave')
    await stranger.must('POST', `/api/channels/${id}/join`)
    let over = false
    const sending = [member, stranger].map(async (one, n) => {
      for (let i = 0; !over; i++) await one.say(id, `${n} ${i}`)
    })
    const sockets: Socket[] = []
    for (let i = 0; i < 20; i++) sockets.push(await owner.socket())
    over = true
    await Promise.all(sending)
    await member.say(id, 'last')
    const all = ids(await owner.history(id, '?limit=100'))
    for (const socket of sockets) {
      const seen: string[] = []
      for (;;) {
        const message = await socket.next()
        seen.push(message.id)
        if (message.content === 'last') break
      }
      const reach = seen.slice(-all.length)
      expect(reach).toEqual(all.slice(-reach.length))
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen).toEqual(seen.toSorted())
      socket.close()
    }
  }, 30_000)

  test.skipIf(lacks('wetty'))(
    'CA64: however long the messages are, the socket opens, with the newest that fit',
    async () => {
      const mila = await loner()
      const elsewhere = await atWetty(mila)
      const chat = await elsewhere.group('Long')
      const write = async (message: string): Promise<Loose> =>
        elsewhere.call('POST', `/chats/${chat}/messages`, { message, message_type: 'text' })
      const { id } = await write('first')
      // Each grows sixfold in JSON.
      const all: string[] = []
      for (let i = 0; i < 100; i++) all.push((await write('\u0001'.repeat(20_000))).id)
      using socket = await mila.socket(`&since=${id}`)
      const seen = ids(await socket.settled())
      expect(seen.length).toBeGreaterThan(50)
      expect(seen.length).toBeLessThan(100)
      expect(seen).toEqual(all.slice(-seen.length))
    },
    30_000,
  )
})

describe('coming back', () => {
  test('CA65 CA79: with since nothing is lost and nothing comes twice', async () => {
    const { id, owner, member } = await newChannel(target)
    const socket = await owner.socket()
    const known = await member.say(id, 'known')
    await socket.message('known')
    socket.close()
    await socket.closing()
    const missed = []
    for (let i = 0; i < 70; i++) missed.push(await member.say(id, `m${i}`))
    using again = await owner.socket(`&since=${known.id.toUpperCase()}`)
    const seen = await again.settled()
    expect(seen.filter((message: Loose) => message.channel_id === id)).toEqual(missed)
    using plain = await owner.socket()
    expect((await plain.settled()).filter((message: Loose) => message.channel_id === id).length).toBeLessThanOrEqual(50)
    // Behind the newest there is nothing.
    using upToDate = await owner.socket(`&since=${missed.at(-1).id}`)
    expect((await upToDate.settled()).filter((message: Loose) => message.channel_id === id)).toEqual([])
  })

  test('CA65: at most the newest thousand', async () => {
    const mila = await loner()
    const { id } = await mila.channel()
    const first = await mila.say(id, 'first')
    let last: Loose
    for (let i = 0; i < 1005; i += 15) {
      const sent = await Promise.all(Array.from({ length: 15 }, (_, n) => mila.say(id, `m${i + n}`)))
      last = sent.at(-1)
    }
    using socket = await mila.socket(`&since=${first.id}`)
    const seen = await socket.settled()
    expect(seen).toHaveLength(1000)
    expect(ids(seen)).toContain(last.id)
    expect(ids(seen).slice(-100)).toEqual(ids(await mila.history(id, '?limit=100')))
  }, 30_000)

  test('CA65: what is no message is as if it were not there', async () => {
    const mila = await loner()
    const { id } = await mila.channel()
    const message = await mila.say(id, 'x')
    for (const since of [NOTHING, 'x', '', '%00']) {
      using socket = await mila.socket(`&since=${since}`)
      expect(await socket.settled()).toEqual([message])
    }
  })

  test('CA65: one that was taken back still marks a place', async () => {
    const mila = await loner()
    const { id } = await mila.channel()
    await mila.say(id, 'known')
    const { id: since } = await mila.say(id, 'gone')
    await mila.must('POST', '/api/messages/clear')
    const missed = await mila.say(id, 'missed')
    await mila.say((await mila.channel()).id, 'elsewhere')
    using socket = await mila.socket(`&since=${since}`)
    expect((await socket.settled()).map(message => message.content)).toEqual([missed.content, 'elsewhere'])
  })

  test('CA65: one of a channel that one is not in tells nothing: it is as if it were not there', async () => {
    const [mila, noor] = [await loner(), await loner()]
    const before = await mila.say((await mila.channel()).id, 'before')
    const hidden = await noor.say((await noor.channel()).id, 'hidden')
    const after = await mila.say((await mila.channel()).id, 'after')
    using socket = await mila.socket(`&since=${hidden.id}`)
    expect(await socket.settled()).toEqual([before, after])
  })

  test('CA79: a send that was repeated after a loss is one message', async () => {
    const { id, owner, member } = await newChannel(target)
    using listening = await owner.socket()
    await listening.settled()
    const socket = await member.socket()
    socket.send({ content: 'once', channel_id: id, client_id: 'k' })
    await listening.message('once')
    socket.close()
    await socket.closing()
    using again = await member.socket()
    await again.message('once')
    again.send({ content: 'once', channel_id: id, client_id: 'k' })
    expect(await again.next()).toMatchObject({ content: 'once', client_id: 'k' })
    expect(await listening.settled()).toEqual([])
    expect(await owner.history(id)).toHaveLength(1)
  })

  test('CA79: nothing is kept per socket: the same URL serves again and again', async () => {
    const mila = await loner()
    const message = await mila.say((await mila.channel()).id, 'x')
    for (let i = 0; i < 3; i++) {
      const socket = await mila.socket('&since=')
      expect(await socket.settled()).toEqual([message])
      socket.close()
      await socket.closing()
    }
  })
})

test('CA82: a new member sees what was said before, and nothing once he has left', async () => {
  const { id, owner, stranger } = await newChannel(target)
  const before = await owner.say(id, 'before')
  await stranger.must('POST', `/api/channels/${id}/join`)
  expect(await stranger.history(id)).toEqual([before])
  using inside = await stranger.socket()
  expect(ids(await inside.settled())).toContain(before.id)
  await stranger.must('POST', `/api/channels/${id}/leave`)
  using outside = await stranger.socket()
  expect(ids(await outside.settled())).not.toContain(before.id)
  using resumed = await stranger.socket(`&since=${before.id}`)
  await owner.say(id, 'after')
  expect(await resumed.heard()).not.toContain('after')
})
