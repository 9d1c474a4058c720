/** Causes that are no order of bytes: gone, private, misaligned lists, flooding. */
import { endpointText, ip4OfNumber, unroutable } from '../../core/address.ts'
import { randomFrom } from '../../core/random.ts'
import type { Evidence, Told } from './evidence.ts'
import { realigned, reversed, rot16, swap16 } from './permutations.ts'
import type { Subject } from './subject.ts'
import { type Tested, type Thresholds, type Tried, testOf } from './test-of.ts'

/** They were peers once. */
export function staleness(
  subjects: readonly Subject[],
  evidence: Evidence,
  thresholds?: Thresholds,
): Tested {
  const random = randomFrom(1)
  let hits = 0
  let drawn = 0
  for (const { at, family, first } of subjects) {
    if (evidence.wasPeer(at, family, first.micros)) hits++
    const other = { ip: ip4OfNumber(random()), port: at.port }
    if (evidence.wasPeer(other, family, first.micros)) drawn++
  }
  const { length } = subjects
  return testOf(
    { tested: length, hits },
    [{ name: 'drawn', tested: length, hits: drawn }],
    thresholds,
  )
}

const PRIVATE: readonly (string | undefined)[] = ['private', 'shared', 'link local', 'loopback']

/**
 * They are addresses inside somebody's network, told to another; in another order, or by lot, they
 * would not be.
 */
export function leakage(subjects: readonly Subject[], thresholds?: Thresholds): Tested {
  const isLeak = (ip: string | undefined, { first }: Subject) =>
    ip !== undefined && !first.isWithin && PRIVATE.includes(unroutable(ip))
  const random = randomFrom(1)
  const counted = (name: string, ipOf: (subject: Subject) => string | undefined): Tried => ({
    name,
    tested: subjects.length,
    hits: subjects.filter((subject) => isLeak(ipOf(subject), subject)).length,
  })
  const controls = [
    counted('reversed', ({ at }) => reversed(at)?.ip),
    counted('swap16', ({ at }) => swap16(at)?.ip),
    counted('rot16', ({ at }) => rot16(at)?.ip),
    counted('drawn', () => ip4OfNumber(random())),
  ]
  return testOf(
    counted('private', ({ at }) => at.ip),
    controls,
    thresholds,
  )
}

/** Bytes that a list of six-byte entries can have been read too late: by a port, or by half an address. */
const LATE = [2, 4] as const
const LATE_CONTROLS = [1, 3, 5] as const

/** Lists of entries of six bytes were read from the wrong byte. */
export function misalignment(
  told: readonly Told[],
  bogus: ReadonlySet<string>,
  evidence: Evidence,
  thresholds?: Thresholds,
): Tested {
  const pairs: (readonly [Told, Told])[] = []
  for (const [i, second] of told.entries()) {
    const first = told[i - 1]
    if (first === undefined || first.list !== second.list) continue
    if (bogus.has(first.key) && bogus.has(second.key)) pairs.push([first, second])
  }
  const tried = (late: number): Tried => {
    let hits = 0
    for (const [first, second] of pairs) {
      const meant = realigned(first.about, second.about, late)
      if (meant !== undefined && evidence.lifeOf(meant, first.family) === 'peer') hits++
    }
    return { name: `${late}-bytes-late`, tested: pairs.length, hits }
  }
  const best = LATE.map(tried).sort((a, b) => b.hits - a.hits)[0]!
  return testOf(best, LATE_CONTROLS.map(tried), thresholds)
}

/** Ports of services that somebody may want to harm. */
const SERVICE_PORT_MAX = 1023

export interface FloodThresholds {
  readonly callersMin: number
  readonly contentsMin: number
  readonly channelsMin: number
}

const FLOOD_THRESHOLDS: FloodThresholds = { callersMin: 10, contentsMin: 10, channelsMin: 2 }

/** A server that is no peer was told as one, for many contents or by several channels, and is called. */
export interface Flood {
  readonly target: string
  readonly callers: number
  readonly contents: number
  readonly channels: readonly string[]
  readonly tellers: number
  readonly first: Told
}

export function floods(
  list: readonly Told[],
  evidence: Evidence,
  thresholds: FloodThresholds = FLOOD_THRESHOLDS,
): readonly Flood[] {
  const targets = new Map<string, Told[]>()
  for (const told of list) {
    if (told.about.port > SERVICE_PORT_MAX) continue
    const name = endpointText(told.about)
    const all = targets.get(name)
    if (all === undefined) targets.set(name, [told])
    else all.push(told)
  }
  const found: Flood[] = []
  for (const [target, all] of targets) {
    const [first] = all as [Told]
    const callers = evidence.callersOf(first.about)
    if (callers < thresholds.callersMin) continue
    if (evidence.lifeOf(first.about, first.family) !== 'answers') continue
    const contents = new Set(all.map(({ content }) => content)).size
    const channels = [...new Set(all.map(({ via }) => via))].sort()
    if (contents < thresholds.contentsMin && channels.length < thresholds.channelsMin) continue
    const tellers = new Set(all.map(({ by }) => by.ip)).size
    found.push({ target, callers, contents, channels, tellers, first })
  }
  return found.sort((a, b) => b.callers - a.callers)
}
