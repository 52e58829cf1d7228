// `parlance conform` as a black box: a copy of it in a project whose contract and tests are planted, against a server that only
// answers.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dir, '../..')
const SUITE = 'test/contract/wetty'
let project = ''
let server: Bun.Server<undefined>
let url = ''

const plant = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(join(project, file)), { recursive: true })
  await writeFile(join(project, file), text)
}

/** A file of the planted suite. */
const suite = (name: string, body: string): Promise<void> =>
  plant(`${SUITE}/${name}.test.ts`, `import { afterAll, beforeAll, describe, test } from 'bun:test'\n${body}\n`)

const conform = async (...args: readonly string[]) => {
  const child = Bun.spawn([process.execPath, 'tools/conform/main.ts', ...args], {
    cwd: project,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  const lines = out.trimEnd().split('\n')
  /** `WT1 pass`, in the order of the table. */
  const rules = lines.flatMap(line => /^(WT\d+) +(\S+)/.exec(line)?.slice(1).join(' ') ?? [])
  return { out, err, code, rules, last: lines.at(-1) ?? '' }
}

beforeAll(async () => {
  server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => Response.json({}) })
  url = server.url.origin
  project = await mkdtemp(join(tmpdir(), 'parlance-conform-test-'))
  for (const folder of ['tools/conform', 'tools/rules']) {
    await cp(join(ROOT, folder), join(project, folder), { recursive: true, filter: file => !/\.test\.ts$/.test(file) })
  }
  await symlink(join(ROOT, 'node_modules'), join(project, 'node_modules'))
  await plant(
    'docs/contracts/wetty.md',
    `${Array.from({ length: 9 }, (_, n) => `- **WT${n + 1}** [seed] Rule number ${n + 1}.`).join('\n')}\n- WT10 (not used)\n`,
  )
})

afterAll(async () => {
  await server.stop(true)
  await rm(project, { recursive: true, force: true })
})

beforeEach(async () => {
  await rm(join(project, 'test'), { recursive: true, force: true })
})

