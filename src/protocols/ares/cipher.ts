/**
 * The scrambling of Ares: each byte is xored with the upper half of a 16-bit key, which then takes in the
 * scrambled byte. It hides nothing from who knows the three numbers, and those of handshakes and transfers are
 * the same for all.
 * Source: gift-ares lib/as_crypt.c (Markus Kern, Tom Hargreaves).
 */
import { bits } from '../../core/bytes.ts'

export interface Numbers {
  readonly key: number
  readonly multiply: number
  readonly add: number
}

/** Handshake: the key is the port that was connected to. */
export function handshakeNumbers(port: number): Numbers {
  return { key: port, multiply: 0x5ca0, add: 0x15ec }
}
export const REQUEST_NUMBERS: Numbers = { key: 0x5d1c, multiply: 0x5ca0, add: 0x15ec }
export const REQUEST_BODY_NUMBERS: Numbers = { key: 0x3faa, multiply: 0xd7fb, add: 0x3efd }

function next(key: number, scrambled: number, { multiply, add }: Numbers): number {
  return (((key + scrambled) % 0x1_0000) * multiply + add) % 0x1_0000
}

export function unscrambled(bytes: Uint8Array, numbers: Numbers): Uint8Array {
  const plain = new Uint8Array(bytes.length)
  let { key } = numbers
  for (let i = 0; i < bytes.length; i++) {
    plain[i] = bytes[i]! ^ bits(key, 8, 8)
    key = next(key, bytes[i]!, numbers)
  }
  return plain
}

export function scrambled(plain: Uint8Array, numbers: Numbers): Uint8Array {
  const bytes = new Uint8Array(plain.length)
  let { key } = numbers
  for (let i = 0; i < plain.length; i++) {
    bytes[i] = plain[i]! ^ bits(key, 8, 8)
    key = next(key, bytes[i]!, numbers)
  }
  return bytes
}
