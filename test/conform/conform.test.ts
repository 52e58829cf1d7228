// `parlance conform` as it is called: against our own server, against one that lies, against nobody.
import { describe, expect, test } from 'bun:test'
import { runParlance, startServer } from '../kit/server.ts'

const resultsIn = (stdout: string): readonly string[] =>
  stdout.split('\n').flatMap(line => /^([A-Z]{2}\d+) +(pass|FAIL|n\.a\.)/.exec(line)?.slice(1).join(' ') ?? [])

describe('parlance conform', () => {
  test('our own server keeps what can be tested there; what needs settings of its own is not applicable', async () => {
    await using server = await startServer()
    const rules = ['WT9', 'WT10', 'WT75', 'WT86'].flatMap(rule => ['--rule', rule])
    const first = await runParlance(['conform', 'wetty', server.url, ...rules])
    expect([first.code, resultsIn(first.stdout)]).toEqual([0, ['WT9 n.a.', 'WT10 pass', 'WT75 pass', 'WT86 pass']])
    expect(first.stdout).toContain(`wetty at ${server.url}: 3 rules passed, 0 failed, 1 not applicable`)
    // Used before, it keeps them as well.
    const second = await runParlance(['conform', 'wetty', server.url, '--json', ...rules])
    expect(second.code).toBe(0)
    expect(JSON.parse(second.stdout)).toMatchObject({ holds: true, totals: { rules: { passed: 3, failed: 0 } } })
  })

  test('a server that says yes to everything keeps nothing; where it speaks no other contract, none is met', async () => {
    await using server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => Response.json({}) })
    const rules = ['WT10', 'WT28', 'WT86', 'WT88'].flatMap(rule => ['--rule', rule])
    const { code, stdout } = await runParlance(['conform', 'wetty', server.url.origin, ...rules])
    expect([code, resultsIn(stdout)]).toEqual([1, ['WT10 FAIL', 'WT28 FAIL', 'WT86 n.a.', 'WT88 FAIL']])
    expect(stdout).toContain('WT10: 201 with uid and username, and no token')
    expect(stdout).toContain('register: 200 {}')
  })

  test('nobody there is neither', async () => {
    const gone = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response() })
    await gone.stop(true)
    const { code, stdout, stderr } = await runParlance(['conform', 'wetty', gone.url.origin])
    expect([code, stdout, stderr]).toEqual([2, '', `parlance: nothing answers at ${gone.url.origin} (ECONNREFUSED)\n`])
  })

  test('--help is its own, and the server says that there is such a command', async () => {
    expect((await runParlance(['conform', '--help'])).stdout).toContain('parlance conform <dialect> <url> [options]')
    expect((await runParlance(['--help'])).stdout).toContain('parlance conform <dialect> <url>')
  })
})
