// Files: taken in before they are sent, fetched by right or by a link that stands for one (OC105 to OC109).

import { open, optional, Type, timestamp, uuid } from '../../../base/schema.ts'
import { type Fid, faultIn, type OpenFile } from '../../../core/index.ts'
import type { Route, RouteRequest } from '../../../host/dialect.ts'
import { Refused } from '../../../host/refused.ts'
import { serveFile } from '../../../host/serve-file.ts'
import { identify } from '../auth.ts'
import { Attachment } from '../contract.ts'
import { refused } from '../faults.ts'
import { answer, param, route, unsatisfiable } from '../http.ts'
import { parseId } from '../ids.ts'
import { takeFile } from '../inbound.files.ts'
import { printMime } from '../media.ts'
import { askInChannel, noBody } from '../places.ts'
import type { Scope } from '../scope.ts'

const CACHE = 'private, max-age=300'

const UploadForm = open({ file: Type.String({ format: 'binary', examples: ['(any file)'] }) })
const Uploaded = open({ attachment: Attachment }, { title: 'Uploaded' })
const LinkQuery = open({ t: optional(Type.String({ description: 'A retrieval token, in place of a session.' })) })
const Access = open(
  {
    attachment_id: uuid(),
    url: Type.String({ examples: ['https://chat.example/v1/uploads/5c6d7e8f-9a0b-4c3d-8e1f-2a3b4c5d6e7f?t=token'] }),
    url_expires_at: timestamp(),
  },
  { title: 'Access' },
)

export const filesRoutes = (scope: Scope): readonly Route[] => {
  const { core, print } = scope

  const upload = async (request: RouteRequest): Promise<Response> => {
    const { actor } = await identify(scope, request)
    request.longRunning()
    const file = await takeFile(scope, actor, request)
    return answer(201, { attachment: print.attachment(file, null) })
  }

  const serve = (request: RouteRequest, file: OpenFile): Promise<Response> => {
    const { attachment } = file
    return serveFile(
      request,
      { attachment: { ...attachment, mime: printMime(attachment.mime) }, read: range => file.read(range) },
      { cacheControl: CACHE, unsatisfiable },
    )
  }

  /** By its token, if the request brings one: that alone counts then; else by the right of who asks. */
  const fetchBy =
    (open: (request: RouteRequest, fid: Fid | null) => Promise<OpenFile>) =>
    async (request: RouteRequest): Promise<Response> => {
      const token = request.query.get('t')
      const aid = param(request, 'aid')
      return serve(request, await (token === null ? open(request, parseId(aid)) : openLinked(request, aid, token)))
    }

  /** Only where the file hangs, or does not yet: the path of a link says so, too. */
  const openLinked = async (request: RouteRequest, fid: Fid, token: string): Promise<OpenFile> => {
    const file = await core.files.openLink(fid, token)
    const here = (file.use?.conversationId ?? null) === parseId(request.params.cid)
    return here ? file : refused('attachment_not_found')
  }

  /** For who sees, in this channel, a message that carries it. */
  const openInChannel = async (request: RouteRequest, fid: Fid | null): Promise<OpenFile> => {
    try {
      const { actor, view } = await askInChannel(scope, request, noBody)
      const id = fid ?? refused('attachment_not_found')
      const { use } = await core.files.seenOn(actor, id, view.conversation.id)
      if (use === null) refused('attachment_not_found')
      return await core.files.open(actor, id)
    } catch (error) {
      // What one cannot see holds no files.
      const unseen =
        error instanceof Refused ? error.reply.status === 404 : faultIn(error)?.kind === 'conversation.unknown'
      return unseen ? refused('attachment_not_found') : Promise.reject(error)
    }
  }

  /** For the one who uploaded it. */
  const openOwn = async (request: RouteRequest, fid: Fid | null): Promise<OpenFile> => {
    const { actor } = await identify(scope, request)
    const file = await core.files.open(actor, fid ?? refused('attachment_not_found'))
    return file.attachment.uploaderId === actor.profile.id ? file : refused('attachment_not_found')
  }

  const access = async (request: RouteRequest): Promise<Response> => {
    const { actor } = await identify(scope, request)
    const fid = parseId(param(request, 'aid')) ?? refused('attachment_not_found')
    const { attachment, use } = await core.files.seenOn(actor, fid)
    const { attachment_id, url, url_expires_at } = print.attachment(attachment, use)
    return answer(200, { attachment_id, url, url_expires_at })
  }

  const bytes = {
    200: ['The file.'],
    206: ['A part of it.'],
    304: ['As the caller has it.'],
  } as const
  return [
    route(
      {
        method: 'POST',
        path: '/v1/uploads',
        name: 'uploads.create',
        summary: 'Takes in a file to be sent later: a form’s, or the body as it is with `X-File-Name`.',
        rules: ['OC107', 'OC108', 'OC109'],
        body: { schema: UploadForm, type: 'multipart/form-data' },
        responses: { 201: ['The file.', Uploaded] },
        refusals: [413, 415],
      },
      upload,
    ),
    route(
      {
        method: 'GET',
        path: '/v1/uploads/:aid',
        name: 'uploads.get',
        summary: 'A file one has uploaded, before it is sent.',
        rules: ['OC107'],
        query: LinkQuery,
        responses: bytes,
        refusals: [403, 404, 416],
      },
      fetchBy(openOwn),
    ),
    route(
      {
        method: 'GET',
        path: '/v1/channels/:cid/attachments/:aid',
        name: 'attachments.get',
        summary: 'A file of a message, for who sees that message, or by a link.',
        rules: ['OC105', 'OC106', 'OC108', 'OC109'],
        query: LinkQuery,
        responses: bytes,
        refusals: [403, 404, 416],
      },
      fetchBy(openInChannel),
    ),
    route(
      {
        method: 'GET',
        path: '/v1/attachments/:aid/access',
        name: 'attachments.access',
        summary: 'Another link to a file, for whoever may fetch it.',
        rules: ['OC107'],
        responses: { 200: ['The link.', Access] },
        refusals: [404],
      },
      access,
    ),
  ]
}
