import { expect, test } from 'bun:test'
import { type Fault, FaultError } from '../core/index.ts'
import { Refused, translated } from './refused.ts'

test('what is said otherwise is said otherwise, other faults and bugs stay what they are', async () => {
  const fault = (kind: Fault['kind']) => () => Promise.reject(new FaultError({ kind } as Fault))
  const reply = { status: 418, body: 'in other words' }
  const table = { 'file.unknown': () => reply }
  const told = await translated(table, fault('file.unknown')).catch(error => error)
  expect(told).toBeInstanceOf(Refused)
  expect(told.reply).toBe(reply)
  expect(await translated(table, fault('message.unknown')).catch(error => error)).toBeInstanceOf(FaultError)
  const bug = new Error('a bug')
  expect(await translated(table, () => Promise.reject(bug)).catch(error => error)).toBe(bug)
  expect(await translated(table, async () => 5)).toBe(5)
})
