// Credentials in an `Authorization` header.

export type Authorization =
  | { readonly type: 'bearer'; readonly token: string }
  /** Some other scheme. It is not told: what stands there may be a secret sent without one. */
  | { readonly type: 'other' }
  | { readonly type: 'none' }

/**
 * Reads an `Authorization` header. The scheme is compared without regard to case. The token is opaque, without outer
 * white space, and empty after a bare `Bearer` (which is a failed login, not none).
 */
export const parseAuthorization = (header: string | null): Authorization => {
  const value = header?.trim() ?? ''
  if (value === '') return { type: 'none' }
  const space = value.search(/[ \t]/)
  const scheme = space < 0 ? value : value.slice(0, space)
  if (scheme.toLowerCase() !== 'bearer') return { type: 'other' }
  return { type: 'bearer', token: space < 0 ? '' : value.slice(space).trim() }
}
