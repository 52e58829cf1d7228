import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Form, type FormBounds, firstFile, IntakeError, readForm, readRaw } from './multipart.ts'

const TYPE = 'multipart/form-data; boundary=XX'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A part as it stands on the wire; `headers` without the closing empty line. */
const part = (headers: string, content: string): string => `--XX\r\n${headers}\r\n\r\n${content}\r\n`
const field = (name: string, value: string): string => part(`Content-Disposition: form-data; name="${name}"`, value)
const file = (name: string, content: string, type = 'image/png'): string =>
  part(`Content-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: ${type}`, content)
const END = '--XX--\r\n'

interface Source {
  readonly body: ReadableStream<Uint8Array>
  /** Bytes that were asked for so far. */
  readonly taken: () => number
  readonly cancelled: () => boolean
}
/** A body that arrives in the given chunks as it is read; after them it ends, breaks, or hangs. */
const arriving = (chunks: Iterable<Uint8Array | string>, then: 'end' | 'break' | 'hang' = 'end'): Source => {
  const left = chunks[Symbol.iterator]()
  let taken = 0
  let cancelled = false
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = left.next()
        if (!done) {
          const chunk = typeof value === 'string' ? encoder.encode(value) : value
          taken += chunk.length
          controller.enqueue(chunk)
        } else if (then === 'end') controller.close()
        else if (then === 'break') controller.error(new DOMException('The connection was closed.', 'AbortError'))
        else await new Promise(() => {})
      },
      cancel() {
        cancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return { body, taken: () => taken, cancelled: () => cancelled }
}
const formOf = (text: string, type: string | null = TYPE, bounds?: Partial<FormBounds>): Form =>
  readForm(arriving([text]).body, type, bounds)

const collect = async (bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> =>
  Buffer.concat(await Array.fromAsync(bytes))
const textOf = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => decoder.decode(await collect(bytes))
const reasonOf = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
  try {
    await collect(bytes)
    return 'arrived whole'
  } catch (error) {
    return error instanceof IntakeError ? error.reason : `not an IntakeError: ${error}`
  }
}

/** Every part with its content, then how the form ended. */
const readAll = async (form: Form): Promise<readonly unknown[]> => {
  const parts: unknown[] = []
  for (;;) {
    const next = await form.next()
    if (next.type === 'field') parts.push([next.name, next.value])
    else if (next.type === 'file') parts.push([next.name, next.fileName, next.mime, await textOf(next.bytes)])
    else return [...parts, next.type === 'end' ? 'end' : next.reason]
  }
}

