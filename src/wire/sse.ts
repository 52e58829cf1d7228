// Server-Sent Events, as EventSource reads them.

export interface SseEvent {
  /** Comes back as `Last-Event-ID`. No line ends and no U+0000, which the format cannot carry: RangeError. */
  readonly id?: string
  /** The event's name, `message` when absent. No line ends: RangeError. */
  readonly event?: string
  /** Any text; without it EventSource dispatches nothing (but keeps the id). */
  readonly data?: string
  /** Milliseconds to wait before reconnecting. */
  readonly retry?: number
}

const LINE_END = /\r\n|\r|\n/

/** One event, its closing empty line included. Line ends in the data all arrive as LF. */
export const encodeSse = ({ id, event, data, retry }: SseEvent): string => {
  let text = ''
  if (id !== undefined) text += `id: ${oneLine(id)}\n`
  if (event !== undefined) text += `event: ${oneLine(event)}\n`
  if (retry !== undefined) text += `retry: ${Math.max(0, Math.trunc(retry))}\n`
  if (data !== undefined) for (const line of data.split(LINE_END)) text += `data: ${line}\n`
  return `${text}\n`
}

/** A comment: dispatches nothing, keeps proxies from closing an idle stream. */
export const encodeSseComment = (comment = ''): string =>
  `${comment
    .split(LINE_END)
    .map(line => `: ${line}\n`)
    .join('')}\n`

const oneLine = (value: string): string => {
  if (/[\r\n\0]/.test(value)) throw new RangeError('a line end or U+0000 in an event-stream field')
  return value
}
