/**
 * Farms against P2P: machines that pose as very many peers. An address is of one only if all five hold,
 * so that no seedbox, no office behind one address and no carrier's NAT is taken for one:
 *
 *  1. very many peers listen on the one address
 *  2. several such addresses stand in one /24
 *  3. all of them say that they are one and the same client
 *  4. they tell peers of a content that does not exist
 *  5. they tell of nobody but the bogus, and each other
 *
 * P2PScope met one of a /24, hundreds of peers an address, all of them Azureus 2.5.0.0; the
 * thresholds are proposals. The fourth can only be known where somebody asked.
 */
import { parseEndpoint } from '../../core/address.ts'
import type { Evidence } from './evidence.ts'

export interface FarmThresholds {
  /** Peers of one address. */
  readonly peersMin: number
  /** Such addresses of one /24. */
  readonly addressesMin: number
}

const FARM_THRESHOLDS: FarmThresholds = { peersMin: 20, addressesMin: 4 }

export interface Farm {
  /** `192.0.2.0/24` */
  readonly network: string
  readonly addresses: readonly string[]
  /** Peers on all of them. */
  readonly peers: number
  readonly software: string
  /** `suspected`: nobody asked it for a content that does not exist; all else holds. */
  readonly sureness: 'certain' | 'suspected'
}

export function farmsOf(
  evidence: Evidence,
  thresholds: FarmThresholds = FARM_THRESHOLDS,
): readonly Farm[] {
  const farms: Farm[] = []
  const toldBy = tellings(evidence)
  for (const [network, crowded] of crowdedNetworks(evidence, thresholds.peersMin)) {
    for (const [software, ips] of bySoftware(crowded.keys(), evidence)) {
      const own = new Set(ips)
      const kept = ips.filter((ip) => {
        const isAsked = evidence.answersMadeUp(ip)
        return isAsked !== false && tellsOnly(toldBy.get(ip) ?? [], own)
      })
      if (kept.length < thresholds.addressesMin) continue
      const isSure = kept.filter((ip) => evidence.answersMadeUp(ip) === true)
      const isCertain = isSure.length >= thresholds.addressesMin
      const addresses = (isCertain ? isSure : kept).sort()
      farms.push({
        network,
        addresses,
        peers: addresses.reduce((sum, ip) => sum + crowded.get(ip)!, 0),
        software,
        sureness: isCertain ? 'certain' : 'suspected',
      })
    }
  }
  return farms.sort((a, b) => b.peers - a.peers || (a.network < b.network ? -1 : 1))
}

/** /24 → its addresses with very many peers, and how many. */
function crowdedNetworks(evidence: Evidence, peersMin: number): Map<string, Map<string, number>> {
  const peers = new Map<string, number>()
  for (const name of evidence.peers()) {
    const ip = parseEndpoint(name)!.ip
    if (!ip.includes(':')) peers.set(ip, (peers.get(ip) ?? 0) + 1)
  }
  const networks = new Map<string, Map<string, number>>()
  for (const [ip, count] of peers) {
    if (count < peersMin) continue
    const network = `${ip.slice(0, ip.lastIndexOf('.'))}.0/24`
    const crowded = networks.get(network) ?? new Map<string, number>()
    networks.set(network, crowded.set(ip, count))
  }
  return networks
}

/** Addresses that say one thing, by what they say. */
function bySoftware(ips: Iterable<string>, evidence: Evidence): Map<string, string[]> {
  const all = new Map<string, string[]>()
  for (const ip of ips) {
    const [software, ...others] = evidence.softwareAt(ip)
    if (software === undefined || others.length > 0) continue
    all.set(software, [...(all.get(software) ?? []), ip])
  }
  return all
}

interface Telling {
  readonly ip: string
  readonly isBogus: boolean
}

function tellings(evidence: Evidence): Map<string, Telling[]> {
  const all = new Map<string, Telling[]>()
  for (const told of evidence.told) {
    const isBogus = evidence.bogus(told) !== undefined
    const list = all.get(told.by.ip) ?? []
    list.push({ ip: told.about.ip, isBogus })
    all.set(told.by.ip, list)
  }
  return all
}

/** Who tells nothing shows nothing. */
function tellsOnly(list: readonly Telling[], own: ReadonlySet<string>): boolean {
  return list.length > 0 && list.every(({ ip, isBogus }) => isBogus || own.has(ip))
}
