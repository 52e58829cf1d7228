// The layers hold in the real tree, and the check that says so sees: for every rule a violation is planted in a small tree.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { checkLayers } from '../../tools/layers/check.ts'
import { layers, MAX_LINES } from '../../tools/layers/table.ts'

const ROOT = join(import.meta.dir, '../..')

test('the layers of the real tree hold', async () => {
  expect(await checkLayers(ROOT)).toEqual([])
})

/** A tree with a file for every layer, each importing something that it may. */
const sound: Readonly<Record<string, string>> = {
  'package.json': '{}',
  'src/base/clock.ts': `import { open } from 'node:fs'\nimport pino from 'pino'`,
  'src/base/schema.ts': `import { Type } from 'typebox'`,
  'src/core/model/ids.ts': `import type { Clock } from '../../base/clock.ts'`,
  'src/core/event.ts': `import type { Id } from './model/ids.ts'`,
  'src/core/signal.ts': `import type { Id } from './model/ids.ts'`,
  'src/core/fault.ts': `import type { Id } from './model/ids.ts'`,
  'src/core/gate/gate.ts': `import type { Fault } from '../fault.ts'`,
  'src/core/ports/store.ts': `import type { Event } from '../event.ts'`,
  'src/core/queries/message-view.ts': `import type { Store } from '../ports/store.ts'`,
  'src/core/commands/send.ts': `import { gate } from '../gate/gate.ts'`,
  'src/core/index.ts': `export { send } from './commands/send.ts'`,
  'src/adapters/store/mark.ts': `import { view } from '../../core/queries/message-view.ts'`,
  'src/adapters/store/sql/rows.ts': `import { sql } from 'kysely'\nimport { mark } from '../mark.ts'`,
  'src/adapters/store/sqlite/store.ts': `import { Database } from 'bun:sqlite'\nimport { rows } from '../sql/rows.ts'`,
  'src/adapters/store/memory/store.ts': `import { mark } from '../mark.ts'`,
  'src/adapters/bus/local/local.ts': `import type { Event } from '../../../core/event.ts'`,
  'src/wire/multipart.ts': `import busboy from 'busboy'\nimport type { Clock } from '../base/clock.ts'`,
  'src/host/dialect.ts': `import { Hono } from 'hono'\nimport type { Core } from '../core/index.ts'`,
  'src/dialects/index.ts': `import { msgr } from './msgr/index.ts'`,
  'src/dialects/msgr/index.ts': `import { history } from './contract.ts'\nimport type { Dialect } from '../../host/dialect.ts'`,
  'src/dialects/msgr/contract.ts': `import { schema } from '../../base/schema.ts'`,
  'src/dialects/wetty/index.ts': `import { core } from '../../core/index.ts'\nimport { form } from '../../wire/multipart.ts'`,
  'src/dialects/wetty/contract.ts': `import { more } from './contract.more.ts'`,
  'src/dialects/wetty/contract.more.ts': `import { schema } from '../../base/schema.ts'`,
  'src/server/compose.ts': `import { store } from '../adapters/store/sqlite/store.ts'`,
  'src/main.ts': `import pkg from '../package.json'\nimport { compose } from './server/compose.ts'`,
  'src/core/commands/send.test.ts': `import { store } from '../../adapters/store/memory/store.ts'\nimport { test } from 'bun:test'`,
  'clients/sdk/msgr.ts': `import type { History } from '../../src/dialects/msgr/contract.ts'`,
  'clients/web/app.tsx': `import { msgr } from '../sdk/msgr.ts'\nexport default <a />`,
}

let root = ''

const write = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), `${text}\n`)
}

/** What the check says with `text` in `file`, where a sound file stands again afterwards. */
const saidOf = async (file: string, text: string): Promise<readonly string[]> => {
  await write(file, text)
  const violations = await checkLayers(root)
  const before = sound[file]
  if (before === undefined) await rm(join(root, file))
  else await write(file, before)
  return violations.map(({ file: where, line, what }) => `${where}:${line} ${what}`)
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'parlance-layers-'))
  for (const [file, text] of Object.entries(sound)) await write(file, text)
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

test('a sound tree has no violations', async () => {
  expect(await checkLayers(root)).toEqual([])
})

