/**
 * What was called of dark networks of IPv6. A map of one would be empty: of a /64 alone nobody ever calls a
 * part that can be seen. So it is told which /64s were called, or of a network that is no larger, which addresses.
 */
import { ip6, parseIp6 } from '../../core/address.ts'
import { AddressSet } from '../../core/address-set.ts'
import { readNetwork } from '../../core/expression-values.ts'
import { limits } from '../../core/limits.ts'
import type { CallRow, StoreReader, Which } from '../../core/store.ts'
import type { DarkPlace, DarkPlaces } from '../../services/page/api.ts'
import { NEIGHBOURS } from '../commands/measuring.ts'

/** Places that are handed out. */
const ROWS_MAX = 100
const SUBNET_BITS = 64
const SUBNET_BYTES = 8

interface Place {
  readonly sources: Set<string>
  readonly p2pSources: Set<string>
  /** Family → flows. */
  readonly families: Map<string, number>
}

/** @returns undefined where none of the networks is of IPv6 */
export async function placesOf(
  reader: StoreReader,
  networks: readonly string[],
  { where, ...which }: Which,
): Promise<DarkPlaces | undefined> {
  const six = networks.filter((network) => network.includes(':'))
  if (six.length === 0) return undefined
  const large = six.filter((network) => readNetwork(network)!.bits < SUBNET_BITS)
  const isLarge = AddressSet.of(large) as AddressSet
  const toDark = six.map((network) => `dst==${network}`).join(' || ')
  const chosen = where === undefined ? toDark : `(${where}) && (${toDark})`
  const places = new Map<string, Place>()
  let flows = 0
  for await (const rows of reader.eachCall({ ...which, where: chosen })) {
    for (const row of rows) {
      const name = isLarge.has(row.dst) ? subnetOf(row.dst) : row.dst
      const place = places.get(name) ?? newPlace()
      places.set(name, place)
      count(place, row)
    }
    flows += rows.length
    if (flows >= limits.detectedFlowsMax) break
  }
  const rows = [...places]
    .map(([place, counts]) => rowOf(place, counts))
    .sort((a, b) => b.p2pSources - a.p2pSources || b.sources - a.sources || order(a, b))
    .slice(0, ROWS_MAX)
  return { rows, total: places.size, flows, isCut: flows >= limits.detectedFlowsMax }
}

function newPlace(): Place {
  return { sources: new Set(), p2pSources: new Set(), families: new Map() }
}

function count({ sources, p2pSources, families }: Place, { src, family }: CallRow): void {
  sources.add(src)
  if (family === undefined || NEIGHBOURS.has(family)) return
  p2pSources.add(src)
  families.set(family, (families.get(family) ?? 0) + 1)
}

function rowOf(place: string, { sources, p2pSources, families }: Place): DarkPlace {
  const [most] = [...families].sort(([, a], [, b]) => b - a)
  return {
    place,
    sources: sources.size,
    p2pSources: p2pSources.size,
    ...(most !== undefined && { family: most[0] }),
  }
}

function order(a: DarkPlace, b: DarkPlace): number {
  return a.place < b.place ? -1 : 1
}

function subnetOf(ip: string): string {
  const bytes = parseIp6(ip)!.fill(0, SUBNET_BYTES)
  return `${ip6(bytes, 0)}/${SUBNET_BITS}`
}
