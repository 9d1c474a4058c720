/**
 * Tiger, the hash of 192 bits that names files in several overlays, and the root of a tree of it.
 *
 *     leaf    Tiger( 00 | 1,024 bytes )          the last one may be shorter
 *     node    Tiger( 01 | left 24 | right 24 )   one without a partner goes up as it is
 *
 * Its four tables are not written here: the authors made them with Tiger itself out of a sentence,
 * and so does this, once, when it is first needed. 64-bit words are two of 32: [low, high].
 * Source: Anderson and Biham, "Tiger: A Fast New Hash Function" (1996), with its gen.c; THEX draft 02.
 */
import { ByteWriter, bytesOf, concat } from './bytes.ts'

const BLOCK = 64
export const TIGER_BYTES = 24
const LEAF_BYTES = 1024
/** What the authors made the tables of, and how often they mixed it. */
const SENTENCE = 'Tiger - A Fast New Hash Function, by Ross Anderson and Eli Biham'
const PASSES = 5

/** a, b, c: low halves, then high halves. */
type State = Int32Array

function freshState(): State {
  return Int32Array.of(0x89ab_cdef, 0x7654_3210, 0xc3b2_e187, 0x0123_4567, 0xfedc_ba98, 0xf096_a5b4)
}

/** Four tables of 256 words each, halves apart. */
interface Tables {
  readonly low: Int32Array
  readonly high: Int32Array
}

let made: Tables | undefined

function tables(): Tables {
  made ??= makeTables()
  return made
}

/** As gen.c: every column starts as 0, 1 … 255 and is shuffled by the state of a running Tiger. */
function makeTables(): Tables {
  const low = new Int32Array(1024)
  const high = new Int32Array(1024)
  const halves = [new Uint8Array(low.buffer), new Uint8Array(high.buffer)] as const
  for (let i = 0; i < 1024; i++) low[i] = high[i] = (i & 0xff) * 0x0101_0101
  const state = freshState()
  const words = new Uint8Array(state.buffer)
  const block = wordsOf(bytesOf(SENTENCE), 0)
  const own = { low, high }
  let register = 2
  for (let turn = 0; turn < PASSES * 1024; turn++) {
    const box = (turn & 3) << 8
    const at = box + ((turn >> 2) & 0xff)
    register = register === 2 ? 0 : register + 1
    if (register === 0) compress(own, state, block)
    for (let column = 0; column < 8; column++) {
      const half = halves[column >> 2]!
      const place = column & 3
      const other = box + words[4 * register + 12 * (column >> 2) + place]!
      const kept = half[4 * at + place]!
      half[4 * at + place] = half[4 * other + place]!
      half[4 * other + place] = kept
    }
  }
  return own
}

/** Eight words of a block: low halves, then high halves. */
function wordsOf(bytes: Uint8Array, at: number): Int32Array {
  const block = new Int32Array(16)
  for (let i = 0; i < 8; i++) {
    for (let half = 0; half < 2; half++) {
      const from = at + 8 * i + 4 * half
      block[i + 8 * half] =
        bytes[from]! | (bytes[from + 1]! << 8) | (bytes[from + 2]! << 16) | (bytes[from + 3]! << 24)
    }
  }
  return block
}

function compress(boxes: Tables, state: State, words: Int32Array): void {
  const x = words.slice()
  const s = state.slice()
  for (let pass = 0; pass < 3; pass++) {
    if (pass > 0) schedule(x)
    const multiplier = 5 + 2 * pass
    for (let i = 0; i < 8; i++) {
      // The registers a, b, c change their parts after each round.
      const turn = (i + 8 * pass) % 3
      round(boxes, s, turn, x[i]!, x[i + 8]!, multiplier)
    }
  }
  // After 24 rounds each register is back in its place: a ^= , b -= , c += .
  const [a, b, c] = [0, 1, 2] as const
  state[a] = s[a]! ^ state[a]!
  state[a + 3] = s[a + 3]! ^ state[a + 3]!
  const bLow = state[b]!
  const bHigh = state[b + 3]!
  state[b] = s[b]! - bLow
  state[b + 3] = s[b + 3]! - bHigh - borrow(s[b]!, bLow)
  const sum = s[c]! + state[c]!
  state[c + 3] = s[c + 3]! + state[c + 3]! + carry(s[c]!, sum)
  state[c] = sum
}