describe('readForm', () => {
  test('OC73: yields fields and several files in order', async () => {
    const text =
      field('body', 'hei på deg') +
      file('a.png', 'AAA') +
      field('x', '') +
      file('b c.txt', 'B\r\n--XB', 'Text/Plain; charset=x') +
      END
    expect(await readAll(formOf(text))).toEqual([
      ['body', 'hei på deg'],
      ['file', 'a.png', 'image/png', 'AAA'],
      ['x', ''],
      ['file', 'b c.txt', 'text/plain', 'B\r\n--XB'],
      'end',
    ])
  })

  test('reads what a browser-made FormData holds, however it is cut into chunks', async () => {
    const name = fc.string({ minLength: 1, unit: fc.constantFrom('a', 'ø', ' ', '.', '😀', "'", ';', '=') })
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom('\r\n', '--', '\r\n--', '\r', '\r\n\r\n').map(text => encoder.encode(text)),
    )
    const entry = fc.oneof(
      fc.record({ name, value: fc.string({ unit: fc.constantFrom('a', 'é', '-', ' ') }) }),
      fc.record({ name, fileName: name, content }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }),
        async (entries, cuts) => {
          const data = new FormData()
          for (const given of entries) {
            if ('content' in given)
              data.append(given.name, new File([new Uint8Array(given.content)], given.fileName, { type: 'video/mp4' }))
            else data.append(given.name, given.value)
          }
          const request = new Response(data)
          // Asked for first: Bun tells the type no more once the body has been read.
          const type = request.headers.get('content-type')
          const whole = await request.bytes()
          const chunks: Uint8Array[] = []
          for (let at = 0, turn = 0; at < whole.length; turn++) {
            const size = cuts[turn % cuts.length] ?? 1
            chunks.push(whole.subarray(at, at + size))
            at += size
          }
          await using form = readForm(arriving(chunks).body, type)
          for (const given of entries) {
            const next = await form.next()
            if ('content' in given) {
              expect(next).toMatchObject({
                type: 'file',
                name: given.name,
                fileName: given.fileName,
                mime: 'video/mp4',
              })
              if (next.type === 'file') expect(Buffer.compare(await collect(next.bytes), given.content)).toBe(0)
            } else expect(next).toEqual({ type: 'field', name: given.name, value: given.value })
          }
          expect(await form.next()).toEqual({ type: 'end' })
        },
      ),
    )
  })

  test('skips what was not read, or not to its end', async () => {
    const form = formOf(file('a', 'A'.repeat(300_000)) + file('b', 'B'.repeat(300_000)) + field('x', '1') + END)
    expect(await form.next()).toMatchObject({ type: 'file', fileName: 'a' })
    const second = await form.next()
    if (second.type !== 'file') throw new Error(second.type)
    for await (const chunk of second.bytes) {
      expect(chunk[0]).toBe(66)
      break
    }
    expect(await form.next()).toEqual({ type: 'field', name: 'x', value: '1' })
    expect(await form.next()).toEqual({ type: 'end' })
  })

  test('ignores preamble, epilogue, parts that are no form data, and other headers', async () => {
    const text = `preamble\r\n${part('X-Note: a\r\nContent-Type: text/plain', 'nobody')}${part('Content-Disposition: inline', 'nobody')}${field('a', '1')}${END}epilogue`
    expect(await readAll(formOf(text))).toEqual([['a', '1'], 'end'])
  })

  test('a part without file name is a file only when it is an octet stream', async () => {
    const headers = 'Content-Disposition: form-data; name="f"\r\nContent-Type: '
    expect(
      await readAll(formOf(part(`${headers}application/octet-stream`, 'A') + part(`${headers}image/png`, 'B') + END)),
    ).toEqual([['f', null, 'application/octet-stream', 'A'], ['f', 'B'], 'end'])
  })

  test.each([
    ['filename="naïve café.png"', 'naïve café.png'],
    ['filename="x"; filename*=UTF-8\'\'na%C3%AFve%20%F0%9F%98%80.png', 'naïve 😀.png'],
    ['filename="C:\\dir\\a.png"', 'C:\\dir\\a.png'],
    ['filename="../../etc/passwd"', '../../etc/passwd'],
    ['filename="a\\"b.png"', 'a"b.png'],
    ['filename=plain.png', 'plain.png'],
  ])('WT68: tells the name of %s as declared', async (parameter, expected) => {
    const first = await firstFile(formOf(part(`Content-Disposition: form-data; name="f"; ${parameter}`, 'x') + END))
    expect(first).toMatchObject({ type: 'file', file: { fileName: expected } })
  })

  test('WT68: a field in a declared charset is read in it; in an unknown one the form is malformed', async () => {
    const latin1 = Buffer.from(
      part('Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=iso-8859-1', 'æ') + END,
      'latin1',
    )
    expect(await readAll(readForm(arriving([latin1]).body, TYPE))).toEqual([['a', 'æ'], 'end'])
    expect(
      await readAll(
        formOf(
          part('Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=klingon', 'x') + END,
        ),
      ),
    ).toEqual(['malformed'])
  })
})

