/**
 * One node of the mainline DHT is asked: `get_peers` for a content, or, for a map of the DHT, `find_node`
 * for places around the node itself.
 *
 *     get_peers { info_hash }   →  values: peers of the content;  nodes: who is closer to it
 *     find_node { target }      →  nodes closest to the target
 *
 * A map asks for the node's own id, which gives its nearest, then for a place in each of the next buckets
 * outward, since a node knows all of its neighbours, and in some of those far away, by chance, so that no
 * part of the DHT is left out. Whoever lives is told by several of his neighbours.
 *
 * Every query says that it is of no node (`ro`), so that nobody puts it in a table.
 * Source: BEP 5; BEP 32 (`want`); BEP 43 (`ro`); Maymounkov and Mazières, "Kademlia" (2002).
 */
import type { Endpoint } from '../../core/address.ts'
import { bytesOf, fromHex, hex, sameBytes } from '../../core/bytes.ts'
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import { limits } from '../../core/limits.ts'
import { BDict, isBList } from '../formats/bencode.ts'
import { compactNodes, endpointOfBytes } from '../formats/compact-peers.ts'
import { chanceBytes, ID_BYTES, NOTHING, SECOND_MICROS, UNANSWERED } from './crawler-nobody.ts'
import { krpcQuery, krpcWire } from './wire/krpc.ts'

const PATIENCE_MICROS = 2 * SECOND_MICROS
const TRIES = 2
/** Of a map: buckets that one node is asked for beyond its nearest, next to them and far away. */
const NEXT_BUCKETS = 6
const FAR_BUCKETS = 3
const OUR_VERSION = bytesOf('PS\x00\x01')
const WANT = [bytesOf('n4'), bytesOf('n6')]
const KINDS = [
  ['nodes', 4],
  ['nodes6', 16],
] as const

export class DhtInterview implements Interview {
  readonly #infoHash: Uint8Array | undefined
  readonly #self: Uint8Array
  #transaction: number
  /** The node's own id, once it is known. */
  #id: Uint8Array | undefined
  #target: Uint8Array
  /** Of a map: places that are still to be asked for; undefined before the nearest are known. */
  #places: Uint8Array[] | undefined
  #tries = 0
  #hasHeard = false

  constructor({ self, pair, id }: Question, infoHash: Uint8Array | undefined) {
    this.#infoHash = infoHash
    this.#self = chanceBytes(self, ID_BYTES)
    this.#transaction = pair % 0x1_0000
    if (id !== undefined && /^[0-9a-f]{40}$/.test(id)) this.#id = fromHex(id)
    this.#target = infoHash ?? this.#id ?? this.#self
  }

  opened(micros: number): Step {
    return this.#say(micros)
  }

  #say(micros: number, told: readonly Told[] = []): Step {
    this.#tries++
    const args = { id: this.#self, want: WANT }
    const [method, asked] =
      this.#infoHash === undefined
        ? ['find_node', { ...args, target: this.#target }]
        : ['get_peers', { ...args, info_hash: this.#target }]
    const extra = { v: OUR_VERSION, ro: 1 }
    const query = krpcQuery(method as string, this.#t, BDict.of(asked), extra)
    const wakeMicros = micros + PATIENCE_MICROS
    return { used: 0, send: [krpcWire.emit(query)], told, wakeMicros }
  }

  get #t(): Uint8Array {
    return Uint8Array.of(Math.floor(this.#transaction / 256), this.#transaction % 256)
  }

  datagram(bytes: Uint8Array, micros: number): Step {
    const outcome = krpcWire.parse(bytes, 0)
    if (outcome.kind !== 'message' || outcome.message.kind === 'query') return NOTHING
    const said = outcome.message
    if (!sameBytes(said.transaction, this.#t)) return NOTHING
    if (said.kind === 'error') return this.#over([])
    this.#hasHeard = true
    this.#id ??= said.id.slice()
    const told = [...nodesOf(said.values), ...this.#peersOf(said.values)]
    if (this.#infoHash !== undefined) return this.#over(told)
    return this.#next(told, micros)
  }

  tick(micros: number): Step {
    if (this.#tries < TRIES) return this.#say(micros)
    return this.#over([])
  }

  #over(told: readonly Told[]): Step {
    return this.#hasHeard ? { ...NOTHING, told, done: 'answered' } : { ...UNANSWERED, told }
  }

  #peersOf(values: BDict): Told[] {
    const list = values.get('values')
    if (!isBList(list) || this.#infoHash === undefined) return []
    const content = `urn:btih:${hex(this.#infoHash)}`
    return list.slice(0, limits.listedMax).flatMap((each) => {
      const at = each instanceof Uint8Array ? endpointOfBytes(each) : undefined
      return at === undefined ? [] : [{ at, part: 'peer', content }]
    })
  }

  /** The next place. Who was known only by address was asked for one of ours, and now for his own. */
  #next(told: readonly Told[], micros: number): Step {
    const id = this.#id!
    const isOwn = sameBytes(this.#target, id)
    if (this.#places === undefined && isOwn) this.#places = this.#placesAround(id, told)
    const target = this.#places === undefined ? id : this.#places.pop()
    if (target === undefined) return this.#over(told)
    this.#target = target
    this.#transaction = (this.#transaction + 1) % 0x1_0000
    this.#tries = 0
    return this.#say(micros, told)
  }

  /** Of the nearest's own buckets only the outermost may be cut short: it is the first to ask for. */
  #placesAround(id: Uint8Array, nearest: readonly Told[]): Uint8Array[] {
    if (nearest.length === 0) return []
    const shared = nearest.map((each) => sharedBits(id, fromHex(each.id!)))
    const outermost = shared.reduce((least, bits) => Math.min(least, bits), 8 * ID_BYTES - 1)
    const places: Uint8Array[] = []
    for (let bit = outermost; bit >= 0 && places.length < NEXT_BUCKETS; bit--) {
      places.push(flipped(id, bit))
    }
    const far = outermost - NEXT_BUCKETS + 1
    const chances = chanceBytes(this.#transaction, FAR_BUCKETS)
    for (const chance of far > 0 ? chances : []) places.push(flipped(id, chance % far))
    return places
  }
}

function nodesOf(values: BDict): Told[] {
  const told: Told[] = []
  for (const [key, ipBytes] of KINDS) {
    const bytes = values.bytes(key)
    const read = bytes === undefined ? undefined : compactNodes(bytes, 0, bytes.length, ipBytes)
    if (read?.kind !== 'message') continue
    for (const { id, ip, port } of read.message) {
      told.push({ at: { ip, port } satisfies Endpoint, part: 'dht', id })
    }
  }
  return told
}

function sharedBits(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! ^ b[i]!
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24
  }
  return 8 * a.length - 1
}

/** The id with one bit turned over, counted from the first. */
function flipped(id: Uint8Array, bit: number): Uint8Array {
  const other = id.slice()
  const at = Math.floor(bit / 8)
  other[at] = other[at]! ^ (2 ** (7 - (bit % 8)))
  return other
}

/** The first six bytes of the XOR, as a part of the whole. */
export function distanceOf(content: string, id: string): number {
  const hash = content.slice(content.lastIndexOf(':') + 1)
  if (hash.length < 12 || id.length < 12) return 1
  let distance = 0
  for (let i = 0; i < 12; i += 4) {
    const difference =
      Number.parseInt(hash.slice(i, i + 4), 16) ^ Number.parseInt(id.slice(i, i + 4), 16)
    distance = distance * 0x1_0000 + difference
  }
  return distance / 2 ** 48
}
