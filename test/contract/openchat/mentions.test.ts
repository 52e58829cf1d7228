// Who a few letters may mean: OC83.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newPeople, newPerson, newServer, type Person } from './crew.ts'
import { fresh, type Loose, said } from './target.ts'

const target = useTarget()

const resolve = async (who: Person, channel: string, query: string): Promise<Loose> =>
  who.must('GET', `/v1/channels/${channel}/mentions:resolve${query}`)
const tokens = async (who: Person, channel: string, query: string): Promise<string[]> =>
  (await resolve(who, channel, query)).results.map(({ token }: Loose) => token)

/** A group of people whose names begin alike. */
const crowd = async () => {
  const stem = fresh('crew')
  const [zoe, abe] = [await newPerson(target, `${stem}z`), await newPerson(target, `${stem}a`)]
  return { stem, zoe, abe, id: await zoe.group([abe]) }
}

describe('resolving mentions', () => {
  test('OC83: audiences first, then users by token, oneself among them', async () => {
    const { stem, zoe, abe, id } = await crowd()
    expect(await resolve(zoe, id, '')).toEqual({
      channel_id: id,
      query: '',
      results: [
        { type: 'channel', token: '@here', target_id: 'here', display_text: '@here' },
        { type: 'channel', token: '@channel', target_id: 'channel', display_text: '@channel' },
        { type: 'user', token: `@${stem}a`, target_id: abe.uid, display_text: `${stem}a` },
        { type: 'user', token: `@${stem}z`, target_id: zoe.uid, display_text: `${stem}z` },
      ],
    })
    expect(await resolve(zoe, id, `?query=%40${stem.toUpperCase()}&limit=1`)).toMatchObject({
      query: `@${stem.toUpperCase()}`,
      results: [{ token: `@${stem}a` }],
    })
  })

  test('OC83: by part of the handle, the display name or the uid', async () => {
    const { stem, zoe, abe, id } = await crowd()
    const profile = {
      display_name: 'Håkon Ødegård',
      avatar_mode: 'generated',
      avatar_preset_id: null,
      avatar_asset_id: null,
    }
    await abe.must('PUT', '/v1/profile/me', profile)
    for (const query of ['ØDEG', `${stem.slice(2)}A`, abe.uid.slice(8, 24)]) {
      expect(await resolve(zoe, id, `?query=${encodeURIComponent(query)}`)).toMatchObject({
        results: [{ type: 'user', token: `@${stem}a`, target_id: abe.uid, display_text: 'Håkon Ødegård' }],
      })
    }
    expect(await tokens(zoe, id, '?query=HER')).toEqual(['@here'])
    expect(await tokens(zoe, id, '?query=%25')).toEqual([])
  })

  test('OC83: members only, twenty at a time, fifty at most', async () => {
    const { stem, zoe, abe, id } = await crowd()
    const stranger = await newPerson(target, `${stem}m`)
    expect(await tokens(abe, id, `?query=${stem}`)).toEqual([`@${stem}a`, `@${stem}z`])
    expect(said(await stranger.get(`/v1/channels/${id}/mentions:resolve`))).toBe('404 channel_not_found')
    const others = await newPeople(target, 55)
    await zoe.must('POST', `/v1/channels/${id}/members`, { user_uids: others.map(({ uid }) => uid) })
    expect(await tokens(abe, id, '')).toHaveLength(20)
    expect(await tokens(abe, id, '?limit=1000')).toHaveLength(50)
  })

  test('OC83: in a public channel for whoever reads it; in the uids of its server', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const open = await mila.makeChannel()
    expect(await tokens(noor, open, `?query=${mila.username}`)).toEqual([`@${mila.username}`])
    expect((await noor.channel(open)).my_role).toBeNull()
    const group = await mila.group([], { visibility: 'public', join_rule: 'open' })
    expect(await tokens(noor, group, '')).toEqual(['@here', '@channel'])
    const { owner, member } = await newServer(target)
    const [channel] = await owner.channels()
    expect((await resolve(owner, channel.id, `?query=${member.username}`)).results).toMatchObject([
      { target_id: member.uid },
    ])
  })
})
