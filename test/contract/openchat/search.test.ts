// Messages found by their words: OC82.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newGroup, newPeople, newServer, type Person } from './crew.ts'
import { messagesOf, sent } from './sending.ts'
import { type Loose, said } from './target.ts'

const target = useTarget()

const search = (who: Person, query: string, more = '') =>
  who.get(`/v1/search/messages?query=${encodeURIComponent(query)}${more}`)
const found = async (who: Person, query: string, more = ''): Promise<string[]> =>
  (await search(who, query, more)).body.messages.map(({ body }: Loose) => body)

/** A group whose owner has said these things. */
const talkOf = async (...texts: string[]) => {
  const group = await newGroup(target)
  for (const body of texts) await sent(group.owner, group.id, { body })
  return group
}

describe('searching', () => {
  test('OC82: every word has to occur, whatever its case; the newest first', async () => {
    const { member } = await talkOf('The boat race', 'a RACE of boats', 'boat house', 'ÜBER den Fluss')
    expect(await found(member, 'race  boat')).toEqual(['a RACE of boats', 'The boat race'])
    expect(await found(member, 'BOAT')).toEqual(['boat house', 'a RACE of boats', 'The boat race'])
    expect(await found(member, 'über')).toEqual(['ÜBER den Fluss'])
    expect(await found(member, 'boat nowhere')).toEqual([])
  })

  test('OC82: no character means anything but itself', async () => {
    const texts = ['100% sure', 'a_b', 'say "hi"', 'x* y', "it's", 'a.b', '\\d+']
    const { member } = await talkOf(...texts)
    for (const text of ['0%', 'a_b', '"hi"', 'x*', "t's", 'a.b', '\\d+'])
      expect(await found(member, text)).toHaveLength(1)
    for (const text of ['%%', '__', '**', '..', '.*', "' OR"]) expect(await found(member, text)).toEqual([])
  })

  test('OC82: a message is found as it is now', async () => {
    const { id, owner, member } = await newGroup(target)
    const edited = await sent(owner, id, { body: 'needle one' })
    const gone = await sent(owner, id, { body: 'needle two' })
    await owner.must('PATCH', `${messagesOf(id)}/${edited.id}`, { body: 'haystack' })
    await owner.must('DELETE', `${messagesOf(id)}/${gone.id}`)
    expect(await found(member, 'needle')).toEqual([])
    const { body } = await search(member, 'haystack')
    expect(body).toEqual({
      messages: [(await member.must('GET', `${messagesOf(id)}/${edited.id}`)).message],
      next_cursor: null,
    })
  })

  test('OC82: where one is a member only; in one channel, or of one person', async () => {
    const { id, owner, member, stranger } = await talkOf('findme one')
    await sent(member, id, { body: 'findme two' })
    const other = await owner.group([member])
    await sent(owner, other, { body: 'findme three' })
    expect(await found(member, 'findme')).toEqual(['findme three', 'findme two', 'findme one'])
    expect(await found(member, 'findme', `&channel_id=${id}`)).toEqual(['findme two', 'findme one'])
    expect(await found(member, 'findme', `&from_uid=${owner.uid}`)).toEqual(['findme three', 'findme one'])
    expect(await found(member, 'findme', `&from_uid=${member.uid}&channel_id=${other}`)).toEqual([])
    expect(await found(member, 'findme', '&from_uid=uid_nobody')).toEqual([])
    expect(await found(stranger, 'findme')).toEqual([])
    expect(said(await search(stranger, 'findme', `&channel_id=${id}`))).toBe('404 channel_not_found')
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const open = await mila.makeChannel()
    await sent(mila, open, { body: 'findme four' })
    expect(await found(noor, 'findme', `&channel_id=${open}`)).toEqual([])
  })

  test('OC82: on the server of the session, in its uids', async () => {
    const { member } = await newServer(target)
    const [channel] = await member.channels()
    const there = await sent(member, channel.id, { body: 'both sides' })
    const home = await sent(member.home, await member.home.group(), { body: 'both sides' })
    expect((await search(member, 'both')).body.messages).toEqual([there])
    expect((await search(member.home, 'both')).body.messages).toEqual([home])
    expect(said(await search(member.home, 'both', `&channel_id=${channel.id}`))).toBe('403 server_mismatch')
    expect((await search(member, 'both', `&from_uid=${member.uid}`)).body.messages).toEqual([there])
  })

  test('OC10, OC82: page by page; a cursor goes with its question', async () => {
    const { member } = await talkOf('page 1', 'page 2', 'page 3', 'page 4', 'page 5')
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const { messages, next_cursor }: Loose = (
        await search(member, 'page', `&limit=2${cursor ? `&cursor=${cursor}` : ''}`)
      ).body
      seen.push(...messages.map(({ body }: Loose) => body))
      cursor = next_cursor
    } while (cursor !== null)
    expect(seen).toEqual(['page 5', 'page 4', 'page 3', 'page 2', 'page 1'])
    const { next_cursor } = (await search(member, 'page', '&limit=1')).body
    for (const [query, given] of [
      ['other', next_cursor],
      ['page', 'x'],
      ['page', ''],
    ]) {
      expect(said(await search(member, query, `&cursor=${given}`))).toBe('400 invalid_cursor')
    }
  })

  test('OC82: two to two hundred characters, not only white space', async () => {
    const { member } = await newGroup(target)
    for (const query of ['', 'a', '\u{1f680}', '   ', 'x'.repeat(201), 'a\0b']) {
      expect(said(await search(member, query))).toBe('400 invalid_query')
    }
    for (const query of ['ab', '\u{1f680}\u{1f680}', '\u{1f680}'.repeat(200)])
      expect((await search(member, query)).status).toBe(200)
    expect(said(await member.get('/v1/search/messages'))).toBe('400 invalid_query')
  })
})
