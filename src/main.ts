// argv → command. The only file that exits.
import { parseArgs } from 'node:util'
import pkg from '../package.json' with { type: 'json' }
import { settings } from './server/config.ts'
import { serve } from './server/serve.ts'
import { StartError } from './server/start-error.ts'

const help = `Parlance ${pkg.version}: one chat server, five client contracts.

Usage
  parlance [serve] [--port N] [--host H] [--data DIR]

Options
  --port N     Port to listen on; 0 picks a free one.
  --host H     Address to listen on.
  --data DIR   Folder of the embedded database and the uploaded files.
  --help       This text.
  --version    The version.

Environment (options win)
${settings.map(s => `  ${s.name.padEnd(30)}${s.meaning} Default: ${s.fallback}.`).join('\n')}
`

/** One line that says what is wrong, and the exit code that says that something is. */
const fail = (message: string): never => {
  console.error(`parlance: ${message.replaceAll(/\s*\n\s*/g, ' ')}`)
  process.exit(1)
}

const readArguments = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        data: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : error} (see parlance --help)`)
  }
}

const { values, positionals } = readArguments(process.argv.slice(2))
if (values.help) {
  console.log(help)
} else if (values.version) {
  console.log(pkg.version)
} else if (positionals.length > 1 || (positionals[0] ?? 'serve') !== 'serve') {
  fail(`there is no command "${positionals.join(' ')}" (see parlance --help)`)
} else {
  try {
    const { port, host, data } = values
    const given = { ...(port && { port }), ...(host && { host }), ...(data && { data }) }
    process.exit(await serve(process.env, given))
  } catch (error) {
    if (error instanceof StartError) fail(error.message)
    throw error
  }
}
