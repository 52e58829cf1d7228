// What a server says it can do before anybody says who he is: OC13 to OC20.
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { check } from '../../../src/base/schema.ts'
import { Capabilities } from '../../../src/dialects/openchat/contract.capabilities.ts'
import { foreign, startOwn, useTarget } from '../../kit/target.ts'
import { challenge, enterByKey, newKey, register, registerPassword, uidOf } from './people.ts'
import { call, homeOf, type Loose, said, UUID } from './target.ts'

const target = useTarget()
const capabilities = async (): Promise<Loose> => (await call(target, 'GET', '/client/capabilities')).body

describe('the document', () => {
  test('OC13: two paths, byte for byte the same, whatever credentials ride along', async () => {
    const texts = new Set<string>()
    for (const path of ['/client/capabilities', '/v1/client/capabilities']) {
      for (const headers of [
        {},
        { authorization: 'Bearer stale' },
        { authorization: 'Basic odd' },
        { cookie: 'a=b' },
      ]) {
        const response = await fetch(target.url + path, { headers })
        expect([path, response.status]).toEqual([path, 200])
        texts.add(await response.text())
      }
    }
    expect(texts.size).toBe(1)
  })

  test('OC14 OC16: says who the server is and what holds here, in the promised form', async () => {
    const document = await capabilities()
    expect({ document, fits: check(Capabilities)(document) }).toEqual({ document, fits: true })
    expect(document).toMatchObject({
      server_id: expect.stringMatching(UUID),
      api_version: '1.0',
      identity_handshake_modes: ['challenge_signature', 'password'],
      profile_data_policy: 'uid_only',
      transport: {
        websocket: true,
        sse: true,
        polling: true,
        endpoints: { websocket: '/v1/realtime', sse: '/v1/realtime/sse', polling: '/v1/realtime/poll' },
        heartbeat_interval_ms: 25_000,
        resume: { supported: true, delivery: 'at_least_once', window_seconds: 604_800, max_events: 5000 },
        reconnect: { initial_delay_ms: 1000, multiplier: 2, max_delay_ms: 15_000, jitter: 0.2 },
      },
      mentions: { user: true, channel: true, resolve: true, supported_tokens: ['@here', '@channel'] },
      read_acks: { channel: true, cursor_type: 'message_id', monotonic: true },
      limits: {
        max_message_bytes: 65_536,
        max_attachments_per_message: 10,
        max_page_size: 200,
        max_call_participants: 0,
        max_frame_bytes: 65_536,
      },
      security: { certificate_pinning: 'optional' },
      media: { url_kind: 'retrieval_token', url_ttl_seconds: 3600 },
      compatibility: { supported_api_versions: ['1.0'], min_client_api_version: '1.0', policy: 'additive_minor' },
    })
    expect(typeof document.server_name).toBe('string')
  })

  test.skipIf(foreign)('OC16: with nothing set it is, to the last key, what the rule shows', async () => {
    const rules = await Bun.file(join(import.meta.dir, '../../../docs/contracts/openchat.md')).text()
    const shown = rules.slice(rules.indexOf('**OC16**')).match(/```json\n([\s\S]*?)```/)?.[1] ?? ''
    const { server_id, build_version, build_commit, operations, ...rest } = await capabilities()
    expect([UUID.test(server_id), typeof build_version, typeof build_commit]).toEqual([true, 'string', 'string'])
    // The list there ends in dots after its first.
    const { operations: first, ...promised } = JSON.parse(shown.replace(', …]', ']'))
    expect(operations).toEqual(expect.arrayContaining(first))
    expect(rest).toEqual({ ...promised, server_id: undefined, build_version: undefined, build_commit: undefined })
  })

  test('OC15: no rtc; what it says of profiles is complete', async () => {
    const document = await capabilities()
    expect(document).not.toHaveProperty('rtc')
    expect(document.features.voice).toBe(false)
    expect(document.profile).toMatchObject({
      display_name: { min_length: 1, max_length: 32 },
      required: false,
      avatar_modes: ['generated', 'uploaded'],
      avatar_upload: { max_bytes: 2_097_152, mime_types: ['image/png', 'image/jpeg'] },
    })
  })

  test('OC17: every operation is listed once, with names a client may rely on, and each is there', async () => {
    const { operations } = await capabilities()
    const names: string[] = operations.map((operation: Loose) => operation.name)
    expect(new Set(names).size).toBe(names.length)
    const promised = `servers.list servers.get membership.get channels.list members.list messages.list messages.send
      presence.get typing.send sessions.challenge sessions.create sessions.current sessions.revoke sessions.password`
    expect(names).toEqual(expect.arrayContaining(promised.split(/\s+/)))
    for (const { name, method, path, version } of operations) {
      expect([name, version]).toEqual([name, '1.0'])
      const filled = path.replaceAll(/\{[a-z_]+\}/g, 'x')
      expect(filled).not.toMatch(/[{}]/)
      // A path that is not served answers not_found, one that is not served so method_not_allowed.
      const { body } = await call(target, method, filled, method === 'GET' ? {} : { json: {} })
      expect([name, body?.code === 'not_found', body?.code === 'method_not_allowed']).toEqual([name, false, false])
    }
  })

  test('OC19: the server it names is listed and has a text channel `general` that anyone reads and writes', async () => {
    const { server_id } = await capabilities()
    const { servers } = (await call(target, 'GET', '/v1/servers')).body
    expect(servers.map((server: Loose) => server.server_id)).toContain(server_id)
    const mila = await enterByKey(target)
    const { groups } = await mila.must('GET', `/v1/servers/${server_id}/channels`)
    const channels: Loose[] = groups.flatMap((group: Loose) => group.channels)
    const general = channels.find(channel => channel.name === 'general')
    expect(general).toMatchObject({ type: 'text', kind: 'channel', visibility: 'public', join_rule: 'open' })
    const message = await mila.say(general.id, 'hello')
    const ada = await registerPassword(target)
    const { messages } = await ada.must('GET', `/v1/channels/${general.id}/messages`)
    expect(messages.map((each: Loose) => each.id)).toContain(message.id)
  })
})

