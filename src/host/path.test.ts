import { expect, test } from 'bun:test'
import { decodePath, splitTarget } from './path.ts'

test.each([
  ['http://h/a/b?c=d', '/a/b', 'c=d'],
  ['http://h/', '/', ''],
  ['http://h', '/', ''],
  ['/a?b', '/a', 'b'],
  ['/a#b?c', '/a', ''],
  ['/a?b#c', '/a', 'b'],
  ['/a?', '/a', ''],
  ['/a?x=http://y/z', '/a', 'x=http://y/z'],
  ['h:80', '/', ''],
  ['', '/', ''],
])('%p is cut into %p and %p', (url, path, query) => {
  expect(splitTarget(url)).toEqual([path, query])
})

test.each([
  ['/a/b', '/a/b', '/a/b'],
  ['/%61/b', '/a/b', '/a/b'],
  ['/a%2Fb', '/a%2Fb', '/a/b'],
  ['/a%252Fb', '/a%252Fb', '/a%2Fb'],
  ['/caf%C3%A9', '/café', '/café'],
  ['/a/%ff', '/a/%ff', '/a/%ff'],
  ['/a/%2', '/a/%2', '/a/%2'],
])('%p matches as %p and reads as %p', (path, matchable, decoded) => {
  const result = decodePath(path)
  expect(result.matchable).toBe(matchable)
  expect(result.decoded).toBe(decoded)
})

test('a segment gets back what matching kept encoded, and an undecodable one stays as it came', () => {
  expect(decodePath('/a%2Fb%2525').value('a%2Fb%2525')).toBe('a/b%25')
  expect(decodePath('/%2F/%ff').value('%2F')).toBe('%2F')
})
