// The test runner as a black box: a copy of it in a small project whose tests pass, fail, hang, leak and crash.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { until } from '../../test/kit/wait.ts'

const ROOT = join(import.meta.dir, '../..')
let project = ''

const plant = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(join(project, file)), { recursive: true })
  await writeFile(join(project, file), text)
}

const spawn = (args: readonly string[]) =>
  Bun.spawn(['node', 'tools/test/run.mjs', ...args], {
    cwd: project,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })

const run = async (...args: string[]) => {
  const child = spawn(args)
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { out, err, code, last: out.trimEnd().split('\n').at(-1) }
}

/** Whether a process runs; one that has ended counts as gone even where nobody collects it. */
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const suite = (body: string): string => `import { test } from 'bun:test'\n${body}\n`
const bad = `throw new Error('as planted </testcase><testcase name="no">')`

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'parlance-run-'))
  await cp(join(ROOT, 'bin'), join(project, 'bin'), { recursive: true })
  for (const file of ['run.mjs', 'ring.mjs', 'rings.mjs']) {
    await mkdir(join(project, 'tools/test'), { recursive: true })
    await cp(join(ROOT, 'tools/test', file), join(project, 'tools/test', file))
  }
  for (const folder of ['tools/conform', 'tools/rules', 'docs/contracts']) {
    await cp(join(ROOT, folder), join(project, folder), { recursive: true, filter: file => !/\.test\.ts$/.test(file) })
  }
  await symlink(join(ROOT, 'node_modules'), join(project, 'node_modules'))
  await plant('package.json', JSON.stringify({ type: 'module', dependencies: { bun: '1.4.0' } }))

  await plant('src/a.test.ts', suite(`test('one', () => {})\ntest('two', () => {})\ntest.skip('three', () => {})`))
  await plant('test/contract/umoc/a.test.ts', suite(`test('one', () => {})`))
  await plant('test/contract/msgr/a.test.ts', suite(`test('one', () => {})`))
  await plant('test/kit/helper.ts', 'export const helper = 1')
  await plant(
    'test/aside/a.test.ts',
    suite(`test('good', () => {})\ntest('bad', () => { ${bad} })\ntest.todo('later')`),
  )
  await plant('test/broken/a.test.ts', `import './nowhere.ts'\n${suite(`test('never', () => {})`)}`)
  await plant('test/crash/a.test.ts', suite(`test('fine', () => {})\ntest('dies', () => { process.exit(0) })`))
  await plant('test/halved/a.test.ts', suite(`test('fine', () => {})`))
  await plant('test/halved/b.test.ts', `import './nowhere.ts'`)
  const child = `const child = Bun.spawn(['sleep', '600'], { stdout: 'inherit', stderr: 'inherit' })`
  const leak = `${child}\nchild.unref()\nawait Bun.write(process.env.PIDS ?? 'pids', String(child.pid))`
  await plant('test/leak/a.test.ts', suite(`test('leaks', async () => {\n${leak}\n})`))
  await plant('test/hang/a.test.ts', suite(`test('hangs', async () => {\n${leak}\nfor (;;) Bun.sleepSync(10)\n})`))
  await plant('test/needy/a.test.ts', suite(`test('one', () => {})`))
  await plant(
    'test/needy/provision.mjs',
    `export const provision = async () => ({ missing: 'an engine (apt-get install it)' })`,
  )
  await plant(
    'test/served/a.test.ts',
    suite(`test('gets it', () => { if (process.env.ENGINE !== 'here') throw new Error('no engine') })`),
  )
  await plant(
    'test/served/provision.mjs',
    `import { writeFileSync } from 'node:fs'
     export const provision = async () => ({ env: { ENGINE: 'here' }, release: async () => writeFileSync('released', '') })`,
  )
})

afterAll(async () => {
  await rm(project, { recursive: true, force: true })
})

