// What a server says of itself before anybody says who he is (OC14, OC16).
import { nullable, oneOf, open, optional, type Static, Type, uuid } from '../../base/schema.ts'

export const Capabilities = open(
  {
    server_name: Type.String({ examples: ['Parlance'] }),
    server_id: uuid('0d5f6a8b-1f43-4f4f-9d8e-9ab6f913f4f8'),
    api_version: Type.String({ examples: ['1.0'] }),
    build_version: Type.String({ examples: ['0.1.0'] }),
    build_commit: Type.String({ examples: [''] }),
    identity_handshake_modes: Type.Array(oneOf('challenge_signature', 'password')),
    user_uid_policy: oneOf('server_scoped', 'global'),
    profile_data_policy: oneOf('uid_only'),
    transport: open({
      websocket: Type.Boolean(),
      sse: Type.Boolean(),
      polling: Type.Boolean(),
      endpoints: open({ websocket: Type.String(), sse: Type.String(), polling: Type.String() }),
      heartbeat_interval_ms: Type.Integer(),
      resume: open({
        supported: Type.Boolean(),
        delivery: oneOf('at_least_once'),
        window_seconds: Type.Integer(),
        max_events: Type.Integer(),
      }),
      reconnect: open({
        initial_delay_ms: Type.Integer(),
        multiplier: Type.Number(),
        max_delay_ms: Type.Integer(),
        jitter: Type.Number(),
      }),
    }),
    features: Type.Record(Type.String(), Type.Boolean()),
    mentions: open({
      user: Type.Boolean(),
      channel: Type.Boolean(),
      resolve: Type.Boolean(),
      notifications: Type.Boolean(),
      supported_tokens: Type.Array(Type.String()),
    }),
    read_acks: open({ channel: Type.Boolean(), cursor_type: oneOf('message_id'), monotonic: Type.Boolean() }),
    limits: Type.Record(Type.String(), nullable(Type.Integer())),
    security: open({
      https_required: Type.Boolean(),
      certificate_pinning: oneOf('optional'),
      insecure_dev_identity: optional(Type.Boolean()),
    }),
    profile: open({
      enabled: Type.Boolean(),
      required: Type.Boolean(),
      scope: oneOf('global'),
      fields: Type.Array(Type.String()),
      avatar_modes: Type.Array(Type.String()),
      display_name: open({ min_length: Type.Integer(), max_length: Type.Integer() }),
      avatar_upload: open({
        max_bytes: Type.Integer(),
        mime_types: Type.Array(Type.String()),
        max_width: Type.Integer(),
        max_height: Type.Integer(),
      }),
      realtime_event: Type.String(),
      message_author_profile_mode: oneOf('live'),
    }),
    server_actions: Type.Record(Type.String(), Type.Boolean()),
    media: open({ url_kind: oneOf('retrieval_token'), url_ttl_seconds: Type.Integer() }),
    compatibility: open({
      supported_api_versions: Type.Array(Type.String()),
      min_client_api_version: Type.String(),
      policy: oneOf('additive_minor'),
    }),
    operations: Type.Array(
      open({ name: Type.String(), method: Type.String(), path: Type.String(), version: Type.String() }),
    ),
  },
  { title: 'Capabilities' },
)
export type Capabilities = Static<typeof Capabilities>
