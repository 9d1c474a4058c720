/**
 * XXH64 of a stream, as zstd's content checksum takes it: seed 0, of the result the low 32 bits.
 * 64-bit numbers are pairs of 32-bit words, upper first: BigInt would be fifty times slower.
 * Source: RFC 8878 3.1.1 (Content_Checksum); the xxHash specification, section "XXH64".
 */
import { u32le } from '../../core/bytes.ts'

const PRIME_1 = [0x9e3779b1, 0x85ebca87] as const
const PRIME_2 = [0xc2b2ae3d, 0x27d4eb4f] as const
const PRIME_3 = [0x165667b1, 0x9e3779f9] as const
const PRIME_4 = [0x85ebca77, 0xc2b2ae63] as const
const PRIME_5 = [0x27d4eb2f, 0x165667c5] as const
const STRIPE_BYTES = 32

/** The number being worked on; results are left here, so that none is allocated. */
let high = 0
let low = 0

/** high, low ← high, low × (h, l) modulo 2^64 */
function multiply(h: number, l: number): void {
  const crossed = Math.imul(high, l) + Math.imul(low, h)
  high = (upper(low, l) + crossed) | 0
  low = Math.imul(low, l)
}

/** The upper word of the product of two words. No sum in it reaches 2^32. */
function upper(one: number, other: number): number {
  const a = one & 0xffff
  const b = one >>> 16
  const c = other & 0xffff
  const d = other >>> 16
  const middle = (Math.imul(b, c) >>> 0) + (Math.imul(a, c) >>> 16)
  const rest = (Math.imul(a, d) >>> 0) + (middle & 0xffff)
  return (Math.imul(b, d) + (middle >>> 16) + (rest >>> 16)) | 0
}

function add(h: number, l: number): void {
  const sum = (low >>> 0) + (l >>> 0)
  high = (high + h + (sum > 0xffffffff ? 1 : 0)) | 0
  low = sum | 0
}

/** @param bits  1 to 31 */
function rotate(bits: number): void {
  const h = high
  high = (h << bits) | (low >>> (32 - bits))
  low = (low << bits) | (h >>> (32 - bits))
}

/** high, low ← high, low xor itself shifted right; the shifts used are below 32 or above it. */
function xorShifted(bits: number): void {
  if (bits >= 32) {
    low ^= high >>> (bits - 32)
    return
  }
  low ^= (low >>> bits) | (high << (32 - bits))
  high ^= high >>> bits
}

/** One round: lane + input × PRIME_2, rotated by 31, × PRIME_1. */
function round(laneHigh: number, laneLow: number, inputHigh: number, inputLow: number): void {
  high = inputHigh
  low = inputLow
  multiply(PRIME_2[0], PRIME_2[1])
  add(laneHigh, laneLow)
  rotate(31)
  multiply(PRIME_1[0], PRIME_1[1])
}

export class Xxh64 {
  /** Four lanes, upper word first. */
  readonly #lanes = new Int32Array(8)
  readonly #stripe = new Uint8Array(STRIPE_BYTES)
  #held = 0
  #total = 0

  constructor() {
    const lanes = this.#lanes
    high = PRIME_1[0] | 0
    low = PRIME_1[1] | 0
    add(PRIME_2[0], PRIME_2[1])
    lanes.set([high, low, PRIME_2[0], PRIME_2[1], 0, 0])
    // 0 - PRIME_1
    high = ~PRIME_1[0]
    low = ~PRIME_1[1]
    add(0, 1)
    lanes.set([high, low], 6)
  }