/** For each row of the table: a file it speaks for, and what that file may not import. */
const forbidden: Readonly<Record<string, readonly [file: string, ...imports: string[]]>> = {
  'src/base/**': ['src/base/clock.ts', '../core/index.ts', '../core/model/ids.ts', '../wire/multipart.ts'],
  'src/core/model/**': ['src/core/model/ids.ts', '../event.ts', '../ports/store.ts', 'node:fs', 'typebox'],
  'src/core/event.ts': ['src/core/event.ts', './fault.ts', './gate/gate.ts', 'node:crypto'],
  'src/core/signal.ts': ['src/core/signal.ts', './event.ts', 'bun'],
  'src/core/fault.ts': ['src/core/fault.ts', './event.ts', 'kysely'],
  'src/core/gate/**': ['src/core/gate/gate.ts', '../ports/store.ts', '../queries/message-view.ts', 'node:fs'],
  'src/core/ports/**': ['src/core/ports/store.ts', '../queries/message-view.ts', '../index.ts', 'kysely'],
  'src/core/**': [
    'src/core/commands/send.ts',
    '../../adapters/store/memory/store.ts',
    '../../host/dialect.ts',
    '../../wire/multipart.ts',
    '../../dialects/msgr/index.ts',
    '../../server/compose.ts',
    'bun:sqlite',
    'node:fs',
    'typebox',
  ],
  'src/adapters/store/sqlite/**': [
    'src/adapters/store/sqlite/store.ts',
    '../memory/store.ts',
    '../../bus/local/local.ts',
    '../../../core/index.ts',
    '../../../core/commands/send.ts',
    '../../../core/queries/message-view.ts',
    'redis',
  ],
  'src/adapters/store/sql/**': [
    'src/adapters/store/sql/rows.ts',
    '../sqlite/store.ts',
    '../memory/store.ts',
    'bun:sqlite',
  ],
  'src/adapters/store/*.ts': ['src/adapters/store/mark.ts', './sql/rows.ts', '../../core/commands/send.ts', 'kysely'],
  'src/adapters/<port>/<engine>/**': [
    'src/adapters/store/memory/store.ts',
    '../sqlite/store.ts',
    '../sql/rows.ts',
    '../../bus/local/local.ts',
    '../../../host/dialect.ts',
    'kysely',
  ],
  'src/wire/**': ['src/wire/multipart.ts', '../core/index.ts', '../core/model/ids.ts', '../host/dialect.ts', 'hono'],
  'src/host/**': [
    'src/host/dialect.ts',
    '../core/event.ts',
    '../dialects/msgr/index.ts',
    '../server/compose.ts',
    'kysely',
  ],
  'src/dialects/index.ts': [
    'src/dialects/index.ts',
    './msgr/contract.ts',
    '../core/index.ts',
    '../server/compose.ts',
    'hono',
  ],
  'src/dialects/<name>/contract*.ts': [
    'src/dialects/msgr/contract.ts',
    './index.ts',
    '../wetty/contract.ts',
    '../../base/clock.ts',
    '../../host/dialect.ts',
    'typebox',
  ],
  'src/dialects/<name>/**': [
    'src/dialects/msgr/index.ts',
    '../wetty/index.ts',
    '../wetty/contract.ts',
    '../index.ts',
    '../../adapters/store/memory/store.ts',
    '../../core/model/ids.ts',
    '../../core/commands/send.ts',
    '../../server/compose.ts',
    'node:fs',
    'bun:sqlite',
    'hono',
  ],
  'src/server/**': ['src/server/compose.ts', '../core/commands/send.test.ts', '../../clients/sdk/msgr.ts'],
  'src/main.ts': ['src/main.ts', './core/commands/send.test.ts', '../clients/web/app.tsx'],
  'clients/sdk/**': [
    'clients/sdk/msgr.ts',
    '../../src/dialects/msgr/index.ts',
    '../../src/core/index.ts',
    '../web/app.tsx',
  ],
  'clients/web/**': ['clients/web/app.tsx', '../../src/dialects/msgr/contract.ts', '../../src/base/schema.ts'],
}

test('every row of the table has planted violations', () => {
  expect(Object.keys(forbidden)).toEqual(layers.map(layer => layer.files))
})

describe.each(Object.entries(forbidden))('%s', (_, [file, ...imports]) => {
  test.each(imports)('may not import %s', async specifier => {
    const said = await saidOf(file, `// first\nimport type { X } from '${specifier}'`)
    expect(said).toHaveLength(1)
    expect(said[0]).toStartWith(`${file}:2 imports `)
  })
})

