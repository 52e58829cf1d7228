// Reads an event stream as EventSource does, from a fetch: so that a token can go in a header.

export interface StreamEvent {
  readonly id: string | null
  readonly data: string
}

/** Feeds on text in pieces of any size; answers the events that are whole by now. Comments and other fields are passed over. */
export const createSseReader = (): ((piece: string) => readonly StreamEvent[]) => {
  let rest = ''
  let data: string[] = []
  let id: string | null = null
  const take = (line: string, into: StreamEvent[]): void => {
    if (line === '') {
      if (data.length > 0) into.push({ id, data: data.join('\n') })
      data = []
      return
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'data') data.push(value)
    else if (field === 'id') id = value
  }
  return piece => {
    const events: StreamEvent[] = []
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/)
    rest = lines.pop() ?? ''
    for (const line of lines) take(line, events)
    return events
  }
}
