import { describe, expect, test } from 'bun:test'
import {
  AT,
  group,
  groupRef,
  memberOf,
  messagesIn,
  mila,
  noor,
  profileOf,
  TIME,
  viewOf as view,
} from '../../../test/kit/samples.ts'
import { check } from '../../base/schema.ts'
import type { Message as CoreMessage } from '../../core/index.ts'
import * as schemas from './contract.messages.ts'
import { Group, OwnProfile, SharedGroup } from './contract.ts'
import { printFid } from './ids.ts'
import {
  messageJson,
  printChat,
  printFoundGroup,
  printGroup,
  printMember,
  printMessage,
  printOwnProfile,
  printSharedGroup,
  printUser,
} from './outbound.ts'

const message = messagesIn(groupRef)
const profile = profileOf({ ...mila, displayName: null })
const member = memberOf(group, mila, { role: 'owner' })
const FID = '6f1c2d3e-0000-4000-8000-000000000001'
const file = { fid: FID, name: 'cat.jpg', mime: 'image/jpeg', size: 9, width: null, height: null }

describe('WT50: a message', () => {
  test('has every key of the contract, and no other', () => {
    const printed = printMessage(message())
    expect(check(schemas.Message)(printed)).toBe(true)
    expect(Object.keys(printed).sort()).toEqual(Object.keys(schemas.Message.properties).sort())
    expect(printed).toMatchObject({
      chat_id: '42',
      gid: '42',
      message: 'hello',
      message_type: 'text',
      sender_uid: 17,
      created_at: TIME,
      updated_at: null,
      deleted_at: null,
      seq: 3,
      sender: { uid: 17, username: 'mila', nickname: 'Mila', avatar_fid: '' },
    })
  })

  test('WT52: prints its own id where it has no key of its client', () => {
    expect(printMessage(message()).client_generated_id).toBe(message().id)
    expect(printMessage(message({ clientKey: 'k' })).client_generated_id).toBe('k')
  })

  test('WT72: with files prints the first fid, and that fid as the text where there is no caption', () => {
    const printed = printMessage(message({ kind: 'image', text: null, attachments: [file] }))
    expect(printed).toMatchObject({
      message_type: 'image',
      message: printFid(FID),
      fid: printFid(FID),
      has_attachments: true,
    })
    expect(printed.attachments).toEqual([
      {
        fid: printFid(FID),
        url: `/f/fserv/download/${printFid(FID)}`,
        name: 'cat.jpg',
        mime: 'image/jpeg',
        kind: 'image',
        size: 9,
        width: null,
        height: null,
      },
    ])
    expect(printMessage(message({ kind: 'image', text: 'a cat', attachments: [file] })).message).toBe('a cat')
    const kinds = ['video/mp4', 'audio/ogg', 'application/pdf', 'nonsense'].map(
      mime => printMessage(message({ attachments: [{ ...file, mime }] })).attachments[0]?.kind,
    )
    expect(kinds).toEqual(['video', 'audio', 'file', 'file'])
  })

  test('WT58: once recalled is a shell', () => {
    const recalledAt = AT + 1000
    const printed = printMessage(message({ text: null, recalledAt, recalledBy: mila.id, clientKey: 'k' }))
    expect(printed).toMatchObject({
      message: null,
      fid: null,
      attachments: [],
      has_attachments: false,
      reactions: [],
      forwarded_from: null,
      deleted_at: '2026-03-01T12:00:01.900Z',
      is_deleted: true,
      client_generated_id: 'k',
      sender_uid: 17,
    })
  })

  test('WT55: quotes one level deep; a recalled one without its text', () => {
    const quoted = { id: 'q', author: noor, kind: 'text', label: null, text: 'why', recalledAt: null } as const
    expect(printMessage(message({ replyTo: quoted, replyRoot: 'r' }))).toMatchObject({
      reply_to_id: 'q',
      reply_root_id: 'r',
      reply_to_message: {
        id: 'q',
        message: 'why',
        sender_uid: 18,
        message_type: 'text',
        deleted_at: null,
        is_deleted: false,
      },
    })
    const gone = printMessage(message({ replyTo: { ...quoted, text: null, recalledAt: AT } }))
    expect(gone.reply_to_message).toMatchObject({ message: null, deleted_at: TIME, is_deleted: true })
  })

  test('WT60, WT61, WT62: names its origin, its reactions and its reminder', () => {
    const printed = printMessage(
      message({
        forwardedFrom: { messageId: 'o', author: noor, at: AT },
        reactions: [{ emoji: '👍', by: [noor, mila] }],
        remindAt: AT,
      }),
    )
    expect(printed.forwarded_from).toEqual({ message_id: 'o', sender_uid: 18, sender_name: 'noor', created_at: TIME })
    expect(printed.reactions).toEqual([{ emoji: '👍', count: 2, uids: [18, 17] }])
    expect(printed.remind_at).toBe(TIME)
  })

  test('§10: types of other doors are theirs; ours come back as they were sent', () => {
    const types = (
      [
        ['text', 'm.notice'],
        ['text', 'poll'],
        ['text', 'wetty:poll'],
        ['image', 'sticker'],
        ['emote', 'emoji'],
        ['system', null],
      ] as const
    ).map(([kind, label]) => printMessage(message({ kind, label })).message_type)
    expect(types).toEqual(['text', 'text', 'poll', 'sticker', 'emoji', 'system'])
  })

  test('§10: without readable text says so', () => {
    expect(printMessage(message({ text: null, payload: '…' })).message).toBe('[encrypted message]')
  })

  test('WT51: is printed once for its answer and its frame', () => {
    const sent: CoreMessage = message()
    expect(messageJson(sent)).toBe(messageJson(sent))
    expect(JSON.parse(messageJson(sent))).toEqual(printMessage(sent))
  })
})

