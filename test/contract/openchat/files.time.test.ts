// What ends by itself: links to files, and files that nobody sends (OC105 to OC107), on a server whose clock is moved by hand.
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Clocked, startClocked } from '../../kit/clocked.ts'
import { foreign } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { newGroup, newPerson } from './crew.ts'
import { logIn } from './people.ts'
import { request } from './raw.ts'
import { history, pathOf, sentFile, upload } from './sending.ts'
import { call, said } from './target.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let target: Clocked
beforeAll(async () => {
  if (!foreign) target = await startClocked()
})
afterAll(() => target?.[Symbol.asyncDispose]())

describe.skipIf(foreign)('what ends by itself', () => {
  test('OC105, OC106: a link stands for an hour at least and ends when it says; another one is to be had', async () => {
    const { id, owner, member } = await newGroup(target)
    const [file] = (await sentFile(owner, id)).attachments
    const open = async () => said(await call(target, 'GET', pathOf(file.url)))
    const ends = Date.parse(file.url_expires_at)
    expect(ends - target.clock.now()).toBeGreaterThanOrEqual(HOUR)
    target.clock.advance(ends - target.clock.now() - 1)
    expect(await open()).toBe('200')
    target.clock.advance(1)
    expect(await open()).toBe('403 attachment_token_invalid')
    const again = (await member.must('GET', `/v1/attachments/${file.attachment_id}/access`)).url
    expect((await call(target, 'GET', pathOf(again))).body).toBe('hello')
    const [message] = await history(member, id)
    expect(message.attachments[0]).toMatchObject({ url: again, stable_url: file.stable_url })
  })

  test('OC107: what is not sent within a day is removed', async () => {
    const mila = await newPerson(target)
    const { stable_url } = await upload(mila)
    const later = async () => {
      const { token } = (await logIn(target, mila.username)).body
      return said(await call(target, 'GET', pathOf(stable_url), { headers: { authorization: `Bearer ${token}` } }))
    }
    target.clock.advance(24 * HOUR - MINUTE)
    expect(await later()).toBe('200')
    await until('the file to go', async () => {
      target.clock.advance(MINUTE)
      return (await later()) === '404 attachment_not_found'
    })
    expect(said(await request(mila, 'GET', pathOf(stable_url)))).toBe('401 unauthorized')
  })
})
