// Greps the log of a whole run, at its most talkative, for every secret the run minted.
import { expect, test } from 'bun:test'
import { enterByKey, newKey, proofOf } from '../contract/openchat/people.ts'
import { bearer, msgrPerson, post, type WettyPerson, wettyGroup, wettyPerson } from '../kit/people.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'

test('MS5 WT16 UM20 CA62 OC27: no token, password, capability or signature reaches a log line', async () => {
  await using server = await startServer({ env: { PARLANCE_LOG: 'debug' } })
  const secrets: string[] = []
  const [wei, li] = [await wettyPerson(server.url), await wettyPerson(server.url)]
  const kari = await msgrPerson(server.url)
  for (const person of [wei, li]) secrets.push(person.token, person.token.slice(32, 64), person.password)
  secrets.push(kari.accountId)

  // Tokens in query strings, good and bad; refused logins; malformed requests that carry secrets.
  await fetch(`${server.url}/users/profile?token=${wei.token}`)
  await fetch(`${server.url}/_api/users/profile?token=${wei.token}&x=1`)
  await fetch(`${server.url}/users/profile?token=${wei.token.slice(0, 99)}`)
  await fetch(`${server.url}/no/such/path?token=${wei.token}`)
  const wrong = `wrong-${crypto.randomUUID()}`
  secrets.push(wrong)
  await post(`${server.url}/users/auth/login`, { username: wei.username, password: wrong })
  await post(`${server.url}/users/auth/login`, `{"password":"${wrong}"`)
  await post(`${server.url}/api/conversations?x-account-id=${kari.accountId}`, { kind: kari.accountId }, kari.headers)
  const refreshed = await post(`${server.url}/users/auth/refresh`, {}, bearer(li))
  secrets.push(((await refreshed.json()) as { token: string }).token)

  // Sockets: the token in the upgrade, the capability in a join, the long-poll token.
  const push = new WebSocket(`${server.wsUrl}/ws/chats?uid=${wei.uid}&token=${wei.token}`)
  await until('the push socket', () => push.readyState === WebSocket.OPEN)
  const socket = new WebSocket(`${server.wsUrl}/socket/websocket?vsn=2.0.0&token=${kari.accountId}`)
  let joined = false
  socket.onmessage = () => {
    joined = true
  }
  await until('the Phoenix socket', () => socket.readyState === WebSocket.OPEN)
  const identity = { account_id: kari.accountId, profile_id: kari.profileId }
  socket.send(JSON.stringify(['1', '1', `profile:${kari.profileId}`, 'phx_join', identity]))
  await until('the join', () => joined)
  socket.send(`["broken ${kari.accountId}`)
  await until('the close', () => socket.readyState === WebSocket.CLOSED)
  const poll = (await (await fetch(`${server.url}/socket/longpoll?vsn=2.0.0`)).json()) as { token: string }
  secrets.push(poll.token)
  await fetch(`${server.url}/socket/longpoll?vsn=2.0.0&token=${encodeURIComponent(poll.token)}`, {
    method: 'POST',
    body: 'not a frame',
  })

  // umoc and chatapp: passwords and session secrets in URLs, JWTs in the socket's, good ones and bad ones.
  const { username, password } = wei
  const credentials = new URLSearchParams({ username, password })
  const umoc = (await (await fetch(`${server.url}/login?${credentials}`)).json()) as Record<string, string>
  const { sessionID = '', token = '', access_token: access = '' } = umoc
  secrets.push(sessionID, token, access)
  const session = new URLSearchParams({ sessionID, token })
  await fetch(`${server.url}/user?${session}`)
  await fetch(`${server.url}/login?username=${username}&password=${wrong}`)
  await fetch(`${server.url}/socket.io/?EIO=4&transport=polling&${session}`)
  await fetch(`${server.url}/socket.io/?EIO=3&transport=polling&${session}`)
  const engine = new WebSocket(`${server.wsUrl}/socket.io/?EIO=4&transport=websocket&${session}`)
  let entered = false
  engine.onmessage = ({ data }) => {
    if (`${data}`.startsWith('0{')) engine.send(`40${JSON.stringify({ sessionID, token })}`)
    entered ||= `${data}`.includes('connection_successful')
  }
  await until('the Socket.IO socket', () => entered)
  engine.send(`42["no such event",{"sessionID":"${sessionID}","password":"${password}"}]`)
  const chatapp = await post(`${server.url}/api/auth/login`, { username, password })
  const { access_token: jwt = '', refresh_token: refresh = '' } = (await chatapp.json()) as Record<string, string>
  secrets.push(jwt, jwt.split('.')[2] ?? '', refresh)
  await post(`${server.url}/api/auth/refresh`, { refresh_token: refresh })
  await post(`${server.url}/api/auth/refresh`, { refresh_token: refresh })
  for (const given of [jwt, `${jwt}x`]) {
    const own = new WebSocket(`${server.wsUrl}/api/ws/${username}?token=${given}`)
    await until('the channel socket', () => own.readyState !== WebSocket.CONNECTING)
    own.close()
  }
  await fetch(`${server.url}/logout?${session}`, { method: 'POST' })

  // A file and its signed link.
  const chat = await wettyGroup(server.url, wei, [li])
  const form = new FormData()
  form.set('file', new File(['content'], 'a.txt', { type: 'text/plain' }))
  const upload = await fetch(`${server.url}/fserv/upload`, { method: 'POST', headers: bearer(wei), body: form })
  const { fid } = (await upload.json()) as { fid: string }
  await post(`${server.url}/chats/${chat}/messages`, { message: '', message_type: 'file', fid }, bearer(wei))
  await fetch(`${server.url}/f/fserv/download/${fid}?token=${li.token}`)
  push.close()

  await visitOpenchat(server, wei, secrets)

  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  const log = server.output()
  // The log is there and talks about these very requests.
  expect(log).toContain('/users/profile')
  expect(log).toContain('/socket/longpoll')
  expect(log).toContain('/socket.io')
  expect(log).toContain('/api/auth/refresh')
  expect(log).toContain('/v1/realtime')
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(8)
    expect(log.includes(secret)).toBe(false)
    expect(log.includes(encodeURIComponent(secret))).toBe(false)
  }
})

