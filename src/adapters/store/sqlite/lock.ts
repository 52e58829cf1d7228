// One server per data folder. The lock is the operating system's, so it is gone the moment its holder is, kill -9 too.
import { Database } from 'bun:sqlite'
import { StoreOpenError } from '../errors.ts'
import { isBusy } from './faults.ts'

/** Holds the folder until disposed; throws StoreOpenError `locked` when another process (or this one) already does. */
export const lockFolder = (folder: string, path: string): Disposable => {
  const db = new Database(path, { readwrite: true, create: true })
  try {
    db.run('pragma busy_timeout = 0')
    // Never committed: what counts is the lock on the file that it takes.
    db.run('begin exclusive')
  } catch (error) {
    db.close()
    if (isBusy(error)) {
      throw new StoreOpenError('locked', `another server is running on the data folder ${folder}`, error)
    }
    throw error
  }
  return { [Symbol.dispose]: () => db.close() }
}
