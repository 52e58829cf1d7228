// What this server can do, said before anybody has to say who he is (section B).
import type { Route } from '../../host/dialect.ts'
import type { Capabilities } from './contract.capabilities.ts'
import { API_VERSION } from './http.ts'
import type { Scope } from './scope.ts'
import {
  AVATAR,
  HEARTBEAT_MS,
  MAX_ATTACHMENTS,
  MAX_MESSAGE_BYTES,
  RECONNECT,
  REQUESTS_PER_MINUTE,
  RESUME,
  URL_TTL_MS,
} from './settings.ts'

const FRAME_BYTES = 65_536
const PAGE = 200
/** A colon elsewhere is what it looks like (`ownership:claim`, OC2). */
const PARAMETER = /\/:([a-z_]+)/g

/** Every route by its name (OC17). */
const operationsOf = (routes: readonly Pick<Route, 'name' | 'method' | 'path'>[]): Capabilities['operations'] =>
  routes.map(({ name, method, path }) => ({
    name,
    method,
    path: path.replaceAll(PARAMETER, '/{$1}'),
    version: API_VERSION,
  }))

/** The document as it is now; `serverName`: what home is called. */
export const describe = (
  { openchat, homeId, settings }: Pick<Scope, 'openchat' | 'homeId' | 'settings'>,
  serverName: string,
  routes: readonly Pick<Route, 'name' | 'method' | 'path'>[],
): Capabilities => ({
  server_name: serverName,
  server_id: homeId,
  api_version: API_VERSION,
  build_version: settings.version,
  build_commit: settings.env('PARLANCE_BUILD_COMMIT') ?? '',
  identity_handshake_modes: ['challenge_signature', 'password'],
  user_uid_policy: openchat.uidPolicy,
  profile_data_policy: 'uid_only',
  transport: {
    websocket: true,
    sse: true,
    polling: true,
    endpoints: { websocket: '/v1/realtime', sse: '/v1/realtime/sse', polling: '/v1/realtime/poll' },
    heartbeat_interval_ms: HEARTBEAT_MS,
    resume: {
      supported: true,
      delivery: 'at_least_once',
      window_seconds: RESUME.windowMs / 1000,
      max_events: RESUME.maxEvents,
    },
    reconnect: { ...RECONNECT },
  },
  features: {
    messaging: true,
    presence: true,
    typing: true,
    attachments: true,
    uploads: true,
    notifications: true,
    server_creation: openchat.serverCreation,
    resume: true,
    history_cursor: true,
    direct_chats: true,
    groups: true,
    contacts: true,
    invites: true,
    reactions: true,
    edits: true,
    recall: true,
    pins: true,
    search: true,
    read_receipts: true,
    forwarding: true,
    accounts: openchat.registration,
    voice: false,
  },
  mentions: {
    user: true,
    channel: true,
    resolve: true,
    notifications: true,
    supported_tokens: ['@here', '@channel'],
  },
  read_acks: { channel: true, cursor_type: 'message_id', monotonic: true },
  limits: {
    max_message_bytes: MAX_MESSAGE_BYTES,
    max_upload_bytes: openchat.maxUploadBytes,
    max_attachments_per_message: MAX_ATTACHMENTS,
    max_page_size: PAGE,
    rate_limit_per_minute: REQUESTS_PER_MINUTE,
    max_call_participants: 0,
    recall_window_seconds: openchat.recallWindowMs === null ? null : openchat.recallWindowMs / 1000,
    max_frame_bytes: FRAME_BYTES,
  },
  security: {
    https_required: settings.publicUrl().startsWith('https:'),
    certificate_pinning: 'optional',
    ...(openchat.devUids && { insecure_dev_identity: true }),
  },
  profile: {
    enabled: true,
    required: false,
    scope: 'global',
    fields: ['display_name', 'avatar'],
    avatar_modes: ['generated', 'uploaded'],
    display_name: { min_length: 1, max_length: 32 },
    avatar_upload: {
      max_bytes: AVATAR.bytes,
      mime_types: ['image/png', 'image/jpeg'],
      max_width: AVATAR.pixels,
      max_height: AVATAR.pixels,
    },
    realtime_event: 'profile_updated',
    message_author_profile_mode: 'live',
  },
  server_actions: {
    bulk_read_acks: true,
    invites: true,
    privacy: false,
    profile_overrides: false,
    events: false,
    moderation: false,
  },
  media: { url_kind: 'retrieval_token', url_ttl_seconds: URL_TTL_MS / 1000 },
  compatibility: {
    supported_api_versions: [API_VERSION],
    min_client_api_version: API_VERSION,
    policy: 'additive_minor',
  },
  operations: operationsOf(routes),
})
