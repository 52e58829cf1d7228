// Files: taken in as streams, given out by right (WT66 to WT71).
import { equalSecrets } from '../../../base/secret.ts'
import { type Actor, refuse } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { serveFile } from '../../../host/serve-file.ts'
import { dispositionFileName, mimeEssence, safeFileName } from '../../../wire/disposition.ts'
import { firstFile, IntakeError, type IntakeFault, readForm, readRaw } from '../../../wire/multipart.ts'
import { door, identify } from '../auth.ts'
import { Uploaded } from '../contract.messages.ts'
import { DownloadQuery, UploadForm, UploadQuery } from '../contract.requests.ts'
import { invalid, refused, replyOf } from '../faults.ts'
import { answer, json, openRoute, ownRoute, param, type Scope } from '../http.ts'
import { parseFid, parseNum, printFid } from '../ids.ts'

const ANY_TYPE = 'application/octet-stream'

/** A file on its way in. */
interface Incoming {
  readonly name: string | null
  readonly mime: string | null
  readonly bytes: AsyncIterable<Uint8Array>
}

const broken = (reason: IntakeFault, limit: number): never =>
  reason === 'too-large' ? refused('too_large', { limit }) : refused('bad_request')

/**
 * A service that holds the internal key acts on behalf of a user (WT67). The key must be configured; a wrong one is
 * refused even beside a valid token.
 */
const onBehalf = async ({ core, settings }: Scope, { headers }: Request, given: string): Promise<Actor> => {
  const key = settings.env('PARLANCE_WETTY_INTERNAL_KEY')
  if (!key || !equalSecrets(given, key)) return refused('internal_key_invalid')
  const num = parseNum(headers.get('x-on-behalf-of')) ?? invalid('X-On-Behalf-Of')
  const profile = (await core.people.byNum(num)) ?? refuse({ kind: 'person.unknown' })
  return { accountId: profile.accountId, profile, sessionId: null, door }
}

const uploader = async (scope: Scope, request: RouteRequest): Promise<Actor> => {
  const key = request.raw.headers.get('x-internal-key')
  return key === null ? (await identify(scope.core, request)).actor : onBehalf(scope, request.raw, key)
}

export const filesRoutes = (scope: Scope): readonly Route[] => {
  const { core, settings } = scope
  const limit = settings.maxFileBytes

  const store = async (actor: Actor, { name, mime, bytes }: Incoming): Promise<Response> => {
    try {
      const file = { name: safeFileName(name), mime: mimeEssence(mime) ?? ANY_TYPE, bytes }
      const stored = await core.files.upload(actor, file)
      return json({ fid: printFid(stored.fid), name: stored.name, mime: stored.mime, size: stored.size }, 201)
    } catch (error) {
      if (error instanceof IntakeError) return broken(error.reason, limit)
      throw error
    }
  }

  /** The first file part, whatever its field is called (WT68). */
  const takeForm = async (actor: Actor, { headers, body }: Request): Promise<Response> => {
    await using form = readForm(body, headers.get('content-type'))
    const first = await firstFile(form)
    if (first.type === 'no-file') return invalid('file')
    if (first.type === 'failed') return broken(first.reason, limit)
    const { fileName: name, mime, bytes } = first.file
    return await store(actor, { name, mime, bytes })
  }

  const takeRaw = (actor: Actor, { raw, query }: RouteRequest): Promise<Response> =>
    store(actor, {
      name: query.get('filename') ?? dispositionFileName(raw.headers.get('content-disposition')),
      mime: query.get('content_type'),
      bytes: readRaw(raw.body),
    })

  return [
    openRoute(
      {
        method: 'POST',
        path: '/fserv/upload',
        name: 'upload',
        summary: 'Stores a file: multipart/form-data (its first file part) or application/octet-stream.',
        rules: ['WT66', 'WT67', 'WT68'],
        query: UploadQuery,
        body: { schema: UploadForm, type: 'multipart/form-data' },
        responses: { 201: ['The file id.', Uploaded] },
        refusals: [403, 413, 415, 422],
      },
      async request => {
        const actor = await uploader(scope, request)
        request.longRunning()
        const type = mimeEssence(request.raw.headers.get('content-type'))
        if (type === 'multipart/form-data') return takeForm(actor, request.raw)
        if (type === ANY_TYPE) return takeRaw(actor, request)
        return refused('unsupported_media_type')
      },
      true,
    ),
    ownRoute(
      scope,
      {
        method: 'GET',
        path: '/f/fserv/download/:fid',
        name: 'download',
        summary: 'Streams a file to those who may see it; one range at a time.',
        rules: ['WT24', 'WT69', 'WT70', 'WT71'],
        query: DownloadQuery,
        responses: { 200: ['The file.'], 206: ['A part of it.'] },
        refusals: [404, 416],
      },
      async (actor, request) => {
        const file = await core.files.open(actor, parseFid(param(request, 'fid')))
        return serveFile(request, file, {
          download: request.query.get('download') === '1',
          unsatisfiable: headers => answer({ ...replyOf('range_not_satisfiable'), headers }),
        })
      },
    ),
  ]
}