/** One round with a, b, c being the registers turn, turn + 1, turn + 2. */
function round(
  { low, high }: Tables,
  s: State,
  turn: number,
  xLow: number,
  xHigh: number,
  multiplier: number,
): void {
  const a = turn
  const b = (turn + 1) % 3
  const c = (turn + 2) % 3
  const cLow = s[c]! ^ xLow
  const cHigh = s[c + 3]! ^ xHigh
  s[c] = cLow
  s[c + 3] = cHigh
  const even = [cLow & 0xff, 256 + ((cLow >>> 16) & 0xff), 512 + (cHigh & 0xff)] as const
  const fourth = 768 + ((cHigh >>> 16) & 0xff)
  const minusLow = low[even[0]]! ^ low[even[1]]! ^ low[even[2]]! ^ low[fourth]!
  const minusHigh = high[even[0]]! ^ high[even[1]]! ^ high[even[2]]! ^ high[fourth]!
  const odd = [
    768 + ((cLow >>> 8) & 0xff),
    512 + (cLow >>> 24),
    256 + ((cHigh >>> 8) & 0xff),
  ] as const
  const last = cHigh >>> 24
  const plusLow = low[odd[0]]! ^ low[odd[1]]! ^ low[odd[2]]! ^ low[last]!
  const plusHigh = high[odd[0]]! ^ high[odd[1]]! ^ high[odd[2]]! ^ high[last]!
  const aLow = s[a]!
  s[a + 3] = s[a + 3]! - minusHigh - borrow(aLow, minusLow)
  s[a] = aLow - minusLow
  const bLow = (s[b]! + plusLow) | 0
  const bHigh = (s[b + 3]! + plusHigh + carry(s[b]!, bLow)) | 0
  multiply(s, b, bLow, bHigh, multiplier)
}

/** By 5, 7 or 9: the word four or eight times, and once more or less. */
function multiply(s: State, at: number, low: number, high: number, by: number): void {
  const bits = by === 5 ? 2 : 3
  const upHigh = (high << bits) | (low >>> (32 - bits))
  const upLow = low << bits
  if (by === 7) {
    s[at] = upLow - low
    s[at + 3] = upHigh - high - borrow(upLow, low)
  } else {
    const sum = (upLow + low) | 0
    s[at] = sum
    s[at + 3] = upHigh + high + carry(upLow, sum)
  }
}

/** Whether a sum of two halves came over: it is then less than either. */
function carry(term: number, sum: number): number {
  return sum >>> 0 < term >>> 0 ? 1 : 0
}

function borrow(from: number, taken: number): number {
  return from >>> 0 < taken >>> 0 ? 1 : 0
}

/** Mixes the eight words between two passes. */
function schedule(x: Int32Array): void {
  subtractMixed(x, 0, 7, 0xa5a5_a5a5, 0xa5a5_a5a5)
  xor(x, 1, 0)
  add(x, 2, 1)
  shifted(x, 3, 2, 1, 19)
  xor(x, 4, 3)
  add(x, 5, 4)
  shifted(x, 6, 5, 4, -23)
  xor(x, 7, 6)
  add(x, 0, 7)
  shifted(x, 1, 0, 7, 19)
  xor(x, 2, 1)
  add(x, 3, 2)
  shifted(x, 4, 3, 2, -23)
  xor(x, 5, 4)
  add(x, 6, 5)
  subtractMixed(x, 7, 6, 0x89ab_cdef, 0x0123_4567)
}

function xor(x: Int32Array, to: number, from: number): void {
  x[to] = x[to]! ^ x[from]!
  x[to + 8] = x[to + 8]! ^ x[from + 8]!
}

