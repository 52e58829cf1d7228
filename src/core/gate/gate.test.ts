// The gate, cell by cell: every combination of facts against the rule said in words.
import { describe, expect, test } from 'bun:test'
import type { Role } from '../model/conversation.ts'
import { gate, type PairFacts, type RankFacts, type Verdict } from './gate.ts'

const said = (verdict: Verdict<string>): string => (typeof verdict === 'string' ? verdict : verdict.kind)

const booleans = [true, false] as const
const settings = [null, 'anyone', 'need_verify', 'mutual_only', 'nobody'] as const
const roles = ['owner', 'manager', 'member', null] as const
const kinds = ['direct', 'group', 'channel'] as const

const pairs: readonly PairFacts[] = booleans.flatMap(friends =>
  booleans.flatMap(blockedByMe =>
    booleans.flatMap(blockedByPeer =>
      settings.flatMap(peerSetting =>
        booleans.flatMap(peerWroteAsStranger =>
          booleans.map(doorNeedsFriendship => ({
            friends,
            blockedByMe,
            blockedByPeer,
            peerSetting,
            peerWroteAsStranger,
            doorNeedsFriendship,
          })),
        ),
      ),
    ),
  ),
)

/** "Nobody past a block; friends always; who was written to by the other as a stranger; else the explicit setting." */
const pairRule = (f: PairFacts): string => {
  if (f.blockedByMe) return 'blocked.by-me'
  if (f.blockedByPeer) return 'blocked.by-peer'
  if (f.friends) return 'ok'
  if (f.peerWroteAsStranger) return 'ok'
  if (f.doorNeedsFriendship) return 'friend.required'
  return f.peerSetting === null || f.peerSetting === 'anyone' ? 'ok' : 'stranger.refused'
}

describe('message.write', () => {
  test('WT56 MS70 UM72: direct chats, all 160 combinations', () => {
    expect(pairs).toHaveLength(160)
    for (const pair of pairs) {
      expect(said(gate['message.write']({ member: true, mutedUntil: null, pair }))).toBe(pairRule(pair))
      expect(said(gate['direct.open']({ ...pair, self: false }))).toBe(pairRule(pair))
      expect(said(gate['direct.open']({ ...pair, self: true }))).toBe('self.refused')
    }
  })

  test('WT56: groups want membership first, then no mute', () => {
    expect(said(gate['message.write']({ member: false, mutedUntil: 5, pair: null }))).toBe('member.required')
    expect(gate['message.write']({ member: true, mutedUntil: 5, pair: null })).toEqual({
      kind: 'member.muted',
      until: 5,
    })
    expect(said(gate['message.write']({ member: true, mutedUntil: null, pair: null }))).toBe('ok')
  })

  test('MS93 WT59: an edit is for the author, who may write at that moment', () => {
    const facts = { member: true, mutedUntil: null, pair: null }
    expect(said(gate['message.edit']({ ...facts, author: true }))).toBe('ok')
    expect(said(gate['message.edit']({ ...facts, author: false }))).toBe('author.required')
    expect(said(gate['message.edit']({ ...facts, mutedUntil: 9, author: true }))).toBe('member.muted')
    expect(said(gate['message.edit']({ ...facts, member: false, author: true }))).toBe('member.required')
    for (const pair of pairs) expect(said(gate['message.edit']({ ...facts, pair, author: true }))).toBe(pairRule(pair))
  })
})

describe('message.recall', () => {
  const facts = {
    kind: 'group',
    author: false,
    authorRole: 'member',
    age: 10,
    window: 120,
    recallsOthers: true,
  } as const

  test('WT57: the author within the window, and for ever where there is none', () => {
    for (const myRole of ['owner', 'manager', 'member'] as const) {
      expect(said(gate['message.recall']({ ...facts, myRole, author: true, authorRole: myRole }))).toBe('ok')
      const late = { ...facts, myRole, author: true, authorRole: myRole, age: 1e9 }
      expect(said(gate['message.recall']({ ...late, window: null }))).toBe('ok')
      expect(said(gate['message.recall'](late))).toBe(myRole === 'owner' ? 'ok' : 'recall.expired')
      expect(said(gate['message.recall']({ ...late, age: 120 }))).toBe('ok')
      expect(said(gate['message.recall']({ ...late, kind: 'direct' }))).toBe('recall.expired')
    }
  })

  test.each([
    ['owner', 'owner', 'ok'],
    ['owner', 'manager', 'ok'],
    ['owner', 'member', 'ok'],
    ['owner', null, 'ok'],
    ['manager', 'owner', 'author.required'],
    ['manager', 'manager', 'author.required'],
    ['manager', 'member', 'ok'],
    ['manager', null, 'ok'],
    ['member', 'member', 'author.required'],
    ['member', null, 'author.required'],
  ] as const)('WT57: %s takes back a message of %s: %s', (myRole, authorRole, expected) => {
    expect(said(gate['message.recall']({ ...facts, myRole, authorRole, age: 1e9 }))).toBe(expected)
    expect(said(gate['message.recall']({ ...facts, myRole, authorRole, kind: 'direct' }))).toBe('author.required')
    // MS94: through a door that does not know it, rank recalls nothing.
    const plain = { ...facts, myRole, authorRole, recallsOthers: false }
    expect(said(gate['message.recall'](plain))).toBe('author.required')
  })
})

