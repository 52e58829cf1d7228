// Versions: what is spoken is said, and who asks for something else is told so at once (OC128, OC129).
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { type Loose, newPerson, said } from './crew.ts'
import { request } from './raw.ts'

const target = useTarget()

const capabilities = async (headers: Readonly<Record<string, string>> = {}): Promise<Loose> =>
  (await request(target, 'GET', '/client/capabilities', { headers })).body

const asking = (version: string) => ({ 'x-openchat-api-version': version })

test('OC128: the version is one of those that are spoken, and so is every operation’s', async () => {
  const { api_version, compatibility, operations } = await capabilities()
  expect(api_version).toMatch(/^\d+\.\d+$/)
  expect(compatibility.supported_api_versions).toContain(api_version)
  expect(compatibility.supported_api_versions).toContain(compatibility.min_client_api_version)
  expect(compatibility.policy).toBe('additive_minor')
  const [major] = api_version.split('.')
  for (const { path, version } of operations as readonly Loose[]) {
    expect(version).toMatch(new RegExp(`^${major}\\.\\d+$`))
    // What breaks a 1.0 client lives elsewhere.
    if (path.startsWith('/v')) expect(path).toStartWith(`/v${major}/`)
  }
})

test('OC128: what a newer client adds to a request harms nothing', async () => {
  const mila = await newPerson(target)
  const body = {
    display_name: 'Mila',
    avatar_mode: 'generated',
    pronouns: 'she',
    nested: { deep: [1, 2, { x: null }] },
  }
  expect((await mila.put('/v1/profile/me', body)).body.display_name).toBe('Mila')
  expect(said(await mila.get('/v1/profile/me?expand=everything'))).toBe('200')
})

describe('the header', () => {
  test.each(['1.0', '1.7', '1.99999', ' 1.0 '])('OC129: %p is served as ours', async version => {
    expect((await capabilities(asking(version))).api_version).toBe((await capabilities()).api_version)
    const mila = await newPerson(target)
    expect(said(await request(mila, 'GET', '/v1/profile/me', { headers: asking(version) }))).toBe('200')
  })

  test.each([
    '2.0',
    '0.9',
    '11.0',
    '1',
    '1.',
    'v1.0',
    '1.0.0',
    '1.x',
    'latest',
    '01.0',
    '-1.0',
    `${'9'.repeat(30)}.0`,
    '1.0, 2.0',
  ])('OC129: %p is refused with what is spoken, before anything else is looked at', async version => {
    const { supported_api_versions: supported } = (await capabilities()).compatibility
    for (const [method, path] of [
      ['GET', '/client/capabilities'],
      ['GET', '/v1/profile/me'],
      ['POST', '/v1/accounts'],
      ['DELETE', '/v1/sessions/current'],
    ] as const) {
      const answer = await request(target, method, path, { headers: asking(version) })
      expect(said(answer)).toBe('400 api_version_unsupported')
      expect(answer.body).toMatchObject({ retryable: false, details: { supported } })
    }
  })

  test('OC129: a path that is not there is not there in any version', async () => {
    expect(said(await request(target, 'GET', '/v1/nothing', { headers: asking('2.0') }))).toBe('404 not_found')
    expect(said(await request(target, 'PUT', '/v1/contacts', { headers: asking('2.0') }))).toBe(
      '405 method_not_allowed',
    )
  })
})
