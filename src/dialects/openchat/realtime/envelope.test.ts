import { describe, expect, test } from 'bun:test'
import { createTicker, printDurable, printPassing, tokenIn, withToken } from './envelope.ts'

const fields = { type: 'chat.x', space: 's', at: 1_700_000_000_123, payload: { a: 1 } }

describe('envelopes', () => {
  test('OC111 OC112: have all they must, and no key for what they are not about', () => {
    expect(JSON.parse(printDurable({ ...fields, channelId: 'c' }, 'channel:c', 42))).toEqual({
      event_type: 'chat.x',
      type: 'chat.x',
      server_id: 's',
      channel_id: 'c',
      event_id: '0000000000000042',
      stream: 'channel:c',
      timestamp: '2023-11-14T22:13:20.123Z',
      payload: { a: 1 },
    })
    const answer = JSON.parse(printPassing({ ...fields, channelId: null, requestId: '' }, '0000000000000001'))
    expect(answer).not.toHaveProperty('channel_id')
    expect([answer.stream, answer.request_id]).toEqual(['signal', ''])
  })

  test('OC122: a token stands last and is found again; nothing that people write is taken for one', () => {
    const frame = withToken(printDurable(fields, 'channel:c', 1), 'e.1~t~m')
    expect(tokenIn(frame)).toBe('e.1~t~m')
    expect(JSON.parse(frame).resume_token).toBe('e.1~t~m')
    const tricky = [',"resume_token":"mine"}', '","resume_token":"mine"}', 'x"},"resume_token":"mine"}']
    for (const text of tricky) {
      for (const payload of [{ text }, { resume_token: 'mine' }, { message: { text, resume_token: 'mine' } }]) {
        expect([text, tokenIn(printPassing({ ...fields, requestId: text, payload }, '1'))]).toEqual([text, null])
      }
    }
  })

  test('OC112: numbers of what passes are microseconds that always rise, whatever the clock does', () => {
    let now = 1_700_000_000_000
    const tick = createTicker(() => now)
    const numbers = [tick(), tick()]
    now -= 5000
    numbers.push(tick())
    now += 10_000
    numbers.push(tick())
    expect(numbers).toEqual(['1700000000000000', '1700000000000001', '1700000000000002', '1700000005000000'])
  })
})
