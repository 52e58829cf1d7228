// Writes the generated documents: `npm run generate`.
import { join } from 'node:path'
import { documents } from './generate/documents.ts'

for (const [path, text] of documents()) await Bun.write(join(import.meta.dir, '..', path), text)
