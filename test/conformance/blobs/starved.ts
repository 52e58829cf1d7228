// A process that has opened all the files it may, and then stores and reads one. Says how that went, as JSON.
import { closeSync, openSync } from 'node:fs'
import { createDiskBlobs } from '../../../src/adapters/blobs/disk/disk.ts'
import { newRandomId } from '../../../src/base/id.ts'
import { faultIn } from '../../../src/core/fault.ts'

const blobs = await createDiskBlobs({ folder: process.argv[2] ?? '' })
const fid = newRandomId()
await blobs.write(fid, new Blob(['first']).stream(), 10)

const bytes = new Blob(['second']).stream()
const taken: number[] = []
let starved: unknown = null
while (starved === null && taken.length < 1000) {
  try {
    taken.push(openSync('/dev/null', 'r'))
  } catch (error) {
    starved = (error as { code?: unknown }).code
  }
}

const kindOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    error => faultIn(error)?.kind ?? String(error),
  )
const write = await kindOf(blobs.write(newRandomId(), bytes, 10))
const read = await kindOf(blobs.read(fid))
// Whether there is such a file cannot be told without a descriptor.
const unknown = await kindOf(blobs.read(newRandomId()))

for (const fd of taken) closeSync(fd)
const after = await new Response(await blobs.read(fid)).text()
console.log(JSON.stringify({ starved, write, read, unknown, after }))