describe('npm test', () => {
  test('runs the rings that are named, one line each, and counts every test', async () => {
    const { out, code, last } = await run('unit', 'contract')
    expect(code).toBe(0)
    expect(out.split('\n').map(line => line.replace(/ {4,}.*/, ''))).toEqual([
      'ok   unit',
      'ok   contract/msgr',
      'ok   contract/umoc',
      '',
      '4 passed, 0 failed, 1 skipped',
      '',
    ])
    expect(out).toMatch(/^ok {3}unit +2 passed, 1 skipped +\d+\.\d s$/m)
    expect(last).toBe('4 passed, 0 failed, 1 skipped')
  })

  test('prints what failed in full', async () => {
    const { out, code, last } = await run('aside', 'unit')
    expect(code).toBe(1)
    expect(out).toMatch(/^FAIL aside +1 passed, 1 failed, 1 skipped/m)
    expect(out).toContain('as planted </testcase><testcase name="no">')
    expect(out).not.toContain('(pass)')
    expect(last).toBe('3 passed, 1 failed, 2 skipped')
  })

  test.each([
    ['broken', 'broken exited with 1', 'nowhere.ts'],
    ['crash', 'crash left no report of its tests', '(pass) fine'],
  ])('%s: a ring without a report of its tests has failed', async (ring, why, output) => {
    const { out, code, last } = await run(ring)
    expect(code).toBe(1)
    expect(out).toContain(why)
    expect(out).toContain(output)
    expect(last).toBe('0 passed, 1 failed')
  })

  test('a ring whose tests pass and whose process does not has failed', async () => {
    const { out, code, last } = await run('halved')
    expect(code).toBe(1)
    expect(out).toContain('halved exited with 1')
    expect(last).toBe('1 passed, 1 failed')
  })

  test('does not wait for a process that a test forgot, and ends it', async () => {
    const { code, last } = await run('leak')
    expect([code, last]).toEqual([0, '1 passed, 0 failed'])
    const pid = Number(await Bun.file(join(project, 'pids')).text())
    await until('the end of the leaked process', () => !alive(pid))
  })

  test('kills a ring that takes too long, with everything it started', async () => {
    await rm(join(project, 'pids'), { force: true })
    const { out, code, last } = await run('hang', '--timeout', '2')
    expect(code).toBe(1)
    expect(out).toContain('hang took longer than 2 s and was killed')
    expect(last).toBe('0 passed, 1 failed')
    const pid = Number(await Bun.file(join(project, 'pids')).text())
    await until('the end of its child', () => !alive(pid))
  })

  test('interrupted, it takes its rings along', async () => {
    await rm(join(project, 'pids'), { force: true })
    const child = spawn(['hang'])
    const pid = await until('the child of the ring', async () => {
      const file = Bun.file(join(project, 'pids'))
      return (await file.exists()) ? Number(await file.text()) : 0
    })
    child.kill('SIGTERM')
    expect(await child.exited).toBe(143)
    await until('the end of its child', () => !alive(pid))
  })

  test('skips a ring whose engine is missing, and says what is missing', async () => {
    const { out, code, last } = await run('needy', 'unit')
    expect(out).toMatch(/^SKIP needy +needs an engine \(apt-get install it\)/m)
    expect([code, last]).toEqual([0, '2 passed, 0 failed, 2 skipped'])
  })

  test('nothing ran: failed', async () => {
    const { code, last } = await run('needy')
    expect([code, last]).toEqual([1, '0 passed, 0 failed, 1 skipped'])
  })

  test('hands a ring what was provided for it, and puts it away', async () => {
    const { code, last } = await run('served')
    expect([code, last]).toEqual([0, '1 passed, 0 failed'])
    expect(await Bun.file(join(project, 'released')).exists()).toBe(true)
  })

  test('lists its rings: those of the plan in their order, then the others, and none without tests', async () => {
    const { out, code } = await run('--help')
    expect(code).toBe(0)
    const listed = /types[\s\S]*?\n\n/.exec(out)?.[0].trim().split(/\s+/)
    const planned = ['types', 'lint', 'knip', 'layers', 'rules', 'unit', 'contract/msgr', 'contract/umoc']
    expect(listed).toEqual([...planned, 'aside', 'broken', 'crash', 'halved', 'hang', 'leak', 'needy', 'served'])
  })

  test.each([
    [['nonsense', 'unit'], 'there is no ring nonsense'],
    [['--timeout', 'soon'], '--timeout is not a number of seconds: soon'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %p in one line', async (args, why) => {
    const { err, code } = await run(...args)
    expect(code).toBe(2)
    expect(err).toStartWith(`npm test: ${why}`)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })
})
