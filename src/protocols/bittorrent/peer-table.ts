/**
 * The nodes that a small DHT node knows: eight for each number of leading bits that their ids share with
 * its own. Source: BEP 5 "Routing Table".
 */
import type { Endpoint } from '../../core/address.ts'
import { bits, sameBytes } from '../../core/bytes.ts'
import { SECOND } from './peer-node.ts'

/** k of Kademlia. */
export const CLOSEST = 8
/** BEP 5: who said nothing for fifteen minutes is questionable. */
const FRESH_MICROS = 900 * SECOND
/** Who did not answer so often is forgotten. */
const FAILURES_MAX = 2

export interface Node extends Endpoint {
  readonly id: Uint8Array
}

interface Entry extends Node {
  micros: number
  failures: number
}

/** Negative where `a` is closer to the target. */
export function closer(target: Uint8Array, a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < target.length; i++) {
    const difference = (a[i]! ^ target[i]!) - (b[i]! ^ target[i]!)
    if (difference !== 0) return difference
  }
  return 0
}

export class Table {
  readonly #own: Uint8Array
  readonly #buckets = new Map<number, Entry[]>()

  constructor(own: Uint8Array) {
    this.#own = own
  }

  get size(): number {
    let size = 0
    for (const bucket of this.#buckets.values()) size += bucket.length
    return size
  }

  /** Somebody said something. Where there is no room he is let go, unless another is stale. */
  heard({ id, ip, port }: Node, now: number): void {
    if (sameBytes(id, this.#own)) return
    const prefix = sharedBits(id, this.#own)
    const bucket = this.#buckets.get(prefix) ?? []
    this.#buckets.set(prefix, bucket)
    const before = bucket.find((entry) => sameBytes(entry.id, id))
    if (before !== undefined) {
      // An id keeps its address: nobody takes another's place by naming himself like him.
      if (before.ip === ip && before.port === port)
        Object.assign(before, { micros: now, failures: 0 })
      return
    }
    const entry = { id: id.slice(), ip, port, micros: now, failures: 0 }
    if (bucket.length < CLOSEST) {
      bucket.push(entry)
      return
    }
    const stale = bucket.findIndex((each) => now - each.micros > FRESH_MICROS || each.failures > 0)
    if (stale >= 0) bucket[stale] = entry
  }

  /** Somebody did not answer. */
  failed(at: Endpoint): void {
    for (const bucket of this.#buckets.values()) {
      const index = bucket.findIndex(({ ip, port }) => ip === at.ip && port === at.port)
      if (index >= 0 && ++bucket[index]!.failures >= FAILURES_MAX) bucket.splice(index, 1)
    }
  }

  closest(target: Uint8Array): Node[] {
    const best: Node[] = []
    for (const bucket of this.#buckets.values()) {
      for (const node of bucket) {
        let at = best.length
        while (at > 0 && closer(target, node.id, best[at - 1]!.id) < 0) at--
        if (at < CLOSEST) best.splice(at, 0, node)
        if (best.length > CLOSEST) best.pop()
      }
    }
    return best
  }
}

function sharedBits(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i])
  if (at < 0) return 8 * a.length
  const difference = a[at]! ^ b[at]!
  let shared = 0
  while (bits(difference, 7 - shared, 1) === 0) shared++
  return 8 * at + shared
}
