// What every store of file bytes must do.
import { describe, expect, test } from 'bun:test'
import { newRandomId } from '../../../src/base/id.ts'
import { faultIn } from '../../../src/core/fault.ts'
import type { BlobStore } from '../../../src/core/ports/blobs.ts'

export interface OpenBlobs extends AsyncDisposable {
  readonly blobs: BlobStore
  /** The same bytes, as a server finds them that starts anew. */
  reopen(): Promise<BlobStore>
  /** Names of everything that is kept, unfinished uploads included. */
  kept(): Promise<readonly string[]>
}

async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part
}

const textOf = async (stream: ReadableStream<Uint8Array> | null): Promise<string | null> =>
  stream && new Response(stream).text()

const NONE = 10_000_000

export const blobsConformance = (name: string, open: () => Promise<OpenBlobs>): void => {
  const faultOf = (promise: Promise<unknown>) =>
    promise.then(
      () => null,
      error => faultIn(error) ?? error,
    )

  describe(`blobs: ${name}`, () => {
    test('gives back what it was given, also after a restart', async () => {
      await using opened = await open()
      const fid = newRandomId()
      expect(await opened.blobs.write(fid, chunks('hello', ' ', 'world'), NONE)).toBe(11)
      expect(await textOf(await opened.blobs.read(fid))).toBe('hello world')
      expect(await textOf(await (await opened.reopen()).read(fid))).toBe('hello world')
    })

    test('keeps large files byte by byte, and reads them piecewise', async () => {
      await using opened = await open()
      const fid = newRandomId()
      const block = crypto.getRandomValues(new Uint8Array(65_536))
      const expected = new Bun.CryptoHasher('sha256')
      const whole = Array.from({ length: 64 }, (_, i) => block.subarray(i))
      for (const part of whole) expected.update(part)
      const size = whole.reduce((sum, part) => sum + part.byteLength, 0)
      expect(await opened.blobs.write(fid, chunks(...whole), size)).toBe(size)
      const hash = new Bun.CryptoHasher('sha256')
      let pieces = 0
      for await (const piece of (await opened.blobs.read(fid)) ?? []) {
        hash.update(piece)
        pieces += 1
      }
      expect(hash.digest('hex')).toBe(expected.digest('hex'))
      expect(pieces).toBeGreaterThan(1)
    })

    test('reads ranges, both ends included, and no further than there is something', async () => {
      await using opened = await open()
      const fid = newRandomId()
      await opened.blobs.write(fid, chunks('0123456789'), NONE)
      const read = async (start: number, end: number) => textOf(await opened.blobs.read(fid, { start, end }))
      expect(await read(0, 0)).toBe('0')
      expect(await read(0, 9)).toBe('0123456789')
      expect(await read(3, 5)).toBe('345')
      expect(await read(9, 9)).toBe('9')
      expect(await read(8, 100)).toBe('89')
      expect(await read(10, 12)).toBe('')
    })

    test('keeps an empty file', async () => {
      await using opened = await open()
      const fid = newRandomId()
      expect(await opened.blobs.write(fid, chunks(), NONE)).toBe(0)
      expect(await textOf(await opened.blobs.read(fid))).toBe('')
    })

    test('takes exactly as much as it may, and one byte more is a fault that leaves nothing', async () => {
      await using opened = await open()
      const [fits, tooLarge] = [newRandomId(), newRandomId()]
      expect(await opened.blobs.write(fits, chunks('12345', '67890'), 10)).toBe(10)
      let asked = 0
      const endless = async function* () {
        for (;;) {
          asked += 1
          yield new Uint8Array(4)
        }
      }
      expect(await faultOf(opened.blobs.write(tooLarge, endless(), 10))).toEqual({ kind: 'file.too-large', limit: 10 })
      expect(asked).toBe(3)
      expect(await opened.blobs.read(tooLarge)).toBeNull()
      expect(await opened.kept()).toHaveLength(1)
    })

    test('an upload that breaks is a fault that leaves nothing', async () => {
      await using opened = await open()
      const fid = newRandomId()
      const broken = async function* () {
        yield new Uint8Array(100_000)
        throw new Error('connection lost')
      }
      expect(await faultOf(opened.blobs.write(fid, broken(), NONE))).toEqual({ kind: 'file.incomplete' })
      expect(await opened.blobs.read(fid)).toBeNull()
      expect(await opened.kept()).toEqual([])
    })

    test('a file is not there before it is whole', async () => {
      await using opened = await open()
      const fid = newRandomId()
      const gate = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<void>()
      const slow = async function* () {
        yield new Uint8Array(10)
        begun.resolve()
        await gate.promise
        yield new Uint8Array(10)
      }
      const writing = opened.blobs.write(fid, slow(), NONE)
      await begun.promise
      expect(await opened.blobs.read(fid)).toBeNull()
      gate.resolve()
      expect(await writing).toBe(20)
      expect(await opened.blobs.read(fid)).not.toBeNull()
    })

    test('a second upload under a name replaces the first whole, one that breaks does not touch it', async () => {
      await using opened = await open()
      const fid = newRandomId()
      await opened.blobs.write(fid, chunks('first, and long'), NONE)
      expect(await faultOf(opened.blobs.write(fid, chunks('too long'), 3))).toMatchObject({ kind: 'file.too-large' })
      expect(await textOf(await opened.blobs.read(fid))).toBe('first, and long')
      await opened.blobs.write(fid, chunks('second'), NONE)
      expect(await textOf(await opened.blobs.read(fid))).toBe('second')
    })

    test('many uploads at once do not mix', async () => {
      await using opened = await open()
      const fids = Array.from({ length: 20 }, newRandomId)
      await Promise.all(fids.map(fid => opened.blobs.write(fid, chunks(fid, fid), NONE)))
      for (const fid of fids) expect(await textOf(await opened.blobs.read(fid))).toBe(fid + fid)
      expect(await opened.kept()).toHaveLength(fids.length)
    })

    test('removes a file, and does not mind removing what is not there', async () => {
      await using opened = await open()
      const fid = newRandomId()
      await opened.blobs.write(fid, chunks('x'), NONE)
      await opened.blobs.remove(fid)
      expect(await opened.blobs.read(fid)).toBeNull()
      await opened.blobs.remove(fid)
      expect(await opened.kept()).toEqual([])
    })

    test('knows no file by a name that is no uuid, and stores none', async () => {
      await using opened = await open()
      const fid = newRandomId()
      await opened.blobs.write(fid, chunks('secret'), NONE)
      for (const bad of [
        '',
        '.',
        '..',
        '../x',
        `../${fid}`,
        `${fid.slice(0, 2)}/${fid}`,
        `${fid}/..`,
        `${fid}\0`,
        'a'.repeat(5000),
      ]) {
        expect(await opened.blobs.read(bad)).toBeNull()
        await opened.blobs.remove(bad)
        await expect(opened.blobs.write(bad, chunks('x'), NONE)).rejects.toThrow('uuid')
      }
      expect(await opened.kept()).toHaveLength(1)
    })

    test('a reader that goes away early disturbs nothing', async () => {
      await using opened = await open()
      const fid = newRandomId()
      await opened.blobs.write(fid, chunks(new Uint8Array(2_000_000)), NONE)
      for (let i = 0; i < 20; i++) {
        const reader = (await opened.blobs.read(fid))?.getReader()
        expect((await reader?.read())?.value?.byteLength).toBeGreaterThan(0)
        await reader?.cancel()
      }
      expect((await new Response(await opened.blobs.read(fid)).arrayBuffer()).byteLength).toBe(2_000_000)
    })
  })
}
