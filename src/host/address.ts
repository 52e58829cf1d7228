// Who is really calling: the socket's peer, or what a proxy says of whom we were told to believe it.
import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.parse>
type Range = readonly [Address, number]

/** The one header that the configured proxies set. A client may send the other one through them untouched, so it is not read. */
export type ForwardedHeader = 'x-forwarded-for' | 'forwarded'

export interface ClientAddresses {
  /** The client's address in its canonical spelling; IPv4 also where the socket speaks IPv6. */
  of(peer: string | null, headers: Headers): string
}

const MAX_HOPS = 32
const UNKNOWN = 'unknown'

const parse = (text: string): Address | null => {
  if (!ipaddr.isValid(text)) return null
  // `process` turns ::ffff:1.2.3.4 into 1.2.3.4. Legacy forms (0x7f.1, 127.1) are not spoken by proxies: refused.
  if (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text)) return null
  return ipaddr.process(text)
}

const parseRange = (text: string): Range => {
  const [base = '', length, ...rest] = text.split('/')
  const address = parse(base)
  const full = address?.kind() === 'ipv6' ? 128 : 32
  const bits = length === undefined ? full : Number(length)
  if (!address || rest.length || length === '' || !Number.isInteger(bits) || bits < 0 || bits > full) {
    throw new Error(`trusted proxy "${text}" is neither an address nor a CIDR range`)
  }
  return [address, bits]
}

const within = (address: Address, ranges: readonly Range[]): boolean =>
  ranges.some(([base, bits]) => {
    if (address instanceof ipaddr.IPv4 && base instanceof ipaddr.IPv4) return address.match(base, bits)
    if (address instanceof ipaddr.IPv6 && base instanceof ipaddr.IPv6) return address.match(base, bits)
    return false
  })

/** `1.2.3.4`, `1.2.3.4:80`, `2001:db8::1`, `[2001:db8::1]:80` → the address. */
const withoutPort = (text: string): string => {
  if (text.startsWith('[')) return text.slice(1, Math.max(1, text.indexOf(']')))
  const colon = text.indexOf(':')
  return colon >= 0 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text
}

/** The hops a header names, nearest to the client first. */
const hopsIn = (name: ForwardedHeader, value: string): readonly string[] => {
  const parts = value.split(',').slice(-MAX_HOPS)
  if (name === 'x-forwarded-for') return parts.map(part => withoutPort(part.trim()))
  return parts.map(part => {
    const pair = /(?:^|;)\s*for\s*=\s*("?)([^";,\s]*)\1/i.exec(part)
    return withoutPort(pair?.[2] ?? '')
  })
}

/**
 * Reads client addresses. `trusted` lists proxies as addresses or CIDR ranges; empty means that no header is believed.
 * From the socket's peer backwards, the first address that is not a trusted proxy is the client; a hop that is no
 * address ends the walk at the proxy that reported it. Throws on an entry that cannot be read.
 */
export const clientAddresses = (
  trusted: readonly string[],
  header: ForwardedHeader = 'x-forwarded-for',
): ClientAddresses => {
  const ranges = trusted.map(parseRange)
  return {
    of(peer, headers) {
      const direct = peer === null ? null : parse(peer)
      if (!direct) return UNKNOWN
      let client = direct
      const value = ranges.length ? headers.get(header) : null
      if (value === null) return client.toString()
      for (const hop of hopsIn(header, value).toReversed()) {
        if (!within(client, ranges)) break
        const next = parse(hop)
        if (!next) break
        client = next
      }
      return client.toString()
    },
  }
}

/** What to count limits by: an IPv4 address, or the /64 network of an IPv6 one, which is one customer's. */
export const networkOf = (address: string): string => {
  if (!address.includes(':')) return address
  const parsed = parse(address)
  if (!(parsed instanceof ipaddr.IPv6)) return address
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`
}
