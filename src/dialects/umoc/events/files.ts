// Files: a place to upload to, the message that carries them, a URL that opens them (UM90 to UM97, UM99).
import type { Attachment, Fid } from '../../../core/index.ts'
import { parseFid } from '../ids.ts'
import { addressed } from '../inbound.ts'
import { typeOfMime } from '../outbound.ts'
import { uploadKey } from '../sealed.ts'
import { invalid, refused, texts, tooLarge } from '../words.ts'
import { type EventContext, type EventHandler, type EventTable, perUser, reply } from './dispatch.ts'
import { integer, need, text } from './fields.ts'
import { findRecipient } from './recipient.ts'
import { send } from './send.ts'

/** Seconds a file may take to be uploaded and sent (UM90), and a signed URL lives (UM99). */
const UPLOAD_SECONDS = 3600
const URL_SECONDS = 300

const prepare: EventHandler = async (context, payload) => {
  need(payload, 'recipient_id', 'file_name', 'file_size', 'file_type')
  const { scope, actor } = context
  const { files, umoc, core } = scope
  const to = addressed(payload, 'recipient_id')
  const name = files.cleanName(text(payload, 'file_name')) ?? invalid('file_name')
  const size = integer(payload, 'file_size') || invalid('file_size')
  if (size > umoc.maxFileBytes) return refused(tooLarge(umoc.maxFileBytes))
  const mime = files.allowedType(text(payload, 'file_type')) ?? refused('File type not allowed')
  const { id } = await findRecipient(context, to)
  await core.messages.judgeSend(actor, id)
  const { fid } = await core.files.reserve(actor, { name, mime, size, note: id, ttlMs: UPLOAD_SECONDS * 1000 })
  return reply('file_upload_ready', {
    file_id: fid,
    upload_url: `/api/upload/${fid}`,
    upload_token: files.uploadToken(fid),
    expires_in: UPLOAD_SECONDS,
  })
}

/** An upload of the caller's own, prepared here. Refused like an unknown one: another's, and what came through another door. */
const loadUpload = async ({ scope, actor }: EventContext, fid: Fid): Promise<Attachment> => {
  const upload = await scope.core.files.reservation(fid)
  return upload.uploaderId === actor.profile.id && upload.note !== null ? upload : refused(texts.fileNotFound)
}

/** What it is called and what it is were settled when it was prepared (UM96). Doing it again finds the message (UM97). */
const complete: EventHandler = async (context, payload) => {
  need(payload, 'file_id', 'recipient_id')
  const fid = parseFid(text(payload, 'file_id'))
  const to = addressed(payload, 'recipient_id')
  const upload = await loadUpload(context, fid)
  if (upload.state !== 'received') return refused('File has not been uploaded')
  const { id } = await findRecipient(context, to)
  if (upload.note !== id) return refused('Recipient does not match')
  return send(context, id, {
    kind: typeOfMime(upload.mime),
    attachments: [fid],
    spends: true,
    clientKey: uploadKey(fid),
  })
}

const getFileUrl: EventHandler = async ({ scope, actor }, payload) => {
  need(payload, 'file_id')
  const { core, files } = scope
  const fid = parseFid(text(payload, 'file_id'))
  const { attachment } = await core.files.open(actor, fid)
  const signature = await core.files.sign(actor, fid, URL_SECONDS * 1000)
  return reply('file_url', {
    file_id: fid,
    url: files.signedUrl(fid, attachment.name, signature),
    expires_in: URL_SECONDS,
  })
}

export const fileEvents = {
  upload_file_prepare: {
    handle: prepare,
    rate: perUser('upload_file_prepare', 30, 60),
    rules: ['UM90', 'UM91', 'UM92', 'UM93'],
  },
  upload_file_complete: { handle: complete, rate: null, rules: ['UM96', 'UM97'] },
  get_file_url: { handle: getFileUrl, rate: null, rules: ['UM99'] },
} as const satisfies EventTable