function add(x: Int32Array, to: number, from: number): void {
  const low = x[to]!
  const sum = (low + x[from]!) | 0
  x[to] = sum
  x[to + 8] = x[to + 8]! + x[from + 8]! + carry(low, sum)
}

function subtract(x: Int32Array, to: number, low: number, high: number): void {
  const before = x[to]!
  x[to] = before - low
  x[to + 8] = x[to + 8]! - high - borrow(before, low)
}

/** x[to] -= x[from] ^ constant */
function subtractMixed(x: Int32Array, to: number, from: number, low: number, high: number): void {
  subtract(x, to, x[from]! ^ low, x[from + 8]! ^ high)
}

/** x[to] -= x[from] ^ (~x[by] << bits), or >> where bits are negative. */
function shifted(x: Int32Array, to: number, from: number, by: number, bits: number): void {
  const low = ~x[by]!
  const high = ~x[by + 8]!
  const isUp = bits > 0
  const count = Math.abs(bits)
  const movedLow = isUp ? low << count : (low >>> count) | (high << (32 - count))
  const movedHigh = isUp ? (high << count) | (low >>> (32 - count)) : high >>> count
  subtract(x, to, x[from]! ^ movedLow, x[from + 8]! ^ movedHigh)
}

/** @returns 24 bytes */
export function tiger(bytes: Uint8Array): Uint8Array {
  const boxes = tables()
  const state = freshState()
  const whole = bytes.length - (bytes.length % BLOCK)
  for (let at = 0; at < whole; at += BLOCK) compress(boxes, state, wordsOf(bytes, at))
  // A byte 01, zeros, and the count of bits in 64: as MD4, but for the 80 there.
  const padded = new ByteWriter().bytes(bytes.subarray(whole)).u8(1)
  while (padded.size % BLOCK !== BLOCK - 8) padded.u8(0)
  const tail = padded.u64le(bytes.length * 8).finish()
  for (let at = 0; at < tail.length; at += BLOCK) compress(boxes, state, wordsOf(tail, at))
  const out = new ByteWriter()
  for (let i = 0; i < 3; i++) out.u32le(state[i]! >>> 0).u32le(state[i + 3]! >>> 0)
  return out.finish()
}

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)

/** Root of the Tiger tree of bytes that come in parts. Keeps one hash per level. */
export class TigerTree {
  /** A finished node of each level, from the leaves up; undefined where none waits for a partner. */
  readonly #levels: (Uint8Array | undefined)[] = []
  #unread: Uint8Array = new Uint8Array(0)

  update(bytes: Uint8Array): this {
    let at = 0
    if (this.#unread.length > 0) {
      at = Math.min(bytes.length, LEAF_BYTES - this.#unread.length)
      this.#unread = concat(this.#unread, bytes.subarray(0, at))
      if (this.#unread.length < LEAF_BYTES) return this
      this.#leaf(this.#unread)
    }
    for (; at + LEAF_BYTES <= bytes.length; at += LEAF_BYTES) {
      this.#leaf(bytes.subarray(at, at + LEAF_BYTES))
    }
    this.#unread = bytes.slice(at)
    return this
  }

  #leaf(bytes: Uint8Array): void {
    let hash = tiger(concat(LEAF, bytes))
    let level = 0
    for (; this.#levels[level] !== undefined; level++) {
      hash = tiger(concat(NODE, this.#levels[level]!, hash))
      this.#levels[level] = undefined
    }
    this.#levels[level] = hash
  }

  /** @returns 24 bytes; nothing may be added afterwards */
  root(): Uint8Array {
    if (this.#unread.length > 0 || this.#levels.length === 0) this.#leaf(this.#unread)
    let root: Uint8Array | undefined
    for (const hash of this.#levels) {
      if (hash === undefined) continue
      root = root === undefined ? hash : tiger(concat(NODE, hash, root))
    }
    return root!
  }
}
