// Pictures of people: taken in, judged by their bytes, shown to everybody (OC91).
import { open, Type } from '../../../base/schema.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { serveFile } from '../../../host/serve-file.ts'
import { mimeEssence, safeFileName } from '../../../wire/disposition.ts'
import { type FormFile, firstFile, IntakeError, readForm } from '../../../wire/multipart.ts'
import { identify } from '../auth.ts'
import { refused, refuseFields } from '../faults.ts'
import { answer, param, route, unsatisfiable } from '../http.ts'
import { parseId } from '../ids.ts'
import { AVATAR_NOTE, openAvatar } from '../people.ts'
import { readPicture } from '../picture.ts'
import type { Scope } from '../scope.ts'
import { AVATAR } from '../settings.ts'

const UploadForm = open({ file: Type.String({ format: 'binary', examples: ['(png or jpeg)'] }) })
const UploadedAvatar = open(
  {
    avatar_asset_id: Type.String({ examples: ['5c6d7e8f-9a0b-4c3d-8e1f-2a3b4c5d6e7f'] }),
    avatar_url: Type.String({
      examples: ['https://chat.example/v1/profile/avatar/5c6d7e8f-9a0b-4c3d-8e1f-2a3b4c5d6e7f'],
    }),
    width: Type.Integer({ examples: [256] }),
    height: Type.Integer({ examples: [256] }),
    content_type: Type.String({ examples: ['image/png'] }),
    bytes: Type.Integer({ examples: [4096] }),
  },
  { title: 'UploadedAvatar' },
)

/** What an asset id names never changes. */
const CACHE = 'public, max-age=86400, immutable'

/** The whole file. Refuses 413 as soon as there is too much of it, and 400 where it breaks off. */
const readSmall = async ({ bytes }: FormFile): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of bytes) {
      size += chunk.length
      if (size > AVATAR.bytes) return refused('avatar_too_large', { max_bytes: AVATAR.bytes })
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof IntakeError) return refuseFields(['file'])
    throw error
  }
  return new Uint8Array(Buffer.concat(chunks))
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

export const avatarsRoutes = (scope: Scope): readonly Route[] => {
  const { core, print } = scope

  /** The first file part, whatever its field is called. */
  const takeFile = async ({ raw }: RouteRequest): Promise<{ name: string; bytes: Uint8Array }> => {
    const type = raw.headers.get('content-type')
    if (mimeEssence(type) !== 'multipart/form-data') return refused('unsupported_media_type')
    await using form = readForm(raw.body, type)
    const first = await firstFile(form)
    if (first.type === 'failed' && first.reason === 'too-large') return refused('payload_too_large')
    if (first.type !== 'file') return refuseFields(['file'])
    return { name: safeFileName(first.file.fileName), bytes: await readSmall(first.file) }
  }

  const upload = async (request: RouteRequest): Promise<Response> => {
    const { actor } = await identify(scope, request)
    const { name, bytes } = await takeFile(request)
    const picture = readPicture(bytes) ?? refused('avatar_type_unsupported')
    const { mime, width, height } = picture
    if (Math.max(width, height) > AVATAR.pixels) {
      refused('avatar_dimensions_exceeded', { width, height, max_width: AVATAR.pixels, max_height: AVATAR.pixels })
    }
    const { fid, size } = await core.files.upload(actor, {
      name,
      mime,
      bytes: once(bytes),
      width,
      height,
      note: AVATAR_NOTE,
    })
    return answer(201, {
      avatar_asset_id: fid,
      avatar_url: print.avatarUrl(fid),
      width,
      height,
      content_type: mime,
      bytes: size,
    })
  }

  const show = async (request: RouteRequest): Promise<Response> => {
    const fid = parseId(param(request, 'asset_id'))
    const file = fid === null ? null : await openAvatar(scope, fid)
    return serveFile(request, file ?? refused('avatar_not_found'), { cacheControl: CACHE, unsatisfiable })
  }

  return [
    route(
      {
        method: 'POST',
        path: '/v1/profile/avatar',
        name: 'profile.avatar.upload',
        summary: 'Takes in a picture, for anybody to fetch; it becomes one’s avatar by a change of the profile.',
        rules: ['OC91'],
        body: { schema: UploadForm, type: 'multipart/form-data' },
        responses: { 201: ['The picture.', UploadedAvatar] },
        refusals: [413, 415],
      },
      upload,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/profile/avatar/:asset_id',
        name: 'profile.avatar.get',
        summary: 'A picture of somebody, for everybody.',
        rules: ['OC91'],
        auth: false,
        responses: { 200: ['The picture.'], 206: ['A part of it.'], 304: ['As the caller has it.'] },
        refusals: [404, 416],
      },
      show,
    ),
  ]
}
