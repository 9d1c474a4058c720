/**
 * Tailscale's own way of asking a relay for its public address: a STUN binding request with the
 * software "tailnode" and a fingerprint, 40 bytes, always in this order; and the answer, which has one
 * attribute.
 * Source: tailscale/tailscale net/stun/stun.go; RFC 5389 sections 6, 15.2, 15.5, 15.10.
 *
 *   request   00 01 | 00 14 | 21 12 a4 42 | transaction 12 | 80 22 00 08 "tailnode"
 *             | 80 28 00 04 | u32be: CRC-32 of all before, xor 53 54 55 4e
 *   answer    01 01 | length u16be | 21 12 a4 42 | transaction 12
 *             | 00 20 | length u16be | 0 | family 1 or 2 | port u16be, xor 2112
 *             | address, xor cookie and transaction
 */
import { type Endpoint, ip4, ip6, parseIp4, parseIp6 } from '../../../core/address.ts'
import { ByteWriter, bytesOf, concat, hasAt, u16be, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { crc32 } from '../../formats/crc32.ts'

export type StunMessage =
  | { readonly type: 'request'; readonly transaction: Uint8Array }
  | { readonly type: 'answer'; readonly transaction: Uint8Array; readonly mapped: Endpoint }

const COOKIE = Uint8Array.of(0x21, 0x12, 0xa4, 0x42)
export const REQUEST_HEAD = concat(Uint8Array.of(0, 1, 0, 0x14), COOKIE)
const SOFTWARE = concat(Uint8Array.of(0x80, 0x22, 0, 8), bytesOf('tailnode'))
const FINGERPRINT = Uint8Array.of(0x80, 0x28, 0, 4)
const FINGERPRINT_XOR = 0x5354554e
const SOFTWARE_AT = 20
const FINGERPRINT_AT = SOFTWARE_AT + SOFTWARE.length
export const REQUEST_BYTES = FINGERPRINT_AT + 8
const HEAD_BYTES = 20
const ANSWER_BYTES_4 = HEAD_BYTES + 12
const ANSWER_BYTES_6 = HEAD_BYTES + 24

function parse(bytes: Uint8Array, at: number): Outcome<StunMessage> {
  const size = bytes.length - at
  if (size < ANSWER_BYTES_4) return malformed('too-short', at)
  const transaction = bytes.subarray(at + 8, at + HEAD_BYTES)
  if (hasAt(bytes, at, REQUEST_HEAD)) {
    if (size !== REQUEST_BYTES) return malformed('length-wrong', at + 2)
    if (!hasAt(bytes, at + SOFTWARE_AT, SOFTWARE))
      return malformed('not-tailnode', at + SOFTWARE_AT)
    if (!hasAt(bytes, at + FINGERPRINT_AT, FINGERPRINT)) {
      return malformed('fingerprint-missing', at + FINGERPRINT_AT)
    }
    const told = u32be(bytes, at + FINGERPRINT_AT + 4)
    if (told !== fingerprint(bytes.subarray(at, at + FINGERPRINT_AT))) {
      return malformed('fingerprint-wrong', at + FINGERPRINT_AT + 4)
    }
    return message({ type: 'request', transaction }, size)
  }
  if (u16be(bytes, at) !== 0x0101 || !hasAt(bytes, at + 4, COOKIE)) return malformed('no-stun', at)
  const family = bytes[at + 25]!
  const wanted = family === 1 ? ANSWER_BYTES_4 : ANSWER_BYTES_6
  if (family < 1 || family > 2 || size !== wanted || u16be(bytes, at + 2) !== wanted - HEAD_BYTES) {
    return malformed('length-wrong', at + 2)
  }
  const attribute = u32be(bytes, at + HEAD_BYTES)
  if (attribute !== 0x0020_0000 + wanted - HEAD_BYTES - 4 || bytes[at + 24] !== 0) {
    return malformed('attribute-unknown', at + HEAD_BYTES)
  }
  const port = xor16(u16be(bytes, at + 26))
  const plain = masked(bytes.subarray(at + 28, at + wanted), transaction)
  // An IPv4 address in the clothes of IPv6 is never sent, and would not be written back as it was.
  const ip = family === 1 ? ip4(plain, 0) : ip6(plain, 0)
  if (family === 2 && !ip.includes(':')) return malformed('address-mapped', at + 28)
  return message({ type: 'answer', transaction, mapped: { ip, port } }, size)
}

function fingerprint(bytes: Uint8Array): number {
  return (crc32(bytes) ^ FINGERPRINT_XOR) >>> 0
}

function xor16(port: number): number {
  return port ^ 0x2112
}

/** An address under cookie and transaction; the same both ways. */
function masked(bytes: Uint8Array, transaction: Uint8Array): Uint8Array {
  const mask = concat(COOKIE, transaction)
  return bytes.map((byte, i) => byte ^ mask[i]!)
}

function emit(said: StunMessage): Uint8Array {
  if (said.type === 'request') {
    const head = concat(REQUEST_HEAD, said.transaction, SOFTWARE)
    return new ByteWriter().bytes(head).bytes(FINGERPRINT).u32be(fingerprint(head)).finish()
  }
  const { ip, port } = said.mapped
  const address = parseIp4(ip) ?? parseIp6(ip) ?? new Uint8Array(4)
  const writer = new ByteWriter()
  writer
    .u16be(0x0101)
    .u16be(8 + address.length)
    .bytes(COOKIE)
    .bytes(said.transaction)
  writer.u16be(0x0020).u16be(4 + address.length)
  writer
    .u8(0)
    .u8(address.length === 4 ? 1 : 2)
    .u16be(xor16(port))
  return writer.bytes(masked(address, said.transaction)).finish()
}

export const stunWire: Wire<StunMessage> = {
  name: 'tailscale/stun',
  source: 'tailscale/tailscale net/stun/stun.go',
  carrier: 'datagram',
  messageBytesMax: ANSWER_BYTES_6,
  faults: [
    'too-short',
    'length-wrong',
    'not-tailnode',
    'fingerprint-missing',
    'fingerprint-wrong',
    'no-stun',
    'attribute-unknown',
    'address-mapped',
  ],
  parse,
  emit,
}
