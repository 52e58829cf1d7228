// Uploads taken in as streams: multipart/form-data part by part, or a raw body. No file is ever held in memory.
import type { Readable } from 'node:stream'
import busboy, { type Busboy, type FieldInfo, type FileInfo } from 'busboy'
import { mimeEssence } from './disposition.ts'

/**
 * `malformed`: no form by its type, a broken part header, or a body that ends within a part. `aborted`: the connection
 * broke. `too-large`: more parts, longer fields, or more bytes outside parts than `FormBounds` and `SILENT_BYTES` allow.
 */
export type IntakeFault = 'malformed' | 'aborted' | 'too-large'

/** Thrown by the bytes of a file that did not arrive whole. */
export class IntakeError extends Error {
  readonly reason: IntakeFault
  constructor(reason: IntakeFault) {
    super(`upload ${reason}`)
    this.name = 'IntakeError'
    this.reason = reason
  }
}

export interface FormField {
  readonly type: 'field'
  readonly name: string
  /** In the charset the part declares, else UTF-8; bytes that are none read as U+FFFD. */
  readonly value: string
}

/** A part with a file name, or of type application/octet-stream. */
export interface FormFile {
  readonly type: 'file'
  /** The field's name. */
  readonly name: string
  /** As declared, path and all: make it safe with `safeFileName`. */
  readonly fileName: string | null
  /** As declared, in lower case, without parameters; text/plain where nothing is declared (RFC 7578). */
  readonly mime: string
  /** To be read once, before the next part is asked for. Throws IntakeError when the file did not arrive whole. */
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface FormBounds {
  readonly fields: number
  /** Bytes of one field. */
  readonly fieldBytes: number
  readonly files: number
}

/** Defaults. The headers of a part are bounded too, at 16 KiB. Bytes of a file are its reader's to count. */
const BOUNDS: FormBounds = { fields: 32, fieldBytes: 64 * 1024, files: 20 }

/** Bytes that may come in while nothing reaches the reader: preamble, skipped files and parts, epilogue. */
const SILENT_BYTES = 1024 * 1024

/** What the parser gets at once, so that a body that comes in one great chunk is not parsed far ahead of its reader. */
const SLICE_BYTES = 64 * 1024

/**
 * A form being read. Nothing is read before the first `next`, and then no further than the reader of a file has come, but
 * for some 200 KiB. Dispose it: that lets go of the body, read or not.
 */
export interface Form extends AsyncDisposable {
  /** The next part, in order. What has not been read of the file before is skipped, up to 1 MiB. Never throws. */
  next(): Promise<
    FormField | FormFile | { readonly type: 'end' } | { readonly type: 'failed'; readonly reason: IntakeFault }
  >
  /** Why the form broke off; known here as soon as the bytes of a file have thrown it. */
  readonly failure: IntakeFault | null
}

export const readForm = (
  body: ReadableStream<Uint8Array> | null,
  contentType: string | null,
  bounds: Partial<FormBounds> = {},
): Form => {
  const arrived: { readonly part: FormField | FormFile; readonly skip?: () => void }[] = []
  let failure: IntakeFault | null = null
  let ended = false
  let silent = 0
  let skipLast: (() => void) | undefined
  let reading: Promise<void> | undefined
  const progress = signal()
  const drain = signal()

  const parser = createParser(contentType, { ...BOUNDS, ...bounds })
  const source = body?.getReader()

  const end = (why: IntakeFault | null): void => {
    if (ended) return
    ended = true
    failure = why
    parser?.destroy()
    // Where the stream is broken already, there is nobody left to tell.
    source?.cancel().catch(() => {})
    progress.fire()
    drain.fire()
  }
  const arrive = (part: FormField | FormFile, skip?: () => void): void => {
    if (ended) return
    silent = 0
    arrived.push(skip ? { part, skip } : { part })
    progress.fire()
  }

  async function* bytesOf(stream: Readable): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
        silent = 0
        yield chunk
      }
    } catch {
      throw new IntakeError(failure ?? 'malformed')
    }
  }

  // The types promise a name and a value; the parser has none where a header lacks them or the charset is unknown.
  const onField = (name: string | undefined, value: string | undefined, { valueTruncated }: FieldInfo): void => {
    if (valueTruncated) end('too-large')
    else if (value === undefined) end('malformed')
    else arrive({ type: 'field', name: name ?? '', value })
  }
  const onFile = (name: string | undefined, stream: Readable, { filename, mimeType }: Partial<FileInfo>): void => {
    // Told by `bytes`; an error nobody listens to would end the process.
    stream.on('error', () => {})
    const mime = mimeEssence(mimeType ?? null) ?? 'application/octet-stream'
    const bytes = bytesOf(stream)
    arrive({ type: 'file', name: name ?? '', fileName: filename ?? null, mime, bytes }, () => stream.resume())
  }
  parser
    ?.on('field', onField)
    .on('file', onFile)
    .on('fieldsLimit', () => end('too-large'))
    .on('filesLimit', () => end('too-large'))
    .on('error', () => end('malformed'))
    .on('drain', drain.fire)
    .on('close', () => end(null))
  if (!parser) end('malformed')

  const read = async (): Promise<void> => {
    while (!ended && parser) {
      const chunk = await source?.read().catch(() => null)
      if (chunk === null) return end('aborted')
      if (ended) return
      if (!chunk || chunk.done) return void parser.end()
      for (let at = 0; at < chunk.value.length && !ended; at += SLICE_BYTES) {
        const slice = chunk.value.subarray(at, at + SLICE_BYTES)
        silent += slice.length
        if (silent > SILENT_BYTES) return end('too-large')
        const drained = drain.next
        if (!parser.write(slice)) await drained
      }
    }
  }

  return {
    async next() {
      skipLast?.()
      skipLast = undefined
      reading ??= read()
      for (;;) {
        const first = arrived.shift()
        if (first) {
          skipLast = first.skip
          return first.part
        }
        if (ended) return failure === null ? { type: 'end' } : { type: 'failed', reason: failure }
        await progress.next
      }
    },
    get failure() {
      return failure
    },
    async [Symbol.asyncDispose]() {
      end(null)
      await reading
    },
  }
}

