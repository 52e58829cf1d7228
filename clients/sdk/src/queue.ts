// Turns what is pushed into what can be awaited: the items of `for await`, from the moment it is made.

export interface Queue<T> extends AsyncIterableIterator<T> {
  push(item: T): void
  /** Nothing more will come; what waits is still handed out. */
  end(): void
}

/** Holds at most `most` items for a slow reader, who then gets an error behind them. `closed` is called once, however it ends. */
export const createQueue = <T>(most: number, closed: () => void): Queue<T> => {
  let items: T[] = []
  /** Behind the items: the end, or the error. */
  let last: 'open' | 'end' | 'overrun' = 'open'
  const readers: (() => void)[] = []
  const wake = (): void => {
    for (const reader of readers.splice(0)) reader()
  }
  const finish = (how: 'end' | 'overrun'): void => {
    if (last !== 'open') return
    last = how
    closed()
    wake()
  }
  return {
    push(item) {
      if (last !== 'open') return
      if (items.length < most) items.push(item)
      else finish('overrun')
      wake()
    },
    end: () => finish('end'),
    async next() {
      for (;;) {
        if (items.length > 0) return { done: false, value: items.shift() as T }
        if (last === 'overrun') {
          last = 'end'
          throw new Error('events came faster than they were read')
        }
        if (last === 'end') return { done: true, value: undefined }
        await new Promise<void>(resolve => readers.push(resolve))
      }
    },
    async return() {
      items = []
      finish('end')
      last = 'end'
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
