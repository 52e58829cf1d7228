// A copy of the data folder is put back: positions from after the copy are refused, never answered with something else.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bearer, msgrPerson, post, wettyGroup, wettyHistory, wettyPerson } from '../../kit/people.ts'
import { startServer } from '../../kit/server.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-restore-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const body = async (response: Response) => (await response.json()) as { data: { id: string }; id: string }

test('WT49 MS61: a cursor of a message that the restored copy does not have is a bad cursor', async () => {
  const dataDir = join(folder, 'data')
  const copy = join(folder, 'copy')
  const first = await startServer({ dataDir })
  const wei = await wettyPerson(first.url)
  const chat = await wettyGroup(first.url, wei, [])
  const kari = await msgrPerson(first.url)
  const peer = await msgrPerson(first.url)
  const opened = await post(`${first.url}/api/conversations`, { target_profile_id: peer.profileId }, kari.headers)
  const conversation = (await body(opened)).data.id
  const wettySend = (url: string, message: string) => post(`${url}/chats/${chat}/messages`, { message }, bearer(wei))
  const msgrSend = (url: string, text: string) =>
    post(`${url}/api/conversations/${conversation}/messages`, { message: { body: text } }, kari.headers)
  await wettySend(first.url, 'before the copy')
  await msgrSend(first.url, 'before the copy')
  first.kill('SIGTERM')
  await first.exited
  await cp(dataDir, copy, { recursive: true })

  const second = await startServer({ dataDir })
  const lostInWetty = (await body(await wettySend(second.url, 'lost'))).id
  const lostInMsgr = (await body(await msgrSend(second.url, 'lost'))).data.id
  second.kill('SIGTERM')
  await second.exited
  await rm(dataDir, { recursive: true })
  await cp(copy, dataDir, { recursive: true })

  await using third = await startServer({ dataDir })
  await wettySend(third.url, 'after the copy')
  await msgrSend(third.url, 'after the copy')
  for (const cursor of ['before', 'after']) {
    const wetty = await fetch(`${third.url}/chats/${chat}/messages?${cursor}=${lostInWetty}`, { headers: bearer(wei) })
    expect(wetty.status).toBe(400)
    expect(await wetty.json()).toMatchObject({ error: { code: 'bad_cursor' } })
    const msgr = await fetch(`${third.url}/api/conversations/${conversation}/messages?${cursor}=${lostInMsgr}`, {
      headers: kari.headers,
    })
    expect(msgr.status).toBe(422)
    expect(await msgr.json()).toEqual({ errors: { [cursor]: ['is invalid'] } })
  }
  const shown = (await wettyHistory(third.url, wei, chat)).map(m => m.message)
  expect(shown).toEqual(['before the copy', 'after the copy'])

  // A new folder is a new log: who was known to the old one is nobody here.
  await using fresh = await startServer({ dataDir: join(folder, 'fresh') })
  const elsewhere = `${fresh.url}/chats/${chat}/messages?after=${lostInWetty}`
  expect((await fetch(elsewhere, { headers: bearer(wei) })).status).toBe(401)
})
