// The layer check: every import of src and clients against the table, and the laws of a single file.
import { statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { findCycles } from './cycles.ts'
import { pattern } from './pattern.ts'
import { type Import, readSource, type Source } from './source.ts'
import { type Layer, layers, MAX_LINES } from './table.ts'

export interface Violation {
  readonly file: string
  readonly line: number
  readonly what: string
}

/** What an import names: a file of this project, or a package. */
type Target = { readonly type: 'file'; readonly path: string } | { readonly type: 'package'; readonly name: string }

const SOURCES = new Bun.Glob('{src,clients}/**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs}')
const isTest = /\.test\.tsx?$/

const targetOf = (file: string, specifier: string): Target =>
  /^\.{1,2}(\/|$)/.test(specifier)
    ? { type: 'file', path: posix.join(posix.dirname(file), specifier) }
    : { type: 'package', name: specifier }

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false

const isRuntime = (name: string): boolean => name === 'bun' || name.startsWith('bun:') || name.startsWith('node:')

const allowsPackage = (allowed: Layer['packages'], name: string): boolean =>
  allowed === 'any' ||
  allowed.some(one => (one === 'runtime' ? isRuntime(name) : name === one || name.startsWith(`${one}/`)))

/** The row that speaks for `file`, and what it admits with its names filled in. */
const layerOf = (file: string): { readonly layer: Layer; readonly may: readonly RegExp[] } | null => {
  for (const layer of layers) {
    const match = pattern(layer.files).exec(file)
    if (match) return { layer, may: layer.may.map(text => pattern(text, match.groups)) }
  }
  return null
}

/** What is wrong with `file` importing `target`; null when nothing is. */
const judgeImport = (file: string, target: Target): string | null => {
  if (target.type === 'file' && isTest.test(target.path)) return `imports the test ${target.path}`
  const found = isTest.test(file) ? null : layerOf(file)
  if (!found) return null
  const { layer, may } = found
  if (target.type === 'package') {
    if (allowsPackage(layer.packages, target.name)) return null
    const allowed =
      layer.packages.length && layer.packages !== 'any' ? `only ${layer.packages.join(', ')}` : 'no package'
    return `imports the package ${target.name}; ${layer.files} may import ${allowed}`
  }
  if (may.some(allowed => allowed.test(target.path))) return null
  return `imports ${target.path}; ${layer.files} may import only ${layer.may.join(', ')}`
}

/** What is wrong with `file` as a whole. */
const judgeFile = (file: string, source: Source): readonly Violation[] => {
  const violations: Violation[] = []
  const report = (line: number, what: string) => violations.push({ file, line, what })
  if (source.error) report(1, `cannot be read: ${source.error}`)
  if (!isTest.test(file) && !layerOf(file)) report(1, 'is in no layer: give its folder a row in tools/layers/table.ts')
  if (file.startsWith('src/')) {
    if (source.lines > MAX_LINES) report(MAX_LINES + 1, `has ${source.lines} lines; ${MAX_LINES} are allowed`)
    if (source.defaultExport !== null) report(source.defaultExport, 'has a default export')
  }
  return violations
}

/**
 * Checks the tree at `root`.
 *
 * Tests in `src` may import whatever they need, but nobody may import a test. Cycles count the imports that are left when it
 * runs: a type may point back.
 */
export const checkLayers = async (root: string): Promise<readonly Violation[]> => {
  const violations: Violation[] = []
  const graph = new Map<string, readonly string[]>()

  for (const file of [...SOURCES.scanSync(root)].toSorted()) {
    if (file.includes('node_modules/') || file.startsWith('clients/sdk/dist/')) continue
    const source = readSource(file, await Bun.file(join(root, file)).text())
    violations.push(...judgeFile(file, source))

    const edges: string[] = []
    const judge = ({ specifier, typeOnly }: Import): string | null => {
      if (specifier === null) return 'imports something computed, which cannot be checked'
      const target = targetOf(file, specifier)
      if (target.type === 'file') {
        if (!isFile(join(root, target.path))) return `imports ${specifier}, which is no file: write its path in full`
        if (!typeOnly) edges.push(target.path)
      }
      return judgeImport(file, target)
    }
    for (const one of source.imports) {
      const what = judge(one)
      if (what) violations.push({ file, line: one.line, what })
    }
    graph.set(file, edges)
  }

  for (const cycle of findCycles(graph)) {
    violations.push({ file: cycle[0] ?? '', line: 1, what: `imports itself: ${[...cycle, cycle[0]].join(' -> ')}` })
  }
  return violations
}
