// Every event of sessions, presence, chats, messages and files, both ways, for the documents.
import { oneOf, Type } from '../../base/schema.ts'
import {
  ChatHistory,
  Chats,
  Connected,
  DirectInfo,
  down,
  ErrorEvent,
  FileId,
  FileUrl,
  GroupInfo,
  IdInput,
  MessageDeleted,
  MessageEdited,
  MessageId,
  MessagesRead,
  messageTypes,
  NewMessage,
  Pong,
  request,
  SessionStatus,
  StatusVisibility,
  TypingIndicator,
  UploadReady,
  UserStatus,
  up,
  visibilities,
} from './contract.ts'

const isGroup = Type.Optional(Type.Boolean({ examples: [false] }))
const chat = { chat_id: IdInput, is_group: isGroup }
const recipient = { recipient_id: IdInput, is_group: isGroup }
const page = Type.Optional(IdInput)

export const socketMessages = [
  down('connection_successful', 'Once, when the socket is connected.', ['UM34'], Connected),
  down('error', 'A request of this socket failed.', ['UM44'], ErrorEvent),

  up('verify_session', 'Whether a session is still valid.', ['UM42'], request({ token: Type.Optional(Type.String()) })),
  down(
    'session_status',
    'The answer to `verify_session`; and the last word before the server ends the socket.',
    ['UM38', 'UM42'],
    SessionStatus,
  ),
  up('ping', 'Measures latency.', ['UM43'], request({ timestamp: Type.Optional(Type.Number()) })),
  down('pong', 'The answer to `ping`.', ['UM43'], Pong),
  up(
    'set_status_visibility',
    'Who sees the caller’s presence; without a value: reports it.',
    ['UM53'],
    request({ visibility: Type.Optional(oneOf(...visibilities)) }),
  ),
  down('status_visibility', 'The answer to `set_status_visibility`.', ['UM53'], StatusVisibility),
  down('user_status', 'A contact came online or went offline.', ['UM50', 'UM51'], UserStatus),

  up('get_chats', 'All chats of the caller.', ['UM60', 'UM61'], request({})),
  down('chats', 'The answer to `get_chats`.', ['UM60', 'UM61', 'UM62'], Chats),
  up('get_chat_info', 'One chat.', ['UM63'], request(chat)),
  down('chat_info', 'The answer to `get_chat_info`.', ['UM63', 'UM64'], Type.Union([DirectInfo, GroupInfo])),
  up(
    'get_chat_history',
    'A page of a chat’s messages, newest first.',
    ['UM66', 'UM67'],
    request({ ...chat, page, page_size: page }),
  ),
  down('chat_history', 'The answer to `get_chat_history`.', ['UM66', 'UM68'], ChatHistory),

  up(
    'send_message',
    'Says something in a chat.',
    ['UM70', 'UM71', 'UM74', 'UM76'],
    request({
      ...recipient,
      content: Type.Optional(Type.String({ maxLength: 10_000 })),
      type: Type.Optional(oneOf(...messageTypes)),
      encrypted_content: Type.Optional(Type.String({ maxLength: 65_536 })),
      client_message_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
    }),
  ),
  down('new_message', 'Something was said in a chat of the receiver’s, by himself too.', ['UM70'], NewMessage),
  up('delete_message', 'Takes back what the caller said.', ['UM78'], request({ message_id: MessageId })),
  down('message_deleted', 'A message was taken back.', ['UM78', 'UM79'], MessageDeleted),
  down('message_edited', 'A message was changed, on another contract.', ['UM70'], MessageEdited),
  up(
    'read_receipt',
    'Marks messages as read, and with them everything before.',
    ['UM80', 'UM81'],
    request({ message_ids: Type.Array(MessageId, { minItems: 1, maxItems: 500 }), sender_id: IdInput }),
  ),
  down('messages_read', 'Messages of the receiver’s were read.', ['UM80', 'UM81'], MessagesRead),
  up('typing', 'The caller types, or stops.', ['UM82'], request({ ...recipient, is_typing: Type.Boolean() })),
  down('typing_indicator', 'Somebody types, or stops.', ['UM82', 'UM83'], TypingIndicator),

  up(
    'upload_file_prepare',
    'Asks for a place to upload a file to.',
    ['UM90', 'UM91'],
    request({ ...recipient, file_name: Type.String(), file_size: IdInput, file_type: Type.String() }),
  ),
  down('file_upload_ready', 'The answer to `upload_file_prepare`.', ['UM90'], UploadReady),
  up(
    'upload_file_complete',
    'Sends an uploaded file as a message.',
    ['UM96', 'UM97'],
    request({ ...recipient, file_id: FileId }),
  ),
  up('get_file_url', 'Asks for a URL that opens a file without credentials.', ['UM99'], request({ file_id: FileId })),
  down('file_url', 'The answer to `get_file_url`.', ['UM99'], FileUrl),
] as const
