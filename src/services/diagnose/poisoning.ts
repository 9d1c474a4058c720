/**
 * Whether an index was poisoned: trackers, servers and DHTs tell of who is not there because somebody put
 * him in. Three things show it, and none of them an honest swarm has:
 *
 *     planted       the entry was announced or published there by another than the one it names
 *     for-anything  one teller tells it for ten contents or more
 *     made-up       its teller knows peers of a content that does not exist
 *
 * What is told by the same channels and is not bogus is the control.
 * Source: Liang, Naoumov, Ross, "The Index Poisoning Attack in P2P File Sharing Systems" (INFOCOM 2006);
 * Sun, Torres, Rao, on many ids of one address that nobody validates (2007).
 */
import { endpointText } from '../../core/address.ts'
import type { Evidence, Told } from './evidence.ts'
import { kindOf } from './spread.ts'
import { type Tested, type Thresholds, testOf } from './test-of.ts'

const CONTENTS_MIN = 10

export interface Poisoning {
  readonly tested: Tested
  /** Bogus endpoints by what shows it; one may show several. */
  readonly ways: Readonly<Record<Way, number>>
  /** Who put most of them in, where that was seen. */
  readonly planters: number
}

type Way = 'planted' | 'for-anything' | 'made-up'

/**
 * @param bogus      keys of what is in no system and has no other cause
 * @param explained  keys of what is, and has
 */
export function poisoning(
  list: readonly Told[],
  bogus: ReadonlySet<string>,
  explained: ReadonlySet<string>,
  evidence: Evidence,
  thresholds?: Thresholds,
): Poisoning {
  const planted = plantings(list)
  const tellings = answers(list)
  const counts = { bogus: 0, bad: 0, good: 0, goodBad: 0 }
  const ways = { planted: 0, 'for-anything': 0, 'made-up': 0 }
  const planters = new Set<string>()
  for (const [key, byTeller] of tellings) {
    if (explained.has(key)) continue
    const shown = new Set<Way>()
    if (planted.has(key)) shown.add('planted')
    for (const [teller, contents] of byTeller) {
      if (contents.size >= CONTENTS_MIN) shown.add('for-anything')
      if (evidence.answersMadeUp(teller) === true) shown.add('made-up')
    }
    if (!bogus.has(key)) {
      counts.good++
      if (shown.size > 0) counts.goodBad++
      continue
    }
    counts.bogus++
    if (shown.size > 0) counts.bad++
    for (const way of shown) ways[way]++
    for (const planter of planted.get(key) ?? []) planters.add(planter)
  }
  const control = { name: 'not-bogus', tested: counts.good, hits: counts.goodBad }
  const tested = testOf({ tested: counts.bogus, hits: counts.bad }, [control], thresholds)
  return { tested, ways, planters: planters.size }
}

/** What was put into an index by somebody else: endpoint → who did. */
function plantings(list: readonly Told[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  for (const { via, key, by } of list) {
    if (!isPutIn(via)) continue
    const all = found.get(key) ?? new Set()
    found.set(key, all.add(endpointText(by)))
  }
  return found
}

/** What indexes and DHTs said: endpoint → teller → for which contents. */
function answers(list: readonly Told[]): Map<string, Map<string, Set<string>>> {
  const found = new Map<string, Map<string, Set<string>>>()
  for (const { via, key, by, content } of list) {
    const kind = kindOf(via)
    if ((kind !== 'index' && kind !== 'dht') || isPutIn(via) || content === undefined) continue
    const tellers = found.get(key) ?? new Map<string, Set<string>>()
    const contents = tellers.get(by.ip) ?? new Set<string>()
    found.set(key, tellers.set(by.ip, contents.add(content)))
  }
  return found
}

function isPutIn(via: string): boolean {
  return /announce|publish|login|offer/.test(via)
}

export function poisoningText({ tested, ways, planters }: Poisoning): string {
  if (tested.tested === 0)
    return 'No tracker, server or DHT told anything bogus that nothing else explains.'
  const shown = [
    ways.planted > 0 && `${ways.planted} were put in by ${planters} others than themselves`,
    ways['for-anything'] > 0 &&
      `${ways['for-anything']} are told for ${CONTENTS_MIN} contents or more`,
    ways['made-up'] > 0 && `${ways['made-up']} by who knows peers of what does not exist`,
  ].filter((part) => part !== false)
  const all = `bogus endpoints that an index or a DHT told`
  if (shown.length === 0) return `None of ${tested.tested} ${all} looks put in.`
  return `Of ${tested.tested} ${all}, ${shown.join('; ')}.`
}
