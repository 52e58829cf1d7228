// What travels over this contract: schemas, their static types, and an example of each. Messages and requests stand beside it.
import { nullable, oneOf, type Static, Type } from '../../base/schema.ts'

const FID = 'file_b1qT1o0mR6uOZc0mQm6o1w'
const MESSAGE = '01922f5e-8d10-7b3e-a2f4-5c6d7e8f9a0b'
const TIME = '2026-03-01T12:00:00.000Z'

/** A profile's number (WT5). */
export const Uid = Type.Integer({ minimum: 1, maximum: 2_147_483_647, examples: [17] })
/** A group's or chat's number in decimal digits (WT5). */
export const ChatId = Type.String({ pattern: '^[0-9]{1,10}$', examples: ['42'] })
export const MessageId = Type.String({ examples: [MESSAGE] })
/** RFC 3339, UTC, milliseconds (WT7). */
export const Time = Type.String({ format: 'date-time', examples: [TIME] })
/** `file_` and the file's uuid in base64url (WT66). */
export const Fid = Type.String({ pattern: '^file_[A-Za-z0-9_-]{22}$', examples: [FID] })
/** A fid, or "" where there is none. */
const AvatarFid = Type.String({ pattern: '^(file_[A-Za-z0-9_-]{22})?$', examples: [FID] })

export const addFriendSettings = ['need_verify', 'mutual_only', 'anyone', 'nobody'] as const
export const joinRules = ['open', 'approval', 'invite_only'] as const
export const categories = ['small', 'large'] as const
export const visibilities = ['public', 'private'] as const
const relations = ['self', 'friend', 'pending_in', 'pending_out', 'none', 'blocked'] as const

const Role = oneOf('admin', 'member')
const Rank = oneOf('owner', 'manager', 'member')

/** Every refusal (WT3). Details stand beside code and message. */
export const Refusal = Type.Object(
  { error: Type.Object({ code: Type.String(), message: Type.String() }, { additionalProperties: true }) },
  { title: 'Refusal', examples: [{ error: { code: 'not_a_member', message: 'Not a member of this chat' } }] },
)

// People

export const Registered = Type.Object(
  { uid: Uid, username: Type.String() },
  { examples: [{ uid: 17, username: 'mila' }] },
)
export type Registered = Static<typeof Registered>

export const Login = Type.Object(
  {
    token: Type.String({ pattern: '^\\d{32}[0-9A-Za-z]{32}(web_|mobl)[0-9A-Za-z]{24}[0-9a-f]{8}$' }),
    user_key: Type.String(),
    uid: Uid,
    username: Type.String(),
    client_type: oneOf('web', 'mobile'),
    expires_at: Time,
  },
  {
    title: 'Login',
    examples: [
      {
        token: '00000000000000000000000000000017pV3nXc81LwYqRk5tZ0bHsGd2fJmA9eUwweb_4kTz81QaXm20cVbNsLr7yPw569a3f800',
        user_key: 'pV3nXc81LwYqRk5tZ0bHsGd2fJmA9eUw',
        uid: 17,
        username: 'mila',
        client_type: 'web',
        expires_at: TIME,
      },
    ],
  },
)
export type Login = Static<typeof Login>

export const OwnProfile = Type.Object(
  {
    uid: Uid,
    username: Type.String(),
    nickname: Type.String(),
    avatar_fid: AvatarFid,
    bio: Type.String(),
    sr_link: Type.String(),
    add_friend_setting: oneOf(...addFriendSettings),
  },
  {
    title: 'OwnProfile',
    examples: [
      {
        uid: 17,
        username: 'mila',
        nickname: 'Mila',
        avatar_fid: '',
        bio: '',
        sr_link: '',
        add_friend_setting: 'need_verify',
      },
    ],
  },
)
export type OwnProfile = Static<typeof OwnProfile>

const person = { uid: Uid, username: Type.String(), nickname: Type.String(), avatar_fid: AvatarFid }

/** A person as named everywhere (WT23, WT50). */
export const User = Type.Object(person, {
  title: 'User',
  examples: [{ uid: 17, username: 'mila', nickname: 'Mila', avatar_fid: '' }],
})
export type User = Static<typeof User>

export const UserProfile = Type.Object(
  { ...person, bio: Type.String(), sr_link: Type.String(), relation: oneOf(...relations) },
  {
    title: 'UserProfile',
    examples: [
      { uid: 18, username: 'noor', nickname: 'Noor', avatar_fid: FID, bio: '', sr_link: '', relation: 'friend' },
    ],
  },
)
export type UserProfile = Static<typeof UserProfile>

export const Users = Type.Object(
  { users: Type.Array(User) },
  { examples: [{ users: [{ uid: 17, username: 'mila', nickname: 'Mila', avatar_fid: '' }] }] },
)

// Friends

