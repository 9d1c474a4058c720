/**
 * DNS as far as a diagnosis needs it: which addresses an answer gives to the name that was asked for.
 *
 *     id u16 | flags u16 | questions u16 | answers u16 | authority u16 | additional u16
 *     question   name | type u16 | class u16
 *     record     name | type u16 | class u16 | TTL u32 | size u16 | data
 *     name       (size u8 | label) … | 0, or a pointer c0… u16 to where the rest stands
 *
 * Names of records are passed over: behind aliases they are others than the one that was asked for.
 * Source: RFC 1035 section 4; RFC 3596 (AAAA).
 */
import { ip4, ip6 } from '../../core/address.ts'
import { bits, u16be } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'

export const DNS_PORT = 53

export interface DnsAnswer {
  /** Lower case, without the dot at its end. */
  readonly name: string
  readonly ips: readonly string[]
}

const HEADER_BYTES = 12
const RECORD_BYTES = 10
const NAME_BYTES_MAX = 255
const POINTER_FROM = 0xc0
const LABEL_BYTES_MAX = 63
/** An answer of one datagram has no more. */
const RECORDS_MAX = 256
const CLASS_IN = 1
const TYPE_A = 1
const TYPE_AAAA = 28

/** Undefined where it is no answer, or gives no address. */
export function dnsAnswer(bytes: Uint8Array): DnsAnswer | undefined {
  if (bytes.length < HEADER_BYTES || u16be(bytes, 4) !== 1) return undefined
  // A response of a query, without an error.
  const flags = u16be(bytes, 2)
  if (bits(flags, 11, 5) !== 0x10 || bits(flags, 0, 4) !== 0) return undefined
  const question = nameAt(bytes, HEADER_BYTES)
  if (question === undefined || question.name === '') return undefined
  const ips: string[] = []
  let at = question.next + 4
  for (let left = Math.min(u16be(bytes, 6), RECORDS_MAX); left > 0; left--) {
    const after = nameEnd(bytes, at)
    if (after === undefined || after + RECORD_BYTES > bytes.length) break
    const data = after + RECORD_BYTES
    const size = u16be(bytes, after + 8)
    if (data + size > bytes.length) break
    const isInternet = u16be(bytes, after + 2) === CLASS_IN
    const type = u16be(bytes, after)
    if (isInternet && type === TYPE_A && size === 4) ips.push(ip4(bytes, data))
    if (isInternet && type === TYPE_AAAA && size === 16) ips.push(ip6(bytes, data))
    at = data + size
  }
  return ips.length === 0 ? undefined : { name: question.name, ips }
}

/** The first name of a message: there is nothing before it that it could point to. */
function nameAt(bytes: Uint8Array, from: number): { name: string; next: number } | undefined {
  const labels: string[] = []
  for (let at = from; at < bytes.length && at - from <= NAME_BYTES_MAX; ) {
    const size = bytes[at]!
    if (size === 0) return { name: labels.join('.').toLowerCase(), next: at + 1 }
    if (size > LABEL_BYTES_MAX || at + 1 + size > bytes.length) return undefined
    labels.push(latin1(bytes, at + 1, size))
    at += 1 + size
  }
  return undefined
}

function nameEnd(bytes: Uint8Array, from: number): number | undefined {
  for (let at = from; at < bytes.length && at - from <= NAME_BYTES_MAX; ) {
    const size = bytes[at]!
    if (size === 0) return at + 1
    if (size >= POINTER_FROM) return at + 2
    if (size > LABEL_BYTES_MAX) return undefined
    at += 1 + size
  }
  return undefined
}