type Texts = Readonly<Record<string, string>>

/** openchat: sessions by password and by key, tokens where they belong and where they do not, links, tickets. */
const visitOpenchat = async ({ url, wsUrl }: TestServer, { username, password }: WettyPerson, secrets: string[]) => {
  const read = async (response: Response): Promise<Texts> => (await response.json()) as Texts
  const session = await read(await post(`${url}/v1/sessions/password`, { username, password }))
  const { token = '', server_id: home = '' } = session
  const own = { authorization: `Bearer ${token}` }
  const send = async (path: string, body: unknown = {}) => read(await post(`${url}/v1${path}`, body, own))
  secrets.push(token)
  await post(`${url}/v1/sessions/password`, { username, password: `${password} not` })
  await post(`${url}/v1/sessions/password`, `{"password":"${password}"`)

  const key = newKey()
  const target = { url, wsUrl }
  const byKey = await enterByKey(target, key)
  const proof = await proofOf(target, home, key)
  secrets.push(byKey.token, proof.challenge_id, proof.signature)
  await post(`${url}/v1/servers/${home}/sessions`, { ...proof, signature: proof.signature.slice(1) })

  // The token in a query, where it opens nothing; as a subprotocol, good and bad; a ticket, good and bad.
  await fetch(`${url}/v1/profile/me?token=${token}&user_uid=${session.user_uid}`)
  await fetch(`${url}/v1/realtime/sse?token=${token}`)
  const { ticket = '' } = await send('/realtime/ticket')
  secrets.push(ticket)
  await fetch(`${url}/v1/realtime/poll?ticket=${ticket}`)
  await fetch(`${url}/v1/realtime/poll?ticket=${ticket}`)
  for (const given of [token, `${token.slice(1)}x`]) {
    const socket = new WebSocket(`${wsUrl}/v1/realtime?server_id=${home}`, [`openchat.session.${given}`])
    await until('the openchat socket', () => socket.readyState !== WebSocket.CONNECTING)
    if (socket.readyState === WebSocket.OPEN) socket.send(`{"type":"chat.ping","payload":"${token}"}`)
    socket.close()
  }

  // What lets in: a claim, a capability; and what lets read: a file's address.
  const made = await post(`${url}/v1/servers`, { display_name: 'Rowers' }, own)
  const { ownership_claim } = (await made.json()) as { ownership_claim: { token: string } }
  const { account_id: capability = '' } = await send('/account/msgr-capability')
  secrets.push(ownership_claim.token, capability)
  await send(`/servers/${crypto.randomUUID()}/ownership:claim`, { claim_token: ownership_claim.token })
  await post(`${url}/v1/account/link`, { msgr_account_id: capability, msgr_profile_id: capability }, own)
  const form = new FormData()
  form.set('file', new File(['content'], 'a.txt', { type: 'text/plain' }))
  const uploaded = await fetch(`${url}/v1/uploads`, { method: 'POST', headers: own, body: form })
  const { attachment } = (await uploaded.json()) as { attachment: { url: string } }
  const link = new URL(attachment.url).searchParams.get('t') ?? ''
  secrets.push(link)
  expect((await fetch(attachment.url)).status).toBe(200)
  await fetch(`${attachment.url}x`)

  const renewed = await send('/sessions/current/renew')
  secrets.push(renewed.token ?? '')
}
