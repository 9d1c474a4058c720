/**
 * Putting fragmented IP datagrams together, IPv4 and IPv6 alike.
 * Source: RFC 791 section 3.2, RFC 815 (holes), RFC 8200 section 4.5.
 *
 * Where fragments overlap, the bytes seen first are kept, as Windows and the BSDs mostly do;
 * RFC 5722 would drop the whole datagram, but a watcher wants to see what the receiver may have
 * read. Overlapping bytes are counted. Pieces are copies, so a datagram costs the memory of what
 * really came, not of what its offsets claim. A datagram that stays incomplete for
 * `limits.fragmentSeconds`, or is the oldest of more than `limits.fragmentsMax`, is given up; its
 * fragments and bytes are counted as lost and belong to no flow.
 */
import { limits } from '../../core/limits.ts'
import { copyOf } from './copy.ts'
import type { Layers, PacketCounts } from './layers.ts'

const DATAGRAM_BYTES_MAX = 65_535
const EMPTY = new Uint8Array(0)

/** Bytes [from, to) of a datagram's payload; `bytes` may be shorter where the snaplen cut. */
interface Piece {
  readonly from: number
  readonly to: number
  readonly bytes: Uint8Array
}

class Datagram {
  readonly hash: number
  readonly words: Uint32Array
  readonly startMicros: number
  /** Sorted, never overlapping. */
  readonly pieces: Piece[] = []
  /** Size of the payload, -1 until the last fragment came. */
  size = -1
  /** Protocol that the first fragment names; -1 until it came. */
  protocol = -1
  fragments = 0
  ipBytes = 0
  held = 0
  /** Others of the same hash, and the order of age. */
  chain: Datagram | undefined
  older: Datagram | undefined
  newer: Datagram | undefined

  constructor(hash: number, words: Uint32Array, startMicros: number) {
    this.hash = hash
    this.words = words
    this.startMicros = startMicros
  }
}

export class Defragmenter {
  readonly #counts: () => PacketCounts
  readonly #datagramsMax: number
  readonly #table = new Map<number, Datagram>()
  readonly #key = new Uint32Array(12)
  #buffer = EMPTY
  #oldest: Datagram | undefined
  #newest: Datagram | undefined
  #open = 0
  #heldBytes = 0

  constructor(counts: () => PacketCounts, datagramsMax = limits.fragmentsMax) {
    this.#counts = counts
    this.#datagramsMax = datagramsMax
  }

  /** Datagrams being put together. */
  get open(): number {
    return this.#open
  }

  /** Payload bytes held in pieces. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /**
   * A fragment whose payload is the rest of the layer.
   * @param offset  where its payload begins in the datagram's, in bytes
   * @param more    whether fragments follow
   * @returns       whether the datagram is whole: then the layers stand before its payload
   */
  add(layers: Layers, id: number, offset: number, more: boolean): boolean {
    const counts = this.#counts()
    counts.fragments++
    this.expire(layers.micros)
    const wireSize = layers.wireEnd - layers.at
    // A fragment that others follow has a multiple of 8 bytes; what is beyond cannot be addressed.
    const to = offset + (more ? wireSize & ~7 : wireSize)
    if (to > DATAGRAM_BYTES_MAX || to < offset || (more && to === offset)) {
      this.#lose(1, layers.packet.ipBytes)
      return false
    }
    const datagram = this.#find(layers, id)
    datagram.fragments++
    datagram.ipBytes += layers.packet.ipBytes
    // IPv6: the first fragment alone says what follows; IPv4: all say the same.
    if (offset === 0 && datagram.protocol < 0) datagram.protocol = layers.protocol
    if (!more && datagram.size < 0) datagram.size = to
    this.#insert(datagram, layers, offset, to)
    if (!isWhole(datagram)) return false
    this.#giveOut(datagram, layers)
    return true
  }

  /** Give up what waits too long. */
  expire(micros: number): void {
    const startedMax = micros - limits.fragmentSeconds * 1e6
    while (this.#oldest !== undefined && this.#oldest.startMicros < startedMax) {
      this.#giveUp(this.#oldest)
    }
  }

  /** The capture is over: everything still incomplete is lost. */
  end(): void {
    while (this.#oldest !== undefined) this.#giveUp(this.#oldest)
  }

  #find(layers: Layers, id: number): Datagram {
    const { packet } = layers
    const key = this.#key
    key[0] = packet.src0
    key[1] = packet.src1
    key[2] = packet.src2
    key[3] = packet.src3
    key[4] = packet.dst0
    key[5] = packet.dst1
    key[6] = packet.dst2
    key[7] = packet.dst3
    key[8] = id
    // RFC 791 has the protocol in the key, RFC 8200 has not.
    key[9] = packet.version === 4 ? layers.protocol : 256
    key[10] = packet.vlan0
    key[11] = packet.tunnel
    let hash = 0
    for (let i = 0; i < 12; i++) hash = Math.imul(hash ^ key[i]!, 0x9e3779b1) ^ (hash >>> 15)
    hash >>>= 0
    for (let found = this.#table.get(hash); found !== undefined; found = found.chain) {
      if (sameWords(found.words, key)) return found
    }
    if (this.#open >= this.#datagramsMax) {
      this.#counts().fragmentsEvicted++
      this.#giveUp(this.#oldest!)
    }
    return this.#open1(hash, layers.micros)
  }

