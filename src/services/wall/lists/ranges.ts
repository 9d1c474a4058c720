/** Sorted ranges of addresses without overlap: built once, then asked about every new flow. */
import { ip4OfNumber, ip6, parseIp4, parseIp6 } from '../../../core/address.ts'
import { ByteWriter, u32be, u64beBig } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'

const TWO32 = 0x1_0000_0000
const TWO32_BIG = 0x1_0000_0000n
const TWO64 = 2n ** 64n

export class RangeBuilder {
  /** First and last address of each range, in turn. */
  #four = new Uint32Array(1024)
  #fourSize = 0
  readonly #six: (readonly [bigint, bigint])[] = []
  readonly #room: number

  /** @param room  how many ranges are taken */
  constructor(room = limits.wallListRangesMax) {
    this.#room = room
  }

  get size(): number {
    return this.#fourSize / 2 + this.#six.length
  }

  /** @returns false where there is no room */
  add4(first: number, last: number): boolean {
    if (this.size >= this.#room) return false
    if (this.#fourSize === this.#four.length) {
      const grown = new Uint32Array(2 * this.#four.length)
      grown.set(this.#four)
      this.#four = grown
    }
    this.#four[this.#fourSize++] = first
    this.#four[this.#fourSize++] = last
    return true
  }

  add6(first: bigint, last: bigint): boolean {
    if (this.size >= this.#room) return false
    this.#six.push([first, last])
    return true
  }

  finish(): Ranges {
    return new Ranges(this.#merged4(), merged6(this.#six))
  }

  #merged4(): Uint32Array {
    const count = this.#fourSize / 2
    const keys = new BigUint64Array(count)
    for (let i = 0; i < count; i++) {
      keys[i] = BigInt(this.#four[2 * i]!) * TWO32_BIG + BigInt(this.#four[2 * i + 1]!)
    }
    keys.sort()
    const merged = new Uint32Array(2 * count)
    let size = 0
    for (const key of keys) {
      const first = Number(key / TWO32_BIG)
      const last = Number(key % TWO32_BIG)
      // Ranges that touch become one; the sum is a double, so that it does not wrap.
      if (size > 0 && first <= merged[size - 1]! + 1) {
        if (last > merged[size - 1]!) merged[size - 1] = last
      } else {
        merged[size++] = first
        merged[size++] = last
      }
    }
    return merged.slice(0, size)
  }
}

function merged6(ranges: (readonly [bigint, bigint])[]): bigint[] {
  ranges.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const merged: bigint[] = []
  for (const [first, last] of ranges) {
    const before = merged.at(-1)
    if (before !== undefined && first <= before + 1n) {
      if (last > before) merged[merged.length - 1] = last
    } else {
      merged.push(first, last)
    }
  }
  return merged
}

export class Ranges {
  /** First and last of each range in turn, ascending. */
  readonly four: Uint32Array
  readonly six: readonly bigint[]

  constructor(four: Uint32Array, six: readonly bigint[]) {
    this.four = four
    this.six = six
  }

  /** How many ranges. */
  get size(): number {
    return (this.four.length + this.six.length) / 2
  }

  /** How many IPv4 addresses they hold. */
  get addresses(): number {
    let sum = 0
    for (let i = 0; i < this.four.length; i += 2) sum += this.four[i + 1]! - this.four[i]! + 1
    return sum
  }

  has(ip: string): boolean {
    if (ip.includes(':')) {
      const bytes = this.six.length === 0 ? undefined : parseIp6(ip)
      if (bytes === undefined) return false
      return isInside(this.six, u64beBig(bytes, 0) * TWO64 + u64beBig(bytes, 8))
    }
    const bytes = parseIp4(ip)
    return bytes !== undefined && isInside(this.four, u32be(bytes, 0))
  }

  /** The same ranges as networks: `1.2.3.0/24`. */
  *cidrs(): Generator<string> {
    for (let i = 0; i < this.four.length; i += 2) yield* cidrs4(this.four[i]!, this.four[i + 1]!)
    for (let i = 0; i < this.six.length; i += 2) yield* cidrs6(this.six[i]!, this.six[i + 1]!)
  }
}

export function ip6OfBig(value: bigint): string {
  const bytes = new ByteWriter().u64beBig(value / TWO64).u64beBig(value % TWO64)
  return ip6(bytes.finish(), 0)
}

/** @param bounds  first and last of each range in turn, ascending */
function isInside<T extends number | bigint>(bounds: ArrayLike<T>, value: T): boolean {
  // Both stay numbers of ranges: `low` of them begin at the value or before.
  let low = 0
  let high = bounds.length / 2
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (bounds[2 * middle]! <= value) low = middle + 1
    else high = middle
  }
  return low > 0 && value <= bounds[2 * low - 1]!
}

function* cidrs4(first: number, last: number): Generator<string> {
  for (let at = first; at <= last; ) {
    let size = 1
    while (at % (2 * size) === 0 && at + 2 * size - 1 <= last && size < TWO32) size *= 2
    yield `${ip4OfNumber(at)}/${32 - Math.log2(size)}`
    at += size
  }
}

function* cidrs6(first: bigint, last: bigint): Generator<string> {
  for (let at = first; at <= last; ) {
    let size = 1n
    let bits = 128
    while (bits > 0 && at % (2n * size) === 0n && at + 2n * size - 1n <= last) {
      size *= 2n
      bits--
    }
    yield `${ip6OfBig(at)}/${bits}`
    at += size
  }
}