describe('faults', () => {
  test.each([
    ['no type', null],
    ['another type', 'application/json'],
    ['another multipart', 'multipart/mixed; boundary=XX'],
    ['no boundary', 'multipart/form-data'],
    ['an empty boundary', 'multipart/form-data; boundary='],
    ['a broken parameter', 'multipart/form-data; boundary="XX'],
  ])('WT68: %s is malformed', async (_name, type) => {
    expect(await readAll(formOf(field('a', '1') + END, type))).toEqual(['malformed'])
  })

  test.each([
    ['nothing at all', ''],
    ['no boundary in the body', 'hello'],
    ['only a boundary', '--XX\r\n'],
    ['the boundary of another form', '--YY\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--YY--\r\n'],
    ['headers cut short', '--XX\r\nContent-Disposition: form-data'],
    ['a header that is none', '--XX\r\n\0\0\0\0: x\r\n\r\n1\r\n--XX--\r\n'],
    ['a field cut short', '--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\nval'],
    ['endless headers', `--XX\r\nContent-Disposition: form-data; name="${'a'.repeat(20_000)}"\r\n\r\n1\r\n--XX--\r\n`],
  ])('WT68: %s is malformed', async (_name, text) => {
    expect(await readAll(formOf(text))).toEqual(['malformed'])
    expect(await firstFile(formOf(text))).toEqual({ type: 'failed', reason: 'malformed' })
  })

  test('WT68: no body is malformed', async () => {
    expect(await readAll(readForm(null, TYPE))).toEqual(['malformed'])
  })

  test('WT68: a form without file is told apart from a broken one', async () => {
    expect(await firstFile(formOf(field('a', '1') + END))).toEqual({ type: 'no-file' })
    expect(await firstFile(formOf(END))).toEqual({ type: 'no-file' })
  })

  test('WT68: a file without its closing boundary did not arrive whole', async () => {
    for (const text of [file('a', 'data').slice(0, -2), `${file('a', 'data')}--X`, `${file('a', '')}`]) {
      const form = formOf(text)
      const first = await firstFile(form)
      if (first.type !== 'file') throw new Error(first.type)
      expect(await reasonOf(first.file.bytes)).toBe('malformed')
      expect(form.failure).toBe('malformed')
      expect(await form.next()).toEqual({ type: 'failed', reason: 'malformed' })
    }
  })

  test.each(['', '--XX\r\nContent-Dis', field('a', '1')])(
    'WT68: a connection that breaks after %j is aborted',
    async text => {
      const form = readForm(arriving([text], 'break').body, TYPE)
      expect((await readAll(form)).at(-1)).toBe('aborted')
      expect(form.failure).toBe('aborted')
    },
  )

  test('WT68: a connection that breaks within a file breaks its bytes, whole chunks though they were', async () => {
    const form = readForm(arriving([file('a', 'x'.repeat(500_000)).slice(0, -40)], 'break').body, TYPE)
    const first = await firstFile(form)
    expect(first.type === 'file' && (await reasonOf(first.file.bytes))).toBe('aborted')
    expect(form.failure).toBe('aborted')
  })

  test('a stream that has ended in error before it is read', async () => {
    const broken = new ReadableStream<Uint8Array>({ start: controller => controller.error(new Error('gone')) })
    expect(await readAll(readForm(broken, TYPE))).toEqual(['aborted'])
  })

  test('takes any bytes, in and out of a part, without throwing', async () => {
    const noise = fc.oneof(
      fc.uint8Array(),
      fc
        .constantFrom(
          '--XX',
          '\r\n--XX\r\n',
          '--XX--',
          '\r\n',
          'Content-Disposition: form-data; name="a"; filename=',
          ': ',
          '"',
          '\r\n\r\n',
          "filename*=utf-8''%f",
          ';',
        )
        .map(text => encoder.encode(text)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(noise), fc.boolean(), async (chunks, opened) => {
        const { body } = arriving(opened ? [`--XX\r\n`, ...chunks] : chunks)
        await using form = readForm(body, TYPE)
        for (;;) {
          const next = await form.next()
          if (next.type === 'file') await reasonOf(next.bytes)
          else if (next.type !== 'field') return expect(['end', 'failed']).toContain(next.type)
        }
      }),
    )
  })
})

