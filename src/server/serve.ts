// The `serve` command: starts, says where, and stops when told or when nothing can be stored any more.
import { StoreBrokenError, StoreOpenError } from '../adapters/store/errors.ts'
import { createLogger } from '../base/log.ts'
import { SettingError } from '../host/dialect.ts'
import { compose } from './compose.ts'
import { loadConfig } from './config.ts'
import { StartError } from './start-error.ts'

/** What the operator can do something about, as one line; anything else is a bug and keeps its stack. */
const explained = (error: unknown, address: string): unknown => {
  if (error instanceof StoreOpenError || error instanceof StoreBrokenError || error instanceof SettingError) {
    return new StartError(error.message)
  }
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'EADDRINUSE') return new StartError(`cannot listen on ${address}: the port is taken`)
  if (code === 'EACCES') return new StartError(`cannot listen on ${address}: this port needs more rights`)
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new StartError(`cannot listen on ${address}: this machine has no such address`)
  }
  return error
}

/** Resolves with the exit code. Faults: StartError. */
export const serve = async (
  env: Readonly<Record<string, string | undefined>>,
  given: { port?: string; host?: string; data?: string },
): Promise<number> => {
  const config = loadConfig(env, given)
  const log = createLogger(config.logLevel)
  const stop = Promise.withResolvers<Error | null>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.resolve(null))
  const address = `${config.host}:${config.port}`
  try {
    await using running = await compose(config, env, log, error => stop.resolve(error))
    console.log(`Parlance is listening on ${running.listening.url}`)
    const broken = await stop.promise
    if (broken) throw broken
    log.info({}, 'draining')
  } catch (error) {
    throw explained(error, address)
  }
  return 0
}
