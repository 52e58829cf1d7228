// The outermost bounds of what people write beside messages. Doors judge first, by their own narrower rules.
import { isCleanText } from '../base/json.ts'
import { countGraphemes } from '../base/text.ts'
import { refuse } from './fault.ts'
import { limits } from './limits.ts'

const invalid = (field: string, reason: 'length' | 'characters'): never =>
  refuse({ kind: 'value.invalid', field, reason })

/** A text that can be stored everywhere: no NUL, no lone surrogate, up to `bytes` of UTF-8. Faults: value.invalid. */
export const judgeShort = (field: string, text: string | null | undefined, bytes: number = limits.shortBytes): void => {
  if (!text) return
  if (text.length > bytes || Buffer.byteLength(text) > bytes) invalid(field, 'length')
  if (!isCleanText(text)) invalid(field, 'characters')
}

/** Up to 120 graphemes without control characters. Faults: value.invalid. */
export const judgeDisplayName = (name: string | null | undefined): void => {
  judgeShort('displayName', name)
  if (!name) return
  if (/\p{Cc}/u.test(name)) invalid('displayName', 'characters')
  if (countGraphemes(name, limits.displayName + 1) > limits.displayName) invalid('displayName', 'length')
}
