// `npm run sdk`: makes of the SDK one file of JavaScript and its declarations, which need nothing of this repository.
// An argument is where to, instead of clients/sdk/dist.
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import * as capabilities from '../../src/dialects/openchat/contract.capabilities.ts'
import * as contract from '../../src/dialects/openchat/contract.ts'
import { declarations } from './declarations.ts'

const root = resolve(import.meta.dir, '../..')
const sdk = join(root, 'clients/sdk')
const out = resolve(process.argv[2] ?? join(sdk, 'dist'))
const types = join(out, 'types')

await rm(types, { recursive: true, force: true })
await mkdir(types, { recursive: true })
await Bun.build({ entrypoints: [join(sdk, 'src/index.ts')], target: 'browser', format: 'esm', outdir: out })

const scratch = await mkdtemp(join(tmpdir(), 'parlance-sdk-types-'))
try {
  const compiler = [join(root, 'node_modules/typescript/bin/tsc'), '--project', sdk, '--outDir', scratch]
  const compiled = Bun.spawn([process.execPath, ...compiler], { stdio: ['ignore', 'inherit', 'inherit'] })
  if ((await compiled.exited) !== 0) throw new Error('the declarations could not be made')
  await cp(join(scratch, relative(root, sdk), 'src'), types, { recursive: true })
} finally {
  await rm(scratch, { recursive: true, force: true })
}

// Those of the contract are derived from schemas there; here they stand by themselves.
const file = join(types, 'types.d.ts')
const named = (await Bun.file(file).text())
  .matchAll(/\{([^}]*)\}/g)
  .flatMap(([, names = '']) => names.match(/\w+/g) ?? [])
const schemas = { ...capabilities, ...contract }
await Bun.write(file, declarations(Object.fromEntries([...named].map(name => [name, schemas[name as 'Capabilities']]))))
