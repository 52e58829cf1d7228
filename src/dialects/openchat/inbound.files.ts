// Files on their way in: looked into, named, and handed to the core as they come (OC73, OC74, OC107 to OC109).

import { isCleanText, type JsonObject } from '../../base/json.ts'
import { digested } from '../../base/secret.ts'
import type { Actor, Attachment, Core } from '../../core/index.ts'
import type { RouteRequest } from '../../host/dialect.ts'
import { translated } from '../../host/refused.ts'
import { mimeEssence } from '../../wire/disposition.ts'
import { type FormFile, firstFile, IntakeError, type IntakeFault, readForm, readRaw } from '../../wire/multipart.ts'
import { refused, refuseFields, replyOf } from './faults.ts'
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
): Promise<Kept> => {
  const limit = openchat.maxUploadBytes
  try {
    const { sniffed, bytes } = await inspect(incoming)
    const whole = digested(bytes)
    const upload = {
      name: fileNameOf(name),
      mime: typeOf(sniffed, mime),
      width: sniffed?.width ?? null,
      height: sniffed?.height ?? null,
      bytes: whole.bytes,
      maxBytes: room,
    }
    const file = await translated({ 'file.too-large': () => replyOf('attachment_too_large', { limit }) }, () =>
      core.files.upload(actor, upload),
    )
    return { file, digest: whole.digest() }
  } catch (error) {
    if (error instanceof IntakeError) return broken(error.reason)
    throw error
  }
}

/** A file that was kept, and the digest of its bytes: a repeat brings the same ones, as another file. */
interface Kept {
  readonly file: Attachment
  readonly digest: string
}

/** The fields of a form, the first of each name, and its files. */
export interface TakenForm {
  readonly fields: JsonObject
  readonly files: readonly Kept[]
}

const incoming = ({ fileName: name, mime, bytes }: FormFile): Incoming => ({ name, mime, bytes })

/** Lets go of files that are not needed after all. */
export const drop = ({ core }: Taker, actor: Actor, files: readonly Kept[]): Promise<void> =>
  core.files.discard(
    actor,
    files.map(({ file }) => file.fid),
  )

/** A message's form: its fields, and its parts `files`. What is too much is refused as soon as it is known; then nothing is kept. */
export const takeForm = async (taker: Taker, actor: Actor, request: Request): Promise<TakenForm> => {
  const files: Kept[] = []
  try {
    return { fields: await readParts(taker, actor, request, files), files }
  } catch (error) {
    await drop(taker, actor, files)
    throw error
  }
}

/** The fields; the files are added to `files` as they are kept. */
const readParts = async (
  taker: Taker,
  actor: Actor,
  { headers, body }: Request,
  files: Kept[],
): Promise<JsonObject> => {
  const bounds = { fieldBytes: FIELD_BYTES, files: MAX_ATTACHMENTS + 1 }
  await using form = readForm(body, headers.get('content-type'), bounds)
  const fields = new Map<string, string>()
  let room = taker.openchat.maxUploadBytes
  for (;;) {
    const part = await form.next()
    if (part.type === 'end') return Object.fromEntries(fields)
    if (part.type === 'failed') return broken(part.reason)
    if (part.type === 'field') {
      if (!isCleanText(part.value)) refuseFields([part.name])
      if (!fields.has(part.name)) fields.set(part.name, part.value)
    } else if (part.name === FILES_FIELD) {
      if (files.length === MAX_ATTACHMENTS) refused('attachment_count_exceeded', { limit: MAX_ATTACHMENTS })
      const kept = await keep(taker, actor, incoming(part), room)
      room -= kept.file.size
      files.push(kept)
    }
  }
}

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
    return (await keep(taker, actor, { name: nameIn(raw), mime, bytes: readRaw(raw.body) }, room)).file
  }
  await using form = readForm(raw.body, raw.headers.get('content-type'))
  const first = await firstFile(form)
  if (first.type === 'no-file') return refuseFields(['file'])
  if (first.type === 'failed') return broken(first.reason)
  return (await keep(taker, actor, incoming(first.file), room)).file
}
