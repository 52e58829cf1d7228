// A signal that fires when nothing is heard for too long. AbortSignal.any and AbortSignal.timeout are newer than some
// browsers, and cannot be put off.

export interface Patience {
  /** Fires with the outer signal, or when patience is over. */
  readonly signal: AbortSignal
  /** Something was heard: patience begins anew. */
  heard(): void
  /** Nothing is waited for any more: no timer and no listener stays. */
  end(): void
}

export const createPatience = (outer: AbortSignal, ms: number): Patience => {
  const inner = new AbortController()
  const stop = (): void => inner.abort(outer.reason)
  const late = (): void => inner.abort(new Error(`nothing was heard for ${ms / 1000} s`))
  let timer = setTimeout(late, ms)
  inner.signal.addEventListener('abort', () => end(), { once: true })
  const end = (): void => {
    clearTimeout(timer)
    outer.removeEventListener('abort', stop)
  }
  outer.addEventListener('abort', stop)
  if (outer.aborted) stop()
  return {
    signal: inner.signal,
    heard() {
      if (inner.signal.aborted) return
      clearTimeout(timer)
      timer = setTimeout(late, ms)
    },
    end,
  }
}
