/**
 * The heads of one IP packet, as far as an answer to it needs them.
 * Source: RFC 791, RFC 8200 sections 4.1 to 4.6, RFC 9293 section 3.1, RFC 768.
 */
import { type Endpoint, ip4, ip6 } from '../../core/address.ts'
import { u16be, u32be } from '../../core/bytes.ts'

export const TCP = 6
export const UDP = 17

export interface IpHead {
  readonly from: Endpoint
  readonly to: Endpoint
  /** Above IP. */
  readonly protocol: number
  readonly payloadSize: number
  /** How many it has left. */
  readonly hops: number
  /** TCP only. */
  readonly sequence: number
  readonly acknowledged: number
  readonly flags: number
}

/** Headers between IPv6 and what it carries: hop by hop, routing, destination options. */
const SKIPPED = [0, 43, 60]
const SKIPPED_MAX = 8
const LEAST_BYTES = 8

/** @returns undefined where it is a fragment, is cut, or is neither TCP nor UDP */
export function ipHead(bytes: Uint8Array, at: number, size: number): IpHead | undefined {
  const end = at + size
  if (size < 20) return undefined
  const isSix = bytes[at]! >= 0x60
  const place = isSix ? carriedBySix(bytes, at, end) : carriedByFour(bytes, at)
  if (place === undefined || place.at + LEAST_BYTES > end) return undefined
  const addresses = isSix
    ? [ip6(bytes, at + 8), ip6(bytes, at + 24)]
    : [ip4(bytes, at + 12), ip4(bytes, at + 16)]
  const head = {
    from: { ip: addresses[0]!, port: u16be(bytes, place.at) },
    to: { ip: addresses[1]!, port: u16be(bytes, place.at + 2) },
    protocol: place.protocol,
    hops: bytes[at + (isSix ? 7 : 8)]!,
  }
  if (place.protocol === UDP) {
    const none = { sequence: 0, acknowledged: 0, flags: 0 }
    return { ...head, ...none, payloadSize: end - place.at - 8 }
  }
  if (place.protocol !== TCP || place.at + 20 > end) return undefined
  const headSize = 4 * Math.floor(bytes[place.at + 12]! / 16)
  return {
    ...head,
    sequence: u32be(bytes, place.at + 4),
    acknowledged: u32be(bytes, place.at + 8),
    flags: bytes[place.at + 13]!,
    payloadSize: Math.max(0, end - place.at - headSize),
  }
}

interface Carried {
  readonly protocol: number
  readonly at: number
}

function carriedByFour(bytes: Uint8Array, at: number): Carried | undefined {
  const isLaterFragment = u16be(bytes, at + 6) % 0x2000 !== 0
  if (isLaterFragment) return undefined
  return { protocol: bytes[at + 9]!, at: at + 4 * (bytes[at]! % 16) }
}

function carriedBySix(bytes: Uint8Array, at: number, end: number): Carried | undefined {
  let protocol = bytes[at + 6]!
  let next = at + 40
  for (let skipped = 0; SKIPPED.includes(protocol); skipped++) {
    if (skipped === SKIPPED_MAX || next + 8 > end) return undefined
    protocol = bytes[next]!
    next += 8 * (bytes[next + 1]! + 1)
  }
  return { protocol, at: next }
}
