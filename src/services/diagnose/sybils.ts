/**
 * Whether somebody is many: ids of one small network that crowd around one key. Ids of nodes are drawn by
 * lot, so that of the n ids nearest to a key no network should have more than its share of all ids; who
 * wants to own a key makes ids near it, and has few addresses to put them at.
 *
 * Of the n ids of a network, so many are among the n nearest to the key of all N that were told: by
 * chance n of N. Each network and key that is tried makes chance likelier, which is paid for.
 */
import { parseIp4, parseIp6 } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import { shareText } from '../../core/figures.ts'
import { limits } from '../../core/limits.ts'
import { type Tested, THRESHOLDS, type Thresholds, testOf } from './test-of.ts'

/** Fewer ids of one network are no crowd: several may live behind one address. */
const IDS_MIN = 8
/** Keys around which it is looked, those that were wanted first. */
const KEYS_MAX = 32
/** So many digits of an id are compared: 48 bits, which a double holds. */
const DIGITS = 12
const HALF = 6

interface Node {
  readonly network: string
  /** The first digits of the id, in two numbers. */
  readonly high: number
  readonly low: number
}

/** Ids of one overlay, and the keys that somebody wanted of it. */
export class NodeIds {
  readonly #nodes = new Map<string, Node>()
  readonly #keys = new Map<string, string>()

  /** @param id  in hex */
  add(id: string, ip: string): void {
    if (id.length < DIGITS || !/^[0-9a-f]+$/.test(id)) return
    if (this.#nodes.has(id) || this.#nodes.size >= limits.causeEndpointsMax) return
    const network = networkOf(ip)
    if (network !== undefined) this.#nodes.set(id, { network, ...halves(id) })
  }

  /** @param content  a URN whose last part is a key: a hash of as many digits as an id has */
  wants(content: string): void {
    const key = content.slice(content.lastIndexOf(':') + 1)
    if (this.#keys.size >= KEYS_MAX || !/^[0-9a-f]{32,}$/.test(key)) return
    this.#keys.set(content, key)
  }

  get nodes(): readonly Node[] {
    return [...this.#nodes.values()]
  }

  get keys(): ReadonlyMap<string, string> {
    return this.#keys
  }
}

export interface Sybils {
  readonly tested: Tested
  /** The network and key that chance explains least. */
  readonly most: { readonly network: string; readonly content: string } | undefined
  /** Ids in all. */
  readonly ids: number
}

export function sybils(of: NodeIds | undefined, thresholds: Thresholds = THRESHOLDS): Sybils {
  const nodes = of?.nodes ?? []
  const crowds = [...sizes(nodes)].filter(([, size]) => size >= IDS_MIN)
  const tries = crowds.length * (of?.keys.size ?? 0)
  const untested = { verdict: 'untested', tested: 0, hits: 0, controls: [] } as const
  let best: Sybils = { tested: untested, most: undefined, ids: nodes.length }
  for (const [content, key] of of?.keys ?? []) {
    const distances = distancesTo(nodes, key)
    const sorted = distances.slice().sort()
    for (const [network, size] of crowds) {
      const reach = sorted[size - 1]!
      let hits = 0
      for (const [i, node] of nodes.entries()) {
        if (node.network === network && distances[i]! <= reach) hits++
      }
      const byChance = { name: 'by-chance', tested: nodes.length, hits: size }
      const paid = { ...thresholds, pMax: thresholds.pMax / tries }
      const tested = testOf({ tested: size, hits }, [byChance], paid)
      const p = Math.min(1, (tested.p ?? 1) * tries)
      if (best.most !== undefined && p >= best.tested.p!) continue
      best = { ...best, tested: { ...tested, p }, most: { network, content } }
    }
  }
  return best
}

export function sybilsText({ tested, most, ids }: Sybils): string {
  if (most === undefined) return 'No key was wanted around which ids of one network could crowd.'
  const { network, content } = most
  return (
    `Of ${tested.tested} ids in ${network}, ${tested.hits} are among the ${tested.tested} nearest to ${content} of ` +
    `all ${ids} that were told (by chance ${shareText(tested.tested, ids)}).`
  )
}

function sizes(nodes: readonly Node[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { network } of nodes) counts.set(network, (counts.get(network) ?? 0) + 1)
  return counts
}

/** As far as the first digits tell. */
function distancesTo(nodes: readonly Node[], key: string): Float64Array {
  const to = halves(key)
  return Float64Array.from(nodes, ({ high, low }) => {
    return (high ^ to.high) * 16 ** HALF + (low ^ to.low)
  })
}

function halves(digits: string): { high: number; low: number } {
  return {
    high: Number.parseInt(digits.slice(0, HALF), 16),
    low: Number.parseInt(digits.slice(HALF, DIGITS), 16),
  }
}

/** Its /24, or /48 of IPv6: what one person can have. */
function networkOf(ip: string): string | undefined {
  if (parseIp4(ip) !== undefined) return `${ip.slice(0, ip.lastIndexOf('.'))}.0/24`
  const six = parseIp6(ip)
  return six && `${hex(six, 0, 6).replace(/(....)(?=.)/g, '$1:')}::/48`
}
