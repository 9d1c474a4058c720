/**
 * How PPLive's messages begin: a type, two bytes, and four that are the same in all of one
 * generation of programs.
 * Source: OpenDPI, src/lib/protocols/pplive.c; libprotoident, lib/udp/lpi_pplive.cc. No specification
 * and no capture was to be had.
 *
 *   over UDP    type u16le | kind u8 | u8 0 or 1 | 98 ab 01 02 | body     type e9 03 in all seen
 *   over TCP    length u32, then the same, type 21 00 as well             length counts what follows
 *
 * Of which order the length's bytes are, the sources do not agree: both are read.
 */
import { ByteWriter, fromHex, hasAt, u16le, u32be, u32le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const GENERATION = fromHex('98ab0102')
const HEAD = 8
const DATAGRAM_MAX = 0xffff
/** Pieces of video are of some kilobytes; a longer one was never told of. */
const LENGTH_MAX = 1_048_576

/** 3e9 is told of over both carriers, 21 over TCP. */
const TYPES: readonly number[] = [0x3e9, 0x21]

export interface Message {
  readonly type: number
  /** 41 asks and 42 answers, by libprotoident's pairs. */
  readonly kind: number
  readonly flag: number
  readonly body: Uint8Array
}

export interface Framed extends Message {
  readonly order: 'big' | 'little'
}

const FAULTS = ['too-short', 'type-unknown', 'generation-unknown'] as const

function read(bytes: Uint8Array, at: number): Outcome<Message> {
  const size = bytes.length - at
  if (size < HEAD) return malformed('too-short', at)
  const type = u16le(bytes, at)
  if (!TYPES.includes(type)) return malformed('type-unknown', at)
  if (!hasAt(bytes, at + 4, GENERATION)) return malformed('generation-unknown', at + 4)
  const body = bytes.subarray(at + HEAD)
  return message({ type, kind: bytes[at + 2]!, flag: bytes[at + 3]!, body }, size)
}

function write({ type, kind, flag, body }: Message): Uint8Array {
  return new ByteWriter().u16le(type).u8(kind).u8(flag).bytes(GENERATION).bytes(body).finish()
}

export const datagramWire: Wire<Message> = {
  name: 'pplive/datagram',
  source: 'OpenDPI, pplive.c; libprotoident, lpi_pplive.cc',
  carrier: 'datagram',
  messageBytesMax: DATAGRAM_MAX,
  faults: FAULTS,
  parse: read,
  emit: write,
}

const STREAM_FAULTS = [...FAULTS, 'length-impossible'] as const

function readFramed(bytes: Uint8Array, at: number): Outcome<Framed> {
  const have = bytes.length - at
  if (have < 4) return need(4)
  const big = u32be(bytes, at)
  const little = u32le(bytes, at)
  const order = big <= LENGTH_MAX ? 'big' : 'little'
  const length = order === 'big' ? big : little
  if (length < HEAD || length > LENGTH_MAX) return malformed('length-impossible', at)
  if (have < 4 + length) return need(4 + length)
  const outcome = read(bytes.subarray(0, at + 4 + length), at + 4)
  return outcome.kind === 'message' ? message({ ...outcome.message, order }, 4 + length) : outcome
}

function writeFramed(said: Framed): Uint8Array {
  const whole = write(said)
  const writer = new ByteWriter()
  if (said.order === 'big') writer.u32be(whole.length)
  else writer.u32le(whole.length)
  return writer.bytes(whole).finish()
}

export const streamWire: Wire<Framed> = {
  name: 'pplive/stream',
  source: 'OpenDPI, pplive.c',
  carrier: 'stream',
  messageBytesMax: 4 + LENGTH_MAX,
  faults: STREAM_FAULTS,
  parse: readFramed,
  emit: writeFramed,
}
