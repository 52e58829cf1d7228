// Reads an event stream as EventSource does, from a fetch: so that a token can go in a header.

export interface StreamEvent {
  readonly id: string | null
  readonly data: string
}

/** Characters of one event; no server of this contract comes near. */
const MOST = 16 * 1024 * 1024

/**
 * Feeds on text in pieces of any size; answers the events that are whole by now. Comments and other fields are passed over.
 * Throws where a line or an event does not end within 16 Mi characters.
 */
export const createSseReader = (): ((piece: string) => readonly StreamEvent[]) => {
  /** The line that has not ended, in the pieces it came in: a long one is joined once. */
  let line: string[] = []
  let data: string[] = []
  let size = 0
  let id: string | null = null
  /** A line ended with CR: an LF that follows is part of that end. */
  let afterCr = false

  const grow = (by: number): void => {
    size += by
    if (size > MOST) throw new Error('an event without an end')
  }

  const take = (text: string, into: StreamEvent[]): void => {
    if (text === '') {
      if (data.length > 0) into.push({ id, data: data.join('\n') })
      data = []
      size = 0
      return
    }
    const colon = text.indexOf(':')
    const field = colon < 0 ? text : text.slice(0, colon)
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else {
      // What is passed over is not kept, so a stream may say nothing but comments for ever.
      size -= text.length
      if (field === 'id' && !value.includes('\0')) id = value
    }
  }

  return piece => {
    const events: StreamEvent[] = []
    let start = afterCr && piece.startsWith('\n') ? 1 : 0
    if (piece !== '') afterCr = false
    for (let at = start; at < piece.length; at++) {
      const char = piece[at]
      if (char !== '\n' && char !== '\r') continue
      grow(at - start)
      take([...line, piece.slice(start, at)].join(''), events)
      line = []
      if (char === '\r' && piece[at + 1] === '\n') at++
      else if (char === '\r' && at + 1 === piece.length) afterCr = true
      start = at + 1
    }
    if (start < piece.length) {
      grow(piece.length - start)
      line.push(piece.slice(start))
    }
    return events
  }
}
