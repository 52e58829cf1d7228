// The SDK as others get it: the package in a folder of its own, with nothing of this repository beside it.
import { cp } from 'node:fs/promises'
import { join } from 'node:path'

export const ROOT = join(import.meta.dir, '../..')

/** Runs a command to its end; throws with what it printed where that is no success. */
export const run = async (command: readonly string[]): Promise<string> => {
  const child = Bun.spawn([...command], { cwd: ROOT, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0) throw new Error(`${command.join(' ')}: exit ${code}\n${out}\n${err}`)
  return out
}

/** Installs it in `folder`, as `npm run sdk` makes it, and answers where. */
export const packed = async (folder: string): Promise<string> => {
  const at = join(folder, 'node_modules/@parlance/sdk')
  await run([process.execPath, join(ROOT, 'tools/sdk/main.ts'), join(at, 'dist')])
  await cp(join(ROOT, 'clients/sdk/package.json'), join(at, 'package.json'))
  return at
}
