// Pins: OC81.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newGroup, newPeople, newServer, type Person } from './crew.ts'
import { messagesOf, sent } from './sending.ts'
import { type Loose, NO_ID, said, TIME } from './target.ts'

const target = useTarget()

const pinsOf = (channel: string): string => `/v1/channels/${channel}/pins`
const pinned = async (who: Person, channel: string): Promise<Loose[]> => (await who.must('GET', pinsOf(channel))).pins
const pin = (who: Person, message: Loose) => who.put(`${pinsOf(message.channel_id)}/${message.id}`)
const unpin = (who: Person, message: Loose) => who.delete(`${pinsOf(message.channel_id)}/${message.id}`)

describe('pins', () => {
  test('OC81: the newest first, for everybody; both ways are repeatable and then tell nobody', async () => {
    const { id, owner, manager, member } = await newGroup(target)
    const [one, two] = [await sent(member, id, { body: 'one' }), await sent(member, id, { body: 'two' })]
    using live = await member.live()
    expect((await pin(owner, one)).body).toEqual({ channel_id: id, message_id: one.id, pinned: true })
    expect((await pin(owner, one)).status).toBe(200)
    await pin(manager, two)
    const at = { pinned_at: expect.stringMatching(TIME) }
    expect(await pinned(member, id)).toEqual([
      { message: two, pinned_by_uid: manager.uid, ...at },
      { message: one, pinned_by_uid: owner.uid, ...at },
    ])
    for (let i = 0; i < 2; i++)
      expect((await unpin(manager, one)).body).toEqual({ channel_id: id, message_id: one.id, pinned: false })
    expect(await pinned(member, id)).toMatchObject([{ message: { id: two.id } }])
    expect(await live.heard()).toEqual(['chat.pin.added', 'chat.pin.added', 'chat.pin.removed'])
  })

  test('OC81: by owner and managers; in a direct chat by either side', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    const message = await sent(member, id, { body: 'x' })
    expect([said(await pin(member, message)), said(await unpin(member, message))]).toEqual([
      '403 pin_forbidden',
      '403 pin_forbidden',
    ])
    expect(said(await pin(stranger, message))).toBe('404 channel_not_found')
    expect(said(await stranger.get(pinsOf(id)))).toBe('404 channel_not_found')
    const direct = await owner.direct(member)
    const there = await sent(member, direct, { body: 'x' })
    expect([(await pin(owner, there)).status, (await unpin(member, there)).status]).toEqual([200, 200])
  })

  test('OC81: who merely reads a public channel sees its pins', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const id = await mila.makeChannel()
    const message = await sent(mila, id, { body: 'x' })
    await pin(mila, message)
    expect(await pinned(noor, id)).toHaveLength(1)
    expect(said(await unpin(noor, message))).toBe('403 pin_forbidden')
    expect((await noor.channel(id)).my_role).toBeNull()
  })

  test('OC81: on a server somebody made, by its owner and managers', async () => {
    const { owner, manager, member } = await newServer(target)
    const [channel] = await owner.channels()
    const message = await sent(member, channel.id, { body: 'x' })
    expect(said(await pin(member, message))).toBe('403 pin_forbidden')
    expect([(await pin(manager, message)).status, (await unpin(owner, message)).status]).toEqual([200, 200])
  })

  test('OC81: what is taken back is pinned no more, and cannot be', async () => {
    const { id, owner } = await newGroup(target)
    const message = await sent(owner, id, { body: 'x' })
    await pin(owner, message)
    await owner.must('DELETE', `${messagesOf(id)}/${message.id}`)
    expect(await pinned(owner, id)).toEqual([])
    expect(said(await pin(owner, message))).toBe('410 message_recalled')
    expect((await unpin(owner, message)).body.pinned).toBe(false)
    for (const odd of [NO_ID, 'x'])
      expect(said(await pin(owner, { ...message, id: odd }))).toBe('404 message_not_found')
    const elsewhere = await owner.group()
    expect(said(await pin(owner, { ...message, channel_id: elsewhere }))).toBe('404 message_not_found')
  })

  test('OC81: fifty at most', async () => {
    const { id, owner } = await newGroup(target)
    for (let i = 0; i < 50; i++) expect((await pin(owner, await sent(owner, id, { body: `${i}` }))).status).toBe(200)
    const last = await sent(owner, id, { body: 'one too many' })
    expect(said(await pin(owner, last))).toBe('409 pin_limit')
    const [newest] = await pinned(owner, id)
    await unpin(owner, newest.message)
    expect((await pin(owner, last)).status).toBe(200)
  })
})
