// Names of people: which may be had, and how one is made free.
import { fold } from '../base/fold.ts'
import { limits } from './limits.ts'
import type { Reads } from './ports/store.ts'

const RESERVED = new Set('me online admin root system support all everyone here channel null undefined'.split(' '))

/** Taken for everybody, on every door. */
export const isReserved = (handle: string): boolean => RESERVED.has(fold(handle)) || fold(handle).startsWith('uid_')

/**
 * 2 to 32 letters and digits of any script and `. _ -`, at least one letter or digit. None that does not show (some are
 * letters and marks to Unicode): a name with one would look like another person's.
 */
export const isHandle = (handle: string): boolean => {
  const length = [...handle].length
  return (
    length >= limits.handle.min &&
    length <= limits.handle.max &&
    /^[\p{L}\p{M}\p{N}._-]+$/u.test(handle) &&
    !/\p{Default_Ignorable_Code_Point}/u.test(handle) &&
    /[\p{L}\p{N}]/u.test(handle)
  )
}

/** `hint`, or with the first digits appended that make it free; at most 32 characters. */
export const freeHandle = async (reads: Reads, hint: string): Promise<string> => {
  const free = async (handle: string) => !isReserved(handle) && (await reads.profileByHandle(fold(handle))) === null
  const base = [...hint].slice(0, 24).join('')
  if (await free(base)) return base
  for (let n = 2; n <= 9; n++) {
    if (await free(`${base}${n}`)) return `${base}${n}`
  }
  // A popular name: guessing beats counting through all that are taken.
  for (let digits = 10_000; ; digits = Math.min(digits * 10, 10_000_000)) {
    const handle = `${base}${Math.floor(Math.random() * digits)}`
    if (await free(handle)) return handle
  }
}
