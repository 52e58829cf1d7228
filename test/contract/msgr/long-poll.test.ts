// The long-poll transport, by hand: section 10 of the rules. (`clients.test.ts` has the official client over it.)
import { describe, expect, test } from 'bun:test'
import { connectTo } from '../../kit/host/raw-socket.ts'
import { foreign, useTarget } from '../../kit/target.ts'
import { history, type Loose, newPair, type Person, say } from './target.ts'

const target = useTarget()
const PATH = '/socket/longpoll?vsn=2.0.0'

interface Turn {
  readonly http: number
  readonly headers: Headers
  readonly status: number
  readonly token: string | undefined
  readonly frames: Loose[]
  readonly messages: Loose
}

const request = async (init: RequestInit & { path?: string; token?: string | null } = {}): Promise<Turn> => {
  const token = init.token === undefined ? '' : `&token=${encodeURIComponent(String(init.token))}`
  const response = await fetch(target.url + (init.path ?? PATH) + token, init)
  const body: Loose = await response.json()
  const frames = (body.messages ?? []).map((text: string) => JSON.parse(text))
  return { http: response.status, headers: response.headers, frames, ...body }
}
const open = async (): Promise<string> => (await request()).token ?? ''
const post = (token: string | null, frames: readonly unknown[], type = 'application/x-ndjson') =>
  request({
    method: 'POST',
    token,
    headers: { 'content-type': type },
    body: frames.map(frame => (typeof frame === 'string' ? frame : JSON.stringify(frame))).join('\n'),
  })
const beat = (ref: string) => [null, ref, 'phoenix', 'heartbeat', {}]
/** Polls until a frame fits; answers all that came. */
const collect = async (token: string, fits: (frame: Loose) => boolean): Promise<Loose[]> => {
  const seen: Loose[] = []
  while (!seen.some(fits)) {
    const turn = await request({ token })
    if (turn.status !== 200) throw new Error(`the session is gone: ${turn.status}`)
    seen.push(...turn.frames)
  }
  return seen
}
const scene = () => newPair(target)
const join = async (token: string, topic: string, who: Person, ref = '1'): Promise<void> => {
  expect((await post(token, [[ref, ref, topic, 'phx_join', who.identity]])).status).toBe(200)
  const [reply] = await collect(token, f => f[1] === ref)
  expect(reply[4].status).toBe('ok')
}

test('MS101: HTTP says 200 whatever the case, to pages of any origin', async () => {
  const token = await open()
  const turns = [
    await request(),
    await request({ token: 'nonsense' }),
    await request({ path: '/socket/longpoll?vsn=9' }),
    await post(null, [beat('1')]),
    await post(token, ['nonsense']),
  ]
  expect(turns.map(t => t.http)).toEqual([200, 200, 200, 200, 200])
  expect(turns.map(t => t.status)).toEqual([410, 410, 403, 410, 408])
  for (const { headers } of turns) {
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('content-type')).toContain('application/json')
  }
})

test('MS102: without a live token there is a new session', async () => {
  const dead = await open()
  await post(dead, ['nonsense'])
  const tokens = new Set<string>()
  for (const init of [
    {},
    { token: null },
    { token: '' },
    { token: 'nonsense' },
    { token: 'a'.repeat(5000) },
    { token: dead },
  ]) {
    const turn = await request(init)
    expect([turn.status, turn.messages]).toEqual([410, []])
    expect(turn.token?.length).toBeGreaterThanOrEqual(22)
    tokens.add(turn.token ?? '')
  }
  expect(tokens.size).toBe(6)
})

test('MS103: what waits comes at once, as text; else as soon as there is something', async () => {
  const token = await open()
  await post(token, [beat('1'), beat('2')])
  const turn = await request({ token })
  expect([turn.status, turn.token]).toEqual([200, token])
  expect(turn.messages).toEqual([
    '[null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]',
    '[null,"2","phoenix","phx_reply",{"status":"ok","response":{}}]',
  ])
  const waiting = request({ token })
  await post(token, [beat('3')])
  expect((await waiting).frames.map(f => f[1])).toEqual(['3'])
})