export const Applied = Type.Object(
  { request_id: Type.String(), status: oneOf('pending', 'accepted'), chat_id: Type.Optional(ChatId) },
  { examples: [{ request_id: MESSAGE, status: 'accepted', chat_id: '42' }] },
)
export const Accepted = Type.Object({ uid: Uid, chat_id: ChatId }, { examples: [{ uid: 18, chat_id: '42' }] })
export const Blocked = Type.Object({ uid: Uid, blocked: Type.Boolean() }, { examples: [{ uid: 18, blocked: true }] })

const Friend = Type.Object(
  { ...person, chat_id: ChatId, since: Time, blocked: Type.Boolean(), online: Type.Boolean() },
  {
    title: 'Friend',
    examples: [
      {
        uid: 18,
        username: 'noor',
        nickname: 'Noor',
        avatar_fid: '',
        chat_id: '42',
        since: TIME,
        blocked: false,
        online: true,
      },
    ],
  },
)

export const Friends = Type.Object({ friends: Type.Array(Friend) }, { examples: [{ friends: [] }] })

/** A pending wish to be friends, or to join a group (WT28, WT41). */
export const Application = Type.Object(
  {
    request_id: Type.String(),
    uid: Uid,
    username: Type.String(),
    nickname: Type.String(),
    apply_msg: Type.String(),
    created_at: Time,
  },
  {
    title: 'Application',
    examples: [{ request_id: MESSAGE, uid: 18, username: 'noor', nickname: 'Noor', apply_msg: 'hi', created_at: TIME }],
  },
)
export type Application = Static<typeof Application>
export const FriendApplications = Type.Object(
  { incoming: Type.Array(Application), outgoing: Type.Array(Application) },
  { examples: [{ incoming: [], outgoing: [] }] },
)
export const GroupApplications = Type.Object(
  { applications: Type.Array(Application) },
  { examples: [{ applications: [] }] },
)

// Groups

export const GroupCreated = Type.Object(
  { id: ChatId, name: nullable(Type.String()), created_at: Time },
  { examples: [{ id: '42', name: 'Kitchen', created_at: TIME }] },
)
export type GroupCreated = Static<typeof GroupCreated>

const groupKeys = {
  id: ChatId,
  name: Type.String(),
  description: nullable(Type.String()),
  avatar: nullable(Type.String({ description: 'Path of the avatar file.' })),
  created_at: Time,
  avatar_fid: nullable(Fid),
  visibility: oneOf(...visibilities),
  is_public: Type.Boolean(),
  join_rule: oneOf(...joinRules),
  category: oneOf(...categories),
  member_count: Type.Integer(),
  owner_uid: nullable(Uid),
}

/** What every member sees alike (WT78 `group_updated`). */
export const SharedGroup = Type.Object(groupKeys)
export type SharedGroup = Static<typeof SharedGroup>

export const Group = Type.Object(
  { ...groupKeys, my_role: nullable(Role), my_rank: nullable(Rank), muted_until: nullable(Time) },
  {
    title: 'Group',
    examples: [
      {
        id: '42',
        name: 'Kitchen',
        description: null,
        avatar: null,
        created_at: TIME,
        avatar_fid: null,
        visibility: 'private',
        is_public: false,
        join_rule: 'approval',
        category: 'small',
        member_count: 3,
        owner_uid: 17,
        my_role: 'admin',
        my_rank: 'owner',
        muted_until: null,
      },
    ],
  },
)
export type Group = Static<typeof Group>

export const Member = Type.Object(
  { ...person, role: Role, rank: Rank, joined_at: Time, muted_until: nullable(Time) },
  {
    title: 'Member',
    examples: [
      {
        uid: 17,
        role: 'admin',
        username: 'mila',
        rank: 'owner',
        nickname: 'Mila',
        avatar_fid: '',
        joined_at: TIME,
        muted_until: null,
      },
    ],
  },
)
export type Member = Static<typeof Member>
export const MemberList = Type.Array(Member)

/** With one person named, the member's fields stand at top level too (WT39). */
export const Added = Type.Intersect([Type.Object({ members: Type.Array(Member) }), Type.Partial(Member)])
export const Joined = Type.Object(
  { status: oneOf('joined', 'pending'), request_id: Type.Optional(Type.String()) },
  { examples: [{ status: 'pending', request_id: MESSAGE }] },
)
export const Managers = Type.Object({ managers: Type.Array(Uid) }, { examples: [{ managers: [18] }] })
export const Muted = Type.Object(
  { uid: Uid, mute_status: Type.Boolean(), muted_until: nullable(Time) },
  { examples: [{ uid: 18, mute_status: true, muted_until: TIME }] },
)

export const FoundGroups = Type.Object(
  {
    groups: Type.Array(
      Type.Pick(SharedGroup, [
        'id',
        'name',
        'description',
        'avatar',
        'visibility',
        'join_rule',
        'category',
        'member_count',
      ]),
    ),
    next_cursor: nullable(ChatId),
  },
  { examples: [{ groups: [], next_cursor: null }] },
)
export type FoundGroup = Static<typeof FoundGroups>['groups'][number]
