// Kills the server with SIGKILL in the middle of concurrent sends, many times: everything acknowledged is there, once, in order.
import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bearer, post, type WettyPerson, wettyGroup, wettyHistory, wettyPerson } from '../../kit/people.ts'
import { startServer } from '../../kit/server.ts'
import { until } from '../../kit/wait.ts'

const ROUNDS = 12
const SENDERS = 8
const ACKED_PER_ROUND = 40

test('WT65 MS63: nothing acknowledged is lost by kill -9, nothing shown twice, nothing half-written', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'parlance-kill-'))
  /** Text of every acknowledged send, by message id. */
  const acknowledged = new Map<string, string>()
  /** Sends whose answer never came, with their key: they may or may not have happened. */
  let unsure: { readonly who: WettyPerson; readonly text: string }[] = []
  let people: WettyPerson[] = []
  let chat = ''

  for (let round = 0; round < ROUNDS; round++) {
    await using server = await startServer({ dataDir })
    if (round === 0) {
      people = await Promise.all(Array.from({ length: SENDERS }, () => wettyPerson(server.url)))
      chat = await wettyGroup(server.url, people[0] as WettyPerson, people.slice(1))
    }
    const send = async (who: WettyPerson, text: string): Promise<void> => {
      const body = { message: text, message_type: 'text', client_generated_id: text }
      const response = await post(`${server.url}/chats/${chat}/messages`, body, bearer(who))
      expect(response.status).toBe(201)
      acknowledged.set(((await response.json()) as { id: string }).id, text)
    }
    // A client that got no answer asks again with the same key.
    for (const { who, text } of unsure) await send(who, text)
    unsure = []

    const before = acknowledged.size
    let killed = false
    const writers = people.map(async (who, i) => {
      for (let n = 0; !killed; n++) {
        const text = `${round}.${i}.${n}`
        try {
          await send(who, text)
        } catch (error) {
          if (!killed) throw error
          unsure.push({ who, text })
        }
      }
    })
    await until('enough acknowledgements', () => acknowledged.size >= before + ACKED_PER_ROUND + round * 3)
    killed = true
    server.kill('SIGKILL')
    await Promise.all(writers)
    await server.exited
  }

  await using server = await startServer({ dataDir })
  const history = await wettyHistory(server.url, people[0] as WettyPerson, chat)
  const shown = new Map(history.map(m => [m.id, m.message]))
  for (const [id, text] of acknowledged) expect(shown.get(id)).toBe(text)
  expect(new Set(history.map(m => m.message)).size).toBe(history.length)
  expect(history.map(m => m.seq)).toEqual(history.map((_, i) => i + 1))
  // Each person's own messages stand in the order in which that person sent them.
  for (let i = 0; i < SENDERS; i++) {
    const mine = history.map(m => m.message.split('.').map(Number)).filter(([, who]) => who === i)
    const order = mine.map(([round = 0, , n = 0]) => round * 1e6 + n)
    expect(order).toEqual([...order].sort((a, b) => a - b))
  }
  await rm(dataDir, { recursive: true, force: true })
}, 120_000)
