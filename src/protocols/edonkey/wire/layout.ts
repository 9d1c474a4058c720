/**
 * Layouts of message bodies, each read and written from one description.
 *
 * A layout is a pair of functions over a bounded cursor. The cursor remembers the first fault and
 * reads zeros after it, so that a layout is written as it is drawn in the source; the message wire
 * looks at the fault once, at the end. Counts are believed only where the bytes for them are there.
 *
 * Where the capture has cut a datagram, a list holds the entries that are whole.
 */
import { ip4, ip4Reversed, parseIp4 } from '../../../core/address.ts'
import { type ByteWriter, fromHex, hex, u16le, u32le, u64le } from '../../../core/bytes.ts'

const NOTHING = new Uint8Array(0)

/** Where reading stands in a body, up to `end`. */
export class Cursor {
  readonly bytes: Uint8Array
  at: number
  readonly end: number
  /** The body went on behind `end`, but the capture does not hold it. */
  readonly cut: boolean
  /** An entry of a list was broken off by the cut. */
  ended = false
  fault: string | undefined
  faultAt = 0

  constructor(bytes: Uint8Array, at: number, end: number, cut = false) {
    this.bytes = bytes
    this.at = at
    this.end = end
    this.cut = cut
  }

  get left(): number {
    return this.end - this.at
  }

  /** Note a fault (the first one counts) and read no further. */
  fail(fault: string): void {
    if (this.fault === undefined) {
      this.fault = fault
      this.faultAt = Math.min(this.at, this.end)
    }
    this.at = this.end
  }

  /** Step over `count` bytes; returns where they begin, or -1 where they are not there. */
  step(count: number): number {
    if (count > this.end - this.at) {
      this.fail('body-short')
      return -1
    }
    const at = this.at
    this.at = at + count
    return at
  }

  u8(): number {
    const at = this.step(1)
    return at < 0 ? 0 : this.bytes[at]!
  }

  u16(): number {
    const at = this.step(2)
    return at < 0 ? 0 : u16le(this.bytes, at)
  }

  u32(): number {
    const at = this.step(4)
    return at < 0 ? 0 : u32le(this.bytes, at)
  }

  take(count: number): Uint8Array {
    const at = this.step(count)
    return at < 0 ? NOTHING : this.bytes.subarray(at, at + count)
  }

  /** Whether `count` entries of at least `entryBytesMin` can be there; a fault where not. */
  holds(count: number, entryBytesMin: number): boolean {
    if (count * entryBytesMin <= this.left || this.cut) return true
    this.fail('count-exceeds-body')
    return false
  }
}

export interface Layout<T> {
  /** Fewest bytes that this can take. */
  readonly min: number
  read(from: Cursor): T
  write(to: ByteWriter, value: T): void
}

/** The value type of a layout. */
export type ValueOf<L> = L extends Layout<infer T> ? T : never

export const u8: Layout<number> = {
  min: 1,
  read: (from) => from.u8(),
  write: (to, value) => void to.u8(value),
}

export const u16: Layout<number> = {
  min: 2,
  read: (from) => from.u16(),
  write: (to, value) => void to.u16le(value),
}

export const u32: Layout<number> = {
  min: 4,
  read: (from) => from.u32(),
  write: (to, value) => void to.u32le(value),
}

/** Sizes and offsets: exact up to 2^53, which no file reaches. */
export const u64: Layout<number> = {
  min: 8,
  read(from) {
    const at = from.step(8)
    return at < 0 ? 0 : u64le(from.bytes, at)
  },
  write: (to, value) => void to.u64leBig(BigInt(value)),
}

/** Bytes in the order they stand, as hex: MD4 file hash and user hash 16, AICH 20. */
function bytesAsHex(size: number): Layout<string> {
  return {
    min: size,
    read(from) {
      const at = from.step(size)
      return at < 0 ? '' : hex(from.bytes, at, size)
    },
    write: (to, value) => void to.bytes(fromHex(value)),
  }
}
export const hash16 = bytesAsHex(16)
export const hash20 = bytesAsHex(20)

/**
 * A 128-bit number of Kad, as the hex of the number: four u32le, most significant first. For a
 * file this is the MD4 hash as every other message spells it.
 */
export const kadId: Layout<string> = {
  min: 16,
  read(from) {
    const at = from.step(16)
    if (at < 0) return ''
    let value = ''
    for (let word = 0; word < 4; word++) {
      value += u32le(from.bytes, at + 4 * word)
        .toString(16)
        .padStart(8, '0')
    }
    return value
  },
  write(to, value) {
    for (let word = 0; word < 4; word++) {
      to.u32le(Number.parseInt(value.slice(8 * word, 8 * word + 8), 16))
    }
  },
}

/** Four octets in the order they are spoken, as text. */
export const address: Layout<string> = {
  min: 4,
  read(from) {
    const at = from.step(4)
    return at < 0 ? '0.0.0.0' : ip4(from.bytes, at)
  },
  write: (to, value) => void to.bytes(parseIp4(value) ?? new Uint8Array(4)),
}

