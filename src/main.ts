// argv → command. The only file that exits.
import { parseArgs } from 'node:util'
import pkg from '../package.json' with { type: 'json' }
import { settings } from './server/config.ts'
import { serve } from './server/serve.ts'
import { StartError } from './server/start-error.ts'

const help = `Parlance ${pkg.version}: one chat server, five client contracts.

Usage
  parlance [serve] [--port N] [--host H] [--data DIR]
  parlance conform <dialect> <url>
      Which rules of a contract the server there keeps (parlance conform --help).

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
const fail = (message: string, code = 1): never => {
  console.error(`parlance: ${message.replaceAll(/\s*\n\s*/g, ' ')}`)
  process.exit(code)
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

const runServe = async (argv: readonly string[]): Promise<number> => {
  const { values, positionals } = readArguments(argv)
  if (values.help) {
    console.log(help)
    return 0
  }
  if (values.version) {
    console.log(pkg.version)
    return 0
  }
  if (positionals.length > 1 || (positionals[0] ?? 'serve') !== 'serve') {
    return fail(`there is no command "${positionals.join(' ')}" (see parlance --help)`)
  }
  try {
    const { port, host, data } = values
    const given = { ...(port && { port }), ...(host && { host }), ...(data && { data }) }
    return await serve(process.env, given)
  } catch (error) {
    if (error instanceof StartError) fail(error.message)
    throw error
  }
}

/** Loaded when it is asked for: an image of the server may have neither the tests nor what runs them. */
const loadConform = async () => {
  try {
    return await import('../tools/conform/conform.ts')
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code !== 'ERR_MODULE_NOT_FOUND') throw error
    return fail('the contract tests are not installed here: run this in a clone of the repository', 2)
  }
}

const argv = process.argv.slice(2)
process.exit(argv[0] === 'conform' ? await (await loadConform()).conform(argv.slice(1)) : await runServe(argv))
