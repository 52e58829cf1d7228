// Prints what breaks the layers of the real tree; the exit code says whether anything does.
import { join } from 'node:path'
import { checkLayers } from './check.ts'

const violations = await checkLayers(join(import.meta.dir, '../..'))
for (const { file, line, what } of violations) console.log(`${file}:${line} ${what}`)
console.log(violations.length ? `${violations.length} violations` : 'The layers hold.')
process.exitCode = violations.length ? 1 : 0
