/**
 * How a small DHT node finds those closest to an id: asks the closest it knows, three at once, takes
 * from their answers who is closer still, and ends when the eight closest have answered.
 * Source: BEP 5; Maymounkov and Mazières, "Kademlia" (2002), section 2.3.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { fromHex } from '../../core/bytes.ts'
import { type BDict, isBList } from '../formats/bencode.ts'
import { compactNodes, endpointOfBytes } from '../formats/compact-peers.ts'
import { CLOSEST, closer } from './peer-table.ts'

const AT_ONCE = 3
const ASKED_MAX = 100
const CANDIDATES_MAX = 400
const PEERS_MAX = 200

interface Candidate extends Endpoint {
  /** Undefined of one who was only named by his address. */
  id: Uint8Array | undefined
  state: 'new' | 'asked' | 'answered' | 'failed'
  token: Uint8Array | undefined
}

export interface Found {
  /** The closest that answered, with what they want to be shown by who announces. */
  readonly closest: readonly (Endpoint & { readonly token: Uint8Array | undefined })[]
  readonly peers: readonly Endpoint[]
}

/** Asks one node; `undefined` is said where he does not answer. */
type Ask = (to: Endpoint, take: (values: BDict | undefined) => void) => void

export class Lookup {
  readonly #target: Uint8Array
  readonly #ask: Ask
  readonly #done: (found: Found) => void
  readonly #candidates = new Map<string, Candidate>()
  readonly #peers = new Map<string, Endpoint>()
  #underWay = 0
  #asked = 0
  #isOver = false

  constructor(target: Uint8Array, ask: Ask, done: (found: Found) => void) {
    this.#target = target
    this.#ask = ask
    this.#done = done
  }

  start(nodes: readonly (Endpoint & { readonly id?: Uint8Array })[]): void {
    for (const { ip, port, id } of nodes) this.#add({ ip, port }, () => id)
    this.#next()
  }

  /** @param id  is asked for only where the node is new: most are named often */
  #add({ ip, port }: Endpoint, id: () => Uint8Array | undefined): void {
    const key = endpointText({ ip, port })
    const isRoom = this.#candidates.size < CANDIDATES_MAX && port !== 0
    if (!isRoom || this.#candidates.has(key)) return
    this.#candidates.set(key, { ip, port, id: id(), state: 'new', token: undefined })
  }

  /** Those that did not fail, the closest first; of whom no id is known comes before all. */
  #closest(): Candidate[] {
    const alive = [...this.#candidates.values()].filter(({ state }) => state !== 'failed')
    return alive.sort((a, b) => {
      if (a.id === undefined || b.id === undefined) {
        return Number(a.id !== undefined) - Number(b.id !== undefined)
      }
      return closer(this.#target, a.id, b.id)
    })
  }

  #next(): void {
    if (this.#isOver) return
    for (const candidate of this.#closest().slice(0, CLOSEST)) {
      if (this.#underWay >= AT_ONCE || this.#asked >= ASKED_MAX) break
      if (candidate.state === 'new') this.#askOne(candidate)
    }
    if (this.#underWay > 0) return
    this.#isOver = true
    const closest = this.#closest().filter(({ state }) => state === 'answered')
    this.#done({ closest: closest.slice(0, CLOSEST), peers: [...this.#peers.values()] })
  }

  #askOne(candidate: Candidate): void {
    candidate.state = 'asked'
    this.#underWay++
    this.#asked++
    this.#ask(candidate, (values) => {
      this.#underWay--
      candidate.state = values === undefined ? 'failed' : 'answered'
      if (values !== undefined) this.#take(candidate, values)
      this.#next()
    })
  }

  #take(candidate: Candidate, values: BDict): void {
    candidate.id ??= values.bytes('id')
    candidate.token = values.bytes('token')?.slice()
    const nodes = values.bytes('nodes')
    const read = nodes === undefined ? undefined : compactNodes(nodes, 0, nodes.length, 4)
    if (read?.kind === 'message') {
      for (const { id, ip, port } of read.message.slice(0, 2 * CLOSEST)) {
        this.#add({ ip, port }, () => fromHex(id))
      }
    }
    const peers = values.get('values')
    if (!isBList(peers)) return
    for (const each of peers) {
      const peer = each instanceof Uint8Array ? endpointOfBytes(each) : undefined
      if (peer !== undefined && this.#peers.size < PEERS_MAX) {
        this.#peers.set(endpointText(peer), peer)
      }
    }
  }
}
