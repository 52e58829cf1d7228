// Groups: OC98.
import { describe, expect, test } from 'bun:test'
import { lacks, useTarget } from '../../kit/target.ts'
import { newPeople, newPerson, newServer, type Person } from './crew.ts'
import { atWetty } from './elsewhere.ts'
import { blamed, call, type Loose, NO_UID, said } from './target.ts'

const target = useTarget()
const make = (by: Person, json: unknown) => by.post('/v1/groups', json)

describe('groups', () => {
  test('OC98: the caller owns it; private and by invitation unless said otherwise', async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    const { status, body } = await make(mila, { name: 'Crew', member_uids: [ravi.uid, ravi.uid, mila.uid] })
    expect(status).toBe(201)
    expect(body).toEqual({ channel: await mila.channel(body.channel.id) })
    expect(body.channel).toMatchObject({
      name: 'Crew',
      kind: 'group',
      type: 'text',
      server_id: mila.server,
      group_id: 'groups',
      description: '',
      visibility: 'private',
      join_rule: 'invite',
      member_count: 2,
      my_role: 'owner',
      peer_uid: null,
    })
    expect((await ravi.channel(body.channel.id)).my_role).toBe('member')
    const keys = { description: 'We row.', visibility: 'public', join_rule: 'approval' }
    expect((await make(mila, { name: 'Rowers', ...keys })).body.channel).toMatchObject({ ...keys, member_count: 1 })
  })

  test('OC98: refused by its own words, and then there is none', async () => {
    const [mila, ravi] = (await newPeople(target, 2)) as [Person, Person]
    const fits = { name: 'Crew' }
    const cases: readonly (readonly [object, string])[] = [
      [{ name: '' }, 'invalid_channel_name: name'],
      [{ name: ' ' }, 'invalid_channel_name: name'],
      [{ name: '👍'.repeat(101) }, 'invalid_channel_name: name'],
      [{}, 'invalid_channel_name: name'],
      [{ ...fits, description: '👍'.repeat(281) }, 'invalid_description: description'],
      [{ ...fits, visibility: 'x' }, 'invalid_payload: visibility'],
      [{ ...fits, join_rule: 'x' }, 'invalid_payload: join_rule'],
      [{ ...fits, member_uids: 'x' }, 'invalid_payload: member_uids'],
      [{ ...fits, member_uids: [1] }, 'invalid_payload: member_uids'],
      [{ ...fits, member_uids: Array(101).fill(ravi.uid) }, 'invalid_payload: member_uids'],
    ]
    for (const [json, word] of cases) expect(blamed(await make(mila, json))).toBe(`400 ${word}`)
    expect(said(await make(mila, { ...fits, member_uids: [ravi.uid, NO_UID] }))).toBe('404 user_not_found')
    await ravi.block(mila)
    expect(said(await make(mila, { ...fits, member_uids: [ravi.uid] }))).toBe('403 member_add_forbidden')
    expect((await mila.channels()).filter(channel => channel.kind === 'group')).toEqual([])
    expect(said(await call(target, 'POST', '/v1/groups', { json: fits }))).toBe('401 unauthorized')
  })

  test('OC98: a session of any server will do; the group lives on the home server', async () => {
    const { owner, member } = await newServer(target)
    const { body } = await make(owner, { name: 'Crew', member_uids: [member.uid] })
    expect(body.channel).toMatchObject({ server_id: owner.home.server, member_count: 2 })
    expect((await member.home.channel(body.channel.id)).my_role).toBe('member')
  })

  test.skipIf(lacks('wetty'))('OC98: one of another contract shows here, and is gone when it ends there', async () => {
    const mila = await newPerson(target)
    const elsewhere = await atWetty(mila)
    const named = await elsewhere.must('POST', '/group', { name: 'Elsewhere' })
    const groups = async () => (await mila.channels()).filter((channel: Loose) => channel.kind === 'group')
    expect(await groups()).toMatchObject([{ name: 'Elsewhere', my_role: 'owner' }])
    await elsewhere.must('DELETE', `/group/${named.id}`)
    expect(await groups()).toEqual([])
  })

  test.skipIf(lacks('wetty'))('OC98: one that nobody named is called by its address', async () => {
    const mila = await newPerson(target)
    await (await atWetty(mila)).must('POST', '/group', {})
    const [group] = (await mila.channels()).filter((channel: Loose) => channel.kind === 'group')
    expect(group).toMatchObject({ name: expect.stringMatching(/^group~\d+$/), my_role: 'owner', member_count: 1 })
  })
})
