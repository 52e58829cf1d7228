import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { documents } from './documents.ts'

test('the generated documents are what is committed (npm run generate)', async () => {
  for (const [path, text] of documents()) {
    const file = Bun.file(join(import.meta.dir, '../..', path))
    expect((await file.exists()) ? await file.text() : `${path} is missing`).toBe(text)
  }
})
