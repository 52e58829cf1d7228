// Section I: contacts asked for, accepted, refused, blocked, removed; streaks.
import { describe, expect, test } from 'bun:test'
import { startClocked } from '../../kit/clocked.ts'
import { foreign, lacks } from '../../kit/target.ts'
import { newPerson as wettyPerson } from '../wetty/target.ts'
import type { Loose } from './client.ts'
import { befriend, fresh, friends, newGroup, type Seated, say, seat, useTarget } from './people.ts'

const target = useTarget()
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/

const two = async (): Promise<readonly [Seated, Seated]> => [await seat(target, 'a'), await seat(target, 'b')]
const ask = (from: Seated, to: Seated) => from.client.must('add_contact', { contact_username: to.person.username })
const rows = async ({ client }: Seated): Promise<readonly Loose[]> => (await client.must('get_contacts')).contacts
const row = async (of: Seated, about: Seated): Promise<Loose> =>
  (await rows(of)).find(one => one.user_id === about.person.id) ?? null

describe('the list', () => {
  test('UM110: friends, pending ones of both directions, and those I blocked', async () => {
    const [a, friend] = await friends(target)
    const [asked, asking, blocked] = [await seat(target), await seat(target), await seat(target)]
    await ask(a, asked)
    await ask(asking, a)
    await befriend(a, blocked)
    await a.client.must('block_contact', { contact_id: blocked.person.id })
    a.client.take('contacts')
    const listed = await rows(a)
    expect(await a.client.next('contacts')).toEqual({ contacts: listed })
    const usual = { streak: 0, continue_streak: true, display_name: null }
    const hidden = { is_online: false, last_seen: null }
    const of = ({ person }: Seated) => ({ user_id: person.id, username: person.username, ...usual })
    expect(listed).toHaveLength(4)
    const online = { is_online: true, last_seen: expect.stringMatching(ISO) }
    expect(listed).toContainEqual({ ...of(friend), status: 'FRIEND', ...online })
    expect(listed).toContainEqual({ ...of(asked), status: 'NEW', direction: 'outgoing', ...hidden })
    expect(listed).toContainEqual({ ...of(asking), status: 'NEW', direction: 'incoming', ...hidden })
    expect(listed).toContainEqual({ ...of(blocked), status: 'BLOCKED', ...hidden })
    // Who is blocked sees no difference except offline.
    expect(await row(blocked, a)).toEqual({ ...of(a), status: 'FRIEND', ...hidden })
  })
})

describe('asking', () => {
  test('UM111: both are told, on all their sockets, and the row is NEW', async () => {
    const [a, b] = await two()
    const tab = await a.person.connect()
    const added = { user_id: b.person.id, username: b.person.username, display_name: null, status: 'NEW' }
    expect(await ask(a, b)).toEqual(added)
    for (const client of [a.client, tab]) expect(await client.next('contact_added')).toEqual(added)
    expect(await b.client.next('contact_request')).toEqual({
      user_id: a.person.id,
      username: a.person.username,
      display_name: null,
    })
    await a.client.quiet('contact_request')
    await b.client.quiet('contact_added')
  })

  test('UM111: names are looked up ignoring case; refusals in the contract’s words', async () => {
    const [a, b] = await two()
    const said = (contact_username: unknown) => a.client.said('add_contact', { contact_username })
    expect(await said(fresh('nobody'))).toBe('User not found')
    expect(await said('\ud800')).toBe('User not found')
    expect(await said(a.person.username)).toBe('You cannot add yourself')
    expect(await a.client.said('add_contact')).toBe('Missing required fields')
    expect(await said(5)).toBe('Invalid contact_username')
    expect(await said(b.person.username.toUpperCase())).toBe('ok')
    expect(await said(b.person.username)).toBe('Contact already added')
    await b.client.must('accept_contact', { contact_id: a.person.id })
    expect(await said(b.person.username)).toBe('Contact already added')
    await a.client.must('block_contact', { contact_id: b.person.id })
    expect(await said(b.person.username)).toBe('Contact already added')
  })

  test.skipIf(lacks('wetty'))('UM111: who blocked me and who wants no requests answer alike', async () => {
    const [a, b] = await friends(target)
    await b.client.must('block_contact', { contact_id: a.person.id })
    await a.client.must('remove_contact', { contact_id: b.person.id })
    const shut = await wettyPerson(target)
    await shut.must('PUT', '/users/profile', { add_friend_setting: 'nobody' })
    for (const name of [b.person.username, shut.username]) {
      expect(await a.client.said('add_contact', { contact_username: name })).toBe(
        'This user does not accept contact requests',
      )
    }
  })

  test('UM112: crossing requests are contacts at once', async () => {
    const [a, b] = await two()
    await ask(a, b)
    expect(await ask(b, a)).toMatchObject({ user_id: a.person.id, status: 'FRIEND' })
    expect(await a.client.next('contact_accepted')).toMatchObject({ user_id: b.person.id, status: 'FRIEND' })
    expect(await b.client.next('contact_accepted')).toMatchObject({ user_id: a.person.id, status: 'FRIEND' })
  })

  test.skipIf(lacks('wetty'))('UM112: somebody who takes anyone is a contact at once', async () => {
    const [a] = await two()
    const open = await wettyPerson(target)
    await open.must('PUT', '/users/profile', { add_friend_setting: 'anyone' })
    await a.client.must('add_contact', { contact_username: open.username })
    expect(await a.client.next('contact_accepted')).toMatchObject({ user_id: open.uid })
    expect((await a.client.must('get_chats')).some((chat: Loose) => chat.id === open.uid)).toBe(true)
  })
})

