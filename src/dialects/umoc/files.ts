// How this contract names, types and guards files (UM92 to UM94, UM99).
import { equalSecrets, sign } from '../../base/secret.ts'
import type { Core, Fid } from '../../core/index.ts'
import { mimeEssence, safeFileName } from '../../wire/disposition.ts'
import type { FileRules } from './scope.ts'

/** Shown inside a page; everything else is saved (UM98). */
const SHOWN = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'video/mp4',
  'video/webm',
  'video/quicktime',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/wav',
  'audio/ogg',
  'audio/webm',
])
const SAVED = new Set([
  'application/pdf',
  'application/zip',
  'application/json',
  'application/octet-stream',
  'text/plain',
  'text/csv',
  'text/markdown',
])
/** Documents of office programs; those that carry macros have other names. */
const FAMILIES = ['application/vnd.openxmlformats-officedocument.', 'application/vnd.oasis.opendocument.'] as const

export const isShown = (type: string): boolean => SHOWN.has(type)

/** A declared type without its parameters, folded; null when it is not allowed. */
export const allowedType = (given: string): string | null => {
  const type = mimeEssence(given)
  if (type === null) return null
  return SHOWN.has(type) || SAVED.has(type) || FAMILIES.some(family => type.startsWith(family)) ? type : null
}

/** The name everybody sees; null when nothing is left of it. */
export const cleanName = (given: string): string | null => {
  const segment = given.split(/[/\\]/).at(-1)?.trim() ?? ''
  if (segment === '' || segment === '.' || segment === '..') return null
  return safeFileName(segment.replace(/[\p{Cc}:*?"<>|]/gu, '_'))
}

const pathOf = (fid: Fid, name: string): string => `/api/files/${fid}/${encodeURIComponent(name.toWellFormed())}`

/** The key is asked for when it is first needed: the core derives it from the one kept with the data. */
export const createFileRules = (core: Pick<Core, 'keyFor'>): FileRules => {
  let key: string | null = null
  return {
    cleanName,
    allowedType,
    uploadToken(fid) {
      key ??= core.keyFor('umoc upload')
      return sign(key, fid)
    },
    signedUrl: (fid, name, signature) => `${pathOf(fid, name)}?signature=${encodeURIComponent(signature)}`,
  }
}

export const opensUpload = ({ uploadToken }: Pick<FileRules, 'uploadToken'>, fid: Fid, token: string): boolean =>
  equalSecrets(token, uploadToken(fid))
