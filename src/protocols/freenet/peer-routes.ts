/**
 * Whom a small node knows, and which keys each is thought to be near to. A key goes to the node
 * that stands nearest; nodes get nearer to keys by having been the source of what lies there.
 * Source: Clarke and others 2001, sections 3.2 and 3.4.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Link } from '../../core/peer.ts'
import { type Key, placeOf, placeOfAddress } from './peer-key.ts'

/** `rtMaxNodes` of 0.5, as it came. */
const NODES_MAX = 100
const PLACES_MAX = 32

/** A node that is known. */
export interface Reference {
  readonly at: Endpoint
  /** Where its keys lie; the first is that of its address. */
  readonly places: number[]
  link: Link | undefined
}

export class Routes {
  /** By address; who was heard of longest ago stands first. */
  readonly #nodes = new Map<string, Reference>()

  get all(): Iterable<Reference> {
    return this.#nodes.values()
  }

  get count(): number {
    return this.#nodes.size
  }

  /** A node is there, with a link or without; who is full forgets one that has none. */
  learn(at: Endpoint, link?: Link): Reference | undefined {
    const name = endpointText(at)
    let node = this.#nodes.get(name)
    if (node === undefined) {
      if (this.#nodes.size >= NODES_MAX && !this.#forgetOne()) return undefined
      node = { at, places: [placeOfAddress(name)], link: undefined }
      this.#nodes.set(name, node)
    }
    node.link = link ?? node.link
    return node
  }

  #forgetOne(): boolean {
    for (const [name, { link }] of this.#nodes) {
      if (link === undefined) return this.#nodes.delete(name)
    }
    return false
  }

  /** It had what lies under a key, it is said. */
  learnKey(at: Endpoint, key: Key): void {
    const places = this.learn(at)?.places
    const place = placeOf(key)
    if (places === undefined || places.includes(place)) return
    places.push(place)
    if (places.length > PLACES_MAX) places.splice(1, 1)
  }

  forget(node: Reference): void {
    this.#nodes.delete(endpointText(node.at))
  }

  /** The node nearest to a key, of those that were not tried. */
  nearest(key: Key, tried: ReadonlySet<string>): Reference | undefined {
    const wanted = placeOf(key)
    let best: Reference | undefined
    let least = Number.POSITIVE_INFINITY
    for (const [name, node] of this.#nodes) {
      if (tried.has(name)) continue
      for (const place of node.places) {
        const distance = Math.abs(place - wanted)
        if (distance >= least) continue
        least = distance
        best = node
      }
    }
    return best
  }
}