describe.skipIf(foreign)('what the operator chooses', () => {
  test('OC18: what is switched off is told, and refused', async () => {
    await using server = await startOwn({
      env: {
        PARLANCE_NAME: 'Tea House',
        PARLANCE_PUBLIC_URL: 'https://chat.example.org',
        PARLANCE_OPENCHAT_REGISTRATION: 'off',
        PARLANCE_OPENCHAT_SERVERS: 'off',
        PARLANCE_OPENCHAT_RECALL_SECONDS: '90',
        PARLANCE_OPENCHAT_MAX_UPLOAD: '1000',
      },
    })
    expect((await call(server, 'GET', '/client/capabilities')).body).toMatchObject({
      server_name: 'Tea House',
      features: { server_creation: false, accounts: false },
      limits: { recall_window_seconds: 90, max_upload_bytes: 1000 },
      security: { https_required: true },
    })
    expect(said(await register(server))).toBe('403 registration_disabled')
    const mila = await enterByKey(server)
    expect(said(await mila.post('/v1/servers', { display_name: 'Mine' }))).toBe('403 server_create_disabled')
  })

  test.each([
    ['PARLANCE_OPENCHAT_REGISTRATION', 'yes'],
    ['PARLANCE_OPENCHAT_UIDS', 'either'],
    ['PARLANCE_OPENCHAT_RECALL_SECONDS', '-1'],
    ['PARLANCE_OPENCHAT_MAX_UPLOAD', '0'],
    ['PARLANCE_NAME', 'a\nb'],
  ])('OC18: %s=%p is refused at the start', async (name, value) => {
    await expect(startOwn({ env: { [name]: value } })).rejects.toThrow(name)
  })

  test('OC20: with global uids a key has one name on every server, that of home', async () => {
    await using server = await startOwn({ env: { PARLANCE_OPENCHAT_UIDS: 'global' } })
    const home = await homeOf(server)
    expect((await call(server, 'GET', '/client/capabilities')).body.user_uid_policy).toBe('global')
    const maker = await registerPassword(server)
    const made = await maker.must('POST', '/v1/servers', { display_name: 'Rowers', visibility: 'public' })
    const elsewhere = made.server.server_id
    expect((await maker.on(elsewhere)).uid).toBe(maker.uid)
    const key = newKey()
    expect((await challenge(server, elsewhere, key)).body.user_uid).toBe(uidOf(home, key))
    const there = await enterByKey(server, key, elsewhere)
    expect(there.uid).toBe(uidOf(home, key))
    expect((await enterByKey(server, key)).uid).toBe(there.uid)
  })
})

test.skipIf(foreign)('OC20: by default each server has a name of its own for everybody', async () => {
  const [maker, key] = [await registerPassword(target), newKey()]
  const made = await maker.must('POST', '/v1/servers', { display_name: 'Rowers', visibility: 'public' })
  const elsewhere = made.server.server_id
  expect((await maker.on(elsewhere)).uid).not.toBe(maker.uid)
  expect([(await enterByKey(target, key)).uid, (await enterByKey(target, key, elsewhere)).uid]).toEqual([
    uidOf(await homeOf(target), key),
    uidOf(elsewhere, key),
  ])
})