  #open1(hash: number, micros: number): Datagram {
    const datagram = new Datagram(hash, this.#key.slice(), micros)
    datagram.chain = this.#table.get(hash)
    this.#table.set(hash, datagram)
    datagram.older = this.#newest
    if (this.#newest === undefined) this.#oldest = datagram
    else this.#newest.newer = datagram
    this.#newest = datagram
    this.#open++
    return datagram
  }

  /** Keep those bytes of [offset, to) that no earlier piece covers. */
  #insert(datagram: Datagram, layers: Layers, offset: number, to: number): void {
    const { pieces } = datagram
    let from = offset
    let index = lowerBound(pieces, offset)
    const covered = this.#counts()
    while (from < to) {
      const next = pieces[index]
      const end = next === undefined ? to : Math.min(to, next.from)
      if (end > from) {
        const start = layers.at + from - offset
        const held = Math.max(0, Math.min(layers.end - start, end - from))
        const bytes = held === 0 ? EMPTY : copyOf(layers.bytes, start, start + held)
        pieces.splice(index, 0, { from, to: end, bytes })
        index++
        datagram.held += held
        this.#heldBytes += held
      }
      if (next === undefined || next.from >= to) break
      covered.fragmentBytesOverlapping += Math.min(to, next.to) - Math.max(from, next.from)
      from = Math.max(from, next.to)
      index++
    }
  }

  /** Copy the pieces side by side and let the layers go on there. */
  #giveOut(datagram: Datagram, layers: Layers): void {
    if (this.#buffer.length === 0) this.#buffer = new Uint8Array(DATAGRAM_BYTES_MAX)
    let end = datagram.size
    for (const piece of datagram.pieces) {
      if (piece.from >= end) break
      this.#buffer.set(piece.bytes.subarray(0, datagram.size - piece.from), piece.from)
      // The first byte that the capture does not hold ends what can be read.
      if (piece.bytes.length < piece.to - piece.from)
        end = Math.min(end, piece.from + piece.bytes.length)
    }
    layers.bytes = this.#buffer
    layers.at = 0
    layers.end = end
    layers.wireEnd = datagram.size
    layers.protocol = datagram.protocol
    layers.packet.fragments = datagram.fragments
    layers.packet.ipBytes = datagram.ipBytes
    this.#counts().reassembled++
    this.#remove(datagram)
  }

  #giveUp(datagram: Datagram): void {
    this.#lose(datagram.fragments, datagram.ipBytes)
    this.#remove(datagram)
  }

  #lose(fragments: number, bytes: number): void {
    const counts = this.#counts()
    counts.fragmentsLost += fragments
    counts.fragmentBytesLost += bytes
  }

  #remove(datagram: Datagram): void {
    const first = this.#table.get(datagram.hash)
    if (first === datagram) {
      if (datagram.chain === undefined) this.#table.delete(datagram.hash)
      else this.#table.set(datagram.hash, datagram.chain)
    } else {
      let before = first
      while (before !== undefined && before.chain !== datagram) before = before.chain
      if (before !== undefined) before.chain = datagram.chain
    }
    if (datagram.older === undefined) this.#oldest = datagram.newer
    else datagram.older.newer = datagram.newer
    if (datagram.newer === undefined) this.#newest = datagram.older
    else datagram.newer.older = datagram.older
    this.#open--
    this.#heldBytes -= datagram.held
  }
}

function sameWords(a: Uint32Array, b: Uint32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Index of the first piece that ends after `offset`. */
function lowerBound(pieces: readonly Piece[], offset: number): number {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pieces[middle]!.to <= offset) low = middle + 1
    else high = middle
  }
  return low
}

/** Pieces never overlap, so they cover [0, size) if they follow each other without a hole. */
function isWhole(datagram: Datagram): boolean {
  if (datagram.size < 0) return false
  const { pieces } = datagram
  // The usual case first: fragments come in order, and the last piece tells most.
  if (pieces.length === 0) return datagram.size === 0
  if (pieces[pieces.length - 1]!.to < datagram.size || pieces[0]!.from !== 0) return false
  for (let i = 1; i < pieces.length; i++) {
    if (pieces[i]!.from !== pieces[i - 1]!.to && pieces[i - 1]!.to < datagram.size) return false
  }
  return true
}
