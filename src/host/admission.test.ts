import { describe, expect, test } from 'bun:test'
import { manualClock } from '../base/clock.ts'
import { createLogger } from '../base/log.ts'
import { faultIn } from '../core/index.ts'
import { Admission } from './admission.ts'

const staged = (perAddress: number | null, total: number) => {
  const clock = manualClock()
  const lines: string[] = []
  const log = createLogger('debug', { write: line => void lines.push(line) })
  return { clock, lines, admission: new Admission({ perAddress, total, clock, log }) }
}

const refusal = (admission: Admission, address: string) => {
  try {
    admission.admit(address)
    return null
  } catch (error) {
    return faultIn(error)
  }
}

describe('admission', () => {
  test('so many places of one address, and as many of another', () => {
    const { admission } = staged(2, 100)
    const first = admission.admit('192.0.2.1')
    admission.admit('192.0.2.1')
    expect(refusal(admission, '192.0.2.1')).toEqual({ kind: 'rate.limited', retryAfterMs: 10_000 })
    expect(refusal(admission, '192.0.2.2')).toBeNull()
    first[Symbol.dispose]()
    expect(refusal(admission, '192.0.2.1')).toBeNull()
    expect(refusal(admission, '192.0.2.1')?.kind).toBe('rate.limited')
  })

  test('a /64 of IPv6 counts as one address', () => {
    const { admission } = staged(2, 100)
    admission.admit('2001:db8:0:1::1')
    admission.admit('2001:db8:0:1:ffff::1')
    expect(refusal(admission, '2001:db8:0:1:2:3:4:5')?.kind).toBe('rate.limited')
    expect(refusal(admission, '2001:db8:0:2::1')).toBeNull()
  })

  test('so many places in all, whatever the address', () => {
    const { admission } = staged(null, 3)
    const places = ['a', 'a', 'a'].map(address => admission.admit(address))
    expect(refusal(admission, 'b')).toEqual({ kind: 'unavailable', retryAfterMs: 10_000 })
    for (const place of places) place[Symbol.dispose]()
    expect([admission.count, refusal(admission, 'b')]).toEqual([0, null])
  })

  test('a place is given back once', () => {
    const { admission } = staged(2, 100)
    const place = admission.admit('a')
    admission.admit('a')
    for (let i = 0; i < 3; i++) place[Symbol.dispose]()
    expect(admission.count).toBe(1)
    admission.admit('a')
    expect(refusal(admission, 'a')?.kind).toBe('rate.limited')
  })

  test('a flood of refusals is one line a minute', () => {
    const { admission, clock, lines } = staged(1, 1)
    admission.admit('192.0.2.1')
    for (let i = 0; i < 100; i++) refusal(admission, '192.0.2.1')
    for (let i = 0; i < 100; i++) refusal(admission, '192.0.2.2')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain('"network":"192.0.2.1"')
    clock.advance(60_000)
    for (let i = 0; i < 100; i++) refusal(admission, '192.0.2.1')
    expect(lines).toHaveLength(3)
  })
})
