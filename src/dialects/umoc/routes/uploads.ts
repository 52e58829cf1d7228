// The bytes of a prepared file, streamed in (UM94, UM95).

import { type Attachment, type Fid, refuse } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { translated } from '../../../host/refused.ts'
import { json } from '../../../host/reply.ts'
import { parseAuthorization } from '../../../wire/bearer.ts'
import { mimeEssence } from '../../../wire/disposition.ts'
import { firstFile, IntakeError, type IntakeFault, readForm, readRaw } from '../../../wire/multipart.ts'
import { UploadBody, Uploaded, UploadQuery } from '../contract.http.ts'
import { httpTexts, refusedWith, replyOf } from '../faults.ts'
import { opensUpload } from '../files.ts'
import { route } from '../http.ts'
import { parseFid } from '../ids.ts'
import type { Scope } from '../scope.ts'
import { tooLarge } from '../words.ts'

/** The token of an upload outside its body; null when there is none. */
const tokenIn = ({ raw, query }: RouteRequest): string | null => {
  const authorization = parseAuthorization(raw.headers.get('authorization'))
  if (authorization.type === 'bearer') return authorization.token
  return raw.headers.get('x-upload-token') ?? query.get('token')
}

const broken = (reason: IntakeFault, limit: number): never =>
  reason === 'too-large' ? refusedWith(413, tooLarge(limit)) : refusedWith(400, httpTexts.formBroken)

export const uploadsRoutes = ({ core, files, umoc }: Scope): readonly Route[] => {
  const limit = umoc.maxFileBytes

  /** What was prepared here. Faults: file.unknown. */
  const reserved = async (fid: Fid): Promise<Attachment> => {
    const upload = await core.files.reservation(fid)
    return upload.note === null ? refuse({ kind: 'file.unknown' }) : upload
  }

  const judgeToken = (fid: Fid, token: string | null): void => {
    if (token === null || !opensUpload(files, fid, token)) refusedWith(401, httpTexts.uploadToken)
  }

  const judgeOpen = ({ spentAt }: Attachment): void => {
    if (spentAt !== null) refuse({ kind: 'file.spent' })
  }

  const take = async (fid: Fid, bytes: AsyncIterable<Uint8Array>): Promise<Response> => {
    try {
      // The limit is told, not the size that was announced.
      const replies = { 'file.too-large': () => replyOf(413, tooLarge(limit)) }
      const { name, mime, size } = await translated(replies, () => core.files.receive(fid, bytes))
      return json(201, {
        success: 'File uploaded successfully',
        file_id: fid,
        file_name: name,
        file_type: mime,
        file_size: size,
      } satisfies Uploaded)
    } catch (error) {
      if (error instanceof IntakeError) return broken(error.reason, limit)
      throw error
    }
  }

  /** The first file of a form; its token may stand before it, where none came outside. */
  const takeForm = async (upload: Attachment, token: string | null, { headers, body }: Request): Promise<Response> => {
    await using form = readForm(body, headers.get('content-type'))
    const first = await firstFile(form)
    if (token === null) {
      const fields = first.type === 'file' ? first.fields : null
      judgeToken(upload.fid, fields?.get('upload_token') ?? fields?.get('token') ?? null)
      judgeOpen(upload)
    }
    if (first.type === 'no-file') return refusedWith(400, httpTexts.fileMissing)
    if (first.type === 'failed') return broken(first.reason, limit)
    return await take(upload.fid, first.file.bytes)
  }

  const receive = async (request: RouteRequest): Promise<Response> => {
    const { raw, params } = request
    const upload = await reserved(parseFid(params.fid))
    const token = tokenIn(request)
    const isForm = mimeEssence(raw.headers.get('content-type')) === 'multipart/form-data'
    if (token !== null || !isForm) {
      judgeToken(upload.fid, token)
      judgeOpen(upload)
    }
    request.longRunning()
    if (isForm) return takeForm(upload, token, raw)
    // What says that it is too much is not read.
    if (Number(raw.headers.get('content-length') ?? 0) > upload.size) return refusedWith(413, tooLarge(limit))
    return take(upload.fid, readRaw(raw.body))
  }

  return (['PUT', 'POST'] as const).map(method =>
    route(
      {
        method,
        path: '/api/upload/:fid',
        name: method === 'PUT' ? 'upload' : 'uploadByPost',
        summary: 'The bytes of a file prepared by `upload_file_prepare`; a later upload replaces an earlier one.',
        rules: ['UM94', 'UM95'],
        auth: false,
        query: UploadQuery,
        body: { schema: UploadBody, type: 'application/octet-stream' },
        responses: { 201: ['It is here, and may be sent.', Uploaded] },
        refusals: [400, 401, 404, 409, 413],
      },
      receive,
    ),
  )
}
