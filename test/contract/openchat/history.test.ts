// Pages of history: OC70 and OC71, and cursors (OC10).
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newGroup, newPeople, type Person } from './crew.ts'
import { bodies, history, messagesOf, sent } from './sending.ts'
import { type Loose, NO_ID, said, TIME } from './target.ts'

const target = useTarget()

/** A group whose owner has said `1` to `count`. */
const talk = async (count: number) => {
  const group = await newGroup(target)
  const messages: Loose[] = []
  for (let i = 1; i <= count; i++) messages.push(await sent(group.owner, group.id, { body: `${i}` }))
  return { ...group, messages }
}
const range = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`)
const page = (who: Person, id: string, query: string): Promise<Loose> => who.must('GET', `${messagesOf(id)}?${query}`)

describe('history', () => {
  test('OC70: the newest page, oldest first, with ways to its neighbours', async () => {
    const { id, member } = await talk(5)
    const newest = await page(member, id, 'limit=2')
    expect(newest).toEqual({
      channel_id: id,
      messages: [expect.objectContaining({ body: '4' }), expect.objectContaining({ body: '5' })],
      order: 'asc',
      next_cursor: expect.any(String),
      prev_cursor: null,
    })
    const older = await page(member, id, `limit=2&cursor=${newest.next_cursor}`)
    expect(older.messages.map(({ body }: Loose) => body)).toEqual(['2', '3'])
    const newer = await page(member, id, `limit=2&cursor=${older.prev_cursor}`)
    expect(newer).toMatchObject({ messages: newest.messages, prev_cursor: null, next_cursor: expect.any(String) })
    const oldest = await page(member, id, `limit=2&cursor=${older.next_cursor}`)
    expect(oldest).toMatchObject({ messages: [{ body: '1' }], next_cursor: null, prev_cursor: expect.any(String) })
    expect(await page(member, await member.group(), '')).toMatchObject({
      messages: [],
      next_cursor: null,
      prev_cursor: null,
    })
  })

  test('OC70: the older ones are visited once each, whatever is said meanwhile', async () => {
    const { id, owner, member } = await talk(9)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const { messages, next_cursor }: Loose = await page(
        member,
        id,
        `limit=2${cursor === null ? '' : `&cursor=${cursor}`}`,
      )
      seen.unshift(...messages.map(({ body }: Loose) => body))
      await sent(owner, id, { body: 'meanwhile' })
      cursor = next_cursor
    } while (cursor !== null)
    expect(seen).toEqual(range(1, 9))
  })

  test('OC70: before, after and around a message', async () => {
    const { id, member, messages } = await talk(7)
    const at = (i: number): string => messages[i - 1].id
    expect(await bodies(member, id, `?limit=2&before=${at(4)}`)).toEqual(['2', '3'])
    expect(await bodies(member, id, `?limit=2&after=${at(4)}`)).toEqual(['5', '6'])
    expect(await bodies(member, id, `?limit=3&around=${at(4)}`)).toEqual(['3', '4', '5'])
    expect(await bodies(member, id, `?around=${at(1)}`)).toEqual(range(1, 7))
    const middle = await page(member, id, `limit=3&around=${at(4)}`)
    const [next, prev] = [middle.next_cursor, middle.prev_cursor]
    expect(await bodies(member, id, `?limit=2&cursor=${next}`)).toEqual(['1', '2'])
    expect(await bodies(member, id, `?limit=2&cursor=${prev}`)).toEqual(['6', '7'])
  })

  test('OC10, OC70: a place is said in one way, and is one of this channel', async () => {
    const { id, owner, member, messages } = await talk(3)
    const [first] = messages
    const { next_cursor } = await page(member, id, 'limit=1')
    const elsewhere = await owner.group()
    const foreign = await sent(owner, elsewhere, { body: 'x' })
    const outcome = async (query: string, channel = id) => said(await owner.get(`${messagesOf(channel)}?${query}`))
    expect(await outcome(`before=${first.id}&after=${first.id}`)).toBe('400 invalid_query')
    expect(await outcome(`around=${first.id}&cursor=${next_cursor}`)).toBe('400 invalid_query')
    for (const bad of [NO_ID, foreign.id, 'x', '']) {
      for (const side of ['before', 'after', 'around'])
        expect(await outcome(`${side}=${bad}`)).toBe('400 invalid_cursor')
    }
    const damaged = `${next_cursor.slice(0, -1)}${next_cursor.endsWith('A') ? 'B' : 'A'}`
    for (const cursor of [damaged, 'x', '', '....', '%00'])
      expect(await outcome(`cursor=${cursor}`)).toBe('400 invalid_cursor')
    expect(await outcome(`cursor=${next_cursor}`, elsewhere)).toBe('400 invalid_cursor')
  })

  test('OC10, OC70: 100 at a time unless said otherwise, 200 at most', async () => {
    const { id, owner } = await talk(0)
    for (let i = 1; i <= 205; i++) await sent(owner, id, { body: `${i}` })
    for (const query of ['', '?limit=0', '?limit=-3', '?limit=x', '?limit=1.5', '?limit=']) {
      expect(await history(owner, id, query)).toHaveLength(100)
    }
    expect(await bodies(owner, id, '?limit=1000')).toEqual(range(6, 205))
  })

  test('OC71: what was taken back is left out, or shown as a tombstone', async () => {
    const { id, owner, member, messages } = await talk(3)
    await member.must('PUT', `${messagesOf(id)}/${messages[1].id}/reactions/${encodeURIComponent('👍')}`)
    await owner.must('DELETE', `${messagesOf(id)}/${messages[1].id}`)
    expect(await bodies(member, id)).toEqual(['1', '3'])
    expect(await bodies(member, id, '?limit=2')).toEqual(['1', '3'])
    expect(await bodies(member, id, `?after=${messages[1].id}`)).toEqual(['3'])
    const all = await history(member, id, '?include_recalled=true')
    expect(all[1]).toEqual({
      ...messages[1],
      body: '',
      recalled_at: expect.stringMatching(TIME),
    })
    expect(await bodies(member, id, '?include_recalled=yes')).toEqual(['1', '3'])
  })

  test('OC59, OC70: a public channel is read without joining it; what is not seen does not exist', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const id = await mila.makeChannel()
    await sent(mila, id, { body: 'hello' })
    expect(await bodies(noor, id)).toEqual(['hello'])
    expect((await noor.channel(id)).my_role).toBeNull()
    const { id: hidden, stranger } = await newGroup(target)
    for (const channel of [hidden, NO_ID, 'x'])
      expect(said(await stranger.get(messagesOf(channel)))).toBe('404 channel_not_found')
  })
})
