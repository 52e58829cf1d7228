// Lengths as people count them: graphemes, code points, one emoji.

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

// Below U+0300 nothing combines: every code unit is a grapheme of its own, but for CR LF, which is one.
const COMBINES = /[\u0300-\uffff]|\r\n/

/**
 * Graphemes ("user-perceived characters") of a text, at most `cap`: counting stops there, so "more than n?" is asked with
 * a cap of n + 1. Linear in the text. One grapheme may be any number of bytes long: bound those too.
 */
export const countGraphemes = (text: string, cap = Number.POSITIVE_INFINITY): number => {
  if (!COMBINES.test(text)) return Math.min(text.length, cap)
  let count = 0
  for (const _ of segmenter.segment(text)) {
    if (count >= cap) break
    count++
  }
  return count
}

/** The first `max` graphemes of a text, none of them cut in two. */
export const truncateGraphemes = (text: string, max: number): string => {
  if (text.length <= max) return text
  if (!COMBINES.test(text)) return text.slice(0, max)
  let count = 0
  for (const { index } of segmenter.segment(text)) {
    if (count === max) return text.slice(0, index)
    count++
  }
  return text
}

/** Code points of a text: a surrogate pair is one, so is a lone surrogate. */
export const countCodePoints = (text: string): number => {
  let count = text.length
  for (let at = 1; at < text.length; at++) {
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800) {
      count--
      at++
    }
  }
  return count
}

// Unassigned pictographs are let through, so that the emoji of a newer Unicode than ours can be used.
const PICTOGRAPH = String.raw`[\p{Extended_Pictographic}&&[\p{Emoji}\p{Cn}]]`
const ELEMENT = String.raw`${PICTOGRAPH}(?:\p{Emoji_Modifier}\u{FE0F}?|\u{FE0F}|[\u{E0020}-\u{E007E}]+\u{E007F})?`
const KEYCAP = String.raw`[0-9#*]\u{FE0F}?\u{20E3}`
const FLAG = String.raw`\p{Regional_Indicator}{2}`
const EMOJI = new RegExp(String.raw`^(?:${ELEMENT}(?:\u{200D}${ELEMENT})*|${FLAG}|${KEYCAP}|\p{Emoji_Modifier})$`, 'v')

/** UTF-16 units; the longest emoji in use has 15. */
const EMOJI_MAX_LENGTH = 32

/**
 * Whether a text is exactly one emoji (WT61): skin tones, ZWJ sequences, flags and keycaps count as one. A pictograph that
 * is text by default (`❤`) counts with and without its U+FE0F; bare digits and half flags do not.
 */
export const isSingleEmoji = (text: string): boolean => text.length <= EMOJI_MAX_LENGTH && EMOJI.test(text)
