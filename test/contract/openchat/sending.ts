// How tests send messages, forms and files, and fetch them.
import type { Person } from './crew.ts'
import { request } from './raw.ts'
import type { Answer, Loose } from './target.ts'

export const messagesOf = (channel: string): string => `/v1/channels/${channel}/messages`

export const send = (who: Person, channel: string, json: unknown): Promise<Answer> =>
  who.post(messagesOf(channel), json)

/** The message as answered. */
export const sent = async (who: Person, channel: string, json: object): Promise<Loose> =>
  (await who.must('POST', messagesOf(channel), json)).message

export const history = async (who: Person, channel: string, query = ''): Promise<Loose[]> =>
  (await who.must('GET', messagesOf(channel) + query)).messages
export const bodies = async (who: Person, channel: string, query = ''): Promise<string[]> =>
  (await history(who, channel, query)).map(({ body }) => body)

export interface FormPart {
  readonly bytes: BlobPart
  readonly name?: string
  readonly type?: string
}

export const formOf = (
  fields: Readonly<Record<string, string>>,
  files: readonly FormPart[],
  field = 'files',
): FormData => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.set(name, value)
  for (const { bytes, name = 'note.txt', type = 'text/plain' } of files)
    form.append(field, new File([bytes], name, { type }))
  return form
}

/** A message that brings its files along. */
export const sendForm = (
  who: Person,
  channel: string,
  fields: Readonly<Record<string, string>>,
  files: readonly FormPart[],
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => request(who, 'POST', messagesOf(channel), { raw: formOf(fields, files), headers })

/** An attachment that hangs on nothing yet. */
export const upload = async (who: Person, part: FormPart = { bytes: 'hello' }): Promise<Loose> => {
  const answer = await request(who, 'POST', '/v1/uploads', { raw: formOf({}, [part], 'file') })
  if (answer.status !== 201) throw new Error(`upload: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body.attachment
}

/** A message with one file. */
export const sentFile = async (who: Person, channel: string, part: FormPart = { bytes: 'hello' }): Promise<Loose> => {
  const { attachment_id } = await upload(who, part)
  return sent(who, channel, { attachment_ids: [attachment_id] })
}

/** Path and query of an absolute URL. */
export const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url)
  return pathname + search
}

const encoder = new TextEncoder()
const bytesOf = (...parts: readonly (string | readonly number[])[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parts.flatMap(part => (typeof part === 'string' ? [...encoder.encode(part)] : [...part])))

/** 640 wide and 480 high, or what begins like it. */
export const PNG = bytesOf(
  [0x89],
  'PNG\r\n',
  [0x1a, 0x0a, 0, 0, 0, 13],
  'IHDR',
  [0, 0, 2, 0x80, 0, 0, 1, 0xe0, 8, 6, 0, 0, 0],
)
export const GIF = bytesOf('GIF89a', [0x80, 2, 0xe0, 1, 0, 0, 0])
export const MP3 = bytesOf('ID3', [4, 0, 0, 0, 0, 0, 0])
export const WEBM = bytesOf([0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x84], 'webm')
