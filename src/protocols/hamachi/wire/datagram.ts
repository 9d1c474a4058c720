/**
 * Hamachi's datagrams: probes that are zeros but for four bytes, then numbered encrypted ones.
 * No specification: read from third-party/p2p/hamachi/ndpi-hamachi.pcapng frames 9 to 18;
 * libprotoident, lpi_hamachi.cc, and nDPI, hamachi.c, tell the same shapes.
 *
 *   probe    8 zeros | 4 | 64 zeros                                76 bytes, from each side
 *   data     tunnel 4 | number u32be | 2 | encrypted               tunnel and 2 stay, number counts up
 */
import { ByteWriter, hex, u16be, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

const PROBE = 76
const DATA_MIN = 46
const MESSAGE_BYTES_MAX = 0xffff

const FAULTS = ['too-short'] as const

export type Datagram =
  | { readonly type: 'probe'; readonly cookie: Uint8Array }
  | {
      readonly type: 'data'
      readonly tunnel: string
      readonly number: number
      readonly mark: number
      readonly body: Uint8Array
    }

function parse(bytes: Uint8Array, at: number): Outcome<Datagram> {
  const size = bytes.length - at
  if (isProbe(bytes, at)) {
    return message({ type: 'probe', cookie: bytes.subarray(at + 8, at + 12) }, size)
  }
  if (size < DATA_MIN) return malformed('too-short', at)
  return message(
    {
      type: 'data',
      tunnel: hex(bytes, at, 4),
      number: u32be(bytes, at + 4),
      mark: u16be(bytes, at + 8),
      body: bytes.subarray(at + 10),
    },
    size,
  )
}

function isProbe(bytes: Uint8Array, at: number): boolean {
  if (bytes.length - at !== PROBE || u32be(bytes, at + 8) === 0) return false
  for (let i = 0; i < PROBE; i++) {
    if ((i < 8 || i >= 12) && bytes[at + i] !== 0) return false
  }
  return true
}

function emit(said: Datagram): Uint8Array {
  const writer = new ByteWriter()
  if (said.type === 'probe') {
    return writer.bytes(new Uint8Array(8)).bytes(said.cookie).bytes(new Uint8Array(64)).finish()
  }
  const { tunnel, number, mark, body } = said
  return writer.u32be(Number.parseInt(tunnel, 16)).u32be(number).u16be(mark).bytes(body).finish()
}

export const datagramWire: Wire<Datagram> = {
  name: 'hamachi/datagram',
  source: 'third-party/p2p/hamachi/ndpi-hamachi.pcapng, frames 9 to 18',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
