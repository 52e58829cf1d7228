// What only this contract understands of a message, kept in the core's opaque payload: the content of a file message as
// its client wrote it (UM75), and encrypted content (UM74).
import type { Draft, Message } from '../../core/index.ts'

/** Marks payloads in the form below, so that no other door's is taken for one. */
const LABEL = 'umoc'

export interface Sealed {
  /** A JSON text; null when the message's text is its content. */
  readonly content: string | null
  readonly encrypted: string | null
}

/** Length of the content, the content, the rest is the encrypted content: grows neither by escaping. */
export const seal = ({ content, encrypted }: Sealed): Pick<Draft, 'label' | 'payload'> =>
  content === null && encrypted === null
    ? {}
    : { label: LABEL, payload: `${content?.length ?? 0}:${content ?? ''}${encrypted ?? ''}` }

/** Null for messages that carry nothing of this contract's own. */
export const unseal = ({ label, payload }: Pick<Message, 'label' | 'payload'>): Sealed | null => {
  if (label !== LABEL || payload === null) return null
  const colon = payload.indexOf(':')
  const start = colon + 1
  const length = Number(payload.slice(0, colon))
  if (colon < 1 || !Number.isInteger(length)) return null
  const content = payload.slice(start, start + length)
  const encrypted = payload.slice(start + length)
  return { content: content || null, encrypted: encrypted || null }
}

const UPLOAD = 'umoc file '

/** The key under which an upload is sent: sending it again finds the message (UM97). No client's own key. */
export const uploadKey = (fid: string): string => UPLOAD + fid
export const isUploadKey = (key: string): boolean => key.startsWith(UPLOAD)
