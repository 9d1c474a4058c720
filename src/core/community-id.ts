/**
 * Community ID v1: one text for a flow, the same in every tool that knows it.
 *
 *   "1:" base64( sha1( seed16 | low address | high address | protocol8 | 0 | low port | high port ) )
 *
 * The endpoints stand in order of (address bytes, port), so that both directions hash alike. ICMP
 * has its type for one port and, for the other, the type that answers it; a type that nobody
 * answers keeps its code there, and its direction. Other protocols without ports hash none.
 * Source: community-id-spec, version 1, and its baseline of vectors.
 */
import { hash } from 'node:crypto'
import { type Endpoint, parseIp6 } from './address.ts'

const ICMP = 1
const ICMP6 = 58

/** Protocols above IP whose ports are hashed: ICMP, TCP, UDP, ICMPv6, SCTP. */
export const WITH_PORTS: ReadonlySet<number> = new Set([ICMP, 6, 17, ICMP6, 132])

// biome-ignore format: a table
export const ANSWERS: ReadonlyMap<number, number> = new Map([
  [8, 0], [0, 8],      // echo
  [13, 14], [14, 13],  // time stamp
  [15, 16], [16, 15],  // information
  [10, 9], [9, 10],    // router solicitation and advertisement
  [17, 18], [18, 17],  // address mask
])

// biome-ignore format: a table
export const ANSWERS6: ReadonlyMap<number, number> = new Map([
  [128, 129], [129, 128],  // echo
  [133, 134], [134, 133],  // router solicitation and advertisement
  [135, 136], [136, 135],  // neighbour solicitation and advertisement
  [130, 131], [131, 130],  // listener query and report
  [139, 140], [140, 139],  // who are you
  [144, 145], [145, 144],  // home agent discovery
])

/**
 * The code of an ICMP flow. Types that are answered have their answer's type for second port, and
 * only code 0.
 */
export function icmpCode(protocol: number, ends: readonly [Endpoint, Endpoint]): number {
  const answered = (protocol === ICMP ? ANSWERS : ANSWERS6).has(ends[0].port)
  return answered ? 0 : ends[1].port
}

/** Seed, two IPv6 addresses, protocol, padding, two ports: never longer. */
const buffer = new Uint8Array(2 + 16 + 16 + 2 + 4)
/** The seed is 0. */
const SEED_SIZE = 2

/**
 * @param protocol  number of the protocol above IP
 * @param ends      [opener, other]; for ICMP the first port is the type, the second the code where
 *                  the type is not answered
 * @returns         `1:LQU9qZlK+B5F3KDmev6m5PMibrg=`; undefined where an address is none
 */
export function communityId(
  protocol: number,
  ends: readonly [Endpoint, Endpoint],
): string | undefined {
  const size = putAddress(ends[0].ip, SEED_SIZE)
  if (size === 0 || putAddress(ends[1].ip, SEED_SIZE + size) !== size) return undefined
  let [from, to] = [ends[0].port, ends[1].port]
  let ordered = true
  if (protocol === ICMP || protocol === ICMP6) {
    const answer = (protocol === ICMP ? ANSWERS : ANSWERS6).get(from)
    ordered = answer !== undefined
    if (answer !== undefined) to = answer
  }
  const order = addressOrder(size)
  if (ordered && (order > 0 || (order === 0 && from > to))) {
    putAddress(ends[1].ip, SEED_SIZE)
    putAddress(ends[0].ip, SEED_SIZE + size)
    ;[from, to] = [to, from]
  }
  let at = SEED_SIZE + 2 * size
  buffer[at++] = protocol
  buffer[at++] = 0
  if (WITH_PORTS.has(protocol)) {
    buffer[at++] = from / 256
    buffer[at++] = from
    buffer[at++] = to / 256
    buffer[at++] = to
  }
  return `1:${hash('sha1', buffer.subarray(0, at), 'base64')}`
}

/** Negative where the first address in the buffer is the lower one, 0 where both are the same. */
function addressOrder(size: number): number {
  for (let i = SEED_SIZE; i < SEED_SIZE + size; i++) {
    const difference = buffer[i]! - buffer[i + size]!
    if (difference !== 0) return difference
  }
  return 0
}

/** Write an address into the buffer; returns its size, 0 where the text is no address. */
function putAddress(ip: string, at: number): number {
  if (!ip.includes(':')) return putDotted(ip, at) ? 4 : 0
  const bytes = parseIp6(ip)
  if (bytes === undefined) return 0
  buffer.set(bytes, at)
  return 16
}

/** As `parseIp4`, without its pieces of text: this runs once per flow. */
function putDotted(ip: string, at: number): boolean {
  let value = 0
  let octet = 0
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i)
    if (code >= 0x30 && code <= 0x39) value = 10 * value + code - 0x30
    else if (code === 0x2e && octet < 3 && value < 256) {
      buffer[at + octet++] = value
      value = 0
    } else return false
  }
  buffer[at + octet] = value
  return octet === 3 && value < 256
}
