/**
 * Reading and writing numbers in bytes: the only file that shifts.
 *
 * Every reader takes (bytes, at) and expects the caller to have checked the length once; past the
 * end it reads zeros, it never throws. Results are unsigned.
 */

export function u16be(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function u16le(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8)
}

export function u24be(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
}

export function u32be(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  )
}

export function u32le(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  )
}

/** An unsigned 64-bit number as a double: exact up to 2^53, rounded above. */
export function u64be(bytes: Uint8Array, at: number): number {
  return u32be(bytes, at) * 0x1_0000_0000 + u32be(bytes, at + 4)
}

/** As `u64be`, least significant byte first. */
export function u64le(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at + 4) * 0x1_0000_0000 + u32le(bytes, at)
}

export function u64beBig(bytes: Uint8Array, at: number): bigint {
  return (BigInt(u32be(bytes, at)) << 32n) | BigInt(u32be(bytes, at + 4))
}

export function u64leBig(bytes: Uint8Array, at: number): bigint {
  return (BigInt(u32le(bytes, at + 4)) << 32n) | BigInt(u32le(bytes, at))
}

/** IEEE 754 single precision, least significant byte first. */
export function f32le(bytes: Uint8Array, at: number): number {
  scratch32[0] = u32le(bytes, at)
  return scratchFloat[0]!
}

const scratch32 = new Uint32Array(1)
const scratchFloat = new Float32Array(scratch32.buffer)

/** Whether `wanted` stands at `at`, wholly inside `bytes`. */
export function hasAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  if (at < 0 || at + wanted.length > bytes.length) return false
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && hasAt(a, 0, b)
}

/** Where `wanted` first stands in `bytes` within [from, to), or -1. */
export function indexOfBytes(
  bytes: Uint8Array,
  wanted: Uint8Array,
  from = 0,
  to = bytes.length,
): number {
  const last = Math.min(to, bytes.length) - wanted.length
  const first = wanted[0]!
  let at = bytes.indexOf(first, from)
  while (at >= 0 && at <= last) {
    if (hasAt(bytes, at, wanted)) return at
    at = bytes.indexOf(first, at + 1)
  }
  return -1
}

/** The bytes of a text in which every character is below 256 (ASCII or latin-1). */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))

/** Lower-case hex of `size` bytes from `at`; what lies past the end is left out. */
export function hex(bytes: Uint8Array, at = 0, size = bytes.length - at): string {
  let text = ''
  const end = Math.min(at + size, bytes.length)
  for (let i = at; i < end; i++) text += HEX[bytes[i]!]
  return text
}

/** Bytes of a hex text; spaces are skipped, so that vectors can be written in groups. */
export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '')
  const bytes = new Uint8Array(digits.length >> 1)
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
  }
  return bytes
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 base32 without padding, as in `urn:sha1:`. */
export function base32(bytes: Uint8Array, at = 0, size = bytes.length - at): string {
  let text = ''
  let held = 0
  let bits = 0
  for (let i = at; i < at + size; i++) {
    held = ((held << 8) | bytes[i]!) & 0xffff
    bits += 8
    while (bits >= 5) {
      text += BASE32[(held >> (bits - 5)) & 31]
      bits -= 5
    }
  }
  if (bits > 0) text += BASE32[(held << (5 - bits)) & 31]
  return text
}

/** Bytes of a base32 text without padding, either case; undefined where a character is not base32. */
export function fromBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let held = 0
  let bits = 0
  let at = 0
  for (const character of text.toUpperCase()) {
    const value = BASE32.indexOf(character)
    if (value < 0) return undefined
    held = ((held << 5) | value) & 0xfff
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes[at++] = (held >> bits) & 0xff
    }
  }
  return bytes
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (const part of parts) size += part.length
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/**
 * Collects bytes for `emit`. Grows by doubling; `patch…` writes into what is already there, for
 * lengths that are known only afterwards.
 */
export class ByteWriter {
  #bytes = new Uint8Array(64)
  #size = 0

  get size(): number {
    return this.#size
  }

  #room(count: number): number {
    const at = this.#size
    this.#size += count
    if (this.#size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#size, 2 * this.#bytes.length))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    return at
  }

  u8(value: number): this {
    // Room first: growing replaces the buffer that the assignment would have taken hold of.
    const at = this.#room(1)
    this.#bytes[at] = value
    return this
  }

  u16be(value: number): this {
    return this.u8(value >>> 8).u8(value)
  }

  u16le(value: number): this {
    return this.u8(value).u8(value >>> 8)
  }

  u32be(value: number): this {
    return this.u16be(value >>> 16).u16be(value & 0xffff)
  }

  u32le(value: number): this {
    return this.u16le(value & 0xffff).u16le(value >>> 16)
  }

  u64beBig(value: bigint): this {
    return this.u32be(Number((value >> 32n) & 0xffff_ffffn)).u32be(Number(value & 0xffff_ffffn))
  }

  u64leBig(value: bigint): this {
    return this.u32le(Number(value & 0xffff_ffffn)).u32le(Number((value >> 32n) & 0xffff_ffffn))
  }

  /** A double that holds an integer below 2^53. */
  u64be(value: number): this {
    return this.u64beBig(BigInt(value))
  }

  u64le(value: number): this {
    return this.u64leBig(BigInt(value))
  }

  f32le(value: number): this {
    scratchFloat[0] = value
    return this.u32le(scratch32[0]!)
  }

  bytes(part: Uint8Array): this {
    const at = this.#room(part.length)
    this.#bytes.set(part, at)
    return this
  }

  /** A text of characters below 256. */
  latin1(text: string): this {
    return this.bytes(bytesOf(text))
  }

  patchU32be(at: number, value: number): this {
    for (let i = 0; i < 4; i++) this.#bytes[at + i] = value >>> (24 - 8 * i)
    return this
  }

  patchU32le(at: number, value: number): this {
    for (let i = 0; i < 4; i++) this.#bytes[at + i] = value >>> (8 * i)
    return this
  }

  /** The bytes written so far, as a copy of just their size. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#size)
  }
}

/** `count` bits of `value` from bit `from` (0 = least significant), as a number. */
export function bits(value: number, from: number, count: number): number {
  return Math.floor(value / 2 ** from) % 2 ** count
}
