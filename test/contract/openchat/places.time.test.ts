// What ends by itself: claims, invitations, mutes and typing, on a server whose clock is moved by hand (OC49, OC65, OC100, OC103).
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Clocked, startClocked } from '../../kit/clocked.ts'
import { foreign } from '../../kit/target.ts'
import { until } from '../../kit/wait.ts'
import { newGroup, newPerson, newUnclaimed } from './crew.ts'
import { poll } from './live.ts'
import { call, type Loose, said } from './target.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND

let target: Clocked
beforeAll(async () => {
  if (!foreign) target = await startClocked()
})
afterAll(() => target?.[Symbol.asyncDispose]())

describe.skipIf(foreign)('what ends by itself', () => {
  test('OC49: a claim is valid for five minutes; then the server goes', async () => {
    const inTime = await newUnclaimed(target)
    target.clock.advance(5 * MINUTE - SECOND)
    const { owner: slow, token, id } = await newUnclaimed(target)
    const claim = await inTime.owner.post(`${inTime.owner.at}/ownership:claim`, { claim_token: inTime.token })
    expect(claim.status).toBe(200)
    target.clock.advance(5 * MINUTE)
    const late = said(await slow.post(`${slow.at}/ownership:claim`, { claim_token: token }))
    // Whether it has been swept away by now or not.
    expect(['403 ownership_claim_expired', '404 server_not_found']).toContain(late)
    await until('the unclaimed server to go', async () => {
      target.clock.advance(MINUTE)
      return (await call(target, 'GET', `/v1/servers/${id}`)).status === 404
    })
    expect((await call(target, 'GET', `/v1/servers/${inTime.id}`)).status).toBe(200)
  })

  test('OC103: an invitation ends at its time', async () => {
    const { id, owner, stranger } = await newGroup(target)
    const expires_at = new Date(target.clock.now() + 5 * MINUTE).toISOString()
    const { code } = await owner.must('POST', `/v1/channels/${id}/invites`, { expires_at, max_uses: 10 })
    target.clock.advance(5 * MINUTE - 1)
    expect((await stranger.post(`/v1/invites/${code}/redeem`)).status).toBe(200)
    target.clock.advance(1)
    expect(said(await (await newPerson(target)).post(`/v1/invites/${code}/redeem`))).toBe('410 invite_expired')
    expect(said(await call(target, 'GET', `/v1/invites/${code}`))).toBe('410 invite_expired')
  })

  test('OC100: a mute ends at its time', async () => {
    const { id, owner, member } = await newGroup(target)
    const { body } = await owner.put(`/v1/channels/${id}/members/${member.uid}/mute`, { seconds: 90 })
    expect(body.member.muted_until).toBe(new Date(target.clock.now() + 90 * SECOND).toISOString())
    target.clock.advance(90 * SECOND - 1)
    const refused = await member.post(`/v1/channels/${id}/messages`, { body: 'x' })
    expect([said(refused), refused.body.details]).toEqual(['403 muted', { muted_until: body.member.muted_until }])
    target.clock.advance(1)
    expect((await member.channel(id)).muted_until).toBeNull()
    await member.say(id, 'free again')
  })

  test('OC118 OC126: whoever polls is online for three seconds more', async () => {
    const [mila, noor] = [await newPerson(target), await newPerson(target)]
    await mila.direct(noor)
    const status = async (): Promise<string> => {
      const { members } = await noor.must('GET', `${noor.at}/members?limit=200`)
      return members.find((member: Loose) => member.user_uid === mila.uid).status
    }
    expect(await status()).toBe('offline')
    await poll(mila)
    target.clock.advance(3 * SECOND - 1)
    expect(await status()).toBe('online')
    target.clock.advance(1)
    await until('her to be gone', async () => (await status()) === 'offline')
  })

  test('OC65: typing ends by itself after six seconds', async () => {
    const { id, owner, member } = await newGroup(target)
    using live = await owner.live()
    live.send('chat.subscribe', { channel_id: id })
    await live.event('chat.subscribed')
    await member.must('POST', `/v1/channels/${id}/typing`, { is_typing: true })
    expect((await live.event('chat.typing.updated')).payload.is_typing).toBe(true)
    target.clock.advance(6 * SECOND - 1)
    expect(await live.heard()).toEqual([])
    target.clock.advance(1)
    expect((await live.event('chat.typing.updated')).payload.is_typing).toBe(false)
  })
})
