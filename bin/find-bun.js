// Finds a Bun that runs. Plain Node, because this is what runs before there is a Bun.
// Every candidate is asked for its version rather than trusted: npm may not have run Bun's install script (then
// `bun/bin/bun.exe` is a placeholder), or have run it (then the binary has been moved out of the platform's package), and a
// binary built for another libc or a newer CPU is there but does not start.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

const windows = process.platform === 'win32'
const executable = windows ? 'bun.exe' : 'bun'
const os = windows ? 'windows' : process.platform
const arch = process.arch === 'arm64' ? 'aarch64' : process.arch
const variants = ['', '-baseline', '-musl', '-musl-baseline', '-android']

/** @param {string} file @returns {string} the version `file` prints, or '' when it does not run */
const versionOf = file => {
  const { status, stdout } = spawnSync(file, ['--version'], { encoding: 'utf8', timeout: 10_000 })
  return status === 0 ? stdout.trim() : ''
}

/** @param {string} root folder of the project whose own packages count */
function* installed(root) {
  const { resolve } = createRequire(join(root, 'package.json'))
  const own = [
    { name: 'bun', file: 'bin/bun.exe' },
    ...variants.map(variant => ({ name: `@oven/bun-${os}-${arch}${variant}`, file: `bin/${executable}` })),
  ]
  for (const { name, file } of own) {
    try {
      yield join(dirname(resolve(`${name}/package.json`)), file)
    } catch {
      // not installed
    }
  }
}

/** @param {string | undefined} path the PATH variable */
const onPath = path =>
  (path ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map(dir => join(dir, executable))

/**
 * Whether `version` is of the same major as `wanted` and not of an older minor.
 *
 * @param {string} version
 * @param {string} wanted
 */
const fits = (version, wanted) => {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number)
  return major === wantedMajor && minor >= wantedMinor
}

/**
 * The project's own Bun, else one on PATH that is not older than the one the project asks for.
 *
 * @param {string} root folder of the project's package.json
 * @returns {string} path of the executable
 * @throws {Error} of one line, when there is none
 */
export const findBun = root => {
  for (const file of installed(root)) if (existsSync(file) && versionOf(file)) return file
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies.bun
  for (const file of onPath(process.env.PATH)) if (existsSync(file) && fits(versionOf(file), wanted)) return file
  throw new Error(`there is no Bun that runs here: run "npm install" in ${root}, or put Bun ${wanted} on the PATH`)
}
