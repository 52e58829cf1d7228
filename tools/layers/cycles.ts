// Import cycles.

/** At least one cycle of every knot, none twice; each begins with its first node in order of name. */
export const findCycles = (graph: ReadonlyMap<string, readonly string[]>): readonly (readonly string[])[] => {
  const done = new Set<string>()
  const cycles: (readonly string[])[] = []
  const path: string[] = []

  const visit = (node: string): void => {
    const at = path.indexOf(node)
    if (at >= 0) {
      cycles.push(fromFirst(path.slice(at)))
      return
    }
    if (done.has(node)) return
    path.push(node)
    for (const next of graph.get(node) ?? []) visit(next)
    path.pop()
    done.add(node)
  }
  for (const node of [...graph.keys()].toSorted()) visit(node)
  return cycles
}

const fromFirst = (cycle: readonly string[]): readonly string[] => {
  const start = cycle.indexOf([...cycle].toSorted()[0] ?? '')
  return [...cycle.slice(start), ...cycle.slice(0, start)]
}