describe('people', () => {
  test('WT20: unset fields are ""; the nickname falls back to the username, the setting to `need_verify`', () => {
    expect(printOwnProfile(profile)).toEqual({
      uid: 17,
      username: 'mila',
      nickname: 'mila',
      avatar_fid: '',
      bio: '',
      sr_link: '',
      add_friend_setting: 'need_verify',
    })
    const full = {
      ...profile,
      displayName: 'M',
      avatar: FID,
      bio: 'b',
      link: 'https://a',
      addFriend: 'nobody' as const,
    }
    expect(check(OwnProfile)(printOwnProfile(full))).toBe(true)
    expect(printOwnProfile(full)).toMatchObject({
      nickname: 'M',
      avatar_fid: printFid(FID),
      add_friend_setting: 'nobody',
    })
  })

  test('§10: whoever has no display name shows the handle', () => {
    expect(printUser(noor)).toEqual({ uid: 18, username: 'noor', nickname: 'noor', avatar_fid: '' })
  })
})

describe('groups', () => {
  test('WT34: are seen by rank; by nobody’s where one is no member', () => {
    const mine = printGroup(view(group, { me: member }))
    expect(check(Group)(mine)).toBe(true)
    expect(mine).toMatchObject({ my_role: 'admin', my_rank: 'owner', owner_uid: 17, muted_until: null })
    expect(printGroup(view(group, { me: { ...member, role: 'manager' } }))).toMatchObject({
      my_role: 'admin',
      my_rank: 'manager',
    })
    expect(printGroup(view(group, { me: { ...member, role: 'member' } }))).toMatchObject({
      my_role: 'member',
      my_rank: 'member',
    })
    expect(printGroup(view(group))).toMatchObject({ my_role: null, my_rank: null })
  })

  test('WT33: without a title print "" here, and null in the list', () => {
    const untitled = { ...group, title: null }
    expect(printGroup(view(untitled)).name).toBe('')
    expect(printChat(view(untitled)).name).toBeNull()
  })

  test('WT36, WT37: words of this contract; channels are large', () => {
    const open = { ...group, visibility: 'public', joinRule: 'invite', avatar: FID, kind: 'channel' } as const
    expect(printFoundGroup(open)).toEqual({
      id: '42',
      name: 'Kitchen',
      description: null,
      avatar: `/f/fserv/download/${printFid(FID)}`,
      visibility: 'public',
      join_rule: 'invite_only',
      category: 'large',
      member_count: 2,
    })
    const shared = printSharedGroup(open, null)
    expect(check(SharedGroup)(shared)).toBe(true)
    expect(shared).toMatchObject({ is_public: true, avatar_fid: printFid(FID), owner_uid: null })
  })

  test('WT38: `role` is `admin` for owner and managers, `rank` tells them apart', () => {
    const roles = (['owner', 'manager', 'member'] as const).map(role => {
      const printed = printMember({ member: { ...member, role }, person: mila, mutedUntil: null })
      return [printed.role, printed.rank]
    })
    expect(roles).toEqual([
      ['admin', 'owner'],
      ['admin', 'manager'],
      ['member', 'member'],
    ])
  })
})

test('WT46: a direct chat is named after the peer', () => {
  const direct = { ...group, kind: 'direct', title: null } as const
  const printed = printChat(view(direct, { peer: { ...noor, avatar: FID }, unread: 2, lastMessage: message() }))
  expect(check(schemas.Chat)(printed)).toBe(true)
  expect(printed).toMatchObject({
    chat_type: 'direct',
    name: 'noor',
    peer_uid: 18,
    avatar: `/f/fserv/download/${printFid(FID)}`,
    unread_count: 2,
    last_message: { message: 'hello' },
  })
})
