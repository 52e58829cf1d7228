// Which rings there are: the checks of the source, the unit tests, and every folder under test/ that holds a test.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {object} Ring
 * @property {string} name
 * @property {readonly (readonly string[])[]} commands run one after the other until one fails
 * @property {((file: string) => readonly string[]) | null} report what makes its one command leave a junit report of its tests;
 *   a ring without counts as 1
 * @property {string | null} provision module that prepares what the ring needs (see ring.mjs), if it has one
 */

/** The order in which the folders under test/ run: what a failure of explains failures of the rest comes first. */
const FOLDERS = [
  'architecture',
  'conformance',
  'core',
  'host',
  'contract',
  'conform',
  'property',
  'simulation',
  'matrix',
  'fuzz',
  'secrets',
  'migration',
  'durability',
  'readme',
  'browser',
]

/** Folders whose *.test.ts stand beside what they test. */
const SOURCES = ['src', 'tools', 'clients', 'bench']

/** For one test, in ms; those that need longer say so themselves. Only a hang should ever meet it, however slow the machine. */
const TEST_TIMEOUT = 30_000

const isTest = /\.test\.tsx?$/

/**
 * @param {string} dir
 * @returns {boolean} whether a test file is in it, however deep
 */
const holdsTests = dir =>
  existsSync(dir) &&
  readdirSync(dir, { withFileTypes: true }).some(entry =>
    entry.isDirectory() ? entry.name !== 'node_modules' && holdsTests(join(dir, entry.name)) : isTest.test(entry.name),
  )

/**
 * @param {string} dir
 * @returns {string[]} the folders in it that hold tests
 */
const testFolders = dir =>
  existsSync(dir)
    ? readdirSync(dir, { withFileTypes: true })
        .filter(entry => entry.isDirectory() && holdsTests(join(dir, entry.name)))
        .map(entry => entry.name)
        .sort()
    : []

/** @param {string} file */
const ofBun = file => ['--reporter=junit', `--reporter-outfile=${file}`]

/** @param {string} file */
const ofConform = file => ['--junit', file]

/** @param {string} name */
const rank = name => (FOLDERS.includes(name) ? FOLDERS.indexOf(name) : FOLDERS.length)

/**
 * Checks that look at the source only. They depend on nothing, so they may run side by side.
 *
 * @param {string} root
 * @param {string} bun
 * @returns {Ring[]}
 */
export const sourceRings = (root, bun) => {
  /** @param {string} script @param {string[]} args */
  const node = (script, ...args) => [process.execPath, join(root, 'node_modules', script), ...args]
  /** @param {string} name @param {readonly string[][]} commands @returns {Ring} */
  const ring = (name, ...commands) => ({ name, commands, report: null, provision: null })
  const tsc = 'typescript/bin/tsc'
  return [
    ring('types', node(tsc, '--noEmit'), node(tsc, '--noEmit', '-p', 'tools')),
    ring('lint', node('@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '--max-diagnostics=none', '.')),
    ring('knip', node('knip/bin/knip.js')),
    ring('layers', [bun, 'tools/layers/main.ts']),
    ring('rules', [bun, 'tools/rules/main.ts']),
  ]
}

/**
 * Rings of tests, in the order in which they run: one at a time, since they time things and start servers.
 *
 * @param {string} root
 * @param {string} bun
 * @returns {Ring[]}
 */
export const testRings = (root, bun) => {
  /** @param {string} name @param {readonly string[]} folders @returns {Ring} */
  const ring = (name, folders) => {
    const provision = join(root, 'test', name, 'provision.mjs')
    return {
      name,
      commands: [[bun, 'test', '--no-orphans', `--timeout=${TEST_TIMEOUT}`, ...folders.map(folder => `./${folder}`)]],
      report: ofBun,
      provision: existsSync(provision) ? provision : null,
    }
  }
  /** What `parlance conform` runs against any server, against our own. @param {string} dialect @returns {Ring} */
  const contract = dialect => ({
    name: `contract/${dialect}`,
    commands: [[bun, 'tools/conform/main.ts', dialect, '--own', '--verbose']],
    report: ofConform,
    provision: null,
  })
  const sources = SOURCES.filter(folder => holdsTests(join(root, folder)))
  const folders = testFolders(join(root, 'test'))
    .sort((a, b) => rank(a) - rank(b))
    .flatMap(name =>
      name === 'contract' ? testFolders(join(root, 'test/contract')).map(contract) : [ring(name, [`test/${name}`])],
    )
  return [...(sources.length ? [ring('unit', sources)] : []), ...folders]
}

/**
 * @param {Ring} ring
 * @param {readonly string[]} wanted names as the caller gave them; none means all. `contract` means every `contract/…`
 */
export const isWanted = (ring, wanted) =>
  wanted.length === 0 || wanted.some(name => ring.name === name || ring.name.startsWith(`${name}/`))
