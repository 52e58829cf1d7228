// Groups: payloads of their requests and notifications (section J), for the documents.
import { nullable, Type } from '../../base/schema.ts'
import { ChatId, down, GroupInfo, IdInput, request, Time, UserId, Username, up } from './contract.ts'

const Name = Type.String({ minLength: 1, maxLength: 100, examples: ['Kitchen'] })
const Description = Type.String({ maxLength: 500, examples: [''] })

const group = { chat_id: IdInput }
const place = { chat_id: ChatId, timestamp: Time }
const by = { by_user_id: nullable(UserId) }
const person = { user_id: UserId, username: Username }
const isAdmin = { is_admin: Type.Boolean({ examples: [false] }) }

export const groupMessages = [
  up(
    'create_group',
    'Makes a group of friends.',
    ['UM121'],
    request({
      name: Name,
      description: Type.Optional(Description),
      member_ids: Type.Optional(Type.Array(IdInput)),
    }),
  ),
  down('group_created', 'The receiver is in a new group.', ['UM121'], GroupInfo),
  up('add_member', 'Takes a friend into a group.', ['UM122'], request({ ...group, user_id: IdInput })),
  down(
    'member_added',
    'Somebody, or the receiver, came into a group.',
    ['UM122'],
    Type.Object({ ...place, name: Type.String({ examples: ['Kitchen'] }), ...person, ...isAdmin, ...by }),
  ),
  up('remove_member', 'Puts somebody out of a group.', ['UM123'], request({ ...group, user_id: IdInput })),
  down(
    'member_removed',
    'Somebody, or the receiver, was put out of a group.',
    ['UM123'],
    Type.Object({ ...place, ...person, ...by }),
  ),
  up('leave_group', 'Leaves a group.', ['UM124'], request(group)),
  down('member_left', 'Somebody, or the receiver, left a group.', ['UM124'], Type.Object({ ...place, ...person })),
  up(
    'update_group',
    'Renames or describes a group.',
    ['UM125'],
    request({ ...group, name: Type.Optional(Name), description: Type.Optional(Description) }),
  ),
  down(
    'group_updated',
    'A group is called or described differently.',
    ['UM125'],
    Type.Object({ ...place, name: Type.String({ examples: ['Kitchen'] }), description: Description, ...by }),
  ),
  up(
    'set_admin',
    'Makes somebody an admin, or no longer.',
    ['UM126'],
    request({ ...group, user_id: IdInput, ...isAdmin }),
  ),
  down(
    'member_updated',
    'Somebody’s role in a group changed.',
    ['UM124', 'UM126'],
    Type.Object({ ...place, ...person, ...isAdmin, ...by }),
  ),
  up('delete_group', 'Ends a group for everybody.', ['UM127'], request(group)),
  down('group_deleted', 'A group is no more.', ['UM127'], Type.Object({ ...place, ...by })),
] as const
