// Section C: how a socket is connected, refused and ended.
import { describe, expect, test } from 'bun:test'
import { befriend, dial, friends, newPerson, say, seat, useTarget } from './people.ts'
import { openRaw, queryOf } from './raw.ts'
import { request } from './rest.ts'

const target = useTarget()

describe('connecting', () => {
  test.each(['/socket.io/', '/socket.io'])(
    'UM32: the handshake at %s tells what the transport keeps to',
    async path => {
      const answer = await request(target, 'GET', path, { query: { EIO: '4', transport: 'polling' } })
      const text = await answer.text()
      expect([answer.status, text[0]]).toEqual([200, '0'])
      expect(JSON.parse(text.slice(1))).toEqual({
        sid: expect.any(String),
        upgrades: ['websocket'],
        pingInterval: 25_000,
        pingTimeout: 20_000,
        maxPayload: 1_000_000,
      })
    },
  )

  test.each([
    ['an older protocol', { EIO: '3', transport: 'polling' }],
    ['an unknown transport', { EIO: '4', transport: 'carrier-pigeon' }],
    ['an unknown sid', { EIO: '4', transport: 'polling', sid: 'nobody' }],
    ['nothing', {}],
  ])('UM32: %s is a 400 with a code', async (_, query: Record<string, string>) => {
    const answer = await request(target, 'GET', '/socket.io/', { query })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ code: expect.any(Number), message: expect.any(String) })
  })

  test('UM30 UM34: both secrets in the query connect, and the server says once who it is', async () => {
    const person = await newPerson(target)
    const client = dial(target, { query: person.secrets })
    const hello = await client.connected()
    expect(hello).toEqual({
      user_id: person.id,
      username: person.username,
      session_expires: expect.any(Number),
    })
    expect(Number.isInteger(hello.session_expires)).toBe(true)
    expect(hello.session_expires).toBeGreaterThan(Date.now() / 1000)
    await client.quiet('connection_successful')
  })

  test('UM31: the CONNECT packet may carry them instead, and goes before the query', async () => {
    const person = await newPerson(target)
    const { sessionID, token } = person.secrets
    const wrong = { sessionID: crypto.randomUUID(), token: 'x' }
    expect(await dial(target, { auth: person.secrets }).connected()).toMatchObject({ user_id: person.id })
    const both = dial(target, { auth: person.secrets, query: wrong })
    expect(await both.connected()).toMatchObject({ user_id: person.id })
    const divided = dial(target, { auth: { token }, query: { sessionID } })
    expect(await divided.connected()).toMatchObject({ user_id: person.id })
    expect(await dial(target, { auth: wrong, query: person.secrets }).refused()).toBe('Invalid session')
  })

  test.each([
    ['polling', ['polling']],
    ['websocket', ['websocket']],
    ['an upgrade', ['polling', 'websocket']],
  ] as const)('UM32: %s carries everything, both ways', async (_, transports) => {
    const person = await newPerson(target)
    const client = await person.connect({ transports })
    expect(await client.must('ping', { timestamp: 1 })).toMatchObject({ timestamp: 1 })
    expect(await client.next('pong')).toMatchObject({ timestamp: 1 })
  })

  test('UM32: no event is lost or doubled during an upgrade', async () => {
    const [a, b] = await friends(target)
    const late = dial(target, { query: b.person.secrets, transports: ['polling', 'websocket'] })
    const upgraded = new Promise(resolve => late.socket.io.engine.once('upgrade', resolve))
    await late.connected()
    const wanted = Array.from({ length: 60 }, (_, i) => `n${i}`)
    for (const content of wanted) a.client.emit('send_message', { recipient_id: b.person.id, content })
    await upgraded
    await say(a, b.person.id, 'last')
    const heard: string[] = []
    do {
      heard.push((await late.next('new_message')).content)
    } while (heard.at(-1) !== 'last')
    expect(heard).toEqual([...wanted, 'last'])
    await late.quiet('new_message')
  })

  test('UM32: plain frames do, too', async () => {
    const person = await newPerson(target)
    const raw = await openRaw(target)
    raw.send(`40${JSON.stringify(person.secrets)}`)
    const connected = await raw.packets.find('the connect packet', packet => packet.startsWith('40'))
    expect(JSON.parse(connected.slice(2))).toEqual({ sid: expect.any(String) })
    expect(await raw.event('connection_successful')).toMatchObject({ user_id: person.id })
    raw.send('4217["ping",{"timestamp":5}]')
    const ack = await raw.packets.find('the acknowledgement', packet => packet.startsWith('43'))
    expect(ack).toStartWith('4317[{"ok":true,"data":{"timestamp":5,')
    raw.close()
  })
})

