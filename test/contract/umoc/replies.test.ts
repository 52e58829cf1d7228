// Section D: replies, acknowledgements, errors.
import { describe, expect, test } from 'bun:test'
import { friends, newPerson, say, seat, useTarget } from './people.ts'
import { connectRaw } from './raw.ts'

const target = useTarget()

describe('answers', () => {
  test('UM41: replies go to the caller only, with and without an acknowledgement', async () => {
    const { person, client } = await seat(target)
    const tab = await person.connect()
    client.emit('get_chats')
    expect(await client.next('chats')).toEqual([])
    expect(await client.ask('get_chats', {})).toEqual({ ok: true, data: [] })
    expect(await client.next('chats')).toEqual([])
    await tab.quiet('chats')
  })

  test('UM41: notifications go to the named users, and the acknowledgement repeats them', async () => {
    const [a, b] = await friends(target)
    const data = await say(a, b.person.id, 'hi')
    expect(await a.client.next('new_message')).toEqual(data)
    expect(await b.client.next('new_message')).toEqual(data)
  })

  test('UM44: a failure is one error event naming what failed, also beside an acknowledgement', async () => {
    const { client } = await seat(target)
    client.emit('send_message', { content: 'x' })
    const error = { message: 'Missing required fields', event: 'send_message' }
    expect(await client.next('error')).toEqual(error)
    expect(await client.ask('send_message', { content: 'x' })).toEqual({ ok: false, message: error.message })
    expect(await client.next('error')).toEqual(error)
    await client.quiet('error')
  })

  test.each([[[]], [[null]], [['text']], [[5]], [[[1, 2]]], [[true]]])(
    'UM45: what is no object has no fields: %j',
    async args => {
      const { client } = await seat(target)
      expect(await client.ask('send_message', ...args)).toEqual({ ok: false, message: 'Missing required fields' })
      expect(await client.ask('get_chats', ...args)).toEqual({ ok: true, data: [] })
    },
  )

  test('UM45: an unknown event is said to be one', async () => {
    const { client } = await seat(target)
    for (const name of ['dance', 'error', '__proto__', 'constructor', 'toString']) {
      expect(await client.said(name)).toBe('Unknown event')
      expect(await client.next('error')).toEqual({ message: 'Unknown event', event: name })
    }
  })
})

describe('sessions and latency', () => {
  test('UM42: verify_session tells of the own session, a named one, and never errs', async () => {
    const { person, client } = await seat(target)
    const other = await newPerson(target)
    const valid = { valid: true, expires_at: expect.any(Number) }
    const invalid = { valid: false, message: 'Your session has expired or is invalid' }
    const { sessionID, token } = other.secrets
    const over = await other.again()
    await over.logout()
    const cases = [
      [{}, valid],
      [undefined, valid],
      [{ token: person.secrets.token }, valid],
      [{ token: 'x' }, invalid],
      [{ sessionID }, valid],
      [{ sessionID, token }, valid],
      [{ sessionID, token: person.secrets.token }, invalid],
      [{ sessionID: crypto.randomUUID() }, invalid],
      [{ sessionID: 5 }, invalid],
      [{ sessionID, token: {} }, invalid],
      [over.secrets, invalid],
    ] as const
    for (const [payload, answer] of cases) {
      expect(await client.ask('verify_session', payload)).toEqual({ ok: true, data: answer })
      expect(await client.next('session_status')).toEqual(answer)
    }
    await client.quiet('error')
  })

  test('UM43 UM5: ping echoes the time and measures, in milliseconds', async () => {
    const { client } = await seat(target)
    const timestamp = Date.now() - 1000
    const pong = await client.must('ping', { timestamp })
    expect(pong.timestamp).toBe(timestamp)
    expect(Number.isInteger(pong.server_time)).toBe(true)
    expect(pong.latency).toBe(pong.server_time - timestamp)
    expect(await client.next('pong')).toEqual(pong)
    expect(await client.must('ping', { timestamp: Date.now() + 1e6 })).toMatchObject({ latency: 0 })
  })

  test('UM43: everything may be missing from a ping', async () => {
    const { client } = await seat(target)
    for (const args of [[], [null], [{}], [{ timestamp: 'soon' }], [{ timestamp: null }]]) {
      expect(await client.ask('ping', ...args)).toEqual({
        ok: true,
        data: { timestamp: null, server_time: expect.any(Number), latency: null },
      })
    }
  })
})

describe('hostile and hasty clients', () => {
  test('UM46: reserved names, nesting and binary do not end the connection', async () => {
    const raw = await connectRaw(await newPerson(target))
    for (const name of ['disconnect', 'connect', 'connect_error', 'newListener', 'error', '__proto__']) {
      raw.send(`42["${name}",{}]`)
      expect(await raw.event('error')).toEqual({ message: 'Unknown event', event: name })
    }
    raw.send(`42["get_chats",{"__proto__":{"sessionID":"x"},"constructor":5}]`)
    expect(await raw.event('chats')).toEqual([])
    raw.send('451-["send_message",{"recipient_id":{"_placeholder":true,"num":0},"content":"x"}]')
    raw.send(new Uint8Array([1, 2, 3]))
    expect(await raw.event('error')).toEqual({ message: 'Invalid recipient_id', event: 'send_message' })
    raw.close()
  })

  test.each([
    ['4'],
    ['49'],
    ['42{"a":1}'],
    ['42["x"'],
    ['42[{}]'],
    ['451-["x",{"_placeholder":true,"num":9}]'],
    ['40'],
  ])('UM46: %s may end that one connection, and nobody else’s', async packet => {
    const bystander = await seat(target)
    const raw = await connectRaw(await newPerson(target))
    raw.send(packet)
    raw.send('42["ping",{}]')
    await Promise.race([raw.ended, raw.event('pong').catch(() => undefined)])
    expect(await bystander.client.must('ping')).toMatchObject({ latency: null })
    raw.close()
  })

  test('UM46: a frame over 1 000 000 bytes ends that one connection', async () => {
    const bystander = await seat(target)
    const raw = await connectRaw(await newPerson(target))
    raw.send(`42["send_message",{"content":"${'x'.repeat(1_000_001)}"}]`)
    await raw.ended
    expect(await bystander.client.must('ping')).toMatchObject({ latency: null })
  })

  test('UM47: events of one socket are carried out in the order in which they come', async () => {
    const [a, b] = await friends(target)
    const wanted = Array.from({ length: 30 }, (_, i) => `n${i}`)
    for (const content of wanted) a.client.emit('send_message', { recipient_id: b.person.id, content })
    const heard: string[] = []
    for (const _ of wanted) heard.push((await b.client.next('new_message')).content)
    expect(heard).toEqual(wanted)
    const { messages } = await b.client.must('get_chat_history', { chat_id: a.person.id, page_size: 100 })
    expect(messages.map((row: { content: string }) => row.content)).toEqual(wanted.toReversed())
  })

  test('UM48: what is acknowledged can be read at once, by everybody it concerns', async () => {
    const [a, b] = await friends(target)
    const { message_id } = await say(a, b.person.id, 'kept')
    const { messages } = await b.client.must('get_chat_history', { chat_id: a.person.id })
    expect(messages[0].message_id).toBe(message_id)
  })
})