describe('every way to import is seen', () => {
  const file = 'src/dialects/msgr/index.ts'
  const target = '../wetty/index.ts'
  test.each([
    `import '${target}'`,
    `import x from '${target}'`,
    `import * as x from "${target}"`,
    `import { x } from '${target}'`,
    `import { type X } from '${target}'`,
    `import type X from '${target}'`,
    `import/* */{x}from/* */'${target}'`,
    `import {\n  x,\n} from '${target}'`,
    `export * from '${target}'`,
    `export * as x from '${target}'`,
    `export { x } from '${target}'`,
    `export type { X } from '${target}'`,
    `export const x = await import('${target}')`,
    `export const x = () => import(\`${target}\`)`,
    `export type X = import('${target}').X`,
    `export type X = typeof import('${target}')`,
    `import x = require('${target}')`,
    `export const x = require('${target}')`,
    `export const x = import.meta.require('${target}')`,
    `export const x = import.meta.resolve('${target}')`,
  ])('%s', async text => {
    const said = await saidOf(file, text)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('imports src/dialects/wetty/index.ts; src/dialects/<name>/** may import only')
  })

  test.each([
    `// import { x } from '${target}'`,
    `/* import { x } from '${target}' */`,
    `export const x = "import { x } from '${target}'"`,
    `export const x = \`import('${target}')\``,
    `export const x = /import '..\\/wetty\\/index.ts'/`,
  ])('and nothing else: %s', async text => {
    expect(await saidOf(file, text)).toEqual([])
  })
})

describe('the laws of a file', () => {
  test('what is imported is written in full, and not computed', async () => {
    const file = 'src/server/compose.ts'
    expect(await saidOf(file, `import { x } from '../core/index'`)).toEqual([
      `${file}:1 imports ../core/index, which is no file: write its path in full`,
    ])
    expect(await saidOf(file, `import { x } from '../core'`)).toHaveLength(1)
    expect(await saidOf(file, `export const x = (y: string) => import(y)`)).toEqual([
      `${file}:1 imports something computed, which cannot be checked`,
    ])
  })

  test('it belongs to a layer', async () => {
    expect(await saidOf('src/utils/all.ts', 'export const x = 1')).toEqual([
      'src/utils/all.ts:1 is in no layer: give its folder a row in tools/layers/table.ts',
    ])
  })

  test('it can be read', async () => {
    const [said] = await saidOf('src/base/clock.ts', 'export const = 1')
    expect(said).toStartWith('src/base/clock.ts:1 cannot be read: ')
  })

  test(`it has at most ${MAX_LINES} lines`, async () => {
    const file = 'src/base/clock.ts'
    expect(await saidOf(file, `// line${'\n// line'.repeat(MAX_LINES - 1)}`)).toEqual([])
    expect(await saidOf(file, `// line${'\n// line'.repeat(MAX_LINES)}`)).toEqual([
      `${file}:451 has 451 lines; 450 are allowed`,
    ])
  })

  test.each(['export default 1', 'const x = 1\nexport { x as default }', `export { default } from './schema.ts'`])(
    'it has no default export: %p',
    async text => {
      const [said, ...more] = await saidOf('src/base/clock.ts', text)
      expect(said).toMatch(/^src\/base\/clock\.ts:\d has a default export$/)
      expect(more).toEqual([])
    },
  )

  test('it does not import itself, however long the way', async () => {
    await write('src/core/queries/a.ts', `import { c } from './c.ts'`)
    await write('src/core/queries/b.ts', `import { a } from './a.ts'`)
    const [a, b, c] = ['src/core/queries/a.ts', 'src/core/queries/b.ts', 'src/core/queries/c.ts'] as const
    const long = await saidOf(c, `import { b } from './b.ts'`)
    const typeOnly = await saidOf(c, `import type { b } from './b.ts'`)
    const short = await saidOf(c, `import { c } from './c.ts'`)
    for (const file of [a, b]) await rm(join(root, file))
    expect(long).toEqual([`${a}:1 imports itself: ${a} -> ${c} -> ${b} -> ${a}`])
    expect(typeOnly).toEqual([])
    expect(short).toEqual([`${c}:1 imports itself: ${c} -> ${c}`])
  })
})
