// The bundle, as it is published, where it is to run: under the node of this machine, and in its Chromium if it has one.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as sdk from '../../clients/sdk/src/index.ts'
import { startServer, type TestServer } from '../kit/server.ts'
import { converse } from './conversation.ts'
import { packed, run } from './packed.ts'

const chromium = ['chromium', 'chromium-browser', 'google-chrome']
  .map(name => Bun.which(name))
  .find(path => path !== null)

let server: TestServer
let folder: string
let bundle: string
/** What is talked there, as plain JavaScript. */
let spoken: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-sdk-'))
  bundle = join(await packed(folder), 'dist/index.js')
  spoken = join(folder, 'conversation.mjs')
  const source = await Bun.file(join(import.meta.dir, 'conversation.ts')).text()
  await Bun.write(spoken, new Bun.Transpiler({ loader: 'ts' }).transformSync(source))
  server = await startServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const conversation = (transport: string): readonly string[] => [
  'live Grüße 👋',
  `over ${transport}`,
  'missed missed',
  'file contents',
  'history missed',
  'history Grüße 👋',
  'closed',
]

test('the bundle is one file of plain JavaScript that imports nothing and knows no platform', async () => {
  const text = await Bun.file(bundle).text()
  expect(text.match(/\b(require\(|import\s*[{('"*]|process\.|Bun\.|node:)/g)).toBeNull()
  // Newer than Node 20, or than the browsers of 2024.
  expect(text.match(/Promise\.(withResolvers|try)|AbortSignal\.any|\busing\s+\w+\s*=|crypto\.randomUUID/g)).toBeNull()
  expect(text.length).toBeLessThan(64 * 1024)
})

test('as it is, under Bun', async () => {
  expect(await converse(sdk, server.url)).toEqual(conversation('websocket'))
})

/** Under node, without a word of `process.exit`: it ends only if no timer and no socket is left. */
const underNode = async (options: string): Promise<{ readonly said: readonly string[]; readonly sockets: boolean }> => {
  const script = `
    import * as sdk from ${JSON.stringify(bundle)}
    import { converse } from ${JSON.stringify(spoken)}
    const said = await converse(sdk, ${JSON.stringify(server.url)}, ${options})
    console.log(JSON.stringify({ said, sockets: 'WebSocket' in globalThis }))`
  return JSON.parse(await run(['node', '--input-type=module', '--eval', script]))
}

test('under node: over a WebSocket where it has one, else over SSE by itself', async () => {
  const { said, sockets } = await underNode('{}')
  expect(said).toEqual(conversation(sockets ? 'websocket' : 'sse'))
})

test('under node, told to do without WebSockets: over SSE', async () => {
  expect((await underNode('{ webSocket: null }')).said).toEqual(conversation('sse'))
})

test('under node, with a WebSocket of a package: over that', async () => {
  expect((await underNode("{ webSocket: (await import('ws')).WebSocket }")).said).toEqual(conversation('websocket'))
})

const inBrowser =
  chromium === undefined ? 'in Chromium: there is none on this machine' : 'in Chromium, from another origin'
test.skipIf(chromium === undefined)(inBrowser, async () => {
  if (chromium === undefined) return
  let done: (said: unknown) => void = () => {}
  const finished = new Promise<unknown>(resolve => {
    done = resolve
  })
  const script = `<!doctype html><meta charset="utf-8"><script type="module">
    const tell = said => fetch('/done', { method: 'POST', body: JSON.stringify(said) })
    try {
      const { converse } = await import('/conversation.mjs')
      await tell(await converse(await import('/index.mjs'), ${JSON.stringify(server.url)}))
    } catch (error) {
      await tell(String(error?.stack ?? error))
    }</script>`
  await using page = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    routes: {
      '/': () => new Response(script, { headers: { 'content-type': 'text/html' } }),
      '/index.mjs': () => new Response(Bun.file(bundle)),
      '/conversation.mjs': () => new Response(Bun.file(spoken)),
      '/done': async request => {
        done(await request.json())
        return new Response()
      },
    },
  })
  const quiet = ['gpu', 'quic', 'background-networking', 'component-update', 'sync', 'dev-shm-usage']
  const flags = ['--headless', '--no-sandbox', '--no-first-run', ...quiet.map(what => `--disable-${what}`)]
  const profile = `--user-data-dir=${join(folder, 'profile')}`
  const child = Bun.spawn([chromium, ...flags, profile, page.url.href], { stdout: 'ignore', stderr: 'ignore' })
  try {
    const early = child.exited.then(code => `Chromium ended with ${code}`)
    expect(await Promise.race([finished, early])).toEqual(conversation('websocket'))
  } finally {
    child.kill()
    await child.exited
  }
})
