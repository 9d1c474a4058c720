/**
 * IPv4 packets as they come out of a TUN device, read in place, and those that go back.
 * Source: RFC 791, RFC 9293, RFC 768, RFC 1071 (checksum).
 */
import { bits, u16be, u32be } from '../../core/bytes.ts'

export const TCP = 6
const UDP = 17
export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10

const IP_BYTES = 20
const TCP_BYTES = 20
const UDP_BYTES = 8
const MSS_BYTES = 4
/** What fits in a segment of any network that is in use: 1,500 less 20, 20 and 40 of tunnels. */
const MSS = 1420
/** All that we ever keep unread of a caller. */
export const WINDOW_BYTES = 16_384
const TTL = 64
const DO_NOT_FRAGMENT = 0x4000

/** One packet, read; the object is used again for the next. */
export class Packet {
  protocol = 0
  source = 0
  target = 0
  sourcePort = 0
  targetPort = 0
  sequence = 0
  acknowledged = 0
  flags = 0
  payload: Uint8Array = new Uint8Array(0)

  /** @returns whether it is a whole IPv4 packet, no fragment, that carries TCP or UDP */
  read(bytes: Uint8Array): boolean {
    if (bytes.length < IP_BYTES || bits(bytes[0]!, 4, 4) !== 4) return false
    const at = 4 * bits(bytes[0]!, 0, 4)
    const end = u16be(bytes, 2)
    if (at < IP_BYTES || end > bytes.length || isFragment(bytes)) return false
    this.protocol = bytes[9]!
    const least = this.protocol === TCP ? TCP_BYTES : UDP_BYTES
    if ((this.protocol !== TCP && this.protocol !== UDP) || end < at + least) return false
    this.source = u32be(bytes, 12)
    this.target = u32be(bytes, 16)
    this.sourcePort = u16be(bytes, at)
    this.targetPort = u16be(bytes, at + 2)
    return this.protocol === TCP ? this.#tcp(bytes, at, end) : this.#udp(bytes, at, end)
  }

  #tcp(bytes: Uint8Array, at: number, end: number): boolean {
    const from = at + 4 * bits(bytes[at + 12]!, 4, 4)
    if (from < at + TCP_BYTES || from > end) return false
    this.sequence = u32be(bytes, at + 4)
    this.acknowledged = u32be(bytes, at + 8)
    this.flags = bits(bytes[at + 13]!, 0, 5)
    this.payload = bytes.subarray(from, end)
    return true
  }

  #udp(bytes: Uint8Array, at: number, end: number): boolean {
    const size = u16be(bytes, at + 4)
    if (size < UDP_BYTES || at + size > end) return false
    this.payload = bytes.subarray(at + UDP_BYTES, at + size)
    return true
  }
}

/** More fragments follow, or this is not the first. */
function isFragment(bytes: Uint8Array): boolean {
  return u16be(bytes, 6) % 0x4000 !== 0
}

/** Where a packet goes; the dark address is its source. */
export interface Way {
  readonly from: number
  readonly fromPort: number
  readonly to: number
  readonly toPort: number
}

/** A segment. A SYN says how much we take in one. */
export function segment(
  way: Way,
  sequence: number,
  acknowledged: number,
  flags: number,
  payload?: Uint8Array,
): Uint8Array {
  const head = TCP_BYTES + (bits(flags, 1, 1) === 1 ? MSS_BYTES : 0)
  const bytes = ipPacket(way, TCP, head + (payload?.length ?? 0))
  setU32(bytes, IP_BYTES + 4, sequence)
  setU32(bytes, IP_BYTES + 8, acknowledged)
  bytes[IP_BYTES + 12] = 4 * head
  bytes[IP_BYTES + 13] = flags
  setU16(bytes, IP_BYTES + 14, WINDOW_BYTES)
  if (head > TCP_BYTES) {
    setU16(bytes, IP_BYTES + TCP_BYTES, 0x0204)
    setU16(bytes, IP_BYTES + TCP_BYTES + 2, MSS)
  }
  if (payload !== undefined) bytes.set(payload, IP_BYTES + head)
  setU16(bytes, IP_BYTES + 16, transportSum(bytes, TCP))
  return bytes
}

export function datagram(way: Way, payload: Uint8Array): Uint8Array {
  const size = UDP_BYTES + payload.length
  const bytes = ipPacket(way, UDP, size)
  setU16(bytes, IP_BYTES + 4, size)
  bytes.set(payload, IP_BYTES + UDP_BYTES)
  const sum = transportSum(bytes, UDP)
  // A sum of zero would mean "none".
  setU16(bytes, IP_BYTES + 6, sum === 0 ? 0xffff : sum)
  return bytes
}

function ipPacket(way: Way, protocol: number, size: number): Uint8Array {
  const bytes = new Uint8Array(IP_BYTES + size)
  bytes[0] = 0x45
  setU16(bytes, 2, bytes.length)
  setU16(bytes, 6, DO_NOT_FRAGMENT)
  bytes[8] = TTL
  bytes[9] = protocol
  setU32(bytes, 12, way.from)
  setU32(bytes, 16, way.to)
  setU16(bytes, 10, folded(wordsSum(bytes, 0, IP_BYTES)))
  setU16(bytes, IP_BYTES, way.fromPort)
  setU16(bytes, IP_BYTES + 2, way.toPort)
  return bytes
}

/** Over the pseudo header, of which the addresses stand in the packet, and all behind the IP header. */
function transportSum(bytes: Uint8Array, protocol: number): number {
  return folded(protocol + bytes.length - IP_BYTES + wordsSum(bytes, 12, bytes.length))
}

function wordsSum(bytes: Uint8Array, from: number, end: number): number {
  let sum = 0
  for (let at = from; at + 1 < end; at += 2) sum += u16be(bytes, at)
  return (end - from) % 2 === 1 ? sum + bytes[end - 1]! * 256 : sum
}

function folded(sum: number): number {
  let rest = sum
  while (rest > 0xffff) rest = (rest % 0x1_0000) + Math.floor(rest / 0x1_0000)
  return 0xffff - rest
}

function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = Math.floor(value / 256)
  bytes[at + 1] = value
}

function setU32(bytes: Uint8Array, at: number, value: number): void {
  setU16(bytes, at, Math.floor(value / 0x1_0000))
  setU16(bytes, at + 2, value % 0x1_0000)
}
