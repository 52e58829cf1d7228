// A uid and a proof are all that a client has to give: OC12, over every route, and in the life of somebody who gave no more.
import { describe, expect, test } from 'bun:test'
import { foreign, useTarget } from '../../kit/target.ts'
import { enterByKey, newServer, registerPassword, usernameOf } from './people.ts'
import { call, homeOf, type Loose, NO_ID, said } from './target.ts'

const target = useTarget()

/** Words for what is somebody's own business. */
const PERSONAL =
  /e_?mail|phone|first_?name|last_?name|real_?name|full_?name|birth|gender|postal|street|country|location/i
/** What a password account is made of, and only it (OC12). */
const WITH_PASSWORD = new Set([
  'POST /v1/accounts',
  'POST /v1/sessions/password',
  'POST /v1/servers/{sid}/sessions/password',
])

interface Schema {
  readonly $ref?: string
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

interface Operation {
  readonly name: string
  readonly parameters: readonly { readonly name: string; readonly required?: boolean }[]
  readonly body: Schema | null
  readonly answers: readonly Schema[]
}

const document = async (): Promise<{ operations: readonly Operation[]; resolve: (schema: Schema) => Schema }> => {
  const { paths, components } = await (await fetch(`${target.url}/docs/openchat/openapi.json`)).json()
  const schemasIn = (content: Loose): Schema[] => Object.values(content ?? {}).map((each: Loose) => each.schema)
  const operations = Object.entries<Loose>(paths).flatMap(([path, methods]) =>
    Object.entries<Loose>(methods)
      .filter(([method]) => /^(get|post|put|patch|delete)$/.test(method))
      .map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        parameters: [...(methods.parameters ?? []), ...(operation.parameters ?? [])],
        body: schemasIn(operation.requestBody?.content)[0] ?? null,
        answers: Object.values<Loose>(operation.responses).flatMap(each => schemasIn(each.content)),
      })),
  )
  const resolve = (schema: Schema): Schema => {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : (components.schemas[name] as Schema)
  }
  return { operations, resolve }
}

/** The names of all fields, however deep. */
const fieldsOf = (schema: Schema, resolve: (schema: Schema) => Schema, seen = new Set<Schema>()): string[] => {
  const resolved = resolve(schema)
  if (seen.has(resolved)) return []
  seen.add(resolved)
  const inner = [
    ...Object.values(resolved.properties ?? {}),
    ...(resolved.anyOf ?? []),
    ...(resolved.items ? [resolved.items] : []),
  ]
  return [...Object.keys(resolved.properties ?? {}), ...inner.flatMap(each => fieldsOf(each, resolve, seen))]
}

describe.skipIf(foreign)('the route table', () => {
  test('OC12: no route asks for, or tells, anything personal', async () => {
    const { operations, resolve } = await document()
    expect(operations.length).toBeGreaterThan(80)
    for (const { name, parameters, body, answers } of operations) {
      const asked = [...parameters.map(parameter => parameter.name), ...(body ? fieldsOf(body, resolve) : [])]
      const told = answers.flatMap(each => fieldsOf(each, resolve))
      expect([name, [...asked, ...told].filter(field => PERSONAL.test(field))]).toEqual([name, []])
    }
  })

  test('OC12: a name, a face or a password must be given nowhere but by who wants one', async () => {
    const { operations, resolve } = await document()
    const demanding = operations.flatMap(({ name, body }) => {
      const required = body ? (resolve(body).required ?? []) : []
      return required.some(field => /^(username|password|avatar|first|last)/.test(field)) ? [name] : []
    })
    // `avatar_mode` is what somebody sends who changes his face.
    expect(demanding.filter(name => !WITH_PASSWORD.has(name))).toEqual(['PUT /v1/profile/me'])
    expect(new Set(demanding).size).toBe(WITH_PASSWORD.size + 1)
  })
})

test('OC12: whoever gave a key alone does all that others do', async () => {
  const [mila, ada] = [await enterByKey(target), await registerPassword(target)]
  const general = await mila.general()
  const steps: Loose[] = []
  const does = async (method: string, path: string, json?: unknown): Promise<Loose> => {
    const answer = await mila.call(method, path, json)
    steps.push([`${method} ${path}`, said(answer)])
    return answer.body
  }
  await does('GET', '/v1/servers')
  await does('GET', `/v1/servers/${mila.server}/members`)
  const { message } = await does('POST', `/v1/channels/${general}/messages`, { body: 'hello' })
  await does('PATCH', `/v1/channels/${general}/messages/${message.id}`, { body: 'hello again' })
  await does('PUT', `/v1/channels/${general}/messages/${message.id}/reactions/${encodeURIComponent('👍')}`)
  await does('PUT', `/v1/channels/${general}/read-ack`, {})
  await does('POST', '/v1/contacts', { user_uid: ada.uid })
  await ada.must('POST', `/v1/contacts/${mila.uid}/accept`)
  const direct = await does('POST', '/v1/direct-chats', { user_uid: ada.uid })
  await does('POST', `/v1/channels/${direct.channel.id}/messages`, { body: 'just us' })
  const group = await does('POST', '/v1/groups', { name: 'Crew', member_uids: [ada.uid] })
  await does('PUT', `/v1/channels/${group.channel.id}/members/${ada.uid}/mute`, { seconds: 60 })
  await does('GET', '/v1/search/messages?query=hello')
  await does('GET', '/v1/chats')
  await does('GET', '/v1/account')
  await does('POST', '/v1/realtime/ticket')
  expect(steps.filter(([, status]) => !/^20[01]$/.test(status))).toEqual([])
  const own = await newServer(mila)
  expect((await own.get(`/v1/servers/${own.server}/settings`)).status).toBe(200)
  // She left it as she came: a uid.
  const { profiles } = await ada.must('GET', `/v1/profiles:batch?user_uid=${mila.uid}`)
  expect(profiles[0]).toMatchObject({ user_uid: mila.uid, avatar_url: null, display_name: profiles[0].handle })
  expect(profiles[0].handle).toStartWith(`oc_${mila.uid.slice(4, 16)}`)
})

test('OC12 OC39: nobody is told more of another than name and face, and no id that other contracts use', async () => {
  const mila = await registerPassword(target)
  const { profile_id } = await mila.must('POST', '/v1/account/msgr-capability')
  const [ada, general] = [await enterByKey(target), await mila.general()]
  await mila.say(general, 'hello')
  const home = await homeOf(target)
  const seen = [
    await ada.must('GET', `/v1/profiles:batch?user_uid=${mila.uid}`),
    await ada.must('GET', `/v1/directory/users?query=${usernameOf(mila)}`),
    await ada.must('GET', `/v1/servers/${home}/members?limit=200`),
    await ada.must('GET', `/v1/channels/${general}/messages`),
    await ada.must('GET', `/v1/channels/${general}/members?limit=200`),
  ]
  for (const body of seen) expect(JSON.stringify(body)).not.toContain(profile_id)
  expect(Object.keys(seen[0].profiles[0]).sort()).toEqual([
    'avatar_asset_id',
    'avatar_mode',
    'avatar_preset_id',
    'avatar_url',
    'display_name',
    'handle',
    'profile_version',
    'updated_at',
    'user_uid',
  ])
  // And nothing at all to who has no session.
  for (const path of [
    `/v1/profiles:batch?user_uid=${mila.uid}`,
    '/v1/directory/users?query=o',
    `/v1/channels/${NO_ID}`,
  ]) {
    expect(said(await call(target, 'GET', path))).toBe('401 unauthorized')
  }
})
