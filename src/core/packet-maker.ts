/**
 * Packets made by hand: Ethernet frames that carry a TCP segment or a UDP datagram over IPv4 or
 * IPv6, with true checksums.
 * Source: RFC 791, RFC 8200, RFC 9293, RFC 768, RFC 1071 (checksum).
 */
import { type Endpoint, parseIp4, parseIp6 } from './address.ts'
import { ByteWriter, bytesOf, concat, u16be } from './bytes.ts'

const TCP = 6
const UDP = 17
const EMPTY = new Uint8Array(0)

export interface SegmentFields {
  readonly sequence: number
  readonly acknowledged: number
  readonly flags: number
}

/** @param id  identification of the IPv4 packet */
export function udpFrame(from: Endpoint, to: Endpoint, payload: Uint8Array, id = 0): Uint8Array {
  const head = new ByteWriter().u16be(from.port).u16be(to.port)
  head.u16be(8 + payload.length).u16be(0)
  return checkedFrame(from, to, { protocol: UDP, sumAt: 6, id }, concat(head.finish(), payload))
}

/** @param id  identification of the IPv4 packet */
export function tcpFrame(
  from: Endpoint,
  to: Endpoint,
  fields: SegmentFields,
  payload: Uint8Array = EMPTY,
  id = 0,
): Uint8Array {
  const head = new ByteWriter().u16be(from.port).u16be(to.port)
  head.u32be(fields.sequence).u32be(fields.acknowledged)
  head.u8(0x50).u8(fields.flags).u16be(0xffff).u16be(0).u16be(0)
  return checkedFrame(from, to, { protocol: TCP, sumAt: 16, id }, concat(head.finish(), payload))
}

/** A frame that carries an IP packet with any payload. */
export function ipFrame(
  source: string,
  target: string,
  protocol: number,
  payload: Uint8Array,
  id = 0,
): Uint8Array {
  const isSix = source.includes(':')
  const head = isSix
    ? head6(source, target, protocol, payload.length)
    : head4(source, target, protocol, payload.length, id)
  return concat(isSix ? ETHERNET6 : ETHERNET4, head, payload)
}

/** Two made stations, type IPv4 or IPv6. */
const ETHERNET4 = bytesOf('\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0')
const ETHERNET6 = bytesOf('\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x86\xdd')

function head4(source: string, target: string, protocol: number, size: number, id: number) {
  const head = new ByteWriter().u8(0x45).u8(0)
  head.u16be(20 + size).u16be(id % 0x1_0000)
  head.u16be(0x4000).u8(64).u8(protocol).u16be(0)
  const bytes = head.bytes(ipBytes(source)).bytes(ipBytes(target)).finish()
  setU16(bytes, 10, checksum(bytes))
  return bytes
}

function head6(source: string, target: string, protocol: number, size: number): Uint8Array {
  const head = new ByteWriter().u32be(0x6000_0000).u16be(size).u8(protocol).u8(64)
  return head.bytes(ipBytes(source)).bytes(ipBytes(target)).finish()
}

/** Fill in the checksum over the pseudo header: RFC 9293 section 3.1, RFC 8200 section 8.1. */
function checkedFrame(
  from: Endpoint,
  to: Endpoint,
  how: { protocol: number; sumAt: number; id: number },
  bytes: Uint8Array,
): Uint8Array {
  const pseudo = how.protocol + bytes.length
  const sum = checksum(bytes, pseudo + wordsSum(ipBytes(from.ip)) + wordsSum(ipBytes(to.ip)))
  // A UDP sum of zero would mean "none".
  setU16(bytes, how.sumAt, sum === 0 && how.protocol === UDP ? 0xffff : sum)
  return ipFrame(from.ip, to.ip, how.protocol, bytes, how.id)
}

function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = Math.floor(value / 256)
  bytes[at + 1] = value % 256
}

/** Ones' complement sum of 16-bit words, RFC 1071. */
function checksum(bytes: Uint8Array, before = 0): number {
  let sum = before + wordsSum(bytes)
  while (sum > 0xffff) sum = (sum % 0x1_0000) + Math.floor(sum / 0x1_0000)
  return 0xffff - sum
}

function wordsSum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += u16be(bytes, at)
  return bytes.length % 2 === 1 ? sum + bytes.at(-1)! * 256 : sum
}

/** A capture has few addresses and many packets. */
const KNOWN_MAX = 65_536
const known = new Map<string, Uint8Array>()

function ipBytes(ip: string): Uint8Array {
  let bytes = known.get(ip)
  if (bytes === undefined) {
    bytes = (ip.includes(':') ? parseIp6(ip) : parseIp4(ip))!
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(ip, bytes)
  }
  return bytes
}
