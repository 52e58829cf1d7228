// Reactions: OC80.
import { describe, expect, test } from 'bun:test'
import { useTarget } from '../../kit/target.ts'
import { newGroup, newPeople, type Person } from './crew.ts'
import { history, messagesOf, sent } from './sending.ts'
import { type Answer, type Loose, NO_ID, said } from './target.ts'

const target = useTarget()

const pathTo = (message: Loose, emoji: string): string =>
  `${messagesOf(message.channel_id)}/${message.id}/reactions/${encodeURIComponent(emoji)}`
const react = (who: Person, message: Loose, emoji: string): Promise<Answer> => who.put(pathTo(message, emoji))
const undo = (who: Person, message: Loose, emoji: string): Promise<Answer> => who.delete(pathTo(message, emoji))

describe('reacting', () => {
  test('OC80: each answer tells all reactions, by first use; both ways are repeatable and then tell nobody', async () => {
    const { id, owner, member } = await newGroup(target)
    const message = await sent(owner, id, { body: 'x' })
    using live = await owner.live()
    const first = await react(member, message, '👍')
    expect([first.status, first.body]).toEqual([
      200,
      { channel_id: id, message_id: message.id, reactions: [{ emoji: '👍', count: 1, user_uids: [member.uid] }] },
    ])
    expect((await react(member, message, '👍')).body).toEqual(first.body)
    await react(owner, message, '❤️')
    const { reactions } = (await react(owner, message, '👍')).body
    expect(reactions).toEqual([
      { emoji: '👍', count: 2, user_uids: [member.uid, owner.uid] },
      { emoji: '❤️', count: 1, user_uids: [owner.uid] },
    ])
    expect((await history(member, id))[0].reactions).toEqual(reactions)
    await undo(owner, message, '❤️')
    expect((await undo(owner, message, '❤️')).body.reactions).toMatchObject([{ emoji: '👍', count: 2 }])
    expect(await live.heard()).toEqual(Array.from({ length: 4 }, () => 'chat.reaction.updated'))
  })

  test('OC80: with exactly one emoji', async () => {
    const { id, owner } = await newGroup(target)
    const message = await sent(owner, id, { body: 'x' })
    for (const one of ['👩‍👩‍👧‍👦', '🇳🇴', '👍🏽', '1️⃣']) expect((await react(owner, message, one)).status).toBe(200)
    for (const none of ['👍👍', 'a', '1', ':+1:', ' ', '%']) {
      expect([none, said(await react(owner, message, none))]).toEqual([none, '400 invalid_emoji'])
      expect(said(await undo(owner, message, none))).toBe('400 invalid_emoji')
    }
  })

  test('OC80: as for posting, and only to what is there', async () => {
    const { id, owner, member, stranger } = await newGroup(target)
    const message = await sent(owner, id, { body: 'x' })
    expect(said(await react(stranger, message, '👍'))).toBe('404 channel_not_found')
    expect(said(await react(owner, { ...message, id: NO_ID }, '👍'))).toBe('404 message_not_found')
    await owner.must('PUT', `/v1/channels/${id}/members/${member.uid}/mute`, { seconds: 60 })
    expect(said(await react(member, message, '👍'))).toBe('403 muted')
    await owner.must('DELETE', `${messagesOf(id)}/${message.id}`)
    expect(said(await react(owner, message, '👍'))).toBe('410 message_recalled')
    const direct = await owner.direct(member)
    const there = await sent(member, direct, { body: 'x' })
    await owner.block(member)
    expect([said(await react(owner, there, '👍')), said(await react(member, there, '👍'))]).toEqual([
      '403 blocked',
      '403 blocked',
    ])
  })

  test('OC80: twenty kinds a message, from as many people as like', async () => {
    const { id, owner, member } = await newGroup(target)
    const message = await sent(owner, id, { body: 'x' })
    const emojis = Array.from({ length: 21 }, (_, i) => String.fromCodePoint(0x1f600 + i))
    for (const emoji of emojis.slice(0, 20)) expect((await react(owner, message, emoji)).status).toBe(200)
    expect(said(await react(member, message, emojis[20] ?? ''))).toBe('409 reaction_limit')
    expect((await react(member, message, emojis[0] ?? '')).status).toBe(200)
  })

  test('OC59, OC80: a reaction in a public channel joins it; taking back what one never said does not', async () => {
    const [mila, noor] = (await newPeople(target, 2)) as [Person, Person]
    const id = await mila.makeChannel()
    const message = await sent(mila, id, { body: 'x' })
    expect((await undo(noor, message, '👍')).body.reactions).toEqual([])
    expect((await noor.channel(id)).my_role).toBeNull()
    expect((await react(noor, message, '👍')).status).toBe(200)
    expect((await noor.channel(id)).my_role).toBe('member')
  })
})
