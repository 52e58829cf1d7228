// `bin/parlance.js` as a black box: a copy of it in a project whose Bun is here, there, broken, old or nowhere.
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { chmod, cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dir, '../..')
const os = process.platform === 'win32' ? 'windows' : process.platform
const platform = `@oven/bun-${os}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`
const node = Bun.which('node') ?? 'node'
let project = ''

const plant = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(join(project, file)), { recursive: true })
  await writeFile(join(project, file), text)
  await chmod(join(project, file), 0o755)
}

/** A package whose binary is `script`. */
const plantPackage = async (name: string, file: string, script: string): Promise<void> => {
  await plant(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.4.0' }))
  await plant(`node_modules/${name}/${file}`, script)
}

/** A Bun that says where it was found. */
const bunFrom = (where: string): string => `#!/bin/sh\nBUN_FROM=${where} exec ${process.execPath} "$@"\n`

/** What npm leaves behind when it does not run Bun's install script. */
const placeholder = '#!/bin/sh\necho "The postinstall script was not run" >&2\nexit 1\n'
const bunOfVersion = (version: string): string => `#!/bin/sh\n[ "$1" = --version ] && echo ${version}\n`

interface How {
  readonly args?: readonly string[]
  readonly file?: string
  readonly path?: string
}

const spawn = ({ args = [], file = 'bin/parlance.js', path = '' }: How = {}) =>
  Bun.spawn([node, join(project, file), ...args], {
    cwd: tmpdir(),
    env: { PATH: path },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })

const run = async (how?: How) => {
  const child = spawn(how)
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out: out.trim(), err: err.trim(), code }
}

beforeEach(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'parlance-bin-')))
  await cp(join(ROOT, 'bin'), join(project, 'bin'), { recursive: true })
  await plant('package.json', JSON.stringify({ type: 'module', dependencies: { bun: '1.4.5' } }))
  await plant('src/main.ts', 'console.log(process.env.BUN_FROM ?? "", ...process.argv.slice(2))')
})

afterEach(async () => {
  await rm(project, { recursive: true, force: true })
})

describe('which Bun', () => {
  test("the project's own, when npm ran its install script", async () => {
    await plantPackage('bun', 'bin/bun.exe', bunFrom('own'))
    expect(await run()).toEqual({ out: 'own', err: '', code: 0 })
  })

  test("the platform's package, when npm did not", async () => {
    await plantPackage('bun', 'bin/bun.exe', placeholder)
    await plantPackage(platform, 'bin/bun', bunFrom('platform'))
    expect(await run()).toEqual({ out: 'platform', err: '', code: 0 })
  })

  test.each(['baseline', 'musl', 'musl-baseline'])('the %s build, when the usual one does not start', async variant => {
    await plantPackage('bun', 'bin/bun.exe', placeholder)
    await plantPackage(platform, 'bin/bun', '#!/nowhere/ld-linux.so\n')
    await plantPackage(`${platform}-${variant}`, 'bin/bun', bunFrom(variant))
    expect(await run()).toEqual({ out: variant, err: '', code: 0 })
  })

  test('one on the PATH, past a placeholder and one that is too old', async () => {
    await plant('old/bun', bunOfVersion('1.3.9'))
    await plant('major/bun', bunOfVersion('2.0.0'))
    await plant('placeholder/bun', placeholder)
    await plant('good/bun', bunFrom('path'))
    const path = ['placeholder', 'old', 'major', 'missing', 'good'].map(dir => join(project, dir)).join(':')
    expect(await run({ path })).toEqual({ out: 'path', err: '', code: 0 })
  })

  test('none: one line that says what to do', async () => {
    await plantPackage('bun', 'bin/bun.exe', placeholder)
    const err = `parlance: there is no Bun that runs here: run "npm install" in ${project}/, or put Bun 1.4.5 on the PATH`
    expect(await run()).toEqual({ out: '', err, code: 1 })
  })
})

describe('parlance', () => {
  beforeEach(() => plantPackage('bun', 'bin/bun.exe', bunFrom('own')))

  test('hands all arguments on, those that Bun knows too, also through the link that npm makes', async () => {
    await mkdir(join(project, 'node_modules/.bin'))
    await symlink('../../bin/parlance.js', join(project, 'node_modules/.bin/parlance'))
    const args = ['serve', '--port', '0', '--help', '--watch', '']
    const file = 'node_modules/.bin/parlance'
    expect((await run({ args, file })).out).toBe('own serve --port 0 --help --watch')
  })

  test('passes the exit code on', async () => {
    await plant('src/main.ts', 'process.exit(7)')
    expect((await run()).code).toBe(7)
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on once, and waits for the end', async signal => {
    await plant(
      'src/main.ts',
      `let count = 0
       process.on('${signal}', () => { count++; setTimeout(() => { console.log('got', count); process.exit(5) }, 50) })
       console.log('ready')
       setTimeout(() => process.exit(9), 20_000)`,
    )
    const child = spawn()
    const reader = child.stdout.getReader()
    const next = async () => new TextDecoder().decode((await reader.read()).value)
    expect(await next()).toBe('ready\n')
    child.kill(signal)
    expect(await next()).toBe('got 1\n')
    expect(await child.exited).toBe(5)
  })

  test('ends as the server ended when a signal killed it', async () => {
    await plant('src/main.ts', `process.kill(process.pid, 'SIGKILL')`)
    const child = spawn()
    await child.exited
    expect(child.signalCode).toBe('SIGKILL')
  })
})