describe('answering', () => {
  test('UM113: each learns the other’s data; only the addressee can accept, and once', async () => {
    const [a, b] = await two()
    await ask(a, b)
    const accept = (who: Seated, whom: Seated) => who.client.said('accept_contact', { contact_id: whom.person.id })
    expect(await accept(a, b)).toBe('Contact request not found')
    expect(await accept(b, a)).toBe('ok')
    const shown = ({ person }: Seated) => ({
      user_id: person.id,
      username: person.username,
      display_name: null,
      status: 'FRIEND',
    })
    expect(await a.client.next('contact_accepted')).toEqual(shown(b))
    expect(await b.client.next('contact_accepted')).toEqual(shown(a))
    expect(await accept(b, a)).toBe('Contact request not found')
    expect(await b.client.said('accept_contact', { contact_id: 2_000_000_000 })).toBe('Contact request not found')
    expect(await b.client.said('accept_contact')).toBe('Missing required fields')
    expect(await b.client.said('accept_contact', { contact_id: 'x' })).toBe('Invalid contact_id')
  })

  test('UM114: a refusal tells both, and the request may be made anew', async () => {
    const [a, b] = await two()
    await ask(a, b)
    expect(await a.client.said('reject_contact', { contact_id: b.person.id })).toBe('Contact request not found')
    await b.client.must('reject_contact', { contact_id: a.person.id })
    expect(await a.client.next('contact_rejected')).toEqual({ user_id: b.person.id })
    expect(await b.client.next('contact_rejected')).toEqual({ user_id: a.person.id })
    expect(await row(a, b)).toBeNull()
    await ask(a, b)
    expect(await row(b, a)).toMatchObject({ status: 'NEW', direction: 'incoming' })
  })
})

