/**
 * Query routing between a leaf and its ultrapeer: the leaf tells by which words its files can be
 * found, as slots of a table; a query goes to it only where all its words have their slot.
 *
 * A table is told as RESET and then PATCH messages; a patch's entries are added to what is there, so
 * the first one says (1 - infinity) where a word is. Entries of 4 bits, deflated.
 * Source: _Query Routing for the Gnutella Network_ 1.0 (doc/gnutella/QRP of gtk-gnutella).
 */
import { deflateSync } from 'node:zlib'
import { bits, concat } from '../../core/bytes.ts'
import { inflate } from '../../core/inflate.ts'
import type { Payload } from './wire/payload.ts'

/** Words that are shorter route nothing: they are in every table. */
const WORD_LENGTH_MIN = 3
/** A distance of 1 is the leaf itself; LimeWire and gtk-gnutella say 7 for "nowhere". */
const INFINITY = 7
/** A table is so large that at most one in so many slots is taken. */
const SPARSE = 16
const SLOTS_MIN = 1024
const SLOTS_MAX = 65_536
/** What a table of another may have: 2^21 slots, the most that gtk-gnutella takes. */
const SLOTS_TAKEN_MAX = 2_097_152
/** Slots of one leaf that are remembered. */
const SLOTS_KEPT_MAX = 4096
const PATCH_BYTES_MAX = 4096

/** Words of a name or a query: letters and digits, in lower case. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

/**
 * The hash of a word, 32 bits: a table of 2^n slots takes the highest n.
 * Source: QRP 1.0 section "Hashing"; checked against the vectors of its appendix.
 */
export function wordHash(word: string): number {
  let mixed = 0
  for (let i = 0; i < word.length; i++) {
    mixed ^= (word.charCodeAt(i) % 256) * SHIFTS[i % 4]!
  }
  return Math.imul(mixed, 0x4f1b_bcdc) >>> 0
}

const SHIFTS = [1, 0x100, 0x1_0000, 0x100_0000] as const

function slotOf(hash: number, slots: number): number {
  return Math.floor(hash / (2 ** 32 / slots))
}

export function hashesOf(words: readonly string[]): number[] {
  return words.filter(({ length }) => length >= WORD_LENGTH_MIN).map(wordHash)
}

/** The words of a query and their hashes. */
export interface Asked {
  readonly words: readonly string[]
  readonly hashes: readonly number[]
}

/** A flood brings the same query to many peers of a process. Kept only to be quick. */
const ASKED_MAX = 1024
const known = new Map<string, Asked>()

export function askedOf(text: string): Asked {
  let asked = known.get(text)
  if (asked === undefined) {
    const words = wordsOf(text)
    asked = { words, hashes: hashesOf(words) }
    if (known.size >= ASKED_MAX) known.clear()
    known.set(text, asked)
  }
  return asked
}

/** The messages that tell a table of these words. */
export function tellTable(words: ReadonlySet<string>): Payload[] {
  const hashes = hashesOf([...words])
  let slots = SLOTS_MIN
  while (slots < SPARSE * hashes.length && slots < SLOTS_MAX) slots *= 2
  const entries = new Uint8Array(slots / 2)
  for (const slot of new Set(hashes.map((hash) => slotOf(hash, slots)))) {
    // Minus six in four bits; the entry that comes first stands in the upper half.
    entries[Math.floor(slot / 2)]! += slot % 2 === 0 ? 0xa0 : 0x0a
  }
  // A small window and little memory: tables are short, and there are many leaves.
  const data = new Uint8Array(deflateSync(entries, { windowBits: 9, memLevel: 1 }))
  const count = Math.max(1, Math.ceil(data.length / PATCH_BYTES_MAX))
  const reset = { type: 'qrp-reset', slots, infinity: INFINITY, extra: new Uint8Array(0) } as const
  const patches = Array.from({ length: count }, (_, i): Payload => {
    const part = data.subarray(i * PATCH_BYTES_MAX, (i + 1) * PATCH_BYTES_MAX)
    return { type: 'qrp-patch', number: i + 1, count, compressor: 1, entryBits: 4, data: part }
  })
  return [reset, ...patches]
}

/** The table of one leaf, as its ultrapeer holds it: only the slots that are taken. */
export class LeafTable {
  #slots = 0
  #taken: Uint32Array = new Uint32Array(0)
  #parts: Uint8Array[] = []

  /** A RESET or PATCH came; one that makes no sense changes nothing. */
  take(payload: Payload): void {
    if (payload.type === 'qrp-reset') {
      const isSound = payload.slots > 0 && Number.isInteger(Math.log2(payload.slots))
      this.#slots = isSound && payload.slots <= SLOTS_TAKEN_MAX ? payload.slots : 0
      this.#taken = new Uint32Array(0)
      this.#parts = []
    } else if (payload.type === 'qrp-patch' && payload.number === this.#parts.length + 1) {
      this.#parts.push(payload.data.slice())
      if (payload.number < payload.count) return
      const all = concat(...this.#parts)
      this.#parts = []
      const entries = payload.compressor === 1 ? inflate(all) : all
      if (entries !== undefined) this.#patch(entries, payload.entryBits)
    }
  }

  #patch(entries: Uint8Array, entryBits: number): void {
    if (entryBits !== 4 && entryBits !== 8) return
    const taken = new Set(this.#taken)
    const each = 8 / entryBits
    const count = Math.min(this.#slots, entries.length * each)
    for (let slot = 0; slot < count; slot++) {
      const byte = entries[Math.floor(slot / each)]!
      if (byte === 0) continue
      const value = each === 1 ? byte : bits(byte, slot % 2 === 0 ? 4 : 0, 4)
      if (value === 0) continue
      // The highest bit is the sign: nearer than before, or farther.
      if (bits(value, entryBits - 1, 1) === 0) taken.delete(slot)
      else if (taken.size < SLOTS_KEPT_MAX) taken.add(slot)
    }
    this.#taken = Uint32Array.from(taken).sort()
  }

  /** Whether a query of words with these hashes could be answered there. */
  hasAll(hashes: readonly number[]): boolean {
    // Asked of each leaf for each query: a plain loop.
    for (const hash of hashes) if (!this.#has(slotOf(hash, this.#slots))) return false
    return hashes.length > 0
  }

  /** Mark the cells in which its words lie. */
  mark(cells: Uint8Array): void {
    const each = cells.length / this.#slots
    for (const slot of this.#taken) {
      cells.fill(1, Math.floor(slot * each), Math.ceil((slot + 1) * each))
    }
  }

  #has(slot: number): boolean {
    const taken = this.#taken
    let low = 0
    let high = taken.length
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (taken[middle]! < slot) low = middle + 1
      else high = middle
    }
    return taken[low] === slot
  }
}

const CELLS = 1024

/** The words that any of several leaves may have: most queries need not be held against each. */
export class Union {
  readonly #cells = new Uint8Array(CELLS)

  constructor(tables: Iterable<LeafTable>) {
    for (const table of tables) table.mark(this.#cells)
  }

  hasAll(hashes: readonly number[]): boolean {
    for (const hash of hashes) if (this.#cells[slotOf(hash, CELLS)] === 0) return false
    return hashes.length > 0
  }
}
