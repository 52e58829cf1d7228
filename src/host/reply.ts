// Small makers and readers that every dialect needs at its edge, free of any dialect's shape.

const JSON_TYPE = 'application/json; charset=utf-8'

/** A JSON answer; `headers` may name another content type. */
export const json = (status: number, body: unknown, headers?: Readonly<Record<string, string>>): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: headers ? { 'content-type': JSON_TYPE, ...headers } : { 'content-type': JSON_TYPE },
  })

/** An answer without a body. */
export const empty = (status = 204, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(null, { status, headers })

/**
 * An integer of the query: null when the name is absent or its value empty, `'invalid'` for anything but decimal
 * digits (with a sign) within the safe integers. Of repeated names the first counts.
 */
export const queryInteger = (query: URLSearchParams, name: string): number | null | 'invalid' => {
  const text = query.get(name)
  if (text === null || text === '') return null
  if (!/^[+-]?\d{1,16}$/.test(text)) return 'invalid'
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : 'invalid'
}

/** Whole seconds for a `Retry-After` header: rounded up, at least 1. */
export const retryAfter = (ms: number): string => String(Math.max(1, Math.ceil(ms / 1000)))