const rankTable = (action: (f: RankFacts) => Verdict, least: 'manager' | 'owner') => {
  for (const kind of kinds) {
    for (const myRole of roles) {
      const enough = myRole === 'owner' || (myRole === 'manager' && least === 'manager')
      const expected =
        myRole === null ? 'member.required' : kind === 'direct' ? 'conversation.fixed' : enough ? 'ok' : 'role.required'
      expect(said(action({ kind, myRole }))).toBe(expected)
    }
  }
}

describe('groups', () => {
  test('WT36 WT39 WT41: managers edit, add and review', () => {
    rankTable(gate['conversation.update'], 'manager')
    rankTable(gate['members.add'], 'manager')
    rankTable(gate['applications.review'], 'manager')
  })

  test('WT35 WT43: the owner disbands and gives ranks', () => {
    rankTable(gate['conversation.end'], 'owner')
    rankTable(f => gate['member.rank']({ ...f, self: false, targetRole: 'member' }), 'owner')
    const facts = { kind: 'group', myRole: 'owner' } as const
    expect(said(gate['member.rank']({ ...facts, self: true, targetRole: 'owner' }))).toBe('self.refused')
    expect(said(gate['member.rank']({ ...facts, self: false, targetRole: null }))).toBe('member.unknown')
  })

  test('WT42 WT44: kick and mute: the owner everybody, a manager plain members', () => {
    for (const act of [gate['member.kick'], gate['member.mute']]) {
      for (const myRole of roles) {
        for (const targetRole of roles) {
          const rule = (mine: Role | null, theirs: Role | null): string => {
            if (mine === null) return 'member.required'
            if (mine === 'member') return 'role.required'
            if (theirs === null) return 'member.unknown'
            return mine === 'owner' || theirs === 'member' ? 'ok' : 'role.required'
          }
          const facts = { kind: 'group', myRole, targetRole, self: false } as const
          expect(said(act(facts))).toBe(rule(myRole, targetRole))
          if (myRole === 'owner') expect(said(act({ ...facts, self: true }))).toBe('self.refused')
          if (myRole) expect(said(act({ ...facts, kind: 'direct' }))).toBe('conversation.fixed')
        }
      }
    }
  })

  test('WT39 MS50: who may be added', () => {
    for (const friends of booleans) {
      for (const targetSetting of settings) {
        const closed = targetSetting === 'nobody' || targetSetting === 'mutual_only'
        const facts = { friends, targetSetting, blockedByTarget: false, doorAddsFriendsOnly: false }
        expect(said(gate['member.be-added'](facts))).toBe(closed && !friends ? 'member.unaddable' : 'ok')
        expect(said(gate['member.be-added']({ ...facts, blockedByTarget: true }))).toBe('member.unaddable')
        const strict = said(gate['member.be-added']({ ...facts, doorAddsFriendsOnly: true }))
        expect(strict).toBe(friends ? 'ok' : 'member.unaddable')
      }
    }
  })

  test('WT40: joining', () => {
    const open = { kind: 'group', visibility: 'public', joinRule: 'open', member: false } as const
    expect(said(gate['member.join'](open))).toBe('join')
    expect(said(gate['member.join']({ ...open, joinRule: 'approval' }))).toBe('apply')
    expect(said(gate['member.join']({ ...open, joinRule: 'invite' }))).toBe('join.refused')
    expect(said(gate['member.join']({ ...open, visibility: 'private' }))).toBe('conversation.unknown')
    expect(said(gate['member.join']({ ...open, member: true }))).toBe('member.exists')
    expect(said(gate['member.join']({ ...open, visibility: 'private', member: true }))).toBe('member.exists')
    expect(said(gate['member.join']({ ...open, kind: 'direct', member: true }))).toBe('conversation.fixed')
  })

  test('WT42: leaving; an owner where the door refuses it', () => {
    for (const ownerLeaving of ['refused', 'followed'] as const) {
      const leave = (myRole: Role | null, kind: (typeof kinds)[number] = 'group') =>
        said(gate['member.leave']({ kind, myRole, ownerLeaving }))
      expect(leave('owner')).toBe(ownerLeaving === 'refused' ? 'owner.bound' : 'ok')
      expect(leave('manager')).toBe('ok')
      expect(leave('member')).toBe('ok')
      expect(leave(null)).toBe('member.required')
      expect(leave('member', 'direct')).toBe('conversation.fixed')
    }
  })

  test('WT34: seeing and reading', () => {
    expect(said(gate['conversation.read']({ member: true }))).toBe('ok')
    expect(said(gate['conversation.read']({ member: false }))).toBe('member.required')
    expect(said(gate['conversation.see']({ member: false, visibility: 'public' }))).toBe('ok')
    expect(said(gate['conversation.see']({ member: false, visibility: 'private' }))).toBe('member.required')
    expect(said(gate['conversation.see']({ member: true, visibility: 'private' }))).toBe('ok')
    for (const kind of kinds) {
      for (const visibility of ['public', 'private'] as const) {
        const shown = kind === 'channel' && visibility === 'public'
        expect(said(gate['members.list']({ member: false, kind, visibility }))).toBe(shown ? 'ok' : 'member.required')
        expect(said(gate['members.list']({ member: true, kind, visibility }))).toBe('ok')
      }
    }
  })
})

