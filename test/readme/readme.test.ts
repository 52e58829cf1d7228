// Runs what the README shows, as a reader would: pasted, against a running server.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startServer, type TestServer } from '../kit/server.ts'

const ROOT = join(import.meta.dir, '../..')

/** The code block behind `<!-- test: name -->`. */
const example = async (name: string, readme = 'README.md'): Promise<string> => {
  const text = await Bun.file(join(ROOT, readme)).text()
  const found = new RegExp(`<!-- test: ${name} -->\n\`\`\`\\w+\n([\\s\\S]*?)\n\`\`\``).exec(text)?.[1]
  if (!found) throw new Error(`${readme} has no example "${name}"`)
  return found
}

const run = async (command: readonly string[], env: Record<string, string>): Promise<string> => {
  const child = Bun.spawn([...command], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0 || err !== '') throw new Error(`exit ${code}\n${out}\n${err}`)
  return out
}

/** Runs an example that is to be saved in the project's folder. */
const runScript = async (name: string, readme = 'README.md', runtime = process.execPath): Promise<string> => {
  const file = join(ROOT, `.readme-${name}-${process.pid}.mjs`)
  await Bun.write(file, await example(name, readme))
  try {
    return await run([runtime, file], { URL: server.url })
  } finally {
    await rm(file)
  }
}

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server[Symbol.asyncDispose]())

describe('the README', () => {
  test('the shell example: a direct chat, a group, a file, a recall', async () => {
    const out = await run(['bash', '-euo', 'pipefail', '-c', await example('shell')], { URL: server.url })
    expect(out).toContain('Hei Wei')
    expect(out).toContain('Hello Kari')
    expect(out).toContain('bring warm socks')
    expect(out.trimEnd().split('\n').slice(-3)).toEqual(['Who drives?', 'The list', 'Meldingen er slettet'])
  })

  test('the chatapp example: two doors, one password, a channel with a blank in its name', async () => {
    const out = await run(['bash', '-euo', 'pipefail', '-c', await example('chatapp')], { URL: server.url })
    expect(out).toBe('mia: Four o’clock?\n')
  })

  test('the umoc example: friends, a message in two windows, and a receipt', async () => {
    const out = await runScript('umoc')
    expect(out.split('\n').toSorted()).toEqual(
      ['', 'Ana sees that ben has read it', 'Ben sees ana Hello Ben', 'Ben’s other window shows Hello Ben'].toSorted(),
    )
  })

  test('the openchat example: a key and a password, and nothing missed over another transport', async () => {
    const out = await runScript('openchat')
    expect(out.trimEnd().split('\n')).toEqual([
      'Kea sees Hello whoever you are',
      'Kea missed Are you still there?',
      '- Are you still there?',
      '- Hello whoever you are',
      '- Hello Lin',
    ])
  })

  test('the live example: both see everything, and who comes back misses nothing', async () => {
    const out = await runScript('script')
    expect(out).toContain('Wei sees Kari Are you there?')
    expect(out).toMatch(/Kari sees live\d+ Yes, in the tunnel/)
    expect(out.trimEnd().split('\n').at(-1)).toBe('Wei missed Still there?, Hello?')
  })
})

describe('the README of the SDK', () => {
  test('its example, under node: a key, a channel, what is heard, what was missed, and the history', async () => {
    // Into the work tree, as the README says; git does not see it.
    await run(['npm', 'run', '--silent', 'sdk'], {})
    const out = await runScript('sdk', 'clients/sdk/README.md', 'node')
    const [channels, ...rest] = out.trimEnd().split('\n')
    // The examples above have made others beside it.
    expect(channels).toMatch(/^Channels: general(,|$)/)
    expect(rest).toEqual([
      'Heard: Is anybody here?',
      'Missed: I will be back',
      '- I will be back',
      '- Is anybody here?',
    ])
  })
})