describe('blocking', () => {
  test('UM115: the blocker alone is told; nothing passes in the direct chat, groups go on, history stays', async () => {
    const [a, b] = await friends(target)
    const group = await newGroup(a, [b])
    await say(a, b.person.id, 'before')
    await a.client.must('block_contact', { contact_id: b.person.id })
    expect(await a.client.next('contact_blocked')).toEqual({ user_id: b.person.id })
    const send = (from: Seated, to: Seated) =>
      from.client.said('send_message', { recipient_id: to.person.id, content: 'x' })
    expect(await send(a, b)).toBe('You have blocked this user')
    expect(await send(b, a)).toBe('You cannot send messages to this user')
    await say(b, group, 'in the group')
    expect(await a.client.next('new_message', data => data.is_group)).toMatchObject({ content: 'in the group' })
    await b.client.quiet('contact_blocked')
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const { messages } = await one.client.must('get_chat_history', { chat_id: other.person.id })
      expect(messages.map((message: Loose) => message.content)).toEqual(['before'])
    }
  })

  test('UM115: pending requests are gone with it; strangers cannot be blocked, nor oneself', async () => {
    const [a, b] = await two()
    const block = (contact_id: number) => a.client.said('block_contact', { contact_id })
    expect(await block(b.person.id)).toBe('Contact not found')
    expect(await block(a.person.id)).toBe('Contact not found')
    expect(await block(2_000_000_000)).toBe('Contact not found')
    await ask(b, a)
    expect(await block(b.person.id)).toBe('ok')
    expect(await row(b, a)).toBeNull()
    expect(await row(a, b)).toMatchObject({ status: 'BLOCKED' })
  })

  test('UM116: lifting a block brings a friendship back, and nothing else', async () => {
    const [a, b] = await friends(target)
    const stranger = await seat(target)
    await ask(stranger, a)
    const unblock = (contact_id: number) => a.client.said('unblock_contact', { contact_id })
    expect(await unblock(b.person.id)).toBe('Contact not found')
    for (const { person } of [b, stranger]) await a.client.must('block_contact', { contact_id: person.id })
    for (const { person } of [b, stranger]) expect(await unblock(person.id)).toBe('ok')
    expect(await a.client.next('contact_unblocked')).toEqual({ user_id: b.person.id, status: 'FRIEND' })
    expect(await a.client.next('contact_unblocked')).toEqual({ user_id: stranger.person.id, status: null })
    expect(await row(a, b)).toMatchObject({ status: 'FRIEND' })
    expect(await row(a, stranger)).toBeNull()
    await say(b, a.person.id, 'again')
  })

  test('UM116: a removal tells both; neither can send before a new handshake; a request can be withdrawn', async () => {
    const [a, b] = await friends(target)
    await a.client.must('remove_contact', { contact_id: b.person.id })
    expect(await a.client.next('contact_removed')).toEqual({ user_id: b.person.id })
    expect(await b.client.next('contact_removed')).toEqual({ user_id: a.person.id })
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(await from.client.said('send_message', { recipient_id: to.person.id, content: 'x' })).toBe(
        'This user is not in your contacts',
      )
    }
    const remove = (from: Seated, whom: Seated) => from.client.said('remove_contact', { contact_id: whom.person.id })
    expect(await remove(a, b)).toBe('Contact not found')
    await ask(a, b)
    expect(await remove(b, a)).toBe('Contact not found')
    expect(await remove(a, b)).toBe('ok')
    expect(await b.client.next('contact_removed')).toEqual({ user_id: a.person.id })
    expect(await row(b, a)).toBeNull()
  })

  test.skipIf(lacks('msgr'))(
    'UM141: a stranger of another contract arrives with his message, can be answered, added and blocked',
    async () => {
      const me = await seat(target)
      const url = `${target.url}/api`
      const headers = { 'content-type': 'application/json' }
      const made = await fetch(`${url}/users`, { method: 'POST', headers, body: '{"display_name":"Kari Nordmann"}' })
      const { data } = (await made.json()) as Loose
      const own = { ...headers, 'x-account-id': data.id, 'x-profile-id': data.profiles[0].id }
      const found = await fetch(`${url}/profiles?handle=${me.person.username}`, { headers: own })
      const [profile] = ((await found.json()) as Loose).data
      const post = async (path: string, body: object): Promise<Loose> =>
        (await (await fetch(url + path, { method: 'POST', headers: own, body: JSON.stringify(body) })).json()) as Loose
      const { data: chat } = await post('/conversations', { target_profile_id: profile.id })
      await post(`/conversations/${chat.id}/messages`, { message: { body: 'Hei' } })
      const { sender_id, sender_username } = await me.client.next('new_message')
      await me.client.quiet('contact_request')
      const [listed] = await me.client.must('get_chats')
      expect(listed).toMatchObject({ id: sender_id, username: sender_username, unread_count: 1 })
      expect(await me.client.must('get_chat_info', { chat_id: sender_id })).toMatchObject({
        status: 'NEW',
        is_contact: false,
      })
      await say(me, sender_id, 'hello')
      await me.client.must('add_contact', { contact_username: sender_username })
      await me.client.must('block_contact', { contact_id: sender_id })
    },
  )
})

describe('streaks', () => {
  test('UM117: a day counts once each has written to the other; both see the same, in the list and in the chat', async () => {
    const [a, b] = await friends(target)
    const shown = async (of: Seated, about: Seated) => {
      const { streak, continue_streak } = await row(of, about)
      expect(await of.client.must('get_chat_info', { chat_id: about.person.id })).toMatchObject({
        streak,
        continue_streak,
      })
      return [streak, continue_streak]
    }
    expect(await shown(a, b)).toEqual([0, true])
    await say(a, b.person.id, 'hi')
    expect(await shown(a, b)).toEqual([0, true])
    const { message_id } = await say(b, a.person.id, 'hi')
    expect(await shown(a, b)).toEqual([1, true])
    expect(await shown(b, a)).toEqual([1, true])
    await b.client.must('delete_message', { message_id })
    expect(await shown(a, b)).toEqual([1, true])
  })

  test.skipIf(foreign)(
    'UM117: it grows day by day, warns while today is missing, and ends with a day without',
    async () => {
      const DAY = 86_400_000
      await using house = await startClocked({ env: { PARLANCE_UMOC_SESSION_TTL: '7776000' } })
      let [a, b] = await friends(house)
      /** Nobody answers pings meanwhile: they go, and come back. */
      const nextDay = async (): Promise<void> => {
        for (const { client } of [a, b]) client.close()
        house.clock.advance(DAY)
        a = { ...a, client: await a.person.connect() }
        b = { ...b, client: await b.person.connect() }
      }
      const both = async (): Promise<void> => {
        await say(a, b.person.id, 'hi')
        await say(b, a.person.id, 'hi')
      }
      const shown = async () => {
        const { streak, continue_streak } = await row(a, b)
        expect(await row(b, a)).toMatchObject({ streak, continue_streak })
        return [streak, continue_streak]
      }
      for (const day of [1, 2, 3]) {
        await both()
        expect(await shown()).toEqual([day, true])
        await nextDay()
        expect(await shown()).toEqual([day, false])
      }
      await say(a, b.person.id, 'not enough')
      expect(await shown()).toEqual([3, false])
      await nextDay()
      expect(await shown()).toEqual([0, true])
      await both()
      expect(await shown()).toEqual([1, true])
      for (const { client } of [a, b]) client.close()
    },
  )
})