describe('contact.request', () => {
  const facts = {
    self: false,
    blockedByMe: false,
    blockedByTarget: false,
    state: 'none',
    targetSetting: null,
    friendInCommon: false,
  } as const
  const ask = (f: Partial<Parameters<(typeof gate)['contact.request']>[0]>) =>
    said(gate['contact.request']({ ...facts, ...f }))

  test('WT26: the setting decides', () => {
    expect(ask({})).toBe('ask')
    expect(ask({ targetSetting: 'need_verify' })).toBe('ask')
    expect(ask({ targetSetting: 'anyone' })).toBe('befriend')
    expect(ask({ targetSetting: 'nobody' })).toBe('contact.refused')
    expect(ask({ targetSetting: 'mutual_only' })).toBe('contact.refused')
    expect(ask({ targetSetting: 'mutual_only', friendInCommon: true })).toBe('ask')
  })

  test('WT26: crossing requests are an acceptance whatever the settings', () => {
    for (const targetSetting of settings) expect(ask({ state: 'asked-by-them', targetSetting })).toBe('befriend')
  })

  test('WT25 WT27: repeats, friends, blocks, oneself', () => {
    expect(ask({ state: 'asked-by-me' })).toBe('asked')
    expect(ask({ state: 'friends' })).toBe('contact.exists')
    expect(ask({ self: true })).toBe('self.refused')
    expect(ask({ blockedByMe: true, state: 'friends' })).toBe('blocked.by-me')
    for (const targetSetting of settings) expect(ask({ blockedByTarget: true, targetSetting })).toBe('contact.refused')
  })
})

describe('file.read', () => {
  const facts = { uploader: false, usedUp: false, uses: [], profileAvatar: false, visibleAvatar: false }

  test('WT70: uploader, avatars, or a visible message whose sender is not blocked', () => {
    expect(said(gate['file.read'](facts))).toBe('file.unknown')
    expect(said(gate['file.read']({ ...facts, uploader: true }))).toBe('ok')
    expect(said(gate['file.read']({ ...facts, profileAvatar: true }))).toBe('ok')
    expect(said(gate['file.read']({ ...facts, uploader: true, usedUp: true }))).toBe('file.unknown')
    expect(said(gate['file.read']({ ...facts, visibleAvatar: true }))).toBe('ok')
    for (const member of booleans) {
      for (const senderBlockedByMe of booleans) {
        const uses = [
          { member: false, senderBlockedByMe: false },
          { member, senderBlockedByMe },
        ]
        const expected = member && !senderBlockedByMe ? 'ok' : 'file.unknown'
        expect(said(gate['file.read']({ ...facts, uses }))).toBe(expected)
      }
    }
  })
})

describe('presence.see', () => {
  test('UM53 WT80: oneself always, never across a block, friends, co-members only for everyone', () => {
    for (const visibility of ['everyone', 'contacts', 'nobody'] as const) {
      for (const friends of booleans) {
        for (const coMember of booleans) {
          const facts = { self: false, blockedEitherWay: false, visibility, friends, coMember }
          const seen = visibility !== 'nobody' && (friends || (coMember && visibility === 'everyone'))
          expect(said(gate['presence.see'](facts))).toBe(seen ? 'ok' : 'person.unknown')
          expect(said(gate['presence.see']({ ...facts, blockedEitherWay: true }))).toBe('person.unknown')
          expect(said(gate['presence.see']({ ...facts, blockedEitherWay: true, self: true }))).toBe('ok')
        }
      }
    }
  })
})
