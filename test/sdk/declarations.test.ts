// The declarations, where they are to serve: in a project that has the package and nothing else of ours.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packed, ROOT, run } from './packed.ts'

let folder: string
let sdk: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-sdk-'))
  sdk = await packed(folder)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Compiles a program of the stranger's, libraries and all; throws with what the compiler has to say. */
const compile = async (source: string, options: object): Promise<void> => {
  const compilerOptions = {
    ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
    ...{ target: 'es2023', lib: ['es2023', 'dom', 'dom.iterable'], types: [], ...options },
  }
  await Bun.write(join(folder, 'stranger.ts'), source)
  await Bun.write(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['stranger.ts'] }))
  await run([process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '--project', folder])
}

const bundler = { module: 'preserve', moduleResolution: 'bundler' }

test.each([{ module: 'nodenext', moduleResolution: 'nodenext' }, bundler])(
  'they need nothing beside them, and know the contract (%o)',
  async resolution => {
    const source = `
    import { type Message, OpenChat } from '@parlance/sdk'
    declare const client: OpenChat
    const bodies: string[] = []
    const keep = (message: Message) => bodies.push(message.body)
    for await (const message of client.history('a channel')) keep(message)
    client.live().on('chat.message.created', ({ message }) => keep(message))
    // @ts-expect-error: no message has it
    client.message('a channel', 'a message').then(message => message.nonsense)`
    await compile(source, resolution)
    const wrong = compile(`${source}\n    const no: number = bodies`, resolution)
    expect(await wrong.catch(String)).toContain('TS2322')
  },
)

test('what is printed from the schemas is what they say', async () => {
  const printed = await Bun.file(join(sdk, 'dist/types/types.d.ts')).text()
  const names = [...printed.matchAll(/^export type (\w+)/gm)].map(([, name]) => name)
  expect(names).toContain('Message')
  const ours = join(ROOT, 'clients/sdk/src/types.ts')
  const source = `
    import type * as printed from '@parlance/sdk'
    import type * as said from ${JSON.stringify(ours)}
    type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : [A, B]
    ${names.map(name => `export const same${name}: Same<printed.${name}, said.${name}> = true`).join('\n    ')}`
  const options = { ...bundler, allowImportingTsExtensions: true, skipLibCheck: true, types: ['bun'] }
  await compile(source, { ...options, typeRoots: [join(ROOT, 'node_modules/@types')] })
})