describe('refusals', () => {
  test('UM33: each kind has its words, and no other event reaches a refused client', async () => {
    const person = await newPerson(target)
    const other = await newPerson(target)
    const { sessionID, token } = person.secrets
    const over = await person.again()
    await over.logout()
    const cases: readonly (readonly [Record<string, string>, string])[] = [
      [{}, 'Authentication required'],
      [{ sessionID }, 'Authentication required'],
      [{ token }, 'Authentication required'],
      [{ sessionID: '', token }, 'Authentication required'],
      [{ sessionID, token: '' }, 'Authentication required'],
      [{ sessionID, token: 'x' }, 'Invalid session'],
      [{ sessionID: crypto.randomUUID(), token }, 'Invalid session'],
      [{ sessionID, token: other.secrets.token }, 'Invalid session'],
      [{ sessionID: sessionID.toUpperCase(), token: `${token} ` }, 'Invalid session'],
      [over.secrets, 'Invalid session'],
    ]
    for (const [query, words] of cases) {
      const client = dial(target, { query })
      expect([query, await client.refused()]).toEqual([query, words])
      expect(client.received).toEqual([])
    }
  })

  test('UM33: credentials of other types are no reason to fall over', async () => {
    const { secrets } = await newPerson(target)
    for (const auth of [
      { sessionID: 5, token: [] },
      { ...secrets, token: {} },
      { ...secrets, sessionID: [secrets.sessionID] },
    ]) {
      expect(await dial(target, { auth }).refused()).toBe('Invalid session')
    }
  })

  test('UM33: a refusal leaves the connection open for another try', async () => {
    const person = await newPerson(target)
    const raw = await openRaw(target)
    raw.send('40')
    expect(await raw.packets.find('a refusal', packet => packet.startsWith('44'))).toBe(
      '44{"message":"Authentication required"}',
    )
    raw.send(`40${JSON.stringify(person.secrets)}`)
    expect(await raw.event('connection_successful')).toMatchObject({ user_id: person.id })
    raw.close()
  })

  test('UM30: there is no namespace but the first', async () => {
    const person = await newPerson(target)
    const raw = await openRaw(target, queryOf(person))
    raw.send('40/admin,')
    expect(await raw.packets.find('a refusal', packet => packet.startsWith('44'))).toBe(
      '44/admin,{"message":"Invalid namespace"}',
    )
    raw.close()
  })
})

describe('sockets of one person', () => {
  test('UM35: all sockets of an account hear what is addressed to it, whatever their session', async () => {
    const [a, b] = await friends(target)
    const tab = await b.person.connect()
    const phone = await (await b.person.again()).connect()
    await say(a, b.person.id, 'hello')
    for (const client of [b.client, tab, phone]) {
      expect(await client.next('new_message')).toMatchObject({ content: 'hello' })
    }
  })

  test('UM35: ten sockets share a session, the eleventh is refused, and a closed one makes room', async () => {
    const person = await newPerson(target)
    const clients = await Promise.all(Array.from({ length: 10 }, () => person.connect()))
    expect(await dial(target, { query: person.secrets }).refused()).toBe('Rate limit exceeded, please wait')
    await (await person.again()).connect()
    clients[0]?.socket.disconnect()
    const again = async (): Promise<string> => {
      const client = dial(target, { query: person.secrets })
      return Promise.race([client.connected().then(() => 'connected'), client.refused().catch(() => 'connected')])
    }
    let outcome = await again()
    while (outcome !== 'connected') outcome = await again()
  })

  test('UM38: when a session ends, its sockets are told and disconnected by the server; others stay', async () => {
    const { person, client } = await seat(target)
    const tab = await person.connect({ transports: ['polling'] })
    const elsewhere = await (await person.again()).connect()
    const ends = [client.ended(), tab.ended()]
    await person.logout()
    expect(await Promise.all(ends)).toEqual(['io server disconnect', 'io server disconnect'])
    for (const ended of [client, tab]) {
      expect(ended.take('session_status')).toEqual([
        { valid: false, message: 'Your session has expired or is invalid' },
      ])
    }
    await elsewhere.quiet('session_status')
    expect(await dial(target, { query: person.secrets }).refused()).toBe('Invalid session')
  })

  test('UM39: a payload cannot name another session, nor act as somebody else', async () => {
    const [a, b] = await friends(target)
    const { sessionID } = b.person.secrets
    const foreign = { recipient_id: b.person.id, content: 'x', sessionID }
    expect(await a.client.said('send_message', foreign)).toBe('Invalid session')
    expect(await a.client.next('error')).toEqual({ message: 'Invalid session', event: 'send_message' })
    expect(await a.client.said('ping', { sessionID: 5 })).toBe('Invalid session')
    const own = { ...foreign, sessionID: a.person.secrets.sessionID, sender_id: b.person.id, user_id: b.person.id }
    expect(await a.client.must('send_message', own)).toMatchObject({ sender_id: a.person.id })
    expect(await b.client.next('new_message')).toMatchObject({ sender_id: a.person.id })
    await b.client.quiet('new_message')
  })

  test('UM40: nothing is recovered; what was said meanwhile is in the history', async () => {
    const [a, b] = await friends(target)
    b.client.close()
    await say(a, b.person.id, 'while you were away')
    const back = await b.person.connect()
    expect(back.socket.recovered ?? false).toBe(false)
    await back.quiet('new_message')
    const { messages } = await back.must('get_chat_history', { chat_id: a.person.id })
    expect(messages).toMatchObject([{ content: 'while you were away' }])
  })

  test('UM35: a socket that leaves the namespace hears nothing more, and may come back on the same connection', async () => {
    const a = await seat(target, 'a')
    const b = await newPerson(target)
    const raw = await openRaw(target, queryOf(b))
    raw.send('40')
    await raw.event('connection_successful')
    const other = await b.connect()
    await befriend(a, { person: b, client: other })
    raw.send('41')
    raw.send('40')
    await raw.event('connection_successful')
    await say(a, b.id, 'again')
    expect(await raw.event('new_message')).toMatchObject({ content: 'again' })
    raw.close()
  })
})
