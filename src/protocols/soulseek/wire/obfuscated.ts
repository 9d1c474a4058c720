/**
 * Obfuscated messages, as clients take them on a second port: each stands behind a random key of
 * its own, and every four bytes are xored with the key, turned right by 31 bits (left by one) before
 * each.
 *
 *   key u32le | (length u32le | code | fields), every four bytes ^ (key turned once more)
 *
 * Source: JurgenR/aioslsk src/aioslsk/protocol/obfuscation.py. No capture shows it; the vectors of
 * the tests are computed from that description.
 */
import { ByteWriter, bits, u32le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

/** One message as it stood in clear, with its length, and the key it was hidden with. */
export interface ObfuscatedMessage {
  readonly key: number
  readonly clear: Uint8Array
}

const MESSAGE_BYTES_MAX = 4_194_304
const KEY = 4

function turned(key: number): number {
  return (key % 0x8000_0000) * 2 + bits(key, 31, 1)
}

/** `size` bytes from `at`, xored with the key that has already been turned `turns` times. */
export function crossed(bytes: Uint8Array, at: number, size: number, key: number): Uint8Array {
  const out = new Uint8Array(size)
  let now = key
  for (let i = 0; i < size; i++) {
    if (i % 4 === 0) now = turned(now)
    out[i] = bytes[at + i]! ^ bits(now, 8 * (i % 4), 8)
  }
  return out
}

/** The length that stands hidden behind the key at `at`: eight bytes must be there. */
export function hiddenLength(bytes: Uint8Array, at: number): number {
  return u32le(crossed(bytes, at + KEY, 4, u32le(bytes, at)), 0)
}

function parse(bytes: Uint8Array, at: number): Outcome<ObfuscatedMessage> {
  const have = bytes.length - at
  if (have < KEY + 4) return need(KEY + 4)
  const length = hiddenLength(bytes, at)
  if (length === 0) return malformed('length-too-small', at)
  if (length > MESSAGE_BYTES_MAX - KEY - 4) return malformed('message-too-long', at)
  const size = KEY + 4 + length
  if (have < size) return need(size)
  const key = u32le(bytes, at)
  return message({ key, clear: crossed(bytes, at + KEY, 4 + length, key) }, size)
}

function emit({ key, clear }: ObfuscatedMessage): Uint8Array {
  return new ByteWriter()
    .u32le(key)
    .bytes(crossed(clear, 0, clear.length, key))
    .finish()
}

export const obfuscatedWire: Wire<ObfuscatedMessage> = {
  name: 'soulseek/obfuscated',
  source: 'JurgenR/aioslsk src/aioslsk/protocol/obfuscation.py',
  carrier: 'stream',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['length-too-small', 'message-too-long'],
  parse,
  emit,
}
