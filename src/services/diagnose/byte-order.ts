/**
 * Whether addresses are wrong because their octets were written or read in the wrong order. Whoever
 * is meant must then live under the reverse, on the same port; under other orders, and under addresses
 * drawn by lot, nobody.
 */
import { type Endpoint, ip4OfNumber } from '../../core/address.ts'
import { randomFrom } from '../../core/random.ts'
import type { Evidence } from './evidence.ts'
import { bothReversed, type Mistake, portSwapped, reversed, rot16, swap16 } from './permutations.ts'
import type { Subject } from './subject.ts'
import { type Tested, type Thresholds, type Tried, testOf } from './test-of.ts'

/** Addresses drawn by lot for each that is tested; more where few are, so that chance is measured. */
const DRAWN = 3
const DRAWN_MIN = 100
/** Fewer that are surely bogus than this are not examined for themselves. */
const SURE_MIN = 30

export interface ByteOrder {
  readonly tested: Tested
  /** Which of the bogus were tested: all, or those that are dark or cannot be on the Internet. */
  readonly among: 'all' | 'sure'
  /** What was told, and lives under the reverse. */
  readonly meant: ReadonlyMap<Subject, Endpoint>
  /** Of all that was told, the share that is reversed, 0 to 1. */
  readonly share: number
}

export function byteOrder(
  subjects: readonly Subject[],
  told: number,
  evidence: Evidence,
  thresholds?: Thresholds,
): ByteOrder {
  const all = examined(subjects, evidence, thresholds)
  // Where many are merely gone, those that never can have been there show it.
  const sure = subjects.filter(({ why }) => why !== 'silent')
  const ofSure =
    all.verdict === 'confirmed' || sure.length < SURE_MIN
      ? undefined
      : examined(sure, evidence, thresholds)
  const tested = ofSure?.verdict === 'confirmed' ? ofSure : all
  const meant = new Map<Subject, Endpoint>()
  for (const subject of subjects) {
    const other = livesAs(subject, reversed, evidence)
    if (other !== undefined) meant.set(subject, other)
  }
  const rate = tested.tested === 0 ? 0 : tested.hits / tested.tested
  // Of those whose reverse is gone by now, nothing shows it; they are as many again as among the tested.
  const share = rate === 0 || told === 0 ? 0 : Math.min(1, meant.size / rate / told)
  return { tested, among: tested === all ? 'all' : 'sure', meant, share }
}

/** The same with the port's octets in the wrong order, and with both. */
export function portOrder(
  subjects: readonly Subject[],
  evidence: Evidence,
  thresholds?: Thresholds,
): Tested {
  const tried = [
    attempt('port-swapped', subjects, portSwapped, evidence),
    attempt('address-and-port-reversed', subjects, bothReversed, evidence),
  ].sort((a, b) => b.hits - a.hits)
  const [best, other] = tried as [Tried, Tried]
  return testOf(best, [other, drawnPorts(subjects, evidence)], thresholds)
}

function examined(
  subjects: readonly Subject[],
  evidence: Evidence,
  thresholds?: Thresholds,
): Tested {
  const controls = [
    attempt('swap16', subjects, swap16, evidence),
    attempt('rot16', subjects, rot16, evidence),
    drawn(subjects, evidence),
  ]
  return testOf(attempt('reversed', subjects, reversed, evidence), controls, thresholds)
}

function attempt(
  name: string,
  subjects: readonly Subject[],
  mistake: Mistake,
  evidence: Evidence,
): Tried {
  let tested = 0
  let hits = 0
  for (const subject of subjects) {
    if (mistake(subject.at) === undefined) continue
    tested++
    if (livesAs(subject, mistake, evidence) !== undefined) hits++
  }
  return { name, tested, hits }
}

function livesAs(
  { at, family }: Subject,
  mistake: Mistake,
  evidence: Evidence,
): Endpoint | undefined {
  const other = mistake(at)
  return other !== undefined && evidence.lifeOf(other, family) === 'peer' ? other : undefined
}

function drawn(subjects: readonly Subject[], evidence: Evidence): Tried {
  const random = randomFrom(1)
  return lots('drawn', subjects, ({ port }) => ({ ip: ip4OfNumber(random()), port }), evidence)
}

function drawnPorts(subjects: readonly Subject[], evidence: Evidence): Tried {
  const random = randomFrom(1)
  return lots(
    'drawn-port',
    subjects,
    ({ ip }) => ({ ip, port: 1024 + (random() % 64_512) }),
    evidence,
  )
}

function lots(
  name: string,
  subjects: readonly Subject[],
  draw: (at: Endpoint) => Endpoint,
  evidence: Evidence,
): Tried {
  let hits = 0
  const each = Math.max(DRAWN, Math.ceil(DRAWN_MIN / subjects.length))
  for (const { at, family } of subjects) {
    for (let i = 0; i < each; i++) if (evidence.lifeOf(draw(at), family) === 'peer') hits++
  }
  return { name, tested: subjects.length === 0 ? 0 : each * subjects.length, hits }
}
