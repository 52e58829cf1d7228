import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkRules, type Options } from './check.ts'
import { contracts, readRules } from './contracts.ts'
import type { Cover } from './covered-elsewhere.ts'

let root = ''

const write = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}

const ofMsgr = async (tests: string, options: Partial<Options> = {}) => {
  await write('test/contract/msgr/a.test.ts', tests)
  const { coverage, problems } = await checkRules({ root, complete: ['msgr'], coveredElsewhere: {}, ...options })
  const msgr = coverage.find(({ dialect }) => dialect === 'msgr')
  return { untested: msgr?.untested.map(rule => rule.id), problems, msgr }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parlance-rules-'))
  for (const { dialect } of contracts) await write(`docs/contracts/${dialect}.md`, '')
  await write(
    'docs/contracts/msgr.md',
    'Numbers MS4 to MS6 are not used.\n\n- **MS1 [seed]** One.\n- **MS2** Two.\n- MS3 Three, as MS9.\n- MS7 Seven.\n',
  )
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('the contracts', () => {
  const [, umoc, , msgr] = contracts
  if (!umoc || !msgr) throw new Error('there are five contracts')

  test('list their rules in every form in use', () => {
    const text = `
- **MS1 [seed]** Text with **bold** and MS40.
- **MS2** Text.
  - MS3 [choice] Deeper.
- MS4 [real] Text.
- MS5 unused
- **MS6** (not used)
- see MS7
MS8 is not a list item.
- **WT9** of another contract.
| MS10 | in a table |`
    expect(readRules(text, msgr)).toEqual([
      { id: 'MS1', text: '[seed] Text with bold and MS40.' },
      { id: 'MS2', text: 'Text.' },
      { id: 'MS3', text: '[choice] Deeper.' },
      { id: 'MS4', text: '[real] Text.' },
    ])
    expect(readRules('- UM2 [seed] Two.\n- UM2-5 `GET /x`', umoc).map(rule => rule.id)).toEqual(['UM2', 'UM2-5'])
  })

  test.each([
    ['openchat', 130, 'OC130'],
    ['umoc', 112, 'UM2-12'],
    ['chatapp', 97, 'CA97'],
    ['msgr', 112, 'MS118'],
    ['wetty', 89, 'WT89'],
  ])('%s as it stands has %i rules, the last is %s', async (dialect, count, last) => {
    const contract = contracts.find(one => one.dialect === dialect)
    if (!contract) throw new Error(`no contract ${dialect}`)
    const rules = readRules(
      await Bun.file(join(import.meta.dir, `../../docs/contracts/${dialect}.md`)).text(),
      contract,
    )
    expect([rules.length, rules.at(-1)?.id]).toEqual([count, last])
  })
})

describe('the comparison', () => {
  test('finds the rules without a test', async () => {
    expect(await ofMsgr(`test('MS1: one', () => {})\ntest.skip('MS2: two', () => {})`)).toMatchObject({
      untested: ['MS2', 'MS3', 'MS7'],
      problems: [],
    })
  })

  test('a range takes in the rules between, and no number that is not used', async () => {
    expect(await ofMsgr(`test('MS2 to MS7: all', () => {})`)).toMatchObject({ untested: ['MS1'], problems: [] })
  })

  test.each(['src/dialects/msgr/ids.test.ts', 'tools/x.test.ts', 'test/contract/msgr/suite.ts', 'test/kit/table.tsx'])(
    'reads %s',
    async file => {
      await write(file, `test('MS3: here', () => {})`)
      const { untested } = await ofMsgr(`test('MS1 MS2 MS7', () => {})`)
      await rm(join(root, file))
      expect(untested).toEqual([])
    },
  )

  test('names in a title a number that is no rule', async () => {
    const { problems } = await ofMsgr(`test('MS1 MS5: ?', () => {})\n\ntest('MS7 to MS1', () => {})`)
    expect(problems).toEqual([
      'test/contract/msgr/a.test.ts:1 names MS5, which is no rule',
      'test/contract/msgr/a.test.ts:3 names MS7 to MS1, which is no range',
    ])
  })

  test('takes no title for more rules than a test can prove', async () => {
    await write('docs/contracts/wetty.md', Array.from({ length: 9 }, (_, n) => `- **WT${n + 1}** Text.\n`).join(''))
    const { problems } = await ofMsgr(`test('WT1 to WT9: all', () => {})`)
    const eight = await ofMsgr(`test('WT2 to WT9: most', () => {})`)
    await write('docs/contracts/wetty.md', '')
    expect(problems).toEqual(['test/contract/msgr/a.test.ts:1 names 9 rules; a test proves 8 at most'])
    expect(eight.problems).toEqual([])
  })

  test('a rule may be covered by others, as long as these have tests and it has none', async () => {
    const cover = (...by: [string, ...string[]]): Cover => ({ by, why: 'it says the same' })
    const tests = `test('MS1 MS2', () => {})`
    const judged = (coveredElsewhere: Options['coveredElsewhere']) => ofMsgr(tests, { coveredElsewhere })
    expect(await judged({ MS3: cover('MS1', 'MS2') })).toMatchObject({ untested: ['MS7'], problems: [] })
    const entry = 'tools/rules/covered-elsewhere.ts:'
    expect((await judged({ MS3: cover('MS7') })).problems).toEqual([
      `${entry} MS3 is covered by MS7, which has no test`,
    ])
    expect((await judged({ MS1: cover('MS2') })).problems).toEqual([
      `${entry} MS1 has a test of its own: remove the entry`,
    ])
    expect((await judged({ MS4: cover('MS2') })).problems).toEqual([`${entry} MS4 is no rule`])
  })

  test('rules of a later layer are there, but nobody waits for their tests', async () => {
    await write('docs/contracts/umoc.md', '- UM1 One.\n- UM2 Two.\n- UM2-1 Later.\n')
    const { coverage, problems } = await checkRules({ root, complete: ['umoc'], coveredElsewhere: {} })
    await write('docs/contracts/umoc.md', '')
    expect(problems).toEqual([])
    expect(coverage.find(({ dialect }) => dialect === 'umoc')).toMatchObject({
      rules: 3,
      untested: [{ id: 'UM1' }, { id: 'UM2' }],
    })
  })

  test('a number that a contract gives twice is a mistake', async () => {
    await write('docs/contracts/wetty.md', '- **WT1** One.\n- **WT1** Another.\n')
    const { problems } = await ofMsgr('')
    await write('docs/contracts/wetty.md', '')
    expect(problems).toEqual(['docs/contracts: WT1 is there twice'])
  })
})
