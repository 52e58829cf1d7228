// Files on their way in: looked into, named, and handed to the core as they come (OC73, OC74, OC107 to OC109).
import { isCleanText, type JsonObject } from '../../base/json.ts'
import type { Actor, Attachment, Core } from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import { mimeEssence } from '../../wire/disposition.ts'
import { type FormFile, firstFile, IntakeError, type IntakeFault, readForm, readRaw } from '../../wire/multipart.ts'
import { refused, refuseFields, replyOf } from './faults.ts'
import { translated } from './http.ts'
import { fileNameOf, inspect, typeOf } from './media.ts'
import type { Scope } from './scope.ts'
import { MAX_ATTACHMENTS, MAX_MESSAGE_BYTES } from './settings.ts'

type Taker = Pick<Scope, 'openchat'> & { readonly core: Pick<Core, 'files'> }

/** A file as it came. */
interface Incoming {
  readonly name: string | null
  readonly mime: string | null
  readonly bytes: AsyncIterable<Uint8Array>
}

/** Bytes of a field: a text that is too long is told from one that never ends. */
const FIELD_BYTES = 4 * MAX_MESSAGE_BYTES
const FILES_FIELD = 'files'

export const isForm = ({ raw }: Pick<RouteRequest, 'raw'>): boolean =>
  mimeEssence(raw.headers.get('content-type')) === 'multipart/form-data'

const broken = (reason: IntakeFault): never => refused(reason === 'too-large' ? 'payload_too_large' : 'invalid_payload')

/** Keeps a file of at most `room` bytes, durably; it is told that `openchat.maxUploadBytes` are the limit. */
const keep = async (
  { core, openchat }: Taker,
  actor: Actor,
  { name, mime, bytes: incoming }: Incoming,
  room: number,
): Promise<Attachment> => {
  const limit = openchat.maxUploadBytes
  try {
    const { sniffed, bytes } = await inspect(incoming)
    const upload = {
      name: fileNameOf(name),
      mime: typeOf(sniffed, mime),
      width: sniffed?.width ?? null,
      height: sniffed?.height ?? null,
      bytes,
      maxBytes: room,
    }
    return await translated({ 'file.too-large': () => replyOf('attachment_too_large', { limit }) }, () =>
      core.files.upload(actor, upload),
    )
  } catch (error) {
    if (error instanceof IntakeError) return broken(error.reason)
    throw error
  }
}

/** The fields of a form, the first of each name, and its files, kept. */
export interface TakenForm {
  readonly fields: JsonObject
  readonly files: readonly Attachment[]
}

/** A message's form: its fields, and its parts `files`. What is too much is refused as soon as it is known. */
export const takeForm = async (taker: Taker, actor: Actor, { headers, body }: Request): Promise<TakenForm> => {
  const bounds = { fieldBytes: FIELD_BYTES, files: MAX_ATTACHMENTS + 1 }
  await using form = readForm(body, headers.get('content-type'), bounds)
  const fields = new Map<string, string>()
  const files: Attachment[] = []
  let room = taker.openchat.maxUploadBytes
  for (;;) {
    const part = await form.next()
    if (part.type === 'end') return { fields: Object.fromEntries(fields), files }
    if (part.type === 'failed') return broken(part.reason)
    if (part.type === 'field') {
      if (!isCleanText(part.value)) refuseFields([part.name])
      if (!fields.has(part.name)) fields.set(part.name, part.value)
    } else if (part.name === FILES_FIELD) {
      if (files.length === MAX_ATTACHMENTS) refused('attachment_count_exceeded', { limit: MAX_ATTACHMENTS })
      const file = await keep(taker, actor, incoming(part), room)
      room -= file.size
      files.push(file)
    }
  }
}

const incoming = ({ fileName: name, mime, bytes }: FormFile): Incoming => ({ name, mime, bytes })

/** The name of a raw body; percent-encoded, since a header holds ASCII only. */
const nameIn = ({ headers }: Request): string | null => {
  const given = headers.get('x-file-name')
  if (given === null) return null
  try {
    return decodeURIComponent(given)
  } catch {
    return refuseFields(['X-File-Name'])
  }
}

/** One file, as the first of a form or as the whole body (OC107). */
export const takeFile = async (taker: Taker, actor: Actor, request: RouteRequest): Promise<Attachment> => {
  const { raw } = request
  const room = taker.openchat.maxUploadBytes
  if (!isForm(request)) {
    const mime = raw.headers.get('content-type') ?? refused('unsupported_media_type')
    return keep(taker, actor, { name: nameIn(raw), mime, bytes: readRaw(raw.body) }, room)
  }
  await using form = readForm(raw.body, raw.headers.get('content-type'))
  const first = await firstFile(form)
  if (first.type === 'no-file') return refuseFields(['file'])
  if (first.type === 'failed') return broken(first.reason)
  return await keep(taker, actor, incoming(first.file), room)
}
