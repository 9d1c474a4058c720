/**
 * Datagrams of the peer-to-peer Skype (2003 to 2014). All conversations of a client use one socket.
 *
 *   id u16be | unknown 4 bits, type 4 bits | by type:
 *     payload 2    iv u32be | crc u32be | enciphered (RC4)
 *     resend 3     number u8 | seed u32be | iv u32be | crc u32be | enciphered
 *     nak 5, 7     address that the sender sees, 4 bytes | seed u32be           11 bytes in all
 *     sound d, fragment f and others: not known
 *
 * A nak repeats the id of what could not be deciphered: the key is made of both public addresses,
 * and a client behind a NAT learns his own from the first nak.
 * Source: matthiasbock/OpenSkype skypeudp.py and wireshark packet-skype.c (types and layouts);
 * LibtraceTeam/libprotoident lib/udp/lpi_skype.cc (sizes, equal ids).
 */
import { ip4, parseIp4 } from '../../../core/address.ts'
import { ByteWriter, bits, u16be, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

interface Head {
  readonly id: number
  /** The upper half of the type byte; 0 in payloads that were seen. */
  readonly unknown: number
}

export type Datagram =
  | (Head & { readonly type: 'payload'; readonly iv: number; readonly crc: number } & Enciphered)
  | (Head & {
      readonly type: 'resend'
      readonly number: number
      readonly seed: number
      readonly iv: number
      readonly crc: number
    } & Enciphered)
  | (Head & {
      readonly type: 'nak'
      /** 5 or 7; what tells them apart is not known. */
      readonly kind: number
      /** The address that the sender of the nak sees the other at. */
      readonly seen: string
      readonly seed: number
    })
  | (Head & { readonly type: 'other'; readonly kind: number; readonly body: Uint8Array })

interface Enciphered {
  readonly body: Uint8Array
}

const HEAD = 3
export const PAYLOAD = 2
const RESEND = 3
const PAYLOAD_HEAD = HEAD + 8
const RESEND_HEAD = HEAD + 13
export const NAK_BYTES = HEAD + 8
/** What Ethernet carries. */
const BYTES_MAX = 1472

const FAULTS = ['too-short', 'too-long', 'payload-too-short', 'nak-size-wrong'] as const

export function isNak(kind: number): boolean {
  return kind === 5 || kind === 7
}

function parse(bytes: Uint8Array, at: number): Outcome<Datagram> {
  const size = bytes.length - at
  if (size < HEAD) return malformed('too-short', bytes.length)
  if (size > BYTES_MAX) return malformed('too-long', at + BYTES_MAX)
  const kind = bits(bytes[at + 2]!, 0, 4)
  const head = { id: u16be(bytes, at), unknown: bits(bytes[at + 2]!, 4, 4) }
  if (kind === PAYLOAD) {
    if (size <= PAYLOAD_HEAD) return malformed('payload-too-short', bytes.length)
    const [iv, crc] = [u32be(bytes, at + 3), u32be(bytes, at + 7)]
    return message({ type: 'payload', ...head, iv, crc, body: bytes.subarray(at + 11) }, size)
  }
  if (kind === RESEND) {
    if (size <= RESEND_HEAD) return malformed('payload-too-short', bytes.length)
    const [seed, iv, crc] = [u32be(bytes, at + 4), u32be(bytes, at + 8), u32be(bytes, at + 12)]
    const body = bytes.subarray(at + RESEND_HEAD)
    return message({ type: 'resend', ...head, number: bytes[at + 3]!, seed, iv, crc, body }, size)
  }
  if (isNak(kind)) {
    if (size !== NAK_BYTES) return malformed('nak-size-wrong', bytes.length)
    const seed = u32be(bytes, at + 7)
    return message({ type: 'nak', ...head, kind, seen: ip4(bytes, at + 3), seed }, size)
  }
  return message({ type: 'other', ...head, kind, body: bytes.subarray(at + HEAD) }, size)
}

function kindOf(said: Datagram): number {
  if (said.type === 'payload') return PAYLOAD
  return said.type === 'resend' ? RESEND : said.kind
}

function emit(said: Datagram): Uint8Array {
  const out = new ByteWriter().u16be(said.id).u8(16 * said.unknown + kindOf(said))
  switch (said.type) {
    case 'payload':
      return out.u32be(said.iv).u32be(said.crc).bytes(said.body).finish()
    case 'resend':
      out.u8(said.number).u32be(said.seed).u32be(said.iv).u32be(said.crc)
      return out.bytes(said.body).finish()
    case 'nak':
      return out.bytes(parseIp4(said.seen)!).u32be(said.seed).finish()
    case 'other':
      return out.bytes(said.body).finish()
  }
}

export const datagramWire: Wire<Datagram> = {
  name: 'skype/datagram',
  source: 'OpenSkype skypeudp.py; wireshark packet-skype.c; libprotoident lpi_skype.cc',
  carrier: 'datagram',
  messageBytesMax: BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
