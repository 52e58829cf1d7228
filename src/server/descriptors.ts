// How many sockets fit: the process's descriptors, less what requests, files and the database need.

/** Where the system does not tell: the least that common systems give. */
const LEAST = 1024
/** The share that sockets may take. The rest is for plain requests, files and the database, however many sockets there are. */
const SHARE = 3 / 4

interface Report {
  readonly userLimits?: { readonly open_files?: { readonly soft?: unknown } }
}

/** Open files this process may have. Bun has raised the soft limit to the hard one by now. */
const openFileLimit = (): number => {
  const soft = (process.report.getReport() as Report).userLimits?.open_files?.soft
  return soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : typeof soft === 'number' && soft > 0 ? soft : LEAST
}

/** Sockets that leave a reserve of descriptors, for a limit on open files; by default that of this process. */
export const socketsThatFit = (openFiles: number = openFileLimit()): number => Math.floor(openFiles * SHARE)
