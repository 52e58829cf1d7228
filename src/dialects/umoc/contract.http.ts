// Bodies, query strings and answers of the HTTP half, with an example of each. They describe; the routes judge.
import { type Static, Type } from '../../base/schema.ts'
import { FileId, Seconds, SessionId, Time, UserId, Username } from './contract.ts'

const TOKEN = 'pV3nXc81LwYqRk5tZ0bHsGd2o9Fv0aS3Yt7Qw2EjUiM'

export const Refusal = Type.Object({
  error: Type.String({ examples: ['Invalid credentials'] }),
  message: Type.String({ description: 'The same text.', examples: ['Invalid credentials'] }),
})

const secrets = { username: Type.String(), password: Type.String() }
export const NamedPassword = Type.Object(secrets, {
  description: 'As JSON or as a form; or the same fields in the query.',
  examples: [{ username: 'janedoe', password: 'correct horse' }],
})
export const NamedPasswordQuery = Type.Object({
  username: Type.Optional(Type.String()),
  password: Type.Optional(Type.String()),
})

export const Registered = Type.Object({
  success: Type.String({ examples: ['User registered successfully'] }),
  user_id: UserId,
  username: Username,
  created_at: Time,
})
export type Registered = Static<typeof Registered>

export const LoggedIn = Type.Object({
  sessionID: SessionId,
  token: Type.String({ examples: [TOKEN] }),
  access_token: Type.String({ description: 'Opaque; stands for both secrets.', examples: [`3f0c5b1e.${TOKEN}`] }),
  expires_in: Type.Integer({ description: 'Seconds.', examples: [86_400] }),
  user_id: UserId,
  username: Username,
  session_expires: Seconds,
})
export type LoggedIn = Static<typeof LoggedIn>

export const NamedSession = Type.Object(
  { sessionID: Type.Optional(SessionId) },
  { description: 'Or the bearer token speaks.' },
)
export const LoggedOut = Type.Object({
  success: Type.String({ examples: ['User logged out successfully'] }),
  message: Type.String({ examples: ['Successfully logged out'] }),
})
export type LoggedOut = Static<typeof LoggedOut>

export const User = Type.Object({ user_id: UserId, username: Username, created_at: Time, session_expires: Seconds })
export type User = Static<typeof User>

// Files

export const UploadQuery = Type.Object({
  token: Type.Optional(Type.String({ description: 'The upload token; it may come in a header as well.' })),
})
export const UploadBody = Type.Unsafe<unknown>({
  type: 'string',
  format: 'binary',
  description: 'The bytes; or multipart/form-data, of which the first file is taken.',
})
export const Uploaded = Type.Object({
  success: Type.String({ examples: ['File uploaded successfully'] }),
  file_id: FileId,
  file_name: Type.String({ examples: ['image.jpg'] }),
  file_type: Type.String({ examples: ['image/jpeg'] }),
  file_size: Type.Integer({ minimum: 1, examples: [123_456] }),
})
export type Uploaded = Static<typeof Uploaded>

export const DownloadQuery = Type.Object({
  signature: Type.Optional(Type.String({ description: 'Of `get_file_url`; in place of credentials.' })),
})
