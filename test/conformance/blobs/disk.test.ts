import { expect, test } from 'bun:test'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDiskBlobs } from '../../../src/adapters/blobs/disk/disk.ts'
import { newRandomId } from '../../../src/base/id.ts'
import { blobsConformance, type OpenBlobs } from './suite.ts'

/** Paths of all files below the folder. */
const filesIn = async (folder: string): Promise<readonly string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}

const openIn = async (): Promise<OpenBlobs & { readonly folder: string }> => {
  const root = await mkdtemp(join(tmpdir(), 'parlance-blobs-'))
  const folder = join(root, 'data', 'files')
  return {
    folder,
    blobs: await createDiskBlobs({ folder }),
    reopen: () => createDiskBlobs({ folder }),
    kept: () => filesIn(folder),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  }
}

blobsConformance('disk', openIn)

test('what uploads left behind when the server died is removed at the next start, files are not', async () => {
  await using opened = await openIn()
  const fid = newRandomId()
  await opened.blobs.write(fid, new Blob(['x']).stream(), 1)
  const unfinished = join(opened.folder, 'unfinished')
  await writeFile(join(unfinished, `${newRandomId()}.half`), 'half')
  await mkdir(join(unfinished, 'strange'))
  await opened.reopen()
  expect(await readdir(unfinished)).toEqual([])
  expect(await opened.kept()).toEqual([join(opened.folder, fid.slice(0, 2), fid)])
})

test('files are for the server alone to read', async () => {
  await using opened = await openIn()
  const fid = newRandomId()
  await opened.blobs.write(fid, new Blob(['x']).stream(), 1)
  expect((await stat(join(opened.folder, fid.slice(0, 2), fid))).mode & 0o777).toBe(0o600)
})

test('a disk that refuses is an error of the server, not a fault of the sender', async () => {
  await using opened = await openIn()
  await rm(opened.folder, { recursive: true })
  const writing = opened.blobs.write(newRandomId(), new Blob(['x']).stream(), 1)
  await expect(writing).rejects.toMatchObject({ code: 'ENOENT' })
})

test('uploads leave the reserve of the disk free, and nothing of themselves', async () => {
  await using opened = await openIn()
  const strict = await createDiskBlobs({ folder: opened.folder, reserveBytes: Number.MAX_SAFE_INTEGER })
  const refused = strict.write(newRandomId(), new Blob(['x']).stream(), 1)
  await expect(refused).rejects.toMatchObject({ fault: { kind: 'unavailable', retryAfterMs: 60_000 } })
  expect(await opened.kept()).toEqual([])
})

test('tells which files were written before a time, and of nothing else in its folder', async () => {
  await using opened = await openIn()
  const blobs = await createDiskBlobs({ folder: opened.folder })
  const [old, young] = [newRandomId(), newRandomId()]
  for (const fid of [old, young]) await blobs.write(fid, new Blob(['x']).stream(), 1)
  const placeOf = (fid: string) => join(opened.folder, fid.slice(0, 2), fid)
  const time = Date.now() - 3600_000
  await utimes(placeOf(old), time / 1000 - 1, time / 1000 - 1)
  for (const strange of ['unfinished/x', `${old.slice(0, 2)}/x`, 'x']) {
    await writeFile(join(opened.folder, strange), 'x')
    await utimes(join(opened.folder, strange), 0, 0)
  }
  expect(await Array.fromAsync(blobs.writtenBefore(time))).toEqual([old])
  expect((await Array.fromAsync(blobs.writtenBefore(Date.now() + 60_000))).sort()).toEqual([old, young].sort())
})

test('without a descriptor left, writing and reading are refused for now, and leave nothing', async () => {
  await using opened = await openIn()
  const script = fileURLToPath(import.meta.resolve('./starved.ts'))
  // `ulimit` sets both limits, so that the runtime cannot raise it again.
  const child = Bun.spawn(['sh', '-c', `ulimit -n 100 && exec "$0" "$@"`, process.execPath, script, opened.folder], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [said, wrong] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  expect({ said: said && JSON.parse(said), wrong }).toEqual({
    said: { starved: 'EMFILE', write: 'unavailable', read: 'unavailable', unknown: 'unavailable', after: 'first' },
    wrong: '',
  })
  expect(await opened.kept()).toHaveLength(1)
})
