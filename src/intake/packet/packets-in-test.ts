/** Hand-made headers, and captures walked through, for the tests of this folder and of flow/. */
import { parseIp4, parseIp6 } from '../../core/address.ts'
import { ByteWriter, concat } from '../../core/bytes.ts'
import { type Cursor, openCaptures } from '../source/open.ts'
import type { Decoder } from './packet.ts'

/** Checksums of everything made here are zero. */
export interface TcpOptions {
  readonly flags?: number
  readonly sequence?: number
  readonly acknowledgement?: number
  readonly window?: number
  readonly options?: Uint8Array
}

export const SYN = 2
export const ACK = 16
export const FIN = 1
export const RST = 4

export function tcpOf(
  from: number,
  to: number,
  payload: Uint8Array,
  o: TcpOptions = {},
): Uint8Array {
  const options = o.options ?? new Uint8Array(0)
  const head = new ByteWriter().u16be(from).u16be(to)
  head.u32be(o.sequence ?? 0).u32be(o.acknowledgement ?? 0)
  head.u8((5 + options.length / 4) << 4).u8(o.flags ?? ACK)
  head.u16be(o.window ?? 512).u32be(0)
  return concat(head.finish(), options, payload)
}

export function udpOf(from: number, to: number, payload: Uint8Array): Uint8Array {
  const head = new ByteWriter()
    .u16be(from)
    .u16be(to)
    .u16be(8 + payload.length)
    .u16be(0)
  return concat(head.finish(), payload)
}

export interface Ip4Options {
  readonly id?: number
  /** In bytes, a multiple of 8. */
  readonly offset?: number
  readonly more?: boolean
  readonly options?: Uint8Array
  readonly total?: number
}

export function ip4Of(
  from: string,
  to: string,
  protocol: number,
  body: Uint8Array,
  o: Ip4Options = {},
): Uint8Array {
  const options = o.options ?? new Uint8Array(0)
  const size = 20 + options.length
  const head = new ByteWriter().u8(0x40 | (size / 4)).u8(0)
  head.u16be(o.total ?? size + body.length).u16be(o.id ?? 0)
  head.u16be((o.more === true ? 0x2000 : 0) | ((o.offset ?? 0) / 8))
  head.u8(64).u8(protocol).u16be(0)
  return concat(head.finish(), parseIp4(from)!, parseIp4(to)!, options, body)
}

export function ip6Of(from: string, to: string, next: number, body: Uint8Array): Uint8Array {
  const head = new ByteWriter().u32be(0x6000_0000).u16be(body.length).u8(next).u8(64)
  return concat(head.finish(), parseIp6(from)!, parseIp6(to)!, body)
}

/** An IPv6 fragment header and what follows it. */
export function fragment6Of(
  next: number,
  id: number,
  offset: number,
  more: boolean,
  body: Uint8Array,
): Uint8Array {
  const head = new ByteWriter()
    .u8(next)
    .u8(0)
    .u16be(offset | (more ? 1 : 0))
    .u32be(id)
  return concat(head.finish(), body)
}

export function ethernetOf(type: number, body: Uint8Array): Uint8Array {
  return concat(new Uint8Array(12).fill(2), new ByteWriter().u16be(type).finish(), body)
}

export const ETHERNET = 1
export const RAW = 101

/** Decode a whole packet that begins at the third byte of its buffer. */
export function decodeWhole(
  decoder: Decoder,
  packet: Uint8Array,
  linkType = ETHERNET,
  micros = 0,
): number {
  const bytes = concat(new Uint8Array([0xee, 0xee, 0xee]), packet, new Uint8Array(8).fill(0xee))
  return decoder.decode(bytes, 3, packet.length, packet.length, linkType, micros)
}

/** The payload that the decoder found, as a copy. */
export function payloadOf(decoder: Decoder): Uint8Array {
  const { payload, payloadAt, payloadSize } = decoder.packet
  return payload.slice(payloadAt, payloadAt + payloadSize)
}

/** Walk through a capture. */
export async function eachPacket(file: string, use: (cursor: Cursor) => void): Promise<void> {
  const cursor = await openCaptures([file])
  for (;;) {
    const step = cursor.next()
    if (step === 'end') break
    if (step === 'packet') use(cursor)
    else await cursor.fill()
  }
  await cursor.close()
}

/** Decode the packet that a cursor stands on. */
export function decodeAt(decoder: Decoder, cursor: Cursor): number {
  const { bytes, at, size, wireSize, linkType, micros } = cursor
  return decoder.decode(bytes, at, size, wireSize, linkType, micros)
}
