// Time as a value that is handed in, so that tests can hold it still.

/** Milliseconds since 1970, and timers that follow the same time. */
export interface Clock {
  now(): number
  /** Runs `task` once after `ms` (at most 2^31 - 1) unless disposed first. Never keeps the process alive. */
  after(ms: number, task: () => void): Disposable
}

const MAX_DELAY = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    const timer = setTimeout(task, Math.min(Math.max(0, ms), MAX_DELAY))
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
}

/** A clock that stands still until `advance` is called; due tasks then run in order of their time. For tests. */
export const manualClock = (start = 1_700_000_000_000): Clock & { advance(ms: number): void } => {
  let now = start
  const tasks = new Set<{ at: number; task: () => void }>()
  return {
    now: () => now,
    after(ms, task) {
      const entry = { at: now + Math.max(0, ms), task }
      tasks.add(entry)
      return { [Symbol.dispose]: () => void tasks.delete(entry) }
    },
    advance(ms) {
      const until = now + ms
      for (;;) {
        const due = [...tasks].filter(t => t.at <= until).sort((a, b) => a.at - b.at)[0]
        if (!due) break
        tasks.delete(due)
        now = Math.max(now, due.at)
        due.task()
      }
      now = until
    },
  }
}

/** Does something again and again, `ms` after it was done the last time, until disposed. It never runs twice at once. */
export const every = (
  clock: Clock,
  ms: number,
  task: () => Promise<unknown>,
  onError: (error: unknown) => void,
): Disposable => {
  let timer: Disposable
  let over = false
  const again = (): void => {
    timer = clock.after(ms, () => {
      task()
        .catch(error => over || onError(error))
        .finally(() => over || again())
    })
  }
  again()
  return {
    [Symbol.dispose]() {
      over = true
      timer[Symbol.dispose]()
    },
  }
}