describe('bounds', () => {
  test('fields: as many and as long as allowed, not one more', async () => {
    const bounds = { fields: 2, fieldBytes: 5 }
    expect(await readAll(formOf(field('a', '12345') + field('b', 'æøx') + END, TYPE, bounds))).toEqual([
      ['a', '12345'],
      ['b', 'æøx'],
      'end',
    ])
    expect(await readAll(formOf(field('a', '123456') + field('b', '1') + END, TYPE, bounds))).toEqual(['too-large'])
    expect((await readAll(formOf(field('a', '1').repeat(3) + END, TYPE, bounds))).at(-1)).toBe('too-large')
  })

  test('files: as many as allowed, not one more; the first is whole all the same', async () => {
    expect(await readAll(formOf(file('a', 'A') + file('b', 'B') + END, TYPE, { files: 1 }))).toEqual([
      ['file', 'a', 'image/png', 'A'],
      'too-large',
    ])
  })

  test.each([
    ['a preamble', 'x'.repeat(100_000)],
    ['parts nobody reads', part('X: y', 'x'.repeat(100_000))],
    ['headers', part('X: y', '').repeat(1000)],
  ])('%s without end is given up on after a mebibyte', async (_name, more) => {
    const endless = (function* () {
      for (;;) yield more
    })()
    const source = arriving(endless)
    expect(await readAll(readForm(source.body, TYPE))).toEqual(['too-large'])
    expect(source.taken()).toBeLessThan(1.5 * 1024 * 1024)
    expect(source.cancelled()).toBe(true)
  })

  test('a file nobody reads is not skipped for ever', async () => {
    const endless = (function* () {
      yield file('a', '').slice(0, -2)
      for (;;) yield 'x'.repeat(100_000)
    })()
    const source = arriving(endless)
    const form = readForm(source.body, TYPE)
    expect(await form.next()).toMatchObject({ type: 'file' })
    expect(await form.next()).toEqual({ type: 'failed', reason: 'too-large' })
    expect(source.taken()).toBeLessThan(2 * 1024 * 1024)
  })

  test('WT68: a file is taken from the connection as fast as it is read, and passes whole', async () => {
    const chunk = new Uint8Array(100_000).fill(7)
    const source = arriving(
      (function* () {
        yield file('a', '').slice(0, -2)
        for (let sent = 0; sent < 200; sent++) yield chunk
        yield `\r\n${END}`
      })(),
    )
    await using form = readForm(source.body, TYPE)
    const first = await firstFile(form)
    if (first.type !== 'file') throw new Error(first.type)
    let read = 0
    for await (const bytes of first.file.bytes) {
      read += bytes.length
      expect(source.taken() - read).toBeLessThan(600_000)
    }
    expect(read).toBe(200 * 100_000)
  })

  test('one great chunk is not parsed ahead of its reader', async () => {
    const form = formOf(file('a', 'x'.repeat(5_000_000)) + END)
    const first = await firstFile(form)
    expect(first.type === 'file' && (await collect(first.file.bytes)).length).toBe(5_000_000)
    expect(await form.next()).toEqual({ type: 'end' })
  })
})

describe('letting go', () => {
  test('nothing is read before it is asked for', async () => {
    const source = arriving([file('a', 'x') + END])
    const form = readForm(source.body, TYPE)
    expect(source.taken()).toBe(0)
    await form[Symbol.asyncDispose]()
    expect(source.cancelled()).toBe(true)
    expect(await form.next()).toEqual({ type: 'end' })
  })

  test('WT68: disposal in the middle of a file ends the body, and the file with it', async () => {
    const source = arriving([file('a', 'x'.repeat(500_000)).slice(0, -2)], 'hang')
    const form = readForm(source.body, TYPE)
    const first = await firstFile(form)
    if (first.type !== 'file') throw new Error(first.type)
    const bytes = first.file.bytes[Symbol.asyncIterator]()
    expect((await bytes.next()).done).toBe(false)
    await form[Symbol.asyncDispose]()
    expect(source.cancelled()).toBe(true)
    await expect(bytes.next()).rejects.toThrow(IntakeError)
  })

  test('UM94: the fields before the first file come with it, the first of each name', async () => {
    const first = await firstFile(
      formOf(
        field('token', '1') + field('__proto__', 'p') + field('token', '2') + file('a', 'x') + file('b', 'y') + END,
      ),
    )
    if (first.type !== 'file') throw new Error(first.type)
    expect([...first.fields]).toEqual([
      ['token', '1'],
      ['__proto__', 'p'],
    ])
    expect(await textOf(first.file.bytes)).toBe('x')
  })
})

describe('readRaw', () => {
  test('WT68: hands the body on as it is', async () => {
    expect(await textOf(readRaw(arriving(['ab', '', 'c']).body))).toBe('abc')
    expect(await textOf(readRaw(null))).toBe('')
  })

  test('WT68: a broken connection is aborted', async () => {
    expect(await reasonOf(readRaw(arriving(['ab'], 'break').body))).toBe('aborted')
  })

  test('WT68: leaving early ends the body', async () => {
    const source = arriving(['ab', 'cd'], 'hang')
    for await (const chunk of readRaw(source.body)) {
      expect(decoder.decode(chunk)).toBe('ab')
      break
    }
    expect(source.cancelled()).toBe(true)
    expect(source.taken()).toBe(2)
  })
})