/**
 * The first file of a form (WT68, UM94) with the fields that stood before it, the first of each name. What follows the
 * file is not read: dispose the form when done with the file.
 */
export const firstFile = async (
  form: Form,
): Promise<
  | { readonly type: 'file'; readonly file: FormFile; readonly fields: ReadonlyMap<string, string> }
  | { readonly type: 'no-file' }
  | { readonly type: 'failed'; readonly reason: IntakeFault }
> => {
  const fields = new Map<string, string>()
  for (;;) {
    const part = await form.next()
    if (part.type === 'file') return { type: 'file', file: part, fields }
    if (part.type === 'end') return { type: 'no-file' }
    if (part.type === 'failed') return part
    if (!fields.has(part.name)) fields.set(part.name, part.value)
  }
}

/** The bytes of a body that is the file itself; none for no body. Throws IntakeError `aborted`. Ends the body when left early. */
export async function* readRaw(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  const source = body?.getReader()
  if (!source) return
  try {
    for (;;) {
      const chunk = await source.read().catch(() => null)
      if (chunk === null) throw new IntakeError('aborted')
      if (chunk.done) return
      yield chunk.value
    }
  } finally {
    source.cancel().catch(() => {})
  }
}

/** Null when the type is not that of a form, or names no boundary. */
const createParser = (contentType: string | null, bounds: FormBounds): Busboy | null => {
  if (mimeEssence(contentType) !== 'multipart/form-data') return null
  try {
    return busboy({
      headers: { 'content-type': contentType ?? '' },
      defParamCharset: 'utf8',
      preservePath: true,
      // The parser calls a field that just fits truncated.
      limits: { fields: bounds.fields, fieldSize: bounds.fieldBytes + 1, files: bounds.files },
    })
  } catch {
    return null
  }
}

/** Something that happens again and again: `next` resolves at the next time. */
const signal = (): { readonly next: Promise<void>; fire(): void } => {
  let pending = Promise.withResolvers<void>()
  return {
    get next() {
      return pending.promise
    },
    fire() {
      const happened = pending
      pending = Promise.withResolvers<void>()
      happened.resolve()
    },
  }
}