describe('a table', () => {
  test('says of each rule whether it passed, failed, or cannot be tested there', async () => {
    await suite(
      'a',
      `const foreign = process.env.PARLANCE_TARGET === '${url}'
       test('WT1: kept', () => {})
       test('WT2: kept here', () => {})
       test('WT2: and not there', () => { throw new Error('what is wrong\\nwith it') })
       test.skipIf(foreign)('WT3: with a clock', () => {})
       test.skipIf(foreign)('WT4: skipped', () => {})
       test('WT4: and passed', () => {})
       test('WT5 to WT7: a range', () => {})
       describe('WT8: a group', () => { test('says it for what is in it', () => {}) })`,
    )
    const { out, rules, code, last } = await conform('wetty', url)
    expect(rules).toEqual([
      'WT1 pass',
      'WT2 FAIL',
      'WT3 n.a.',
      'WT4 pass',
      'WT5 pass',
      'WT6 pass',
      'WT7 pass',
      'WT8 pass',
      'WT9 n.a.',
    ])
    expect(code).toBe(1)
    expect(out).toContain('WT1     pass   Rule number 1.\n')
    expect(out).toContain(`WT2: and not there (${SUITE}/a.test.ts)\n`)
    expect(out).toMatch(/^ +what is wrong$/m)
    expect(out).not.toContain('with it')
    expect(out).toContain('1 rule whose tests need')
    expect(out).toContain('1 rule without a test from outside')
    expect(last).toStartWith(`wetty at ${url}: 6 rules passed, 1 failed, 2 not applicable (6 tests in `)
  })

  test('is 0 when nothing failed, even if little was tested', async () => {
    await suite('a', `test('WT1: kept', () => {})`)
    const { rules, code, err } = await conform('wetty', `${url}/`)
    expect([code, rules[0], rules[1]]).toEqual([0, 'WT1 pass', 'WT2 n.a.'])
    expect(err).toBe('a: 0 tests\n')
  })

  test('a test says more than the group around it; a rule that only the group names takes its tests', async () => {
    await suite(
      'a',
      `describe('WT1 WT2: a group', () => {
         test('WT1: kept', () => {})
         test('WT3: broken', () => { throw new Error('no') })
       })`,
    )
    expect((await conform('wetty', url)).rules.slice(0, 3)).toEqual(['WT1 pass', 'WT2 FAIL', 'WT3 FAIL'])
  })

  test('what failed without a rule is told below, and fails', async () => {
    await suite('a', `test('WT1: kept', () => {})\ntest('nobody asked', () => { throw new Error('no') })`)
    const { out, code, last } = await conform('wetty', url)
    expect(code).toBe(1)
    expect(out).toMatch(/Failed without naming a rule:\n +nobody asked \(.*a\.test\.ts\)\n +no\n/)
    expect(last).toContain('1 rule passed, 0 failed')
  })

  test('--rule: only these, those in ranges too', async () => {
    await suite(
      'a',
      `test('WT1: ran', () => { throw new Error('no') })
       test('WT2: kept', () => {})
       test('WT4 to WT6: kept', () => {})
       test('nobody asked', () => { throw new Error('no') })`,
    )
    const { rules, code, last } = await conform('wetty', url, '--rule', 'wt5', '--rule', 'WT2')
    expect([code, rules]).toEqual([0, ['WT2 pass', 'WT5 pass']])
    expect(last).toContain('2 rules passed, 0 failed, 0 not applicable (2 tests in ')
  })

  test('--json: the same for machines, errors in full', async () => {
    await suite('a', `describe('a', () => test('WT1: <b> & "c"', () => { throw new Error('what\\nis <wrong>') }))`)
    const { out, code } = await conform('wetty', url, '--json')
    expect(code).toBe(1)
    const found = JSON.parse(out)
    expect(found).toMatchObject({
      dialect: 'wetty',
      target: url,
      holds: false,
      totals: { rules: { passed: 0, failed: 1, notApplicable: 8 }, tests: { passed: 0, failed: 1, skipped: 0 } },
      others: [],
    })
    expect(found.rules.slice(0, 2)).toEqual([
      {
        rule: 'WT1',
        result: 'fail',
        text: '[seed] Rule number 1.',
        tests: [
          {
            title: 'a > WT1: <b> & "c"',
            file: `${SUITE}/a.test.ts`,
            result: 'failed',
            error: 'what\nis <wrong>',
          },
        ],
      },
      { rule: 'WT2', result: 'not applicable', text: '[seed] Rule number 2.', tests: [] },
    ])
  })

  test('--own: no target, whatever the environment says; --junit leaves the report, --verbose shows the tests', async () => {
    await suite('a', `test('WT1: alone', () => { if ('PARLANCE_TARGET' in process.env) throw new Error('not alone') })`)
    const report = join(project, 'report.xml')
    const { code, err, last } = await conform('wetty', '--own', '--verbose', '--junit', report)
    expect([code, last]).toEqual([0, expect.stringMatching(/^wetty at servers of its own: 1 rule passed, 0 failed/)])
    expect(err).toContain('(pass) WT1: alone')
    expect(await Bun.file(report).text()).toContain('<testsuites name="bun test" tests="1"')
  })
})

