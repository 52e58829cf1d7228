// Lists in pages, and ids: OC10 and OC11.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { enterByKey, newServer, type Person, registerPassword } from './people.ts'
import { homeOf, type Loose, NO_ID, said } from './target.ts'

const target = useTarget()

describe('pages', () => {
  const lists = async (person: Person) => {
    const general = await person.general()
    return [
      `/v1/servers/${person.server}/members`,
      `/v1/servers/${person.server}/invites`,
      `/v1/channels/${general}/members`,
      `/v1/channels/${general}/messages`,
      '/v1/search/messages?query=page',
      '/v1/chats',
      '/v1/directory/users?query=o',
      '/v1/directory/channels',
      '/v1/contacts',
    ]
  }
  const withQuery = (path: string, query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`
  const itemsOf = (body: Loose): Loose[] => Object.values(body).find(Array.isArray) as Loose[]

  test('OC10: a limit that is none is ignored, one that is too much is cut', async () => {
    const owner = await newServer(await registerPassword(target))
    await owner.must('POST', `/v1/servers/${owner.server}/invites`, {
      expires_at: new Date(Date.now() + 3_600_000),
      max_uses: 1,
    })
    for (const path of await lists(owner)) {
      const plain = await owner.get(path)
      expect([path, plain.status, plain.body.next_cursor !== undefined]).toEqual([path, 200, true])
      const most = await owner.get(withQuery(path, 'limit=200'))
      for (const limit of ['0', '-1', '1.5', 'x', '', '99999']) {
        const answer = await owner.get(withQuery(path, `limit=${limit}`))
        const { length } = itemsOf((limit === '99999' ? most : plain).body)
        expect([path, limit, answer.status, itemsOf(answer.body).length]).toEqual([path, limit, 200, length])
      }
    }
  })

  test('OC10: a cursor that is damaged, or another list’s, leads nowhere', async () => {
    const owner = await newServer(await registerPassword(target))
    await enterByKey(target, undefined, owner.server)
    const members = `/v1/servers/${owner.server}/members`
    const { next_cursor } = await owner.must('GET', `${members}?limit=1`)
    expect((await owner.must('GET', `${members}?limit=1&cursor=${next_cursor}`)).members).toHaveLength(1)
    const other = await newServer(await registerPassword(target))
    for (const path of await lists(owner)) {
      const damaged = [`${next_cursor}x`, next_cursor.slice(1), 'x', '%00', 'x'.repeat(3000)]
      for (const cursor of path === members ? damaged : [...damaged, next_cursor]) {
        const answer = await owner.get(withQuery(path, `cursor=${cursor}`))
        expect([path, cursor, said(answer)]).toEqual([path, cursor, '400 invalid_cursor'])
      }
    }
    const elsewhere = await other.get(`/v1/servers/${other.server}/members?cursor=${next_cursor}`)
    expect(said(elsewhere)).toBe('400 invalid_cursor')
  })

  test('OC10: following the cursors visits everything once, and ends with null', async () => {
    const owner = await newServer(await registerPassword(target))
    const uids = [owner.uid]
    for (let i = 0; i < 4; i++) uids.push((await enterByKey(target, undefined, owner.server)).uid)
    const seen: string[] = []
    let query = '?limit=2'
    for (;;) {
      const { members, next_cursor } = await owner.must('GET', `/v1/servers/${owner.server}/members${query}`)
      seen.push(...members.map((member: Loose) => member.user_uid))
      if (next_cursor === null) break
      query = `?limit=2&cursor=${next_cursor}`
    }
    expect(seen).toEqual(uids)
  })
})

test('OC11: an id that cannot be one names nothing', async () => {
  const mila = await registerPassword(target)
  const [home, general] = [await homeOf(target), await mila.general()]
  for (const id of ['x', '%00', '..%2f..', "'%20OR%201=1", '0', 'x'.repeat(2000), '%F0%9F%A7%BF', NO_ID.slice(1)]) {
    const asked = [
      [`/v1/servers/${id}`, '404 server_not_found'],
      [`/v1/channels/${id}/messages`, '404 channel_not_found'],
      [`/v1/channels/${general}/messages/${id}`, '404 message_not_found'],
      [`/v1/channels/${general}/attachments/${id}`, '404 attachment_not_found'],
      [`/v1/invites/${id}`, '404 invite_not_found'],
    ]
    for (const [path = '', expected = ''] of asked) expect([path, said(await mila.get(path))]).toEqual([path, expected])
  }
  // A uuid in capital letters is the same uuid.
  expect((await mila.get(`/v1/servers/${home.toUpperCase()}/membership`)).status).toBe(200)
})
