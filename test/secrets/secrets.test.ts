// Greps the log of a whole run, at its most talkative, for every secret the run minted.
import { expect, test } from 'bun:test'
import { bearer, msgrPerson, post, wettyGroup, wettyPerson } from '../kit/people.ts'
import { startServer } from '../kit/server.ts'
import { until } from '../kit/wait.ts'

test('MS5 WT16 UM20 CA62: no token, password, capability or signature reaches a log line', async () => {
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

  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  const log = server.output()
  // The log is there and talks about these very requests.
  expect(log).toContain('/users/profile')
  expect(log).toContain('/socket/longpoll')
  expect(log).toContain('/socket.io')
  expect(log).toContain('/api/auth/refresh')
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(8)
    expect(log.includes(secret)).toBe(false)
    expect(log.includes(encodeURIComponent(secret))).toBe(false)
  }
})