/** Four octets in reverse: a host-order number written little-endian. */
export const addressReversed: Layout<string> = {
  min: 4,
  read(from) {
    const at = from.step(4)
    return at < 0 ? '0.0.0.0' : ip4Reversed(from.bytes, at)
  },
  write: (to, value) => void to.bytes((parseIp4(value) ?? new Uint8Array(4)).reverse()),
}

/** As many bytes as the size before them says; kept as bytes, for text is decoded late. */
function sized(size: Layout<number>): Layout<Uint8Array> {
  return {
    min: size.min,
    read: (from) => from.take(size.read(from)),
    write(to, value) {
      size.write(to, value.length)
      to.bytes(value)
    },
  }
}
export const bytes8 = sized(u8)
export const bytes16 = sized(u16)
export const bytes32 = sized(u32)

/** Everything up to the end of the body. */
export const remaining: Layout<Uint8Array> = {
  min: 0,
  read: (from) => from.take(from.left),
  write: (to, value) => void to.bytes(value),
}

/** A body without content. */
export const nothing: Layout<null> = { min: 0, read: () => null, write: () => {} }

type Fields = Readonly<Record<string, Layout<unknown>>>
// A mapped type loses what a layout holds unless it is inferred per key.
export type StructOf<F> = { readonly [K in keyof F]: F[K] extends Layout<infer T> ? T : never }

/** Fields one after the other. */
export function struct<const F extends Fields>(fields: F): Layout<StructOf<F>> {
  const rows = Object.entries<Layout<unknown>>(fields)
  let min = 0
  for (const [, layout] of rows) min += layout.min
  return {
    min,
    read(from) {
      const value: Record<string, unknown> = {}
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i]!
        value[row[0]] = row[1].read(from)
      }
      return value as StructOf<F>
    },
    write(to, value) {
      for (const [key, layout] of rows) {
        layout.write(to, (value as Readonly<Record<string, unknown>>)[key])
      }
    },
  }
}

/** Present only where the body goes on: later versions appended it. */
export function optional<T>(layout: Layout<T>): Layout<T | undefined> {
  return {
    min: 0,
    read: (from) => (from.left === 0 ? undefined : layout.read(from)),
    write(to, value) {
      if (value !== undefined) layout.write(to, value)
    },
  }
}

/** As `optional`, but fewer bytes than it takes are left to be unread, not a fault. */
export function ifWhole<T>(layout: Layout<T>): Layout<T | undefined> {
  return {
    min: 0,
    read: (from) => (from.left < layout.min ? undefined : layout.read(from)),
    write(to, value) {
      if (value !== undefined) layout.write(to, value)
    },
  }
}

/** An entry of a list, or a last field, or undefined where the cut broke it off. */
export function entryOf<T>(from: Cursor, entry: Layout<T>): T | undefined {
  if (!from.cut) return entry.read(from)
  if (from.left === 0) from.ended = true
  if (from.ended) return undefined
  const value = entry.read(from)
  if (from.fault === 'body-short') {
    from.fault = undefined
    from.ended = true
  }
  return from.ended ? undefined : value
}

/** A count, then as many entries. */
export function list<T>(count: Layout<number>, entry: Layout<T>): Layout<readonly T[]> {
  return {
    min: count.min,
    read(from) {
      const claimed = count.read(from)
      const entries: T[] = []
      if (!from.holds(claimed, Math.max(1, entry.min))) return entries
      for (let i = 0; i < claimed && from.fault === undefined; i++) {
        const value = entryOf(from, entry)
        if (value === undefined) break
        entries.push(value)
      }
      return entries
    },
    write(to, entries) {
      count.write(to, entries.length)
      for (const item of entries) entry.write(to, item)
    },
  }
}

/** Entries up to the end of the body; at least one. */
export function repeated<T>(entry: Layout<T>): Layout<readonly T[]> {
  return {
    min: entry.min,
    read(from) {
      const entries: T[] = []
      do {
        const value = entryOf(from, entry)
        if (value === undefined) break
        entries.push(value)
      } while (from.left > 0)
      return entries
    },
    write(to, entries) {
      for (const item of entries) entry.write(to, item)
    },
  }
}

/** Entries that are chained inside one datagram, each after the first behind a fresh head. */
export function chained<T>(
  head: readonly [number, number],
  entry: Layout<T>,
): Layout<readonly T[]> {
  return {
    min: entry.min,
    read(from) {
      const entries: T[] = [entry.read(from)]
      while (
        from.left > 2 &&
        from.bytes[from.at] === head[0] &&
        from.bytes[from.at + 1] === head[1]
      ) {
        from.at += 2
        const value = entryOf(from, entry)
        if (value === undefined) break
        entries.push(value)
      }
      return entries
    },
    write(to, entries) {
      for (const [index, item] of entries.entries()) {
        if (index > 0) to.u8(head[0]).u8(head[1])
        entry.write(to, item)
      }
    },
  }
}