  update(bytes: Uint8Array): void {
    this.#total += bytes.length
    let at = 0
    if (this.#held > 0) {
      at = Math.min(STRIPE_BYTES - this.#held, bytes.length)
      this.#stripe.set(bytes.subarray(0, at), this.#held)
      this.#held += at
      if (this.#held < STRIPE_BYTES) return
      this.#take(this.#stripe, 0, STRIPE_BYTES)
      this.#held = 0
    }
    const end = bytes.length - ((bytes.length - at) % STRIPE_BYTES)
    this.#take(bytes, at, end)
    this.#stripe.set(bytes.subarray(end))
    this.#held = bytes.length - end
  }

  /**
   * Whole stripes. What `round` does stands here once more, over local variables and one lane after
   * the other: this loop is most of the cost of a checksum.
   */
  #take(bytes: Uint8Array, from: number, end: number): void {
    for (let lane = 0; lane < 4; lane++) {
      let h = this.#lanes[2 * lane]!
      let l = this.#lanes[2 * lane + 1]!
      for (let at = from + 8 * lane; at < end; at += STRIPE_BYTES) {
        const inputLow = u32le(bytes, at) | 0
        const inputHigh = u32le(bytes, at + 4) | 0
        const crossed = Math.imul(inputHigh, PRIME_2[1]) + Math.imul(inputLow, PRIME_2[0])
        const sum = (Math.imul(inputLow, PRIME_2[1]) >>> 0) + (l >>> 0)
        h = (h + upper(inputLow, PRIME_2[1]) + crossed + (sum > 0xffffffff ? 1 : 0)) | 0
        l = sum | 0
        const turned = (h << 31) | (l >>> 1)
        l = (l << 31) | (h >>> 1)
        h = (upper(l, PRIME_1[1]) + Math.imul(turned, PRIME_1[1]) + Math.imul(l, PRIME_1[0])) | 0
        l = Math.imul(l, PRIME_1[1])
      }
      this.#lanes[2 * lane] = h
      this.#lanes[2 * lane + 1] = l
    }
  }

  /** The low 32 bits of the hash of everything so far. */
  low32(): number {
    if (this.#total >= STRIPE_BYTES) this.#mergeLanes()
    else {
      high = PRIME_5[0] | 0
      low = PRIME_5[1] | 0
    }
    add(Math.floor(this.#total / 0x1_0000_0000), this.#total % 0x1_0000_0000)
    this.#takeRest()
    xorShifted(33)
    multiply(PRIME_2[0], PRIME_2[1])
    xorShifted(29)
    multiply(PRIME_3[0], PRIME_3[1])
    xorShifted(32)
    return low >>> 0
  }

  #mergeLanes(): void {
    const lanes = this.#lanes
    let sumHigh = 0
    let sumLow = 0
    for (const [lane, bits] of [1, 7, 12, 18].entries()) {
      high = lanes[2 * lane]!
      low = lanes[2 * lane + 1]!
      rotate(bits)
      add(sumHigh, sumLow)
      sumHigh = high
      sumLow = low
    }
    for (let lane = 0; lane < 4; lane++) {
      round(0, 0, lanes[2 * lane]!, lanes[2 * lane + 1]!)
      high ^= sumHigh
      low ^= sumLow
      multiply(PRIME_1[0], PRIME_1[1])
      add(PRIME_4[0], PRIME_4[1])
      sumHigh = high
      sumLow = low
    }
  }

  /** Bytes that fill no stripe: by eight, by four, one by one. */
  #takeRest(): void {
    const bytes = this.#stripe
    const end = this.#held
    let at = 0
    for (; at + 8 <= end; at += 8) {
      const [h, l] = [high, low]
      round(0, 0, u32le(bytes, at + 4), u32le(bytes, at))
      high ^= h
      low ^= l
      rotate(27)
      multiply(PRIME_1[0], PRIME_1[1])
      add(PRIME_4[0], PRIME_4[1])
    }
    if (at + 4 <= end) {
      this.#mix(u32le(bytes, at), PRIME_1)
      rotate(23)
      multiply(PRIME_2[0], PRIME_2[1])
      add(PRIME_3[0], PRIME_3[1])
      at += 4
    }
    for (; at < end; at++) {
      this.#mix(bytes[at]!, PRIME_5)
      rotate(11)
      multiply(PRIME_1[0], PRIME_1[1])
    }
  }

  /** high, low ← high, low xor value × prime */
  #mix(value: number, prime: readonly [number, number]): void {
    const [h, l] = [high, low]
    high = 0
    low = value
    multiply(prime[0], prime[1])
    high ^= h
    low ^= l
  }
}
