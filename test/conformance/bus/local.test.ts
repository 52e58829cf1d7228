import { expect, test } from 'bun:test'
import { createLocalBus } from '../../../src/adapters/bus/local/local.ts'
import { busConformance } from './suite.ts'

busConformance('local', async () => {
  const bus = createLocalBus()
  return { here: bus, there: bus, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
})

test('a subscriber that throws against the rules disturbs neither the publisher nor the others', async () => {
  const errors: unknown[] = []
  await using bus = createLocalBus({ onError: error => void errors.push(error) })
  const heard: string[] = []
  const bug = new Error('a bug')
  await bus.subscribe('profile/a', () => void heard.push('before'))
  await bus.subscribe('profile/a', () => {
    throw bug
  })
  await bus.subscribe('profile/a', () => void heard.push('behind'))
  bus.publish({ stream: 'profile/a', seq: 1, at: 0, body: { type: 'credential.revoked', credentialId: 'c' } })
  expect(heard.sort()).toEqual(['before', 'behind'])
  expect(errors).toEqual([bug])
})
