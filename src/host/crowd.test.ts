import { expect, test } from 'bun:test'
import { Crowd } from './crowd.ts'

/** A crowd of at most two of one network and three in all, whose members are named as they come. */
const setUp = () => {
  const crowd = new Crowd<{ name: string; network: string; since: number; drop(): void }>(2, 3)
  const dropped: string[] = []
  const add = (name: string, network: string, since: number) => {
    const member = {
      name,
      network,
      since,
      drop() {
        dropped.push(name)
        crowd.delete(member)
      },
    }
    crowd.add(member)
    return member
  }
  const names = () => [...crowd].map(({ name }) => name)
  return { crowd, add, dropped, names }
}

test('one too many of a network ends its own silent one, and nobody else', () => {
  const { add, dropped, names } = setUp()
  add('other', 'b', 1)
  add('first', 'a', 3)
  add('second', 'a', 2)
  add('third', 'a', 4)
  expect([dropped, names()]).toEqual([['second'], ['other', 'first', 'third']])
})

test('one too many in all ends who has been silent longest', () => {
  const { add, dropped, names } = setUp()
  for (const [i, name] of ['w', 'x', 'y', 'z'].entries()) add(name, name, 10 - i)
  expect([dropped, names()]).toEqual([['y'], ['w', 'x', 'z']])
})

test('a network whose last member left, or was ended for the next one, begins anew', () => {
  const { crowd, add, dropped } = setUp()
  for (let i = 0; i < 5; i++) crowd.delete(add(`a${i}`, 'a', i))
  for (const name of ['x', 'y', 'z']) add(name, name, 5)
  // Too many in all, and the one that goes was the last of the network of the new one.
  add('x2', 'x', 9)
  add('x3', 'x', 10)
  add('x4', 'x', 11)
  expect(dropped).toEqual(['x', 'y', 'x2'])
})
