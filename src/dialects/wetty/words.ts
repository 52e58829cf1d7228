// This contract's words for kinds of messages, and the core's kinds and labels they stand for (WT53, §10).
import type { MessageKind } from '../../core/index.ts'

const kinds: ReadonlyMap<string, MessageKind> = new Map([
  ['text', 'text'],
  ['image', 'image'],
  ['video', 'video'],
  ['audio', 'audio'],
  ['file', 'file'],
  ['sticker', 'image'],
  ['emote', 'emote'],
  ['emoji', 'emote'],
  ['reminder', 'reminder'],
])

/** Words that say more than the core's kind: they are kept as the label, as they are. */
const labels: ReadonlySet<string> = new Set(['sticker', 'emoji'])

/** Before a word that only a wetty client knows, so that no other door's label is taken for one of ours. */
const PREFIX = 'wetty:'

/** Types that need a file (WT72). */
export const fileTypes: ReadonlySet<string> = new Set(['image', 'video', 'audio', 'file', 'sticker'])

/** What a type is in the core; free words are texts with a label. */
export const readType = (type: string): { readonly kind: MessageKind; readonly label: string | null } => {
  const kind = kinds.get(type)
  if (kind === undefined) return { kind: 'text', label: PREFIX + type }
  return { kind, label: labels.has(type) ? type : null }
}

/** The type to print: the label where it is a word of ours, else the kind. */
export const printType = ({ kind, label }: { readonly kind: MessageKind; readonly label: string | null }): string => {
  if (label?.startsWith(PREFIX)) return label.slice(PREFIX.length)
  return label !== null && labels.has(label) ? label : kind
}
