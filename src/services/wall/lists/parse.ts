/**
 * Lists of addresses as people share them. A list may mix the forms; each line is one of
 *
 *     comment:1.2.3.0-1.2.3.255                        PeerGuardian (.p2p); IPv6 as well
 *     001.002.003.000 - 001.002.003.255 , 100 , text   eMule (ipfilter.dat); refused below a level
 *     1.2.3.0/24 · 1.2.3.4 · 1.2.3.0-1.2.3.255         plain; what follows # is a comment
 *
 * Octets are decimal, zeros in front or not. A comment may hold a colon: the range follows the last
 * one. A line may fit the first two forms (`1.2.3.4-1.2.3.5,100,x:2.3.4.5-2.3.4.6`): what begins with
 * a range is eMule's. Source: transmission blocklist.cc, aMule IPFilterScanner.l.
 */
import { parseIp4, parseIp6 } from '../../../core/address.ts'
import { u32be, u64beBig } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'
import { networkOf } from '../networks.ts'
import type { RangeBuilder } from './ranges.ts'

/** What a list held. */
export interface ListCounts {
  /** Lines that name a range. */
  readonly ranges: number
  /** eMule: ranges that are not refused for their level. */
  readonly above: number
  /** Lines that are neither ranges nor comments. */
  readonly skipped: number
  /** Ranges that were left out, for there were too many. */
  readonly leftOut: number
}

const NEWLINE = 0x0a
/** Comments are short; a longer line is no line of a list. */
const LINE_BYTES_MAX = 4096

const IP4 = String.raw`\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`
const EMULE = new RegExp(`^(${IP4})\\s*-\\s*(${IP4})\\s*,\\s*(\\d{1,3})\\s*(?:,|$)`)
const PEERGUARDIAN4 = new RegExp(`^.*:\\s*(${IP4})\\s*-\\s*(${IP4})\\s*$`)
const PEERGUARDIAN6 = /^[^:]*:\s*([0-9a-fA-F:.]+)\s*-\s*([0-9a-fA-F:.]+)\s*$/
const PLAIN_RANGE = /^([0-9a-fA-F:.]+)\s*-\s*([0-9a-fA-F:.]+)$/

/**
 * @param level  eMule's ranges of this level and above are not refused
 */
export function parseList(bytes: Uint8Array, level: number, into: RangeBuilder): ListCounts {
  const counts = { ranges: 0, above: 0, skipped: 0, leftOut: 0 }
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, at)
    const end = found < 0 ? bytes.length : found
    if (end - at > LINE_BYTES_MAX) counts.skipped++
    else readLine(latin1(bytes, at, end - at).trim(), level, into, counts)
    at = end + 1
  }
  return counts
}

type Counting = { -readonly [K in keyof ListCounts]: ListCounts[K] }

function readLine(line: string, level: number, into: RangeBuilder, counts: Counting): void {
  if (line === '' || /^(?:#|\/\/|;)/.test(line)) return
  const emule = EMULE.exec(line)
  if (emule !== null && Number(emule[3]) >= level) {
    counts.above++
    return
  }
  const range = emule ?? PEERGUARDIAN4.exec(line) ?? PEERGUARDIAN6.exec(line)
  const isRange = range === null ? addPlain(line, into) : addRange(range[1]!, range[2]!, into)
  if (!isRange) counts.skipped++
  else if (isRange === 'full') counts.leftOut++
  else counts.ranges++
}

/** @returns false where it names none, `full` where there is no room for it */
function addRange(from: string, to: string, into: RangeBuilder): boolean | 'full' {
  const [start, end] = [addressOf(from), addressOf(to)]
  if (start === undefined || end === undefined || start.length !== end.length) return false
  if (start.length === 4) {
    const [first, last] = [u32be(start, 0), u32be(end, 0)]
    return first <= last && (into.add4(first, last) || 'full')
  }
  const [first, last] = [wide(start), wide(end)]
  return first <= last && (into.add6(first, last) || 'full')
}

function addPlain(line: string, into: RangeBuilder): boolean | 'full' {
  const text = line.replace(/\s*(?:#|;|\/\/).*$/, '')
  const range = PLAIN_RANGE.exec(text)
  if (range !== null) return addRange(range[1]!, range[2]!, into)
  const slash = text.indexOf('/')
  const ip = addressOf(slash < 0 ? text : text.slice(0, slash))
  if (ip === undefined) return false
  const bits = networkOf(text.replace(/^0+(?=\d+\.)|(?<=\.)0+(?=\d)/g, ''))?.bits
  if (bits === undefined) return false
  if (ip.length === 4) {
    const size = 2 ** (32 - bits)
    const first = Math.floor(u32be(ip, 0) / size) * size
    return into.add4(first, first + size - 1) || 'full'
  }
  const size = 2n ** BigInt(128 - bits)
  const first = (wide(ip) / size) * size
  return into.add6(first, first + size - 1n) || 'full'
}

function addressOf(text: string): Uint8Array | undefined {
  return text.includes(':') ? parseIp6(text) : parseIp4(text)
}

const HALF = 2n ** 64n

function wide(ip: Uint8Array): bigint {
  return u64beBig(ip, 0) * HALF + u64beBig(ip, 8)
}
