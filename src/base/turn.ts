// Long work that gives way: between two of its pieces, what else is waiting is done.

/** Resolves once whatever has come in meanwhile had its turn. */
export const nextTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
