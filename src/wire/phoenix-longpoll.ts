// The bodies of Phoenix's long-poll transport. HTTP always says 200: the real status stands in the body (MS101).
import { mimeEssence } from './disposition.ts'
import type { Framing, Incoming } from './phoenix.ts'

/** The official client sends at most 100 at a time. */
const MAX_FRAMES = 1000

/**
 * The frames of one POST body, in order (MS104). `application/x-ndjson`: one a line, where a line that begins with
 * neither `[` nor `{` is the base64 of a binary frame, and empty lines are skipped; any other type: the body is one
 * frame. The list ends with the first frame that is `undecodable` (MS105), which is also what the 1001st is. Only the
 * number of frames is bounded here: bound the body before.
 */
export const decodeBatch = (framing: Framing, body: Uint8Array, contentType: string | null): readonly Incoming[] => {
  let text: string
  try {
    text = utf8.decode(body)
  } catch {
    return [{ type: 'undecodable', reason: 'utf8' }]
  }
  if (mimeEssence(contentType) !== 'application/x-ndjson') return [framing.decode(text)]
  const frames: Incoming[] = []
  for (const line of lines(text)) {
    if (line === '') continue
    const frame = frames.length < MAX_FRAMES ? decodeLine(framing, line) : tooMany
    frames.push(frame)
    if (frame.type === 'undecodable') break
  }
  return frames
}

/** Answer to a GET: 200 with frames, 204 after a while without any, 410 with the token of a new session (MS102, MS103). */
export const pollAnswer = (status: 200 | 204 | 410, token: string, frames: readonly string[] = []): string =>
  JSON.stringify({ status, token, messages: frames })

/** Answer without a session: to a POST (200 taken, 408 undecodable, 410 no session), to anything 403 for a bad `vsn` (MS105). */
export const statusAnswer = (status: 200 | 403 | 408 | 410): string => JSON.stringify({ status })

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const tooMany: Incoming = { type: 'undecodable', reason: 'too many frames' }

function* lines(text: string): Generator<string> {
  for (let start = 0; start <= text.length; ) {
    const found = text.indexOf('\n', start)
    const end = found < 0 ? text.length : found
    yield text.slice(start, text[end - 1] === '\r' ? end - 1 : end)
    start = end + 1
  }
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/

const decodeLine = (framing: Framing, line: string): Incoming => {
  if (line.startsWith('[') || line.startsWith('{')) return framing.decode(line)
  // Buffer skips what is no base64, hence the check.
  return line.length % 4 === 0 && BASE64.test(line)
    ? framing.decode(new Uint8Array(Buffer.from(line, 'base64')))
    : { type: 'undecodable', reason: 'no base64' }
}