describe('what goes wrong around a test', () => {
  test('a set-up that failed fails the tests that waited for it', async () => {
    await suite(
      'a',
      `describe('people', () => {
         beforeAll(() => { throw new Error('nobody came') })
         test('WT1: first', () => {})
         describe('deeper', () => { test('WT2: second', () => {}) })
       })
       test('WT3: kept', () => {})`,
    )
    await suite(
      'b',
      `beforeAll(() => { throw new Error('nobody came') })
       test.each([4, 5])('WT%d: each', () => {})`,
    )
    const { out, rules, code } = await conform('wetty', url)
    const failed = ['WT1 FAIL', 'WT2 FAIL', 'WT3 pass', 'WT4 FAIL', 'WT5 FAIL', 'WT6 n.a.']
    expect([code, ...rules.slice(0, 6)]).toEqual([1, ...failed])
    expect(out).toContain('its set-up failed: nobody came')
    expect(out).not.toContain('Failed without naming a rule')
    const filtered = await conform('wetty', url, '--rule', 'WT2')
    expect([filtered.code, ...filtered.rules]).toEqual([1, 'WT2 FAIL'])
  })

  test('a clean-up that failed breaks no rule, but fails', async () => {
    await suite('a', `afterAll(() => { throw new Error('nobody left') })\ntest('WT1: kept', () => {})`)
    const { out, rules, code } = await conform('wetty', url)
    expect([code, rules[0]]).toEqual([1, 'WT1 pass'])
    expect(out).toContain(`${SUITE}/a.test.ts: set-up or clean-up failed: nobody left`)
  })

  test.each([
    ['a file that cannot be loaded', `import './nowhere.ts'`, /b\.test\.ts cannot be loaded: Cannot find module/],
    [
      'a name that is not there',
      `import { nothing } from 'node:fs'\nnothing()`,
      /b\.test\.ts cannot be loaded: SyntaxError: .*nothing/,
    ],
    ['a package that is missing', `import 'no-such-package-here'`, /Cannot find package .*"npm install" brings/],
    ['a crash', `test('WT2', () => process.exit(0))`, /the tests ended with 0 and without a report/],
  ])('%s: nothing is judged', async (_, body, why) => {
    await suite('a', `test('WT1: kept', () => {})`)
    await suite('b', body)
    const { out, err, code } = await conform('wetty', url)
    expect([code, out]).toEqual([2, ''])
    expect(err.trimEnd().split('\n').at(-1)).toMatch(why)
  })

  test('a server that limits is named as such', async () => {
    await suite('a', `test('WT1: let in', () => { throw new Error('register: 429 {}') })`)
    expect((await conform('wetty', url)).err).toContain('are the rate limits off there?')
  })
})

describe('it is refused in one line', () => {
  const closed = async (): Promise<string> => {
    const gone = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
    await gone.stop(true)
    return gone.url.origin
  }

  test('when nothing answers', async () => {
    await suite('a', `test('WT1: kept', () => {})`)
    const at = await closed()
    const { out, err, code } = await conform('wetty', at)
    expect([code, out, err]).toEqual([2, '', `parlance: nothing answers at ${at} (ECONNREFUSED)\n`])
  })

  test('when its tests are not installed', async () => {
    const { err, code } = await conform('wetty', url)
    expect([code, err]).toEqual([
      2,
      'parlance: the tests of wetty are not installed here: run it in a clone of the repository\n',
    ])
  })

  test.each([
    [[], 'say which dialect: openchat, umoc, chatapp, msgr, wetty'],
    [['nonsense', 'http://localhost'], 'there is no dialect nonsense, only openchat'],
    [['wetty'], 'say at which URL the server is'],
    [['wetty', 'localhost:8080'], 'localhost:8080 is no base URL'],
    [['wetty', 'http://localhost/chat'], 'http://localhost/chat is no base URL'],
    [['wetty', 'http://me:secret@localhost'], 'http://me:secret@localhost is no base URL'],
    [['wetty', 'http://localhost', 'http://localhost'], 'one dialect and one server at a time'],
    [['wetty', 'http://localhost', '--own'], 'one dialect and one server at a time'],
    [['wetty', 'http://localhost', '--rule', 'WT10'], 'wetty has no rule WT10'],
    [['wetty', 'http://localhost', '--fast'], "Unknown option '--fast'"],
  ])('%p', async (args, why) => {
    await suite('a', `test('WT1: kept', () => {})`)
    const { out, err, code } = await conform(...args)
    expect([code, out]).toEqual([2, ''])
    expect(err).toStartWith(`parlance: ${why}`)
    expect(err).toEndWith(' (see parlance conform --help)\n')
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  test('--help says what there is', async () => {
    const { out, code } = await conform('--help')
    expect(code).toBe(0)
    for (const word of ['openchat, umoc, chatapp, msgr, wetty', '--rule', '--json', '--junit', '--own', '--verbose']) {
      expect(out).toContain(word)
    }
  })
})
