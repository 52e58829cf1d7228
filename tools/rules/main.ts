// Prints which rules of the contracts have no test. Fails where a dialect counts as complete. `--all` lists the others' too.
import { join } from 'node:path'
import { checkRules } from './check.ts'
import { coveredElsewhere } from './covered-elsewhere.ts'

/** Dialects that are built: a rule of theirs without a test is a failure. */
const COMPLETE = ['chatapp', 'msgr', 'openchat', 'umoc', 'wetty']

const all = process.argv.includes('--all')
const { coverage, problems } = await checkRules({
  root: join(import.meta.dir, '../..'),
  complete: COMPLETE,
  coveredElsewhere,
})

console.log('dialect   rules  untested  covered elsewhere')
for (const { dialect, rules, untested, elsewhere, complete } of coverage) {
  const figures = [String(rules).padStart(5), String(untested.length).padStart(8), String(elsewhere).padStart(17)]
  console.log(`${dialect.padEnd(9)} ${figures.join('  ')}${complete ? '' : '  (not built yet)'}`)
}
for (const { dialect, untested, complete } of coverage) {
  if (untested.length === 0 || !(complete || all)) continue
  console.log(`\n${dialect}: rules without a test`)
  for (const { id, text } of untested) console.log(`  ${id.padEnd(7)} ${text.slice(0, 110)}`)
}
if (problems.length) console.log(`\n${problems.join('\n')}`)

process.exitCode = problems.length || coverage.some(c => c.complete && c.untested.length) ? 1 : 0
