/**
 * Internet addresses as text (the form events carry) and as bytes (the form packets carry).
 */
import { u16be, u32be } from './bytes.ts'

/** `{ ip: '192.0.2.1', port: 6881 }` or `{ ip: '2001:db8::1', port: 6881 }`. */
export interface Endpoint {
  /** IPv4 dotted, or IPv6 in the form of RFC 5952. */
  readonly ip: string
  readonly port: number
}

const OCTET = Array.from({ length: 256 }, (_, i) => String(i))

/** Four bytes in network order (192.0.2.1 = c0 00 02 01) as dotted text. */
export function ip4(bytes: Uint8Array, at: number): string {
  return `${OCTET[bytes[at]!]}.${OCTET[bytes[at + 1]!]}.${OCTET[bytes[at + 2]!]}.${OCTET[bytes[at + 3]!]}`
}

/** Four bytes of a host-order number written little-endian (192.0.2.1 = 01 02 00 c0). */
export function ip4Reversed(bytes: Uint8Array, at: number): string {
  return `${OCTET[bytes[at + 3]!]}.${OCTET[bytes[at + 2]!]}.${OCTET[bytes[at + 1]!]}.${OCTET[bytes[at]!]}`
}

/** An address as number, first octet most significant. */
export function ip4OfNumber(value: number): string {
  return `${OCTET[value >>> 24]}.${OCTET[(value >>> 16) & 255]}.${OCTET[(value >>> 8) & 255]}.${OCTET[value & 255]}`
}

/** Sixteen bytes as text after RFC 5952; an IPv4-mapped address is written as its IPv4. */
export function ip6(bytes: Uint8Array, at: number): string {
  if (isMapped(bytes, at)) return ip4(bytes, at + 12)
  let bestAt = -1
  let bestCount = 1
  for (let i = 0; i < 8; i++) {
    let count = 0
    while (i + count < 8 && u16be(bytes, at + 2 * (i + count)) === 0) count++
    if (count > bestCount) {
      bestAt = i
      bestCount = count
    }
    if (count > 0) i += count
  }
  let result = ''
  for (let i = 0; i < 8; i++) {
    if (i === bestAt) {
      result += '::'
      i += bestCount - 1
      continue
    }
    if (result !== '' && !result.endsWith(':')) result += ':'
    result += u16be(bytes, at + 2 * i).toString(16)
  }
  return result
}

function isMapped(bytes: Uint8Array, at: number): boolean {
  return (
    u32be(bytes, at) === 0 &&
    u32be(bytes, at + 4) === 0 &&
    u16be(bytes, at + 8) === 0 &&
    u16be(bytes, at + 10) === 0xffff
  )
}

/** The four bytes of a dotted text, or undefined where it is none. */
export function parseIp4(value: string): Uint8Array | undefined {
  const parts = value.split('.')
  if (parts.length !== 4) return undefined
  const bytes = new Uint8Array(4)
  for (const [i, part] of parts.entries()) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined
    bytes[i] = Number(part)
  }
  return bytes
}

/** The sixteen bytes of an IPv6 text (zone and dotted tail allowed), or undefined where it is none. */
export function parseIp6(value: string): Uint8Array | undefined {
  let rest = value.replace(/%.*$/, '')
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(rest)
  if (dotted !== null) {
    const tail = parseIp4(dotted[2]!)
    if (tail === undefined) return undefined
    rest = `${dotted[1]}${u16be(tail, 0).toString(16)}:${u16be(tail, 2).toString(16)}`
  }
  const halves = rest.split('::')
  if (halves.length > 2) return undefined
  const head = halves[0] === '' ? [] : halves[0]!.split(':')
  const tail = halves[1] === undefined || halves[1] === '' ? [] : halves[1].split(':')
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail]
  const bytes = new Uint8Array(16)
  for (const [i, group] of groups.entries()) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined
    const number = Number.parseInt(group, 16)
    bytes[2 * i] = number >>> 8
    bytes[2 * i + 1] = number
  }
  return bytes
}

/** Canonical text of an address that a peer wrote as text, or undefined where it is none. */
export function parseIp(value: string): string | undefined {
  const four = parseIp4(value)
  if (four !== undefined) return ip4(four, 0)
  const six = value.includes(':') ? parseIp6(value.replace(/^\[|\]$/g, '')) : undefined
  return six === undefined ? undefined : ip6(six, 0)
}

/** `192.0.2.1:6346` or `[2001:db8::1]:6346`, or undefined where it is none. */
export function parseEndpoint(value: string): Endpoint | undefined {
  const match = /^\s*(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d{1,5})\s*$/i.exec(value)
  if (match === null) return undefined
  const ip = parseIp(match[1] ?? match[2]!)
  const port = Number(match[3])
  return ip === undefined || port > 65_535 ? undefined : { ip, port }
}

export function endpointText(endpoint: Endpoint): string {
  return endpoint.ip.includes(':')
    ? `[${endpoint.ip}]:${endpoint.port}`
    : `${endpoint.ip}:${endpoint.port}`
}

/** IPv4 blocks that are not globally reachable, RFC 6890 and its registry. */
// biome-ignore format: a table
const UNROUTABLE4 = [
  [0x00000000, 8, 'this network'],       // 0.0.0.0/8        RFC 791
  [0x0a000000, 8, 'private'],            // 10.0.0.0/8       RFC 1918
  [0x64400000, 10, 'shared'],            // 100.64.0.0/10    RFC 6598
  [0x7f000000, 8, 'loopback'],           // 127.0.0.0/8      RFC 1122
  [0xa9fe0000, 16, 'link local'],        // 169.254.0.0/16   RFC 3927
  [0xac100000, 12, 'private'],           // 172.16.0.0/12    RFC 1918
  [0xc0000000, 24, 'protocol'],          // 192.0.0.0/24     RFC 6890
  [0xc0000200, 24, 'documentation'],     // 192.0.2.0/24     RFC 5737
  [0xc0a80000, 16, 'private'],           // 192.168.0.0/16   RFC 1918
  [0xc6120000, 15, 'benchmark'],         // 198.18.0.0/15    RFC 2544
  [0xc6336400, 24, 'documentation'],     // 198.51.100.0/24  RFC 5737
  [0xcb007100, 24, 'documentation'],     // 203.0.113.0/24   RFC 5737
  [0xe0000000, 4, 'multicast'],          // 224.0.0.0/4      RFC 5771
  [0xf0000000, 4, 'reserved'],           // 240.0.0.0/4      RFC 1112
] as const

/** Why an address cannot be reached through the Internet, in one word, or undefined where it can. */
export function unroutable(ip: string): string | undefined {
  const four = parseIp4(ip)
  if (four !== undefined) {
    const value = u32be(four, 0)
    const row = UNROUTABLE4.find(([net, bits]) => value >>> (32 - bits) === net >>> (32 - bits))
    return row?.[2]
  }
  const six = parseIp6(ip)
  if (six === undefined) return 'not an address'
  if (six[0] === 0xff) return 'multicast'
  if (six[0] === 0xfe && (six[1]! & 0xc0) === 0x80) return 'link local'
  if ((six[0]! & 0xfe) === 0xfc) return 'private'
  if (u32be(six, 0) === 0x20010db8) return 'documentation'
  return (six[0]! & 0xe0) === 0x20 ? undefined : 'not global unicast'
}

/** Whether it is many at once, a multicast group or everybody on the link: nobody answers as it. */
export function isGroup(ip: string): boolean {
  return ip === '255.255.255.255' || unroutable(ip) === 'multicast'
}
