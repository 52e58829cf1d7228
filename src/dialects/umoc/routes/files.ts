// Files given out by right, or by a signature that stands for one (UM98, UM99).
import type { OpenFile } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { serveFile } from '../../../host/serve-file.ts'
import { contentDisposition } from '../../../wire/disposition.ts'
import { caller } from '../auth.ts'
import { DownloadQuery } from '../contract.http.ts'
import { httpTexts, replyOf } from '../faults.ts'
import { allowedType, isShown } from '../files.ts'
import { answer, queryFields, route } from '../http.ts'
import { parseFid } from '../ids.ts'
import type { Scope } from '../scope.ts'

const ANY_TYPE = 'application/octet-stream'

/** A type that this contract does not allow comes from another one, and is bytes to its clients (UM92). */
const typed = ({ attachment, read }: OpenFile): OpenFile => ({
  attachment: { ...attachment, mime: allowedType(attachment.mime) ?? ANY_TYPE },
  read,
})

export const filesRoutes = (scope: Scope): readonly Route[] => {
  const { core } = scope

  const open = async (request: RouteRequest): Promise<OpenFile> => {
    const fid = parseFid(request.params.fid)
    const signature = request.query.get('signature')
    if (signature !== null) return core.files.openLink(fid, signature)
    const { actor } = await caller(scope, request, queryFields(request))
    return core.files.open(actor, fid)
  }

  const serve = async (request: RouteRequest): Promise<Response> => {
    const file = typed(await open(request))
    const response = await serveFile(request, file, {
      unsatisfiable: headers => answer({ ...replyOf(416, httpTexts.range), headers }),
    })
    const { mime, name } = file.attachment
    // The host shows fewer types inside a page than this contract does.
    if (response.headers.has('content-disposition') && isShown(mime)) {
      response.headers.set('content-disposition', contentDisposition('inline', name))
    }
    return response
  }

  const spec = {
    method: 'GET',
    summary: 'A file, to those who may see the message it hangs on; one range at a time.',
    rules: ['UM92', 'UM98', 'UM99'],
    auth: true,
    query: DownloadQuery,
    responses: { 200: ['The file.'], 206: ['A part of it.'], 304: ['It is the one you have.'] },
    refusals: [401, 404, 416],
  } as const
  return [
    route({ ...spec, path: '/api/files/:fid', name: 'download' }, serve),
    route({ ...spec, path: '/api/files/:fid/:name', name: 'downloadByName' }, serve),
  ]
}