describe('MS104: sending', () => {
  test('MS104: one frame a line, in order; a refusal inside comes by poll', async () => {
    const { kari, id, topic } = await scene()
    const token = await open()
    const { status, http } = await post(token, [
      ['1', '1', topic, 'phx_join', kari.identity],
      ['1', '2', topic, 'message:create', { body: 'en' }],
      ['1', '3', topic, 'message:create', { body: '' }],
      ['1', '4', topic, 'message:create', { body: 'to' }],
      '',
    ])
    expect([http, status]).toEqual([200, 200])
    const frames = await collect(token, f => f[4].data?.body === 'to')
    const told = frames.map(f => (f[3] === 'phx_reply' ? f[4].status : f[4].data.body))
    expect(told).toEqual(['ok', 'ok', 'en', 'error', 'ok', 'to'])
    expect((await history(target, kari, id)).data.map((m: Loose) => m.body)).toEqual(['en', 'to'])
  })
  test('MS104: of any other type the body is one frame', async () => {
    const token = await open()
    for (const type of ['application/json', 'text/plain']) {
      expect((await post(token, [JSON.stringify(beat(type), null, 1)], type)).status).toBe(200)
    }
    expect((await collect(token, f => f[1] === 'text/plain')).map(f => f[1])).toEqual([
      'application/json',
      'text/plain',
    ])
  })
  test('MS104 MS80: a line that is base64 is a binary frame', async () => {
    const { kari, topic } = await scene()
    const token = await open()
    await join(token, topic, kari)
    const parts = ['1', 'bin', topic, 'message:create'].map(text => Buffer.from(text))
    const frame = Buffer.concat([Buffer.from([0, ...parts.map(p => p.length)]), ...parts, Buffer.from([1, 2, 3])])
    expect((await post(token, [frame.toString('base64')])).status).toBe(200)
    const [reply] = await collect(token, f => f[1] === 'bin')
    expect(reply[4]).toEqual({ status: 'error', response: { errors: { body: ["can't be blank"] } } })
  })
  test('MS104 MS78: batches sent at once are handled one after the other', async () => {
    const { kari, topic } = await scene()
    const token = await open()
    await join(token, topic, kari)
    const batch = (n: number) =>
      post(
        token,
        Array.from({ length: 5 }, (_, i) => ['1', `${n}.${i}`, topic, 'message:create', { body: `${n}.${i}` }]),
      )
    await Promise.all([batch(1), batch(2), batch(3)])
    const frames = await collect(token, f => f[3] === 'message_created')
    while (frames.filter(f => f[3] === 'message_created').length < 15) frames.push(...(await request({ token })).frames)
    const bodies = frames.filter(f => f[3] === 'message_created').map(f => f[4].data.body as string)
    for (const n of ['1', '2', '3']) {
      expect(bodies.filter(b => b.startsWith(`${n}.`))).toEqual([0, 1, 2, 3, 4].map(i => `${n}.${i}`))
    }
  })
})

describe('MS105: what a session does not survive, and what is none', () => {
  test.each([
    ['no token', null],
    ['an unknown one', 'nonsense'],
    ['an empty one', ''],
  ])('MS105: %s: 410', async (_, token) => {
    expect(await post(token, [beat('1')])).toMatchObject({ http: 200, status: 410 })
  })
  test('MS105: a bad version: 403', async () => {
    const token = await open()
    for (const path of ['/socket/longpoll?vsn=2', '/socket/longpoll?vsn=abc']) {
      expect(await request({ path, token })).toMatchObject({ http: 200, status: 403 })
      const sent = await request({ path, token, method: 'POST', body: JSON.stringify(beat('1')) })
      expect(sent).toMatchObject({ http: 200, status: 403 })
    }
    expect((await post(token, [beat('1')])).status).toBe(200)
  })
  test.each([
    ['no frame', 'nonsense'],
    ['four elements', '[null,"1","phoenix","heartbeat"]'],
    ['binary that is none', Buffer.from([9, 9, 9]).toString('base64')],
  ])('MS105: %s: 408 at once, and the session is gone', async (_, line) => {
    const { kari, topic } = await scene()
    const token = await open()
    await join(token, topic, kari)
    const waiting = request({ token })
    expect(await post(token, [line])).toMatchObject({ http: 200, status: 408 })
    expect((await waiting).status).toBe(410)
    expect((await request({ token })).status).toBe(410)
    expect((await post(token, [beat('1')])).status).toBe(410)
  })
})

