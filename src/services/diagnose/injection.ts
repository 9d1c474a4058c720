/** Whether somebody puts bogus addresses in on purpose: farms, and how much of all they make up. */
import { shareText } from '../../core/figures.ts'
import type { Evidence, Told } from './evidence.ts'
import { type Farm, farmsOf } from './farms.ts'
import { type Tested, type Thresholds, testOf } from './test-of.ts'

export interface Injection {
  readonly tested: Tested
  readonly farms: readonly Farm[]
  /** Of all P2P connections, those with a farm at one end, and all. */
  readonly connections: { readonly farms: number; readonly all: number }
}

/**
 * Bogus entries come from farms, and good ones do not.
 * @param explained  bogus endpoints that have another cause
 */
export function injection(
  list: readonly Told[],
  bogus: ReadonlySet<string>,
  explained: ReadonlySet<string>,
  evidence: Evidence,
  thresholds?: Thresholds,
): Injection {
  const farms = farmsOf(evidence)
  const ips = new Set(farms.flatMap(({ addresses }) => addresses))
  const counts = { bogus: 0, bogusOfFarms: 0, good: 0, goodOfFarms: 0 }
  for (const told of list) {
    const key = told.key
    const isFarms = ips.has(told.by.ip)
    if (bogus.has(key)) {
      if (explained.has(key)) continue
      counts.bogus++
      if (isFarms) counts.bogusOfFarms++
    } else if (!ips.has(told.about.ip)) {
      counts.good++
      if (isFarms) counts.goodOfFarms++
    }
  }
  const tested = testOf(
    { tested: counts.bogus, hits: counts.bogusOfFarms },
    [{ name: 'not-bogus', tested: counts.good, hits: counts.goodOfFarms }],
    thresholds,
  )
  const isSure = farms.some(({ sureness }) => sureness === 'certain')
  const verdict = tested.verdict === 'confirmed' && !isSure ? 'supported' : tested.verdict
  return { tested: { ...tested, verdict }, farms, connections: connectionsOf(ips, evidence) }
}

function connectionsOf(ips: ReadonlySet<string>, evidence: Evidence): Injection['connections'] {
  let farms = 0
  let all = 0
  for (const { from, to, count } of evidence.calls) {
    all += count
    if (ips.has(from) || ips.has(to)) farms += count
  }
  return { farms, all }
}

export function injectionText({ farms, tested, connections }: Injection): string {
  if (farms.length === 0) return 'No farm against P2P was found.'
  const [first] = farms as [Farm]
  return (
    `${farms.length} ${farms.length === 1 ? 'farm' : 'farms'}, the largest in ${first.network} with ` +
    `${first.peers} peers on ${first.addresses.length} addresses, all ${first.software}; they told ` +
    `${tested.hits} of ${tested.tested} bogus entries, and are in ` +
    `${shareText(connections.farms, connections.all)} of all P2P connections.`
  )
}
