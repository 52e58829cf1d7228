// Starting where one cannot, and stopping as asked: one clear line and a non-zero exit, or a drain and zero.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bearer, msgrPerson, post, wettyGroup, wettyHistory, wettyPerson } from '../../kit/people.ts'
import { runParlance, startServer } from '../../kit/server.ts'
import { Inbox, until } from '../../kit/wait.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-start-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Refused with exit code 1 and one line on stderr that is no stack trace. */
const expectRefusal = (result: { code: number; stderr: string }, says: RegExp): void => {
  const lines = result.stderr
    .trim()
    .split('\n')
    .filter(line => !line.startsWith('{'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatch(says)
  expect(lines[0]).toStartWith('parlance: ')
  expect(result.stderr).not.toMatch(/\n\s+at /)
  expect(result.code).toBe(1)
}

const serve = (data: string, ...more: string[]) =>
  runParlance(['serve', '--host', '127.0.0.1', '--port', '0', '--data', data, ...more])

describe('a start that cannot be', () => {
  test('a taken port', async () => {
    await using server = await startServer()
    const port = new URL(server.url).port
    const result = await runParlance(['--host', '127.0.0.1', '--port', port, '--data', join(folder, 'port')])
    expectRefusal(result, /port|address/i)
    expect(result.stderr).toContain(port)
  })

  test('a data folder that cannot be one', async () => {
    const file = join(folder, 'a-file')
    await writeFile(file, 'not a folder')
    expectRefusal(await serve(file), /a-file/)
    expectRefusal(await serve(join(file, 'below')), /a-file/)
    expectRefusal(await serve('/proc/parlance'), /\/proc\/parlance/)
  })

  test('a second server on the same folder; the first goes on', async () => {
    const data = join(folder, 'shared')
    await using server = await startServer({ dataDir: data })
    expectRefusal(await serve(data), /another|already|in use/i)
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })

  test('a database that is none, and one that is damaged', async () => {
    const garbage = join(folder, 'garbage')
    await mkdir(garbage)
    await writeFile(join(garbage, 'parlance.db'), 'this is no database, however long one looks at it. '.repeat(200))
    expectRefusal(await serve(garbage), /database/i)

    const damaged = join(folder, 'damaged')
    const server = await startServer({ dataDir: damaged })
    await wettyPerson(server.url)
    server.kill('SIGTERM')
    expect(await server.exited).toBe(0)
    const path = join(damaged, 'parlance.db')
    const bytes = new Uint8Array(await Bun.file(path).arrayBuffer())
    bytes.fill(0xff, 4096, Math.min(bytes.length, 4096 * 12))
    await writeFile(path, bytes)
    expectRefusal(await serve(damaged), /corrupt|damaged|database/i)
  })

  test('a setting that cannot be used, and a command that is none', async () => {
    expectRefusal(await runParlance(['--port', 'eighty']), /--port/)
    expectRefusal(await runParlance(['dance']), /dance/)
    expectRefusal(await runParlance(['--loud']), /--loud/)
    expectRefusal(await runParlance(['serve'], { DATABASE_URL: 'postgres://x' }), /DATABASE_URL/)
  })

  test('--help and --version need nothing', async () => {
    expect((await runParlance(['--help'])).stdout).toContain('PARLANCE_DATA')
    expect((await runParlance(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })
})

describe('a disk that is full', () => {
  /** Runs a server that may not write files above `kib`; the limit stands in for a full disk. */
  const limited = (data: string, kib: number) =>
    Bun.spawn(
      [
        'bash',
        '-c',
        `trap '' XFSZ; ulimit -f ${kib}; exec "$0" "$@"`,
        process.execPath,
        join(import.meta.dir, '../../../src/main.ts'),
        ...['serve', '--host', '127.0.0.1', '--port', '0', '--data', data],
      ],
      {
        env: { ...process.env, PARLANCE_RATE_LIMITS: 'off', PARLANCE_BCRYPT_COST: '4', PARLANCE_LOG: 'error' },
        stdin: 'ignore',
        stdout: 'pipe',
        stderr: 'pipe',
      },
    )

  test('at the start', async () => {
    const child = limited(join(folder, 'full'), 8)
    const stderr = await new Response(child.stderr).text()
    expectRefusal({ code: await child.exited, stderr }, /disk|write|full|database/i)
  })

  test('while it runs: what was acknowledged is there afterwards', async () => {
    const data = join(folder, 'filling')
    const first = await startServer({ dataDir: data })
    const person = await wettyPerson(first.url)
    const chat = await wettyGroup(first.url, person, [])
    first.kill('SIGTERM')
    await first.exited

    const child = limited(data, 3000)
    const out = new Inbox<string>()
    const reading = (async () => {
      for await (const chunk of child.stdout) out.push(new TextDecoder().decode(chunk))
    })()
    const errors = new Response(child.stderr).text()
    const line = await out.find('the address', text => text.includes('listening on'))
    const url = /http:\/\/\S+/.exec(line)?.[0] ?? ''
    const acknowledged: string[] = []
    const text = 'x'.repeat(15_000)
    for (let i = 0; i < 2000; i++) {
      const sent = await post(`${url}/chats/${chat}/messages`, { message: `${i} ${text}` }, bearer(person)).catch(
        () => null,
      )
      if (sent?.status !== 201) break
      acknowledged.push(((await sent.json()) as { id: string }).id)
    }
    expect(await child.exited).not.toBe(0)
    await reading
    expect(await errors).not.toMatch(/\n\s+at /)
    expect(acknowledged.length).toBeGreaterThan(10)

    await using again = await startServer({ dataDir: data })
    const shown = (await wettyHistory(again.url, person, chat)).map(m => m.id)
    expect(shown.slice(0, acknowledged.length)).toEqual(acknowledged)
  }, 60_000)
})

describe('SIGTERM', () => {
  test('requests under way finish, sockets are told to come back, the exit is 0 within 10 s, accounts survive (MS30)', async () => {
    const data = join(folder, 'drain')
    const server = await startServer({ dataDir: data })
    const person = await wettyPerson(server.url)
    const kari = await msgrPerson(server.url)
    const closes = new Inbox<number>()
    for (const path of [`/ws/chats?uid=${person.uid}&token=${person.token}`, '/socket/websocket?vsn=2.0.0']) {
      const socket = new WebSocket(server.wsUrl + path)
      socket.onclose = event => closes.push(event.code)
      await until('the socket', () => socket.readyState === WebSocket.OPEN)
    }
    // An upload that is half way when the signal comes.
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const writer = writable.getWriter()
    const upload = fetch(`${server.url}/fserv/upload?filename=half.bin`, {
      method: 'POST',
      headers: { ...bearer(person), 'content-type': 'application/octet-stream' },
      body: readable,
    })
    await writer.write(new Uint8Array(64 * 1024))
    await until('the upload to have begun', async () =>
      (await readdir(data, { recursive: true })).some(name => /^files.unfinished./.test(name)),
    )
    const asked = performance.now()
    server.kill('SIGTERM')
    expect([await closes.next(), await closes.next()]).toEqual([1012, 1012])
    await writer.write(new Uint8Array(64 * 1024))
    await writer.close()
    const answer = await upload
    expect(answer.status).toBe(201)
    expect(await answer.json()).toMatchObject({ size: 128 * 1024, name: 'half.bin' })
    expect(await server.exited).toBe(0)
    expect(performance.now() - asked).toBeLessThan(10_000)

    await using again = await startServer({ dataDir: data })
    const own = await fetch(`${again.url}/api/profiles`, { headers: kari.headers })
    expect(await own.json()).toMatchObject({ data: [{ id: kari.profileId }] })
    expect((await fetch(`${again.url}/users/profile`, { headers: bearer(person) })).status).toBe(200)
  })
})

describe('/metrics', () => {
  test('counts requests, links and commits, and names nobody', async () => {
    await using server = await startServer()
    const person = await wettyPerson(server.url)
    const chat = await wettyGroup(server.url, person, [])
    await post(`${server.url}/chats/${chat}/messages`, { message: 'hello' }, bearer(person))
    const text = await (await fetch(`${server.url}/metrics`)).text()
    expect(text).toMatch(/http_requests_total\{dialect="wetty",method="POST",status="2xx"\} 4/)
    expect(Number(/store_commit_works_count (\d+)/.exec(text)?.[1])).toBeGreaterThan(1)
    for (const own of [person.token, person.username]) expect(text.includes(own)).toBe(false)
  })
})
