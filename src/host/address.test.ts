import { describe, expect, test } from 'bun:test'
import { clientAddresses, networkOf } from './address.ts'

const xff = (value: string) => new Headers({ 'x-forwarded-for': value })

describe('without trusted proxies', () => {
  const addresses = clientAddresses([])
  test('no header is believed', () => {
    expect(addresses.of('203.0.113.5', xff('1.1.1.1'))).toBe('203.0.113.5')
    expect(addresses.of('127.0.0.1', new Headers({ forwarded: 'for=1.1.1.1' }))).toBe('127.0.0.1')
  })
  test('a mapped address is told as IPv4', () => {
    expect(addresses.of('::ffff:203.0.113.5', new Headers())).toBe('203.0.113.5')
  })
  test('a peer that is gone is unknown', () => expect(addresses.of(null, new Headers())).toBe('unknown'))
})

describe('X-Forwarded-For through trusted proxies', () => {
  const addresses = clientAddresses(['10.0.0.0/8', '::1', 'fd00::/8'])
  const cases: readonly (readonly [peer: string, header: string, client: string, why: string])[] = [
    ['10.0.0.1', '203.0.113.5', '203.0.113.5', 'one proxy'],
    ['10.0.0.1', '6.6.6.6, 203.0.113.5', '203.0.113.5', 'what the client itself sent is not believed'],
    ['10.0.0.1', '203.0.113.5, 10.0.0.2', '203.0.113.5', 'two proxies'],
    ['10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3', 'all trusted: the farthest'],
    ['198.51.100.1', '203.0.113.5', '198.51.100.1', 'a peer that is no proxy is not believed'],
    ['10.0.0.1', 'garbage', '10.0.0.1', 'a hop that is no address'],
    ['10.0.0.1', '203.0.113.5, unknown, 10.0.0.2', '10.0.0.2', 'the walk ends at what is no address'],
    ['10.0.0.1', '203.0.113.5:4711', '203.0.113.5', 'a port is dropped'],
    ['::1', '[2001:DB8::1]:4711', '2001:db8::1', 'IPv6 with port, spelled canonically'],
    ['fd00::7', '2001:db8::1', '2001:db8::1', 'IPv6 without port'],
    ['::ffff:10.0.0.1', '203.0.113.5', '203.0.113.5', 'a mapped proxy'],
    ['10.0.0.1', '', '10.0.0.1', 'an empty header'],
    ['10.0.0.1', '0x7f.1', '10.0.0.1', 'no legacy spellings'],
    ['10.0.0.1', `${'1.1.1.1,'.repeat(5000)}203.0.113.5`, '203.0.113.5', 'a very long header'],
  ]
  test.each(cases)('%s says %p: the client is %s (%s)', (peer, header, client) => {
    expect(addresses.of(peer, xff(header))).toBe(client)
  })
})

test('a configured Forwarded header is read, and then X-Forwarded-For is not', () => {
  const addresses = clientAddresses(['10.0.0.1'], 'forwarded')
  const headers = new Headers({
    forwarded: 'for=6.6.6.6;proto=http, by=_x;For="[2001:db8::1]:80"',
    'x-forwarded-for': '6.6.6.6',
  })
  expect(addresses.of('10.0.0.1', headers)).toBe('2001:db8::1')
  expect(addresses.of('10.0.0.1', new Headers({ forwarded: 'for=_hidden' }))).toBe('10.0.0.1')
  expect(addresses.of('10.0.0.1', xff('6.6.6.6'))).toBe('10.0.0.1')
})

test.each(['', 'proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::1/129', '10.1/16'])(
  'a trusted proxy %p is refused by name',
  entry => expect(() => clientAddresses([entry])).toThrow(`trusted proxy "${entry}"`),
)

test('limits are counted by IPv4 address or IPv6 /64', () => {
  expect(networkOf('203.0.113.5')).toBe('203.0.113.5')
  expect(networkOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
  expect(networkOf('2001:db8:1:2:ffff::')).toBe('2001:db8:1:2::/64')
  expect(networkOf('unknown')).toBe('unknown')
})