test('MS106: preflight is answered; other methods are not', async () => {
  const preflight = await fetch(target.url + PATH, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://msgr.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-phoenix-authtoken, content-type',
    },
  })
  expect(preflight.ok).toBe(true)
  for (const method of ['GET', 'POST', 'OPTIONS'])
    expect(preflight.headers.get('access-control-allow-methods')).toContain(method)
  expect(preflight.headers.get('access-control-allow-headers')).toContain('x-phoenix-authtoken')
  for (const method of ['PUT', 'PATCH', 'DELETE', 'HEAD']) {
    expect((await fetch(target.url + PATH, { method })).status).toBe(400)
  }
})

describe('MS108: fetching', () => {
  test('MS108: a second poll takes the place of the first', async () => {
    const token = await open()
    const first = request({ token })
    const second = request({ token })
    expect(await first).toMatchObject({ status: 204, token, messages: [] })
    await post(token, [beat('1')])
    expect((await second).frames.map(f => f[1])).toEqual(['1'])
  })
  // A proxy may take the answer before it knows that nobody waits for it.
  test.skipIf(foreign)('MS108: a poll that breaks off while it waits loses nothing', async () => {
    const { kari, ola, id, topic } = await scene()
    const token = await open()
    await join(token, topic, kari)
    const { host } = new URL(target.url)
    const breakOff = () =>
      new Promise<void>((resolve, reject) => {
        const socket = connectTo(target.url, () => {
          socket.write(`GET ${PATH}&token=${token} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, () => socket.destroy())
        })
        socket.once('close', () => resolve())
        socket.once('error', reject)
      })
    for (let i = 0; i < 5; i++) {
      await breakOff()
      await say(target, ola, id, `m${i}`)
      await say(target, ola, id, `n${i}`)
      const frames = await collect(token, f => f[4].data?.body === `n${i}`)
      expect(frames.map(f => f[4].data.body)).toEqual([`m${i}`, `n${i}`])
    }
  })
  test('MS108: reply before event, and every event once', async () => {
    const { kari, ola, id, topic } = await scene()
    const token = await open()
    await join(token, topic, kari)
    const writing = (async () => {
      for (let i = 0; i < 30; i++) await say(target, ola, id, `m${i}`)
    })()
    for (let i = 0; i < 10; i++) await post(token, [['1', `r${i}`, topic, 'message:create', { body: `own${i}` }]])
    await writing
    await say(target, ola, id, 'marker')
    const frames = await collect(token, f => f[4].data?.body === 'marker')
    const bodies = frames.filter(f => f[3] === 'message_created').map(f => f[4].data.body)
    expect(bodies).toEqual((await history(target, kari, id)).data.map((m: Loose) => m.body))
    for (let i = 0; i < 10; i++) {
      const reply = frames.findIndex(f => f[1] === `r${i}`)
      const event = frames.findIndex(f => f[4].data?.body === `own${i}`)
      expect(reply).toBeGreaterThanOrEqual(0)
      expect(reply).toBeLessThan(event)
    }
  })
  test('MS108: a session that is not fetched from is dropped past 1000 frames', async () => {
    const token = await open()
    const beats = Array.from({ length: 500 }, (_, i) => beat(`${i}`))
    expect((await post(token, beats)).status).toBe(200)
    expect((await post(token, beats)).status).toBe(200)
    expect((await post(token, beats)).status).toBe(410)
    expect((await request({ token })).status).toBe(410)
  })
})

test('MS73 MS101: version 1 frames', async () => {
  const path = '/socket/longpoll?vsn=1.0.0'
  const { token } = await request({ path })
  const frame = { topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '1' }
  const headers = { 'content-type': 'application/x-ndjson' }
  await request({ path, token: token ?? '', method: 'POST', headers, body: JSON.stringify(frame) })
  expect((await request({ path, token: token ?? '' })).frames).toEqual([
    { topic: 'phoenix', event: 'phx_reply', payload: { status: 'ok', response: {} }, ref: '1' },
  ])
})
