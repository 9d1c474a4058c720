/**
 * Why addresses that are in no system were told, or asked. Each hypothesis is put to the same kind of
 * test, against controls that must fail; what a hypothesis explains is not held against another.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Cause } from '../../core/event.ts'
import { shareText } from '../../core/figures.ts'
import { type ByteOrder, byteOrder, portOrder } from './byte-order.ts'
import type { Evidence, Told } from './evidence.ts'
import { type Injection, injection, injectionText } from './injection.ts'
import { type Misdirection, misdirection, misdirectionText } from './misdirection.ts'
import { type Flood, floods, leakage, misalignment, staleness } from './other-causes.ts'
import { poisoning, poisoningText } from './poisoning.ts'
import { type Slip, slipsOf } from './slips.ts'
import {
  type Blame,
  blameOf,
  type ChannelRow,
  channelsOf,
  type DisseminationRow,
  disseminationOf,
} from './spread.ts'
import { type Subject, subjectsOf } from './subject.ts'
import { sybils, sybilsText } from './sybils.ts'
import type { Tested, Thresholds } from './test-of.ts'

const HYPOTHESES = [
  'byte-order',
  'port-order',
  'misaligned-list',
  'private-address',
  'stale-address',
  'injection',
  'poisoning',
  'sybils',
  'dns-misdirection',
  'flooding',
] as const
export type Hypothesis = (typeof HYPOTHESES)[number]

/** What of the bogus is shown, one by one. */
export interface Example {
  readonly at: Endpoint
  readonly why: Subject['why']
  readonly first: Told
  readonly tellings: number
  readonly software: string | undefined
  /** Who was meant, if that is known. */
  readonly meant: Endpoint | undefined
}

export interface Diagnosis {
  readonly family: string
  /** `told`: what messages named; `asked`: what was called, though no message that was seen named it. */
  readonly of: 'told' | 'asked'
  readonly endpoints: number
  readonly bogus: Readonly<Record<Subject['why'], number>>
  /** Strongest first. */
  readonly causes: readonly Cause[]
  /** Of all endpoints, the share that is reversed. */
  readonly reversedShare: number
  readonly injection: Injection
  readonly floods: readonly Flood[]
  readonly misdirection: Misdirection
  readonly channels: readonly ChannelRow[]
  readonly blame: Blame
  readonly dissemination: readonly DisseminationRow[]
  readonly examples: readonly Example[]
  /** What the blamed clients told wrong, one by one. */
  readonly slips: readonly Slip[]
}

const EXAMPLES_MAX = 16

/** @param micros  when it is said: the time of the last packet */
export function diagnose(
  evidence: Evidence,
  micros: number,
  thresholds?: Thresholds,
): readonly Diagnosis[] {
  const told = new Set(evidence.told.map(({ key }) => key))
  const when = { micros, thresholds }
  const all: Diagnosis[] = []
  for (const family of familiesOf(evidence.told)) {
    const list = evidence.told.filter((each) => each.family === family)
    all.push(new Doctor(evidence, family, 'told', when).examine(list))
  }
  for (const family of familiesOf(evidence.asked)) {
    const list = evidence.asked.filter((each) => each.family === family && !told.has(each.key))
    if (list.length === 0) continue
    all.push(new Doctor(evidence, family, 'asked', when).examine(list))
  }
  return all
}

function familiesOf(list: readonly Told[]): readonly string[] {
  return [...new Set(list.map(({ family }) => family))].sort()
}

/** What was found before the causes are told. */
interface Found {
  readonly order: ByteOrder
  readonly injected: Injection
  readonly flooded: readonly Flood[]
  readonly misdirected: Misdirection
  readonly explainedKeys: ReadonlySet<string>
  readonly told: number
}

class Doctor {
  readonly #evidence: Evidence
  readonly #family: string
  readonly #of: Diagnosis['of']
  readonly #when: { readonly micros: number; readonly thresholds: Thresholds | undefined }

  constructor(
    evidence: Evidence,
    family: string,
    of: Diagnosis['of'],
    when: { readonly micros: number; readonly thresholds: Thresholds | undefined },
  ) {
    this.#evidence = evidence
    this.#family = family
    this.#of = of
    this.#when = when
  }

  examine(list: readonly Told[]): Diagnosis {
    const evidence = this.#evidence
    const { thresholds } = this.#when
    const { bogus, told } = subjectsOf(list, evidence)
    const order = byteOrder(bogus, told, evidence, thresholds)
    const isReversed = order.tested.verdict === 'confirmed'
    const explained = isReversed ? order.meant : new Map<Subject, Endpoint>()
    const rest = bogus.filter((subject) => !explained.has(subject))
    const keys = new Set(bogus.map(keyOfSubject))
    const explainedKeys = new Set([...explained.keys()].map(keyOfSubject))
    const injected = injection(list, keys, explainedKeys, evidence, thresholds)
    const flooded = floods(list, evidence)
    const misdirected = misdirection(this.#of === 'asked' ? list : [], evidence, thresholds)
    const meant = new Map([...explained].map(([subject, at]) => [keyOfSubject(subject), at]))
    // What is reversed for sure shows best who reverses it.
    const misleading = isReversed ? explainedKeys : keys
    const blame = blameOf(list, misleading, evidence)
    const found = { order, injected, flooded, misdirected, explainedKeys, told }
    const causes = this.#causes(list, rest, found)
    return {
      ...{ family: this.#family, of: this.#of, endpoints: told, bogus: countsOf(bogus) },
      causes,
      reversedShare: isReversed ? order.share : 0,
      injection: injected,
      floods: flooded,
      misdirection: misdirected,
      channels: channelsOf(list, keys),
      blame,
      dissemination: disseminationOf(list, meant, evidence),
      examples: examplesOf(bogus, explained, evidence),
      slips: slipsOf({ list, misleading, blame, causes, evidence }),
    }
  }

  #causes(
    list: readonly Told[],
    rest: readonly Subject[],
    { order, injected, flooded, misdirected, explainedKeys, told }: Found,
  ): Cause[] {
    const evidence = this.#evidence
    const { thresholds } = this.#when
    const keys = new Set(rest.map(keyOfSubject))
    const poisoned = poisoning(list, keys, explainedKeys, evidence, thresholds)
    const many = sybils(evidence.nodeIds.get(this.#family), thresholds)
    const causes = [
      this.#cause('byte-order', order.tested, byteOrderText(order)),
      this.#plain(
        'port-order',
        portOrder(rest, evidence, thresholds),
        'live on the port read backwards',
      ),
      this.#plain(
        'misaligned-list',
        misalignment(list, keys, evidence, thresholds),
        'are peers if their list is read from two or four bytes before',
      ),
      this.#plain(
        'private-address',
        leakage(rest, thresholds),
        'are addresses of a private network',
      ),
      this.#plain('stale-address', staleness(rest, evidence, thresholds), 'were peers before'),
      this.#cause('injection', injected.tested, injectionText(injected)),
      this.#cause('poisoning', poisoned.tested, poisoningText(poisoned)),
      this.#cause('sybils', many.tested, sybilsText(many)),
      this.#cause('dns-misdirection', misdirected.tested, misdirectionText(misdirected)),
      this.#flooding(flooded, told),
    ]
    return causes.sort((a, b) => rank(a) - rank(b))
  }

  #cause(hypothesis: Hypothesis, tested: Tested, text: string): Cause {
    const subject = `what ${this.#family} peers ${this.#of === 'told' ? 'told' : 'asked untold'}`
    return {
      ...{ type: 'cause', micros: this.#when.micros, subject, family: this.#family, hypothesis },
      ...tested,
      text,
    }
  }

  #plain(hypothesis: Hypothesis, tested: Tested, what: string): Cause {
    const of = `${tested.hits} of ${tested.tested} bogus endpoints`
    const text = tested.tested === 0 ? 'There is nothing to test it on.' : `${of} ${what}.`
    return this.#cause(hypothesis, tested, text)
  }

  /** Not a matter of shares: one server that is harmed is one. */
  #flooding(flooded: readonly Flood[], told: number): Cause {
    const [first] = flooded
    const tested = { tested: told, hits: flooded.length, controls: [] }
    if (first === undefined) {
      const text = 'No server that is no peer was told to many as one.'
      return this.#cause('flooding', { verdict: 'refuted', ...tested }, text)
    }
    const text =
      `${first.target} answers and is no peer; ${first.tellers} told it for ${first.contents} ` +
      `contents by ${first.channels.join(', ')}, and ${first.callers} called it.`
    return this.#cause('flooding', { verdict: 'confirmed', ...tested }, text)
  }
}

function byteOrderText({ tested, among, meant, share }: ByteOrder): string {
  if (tested.tested === 0) return 'There is nothing to test it on.'
  const which = among === 'sure' ? 'endpoints that are dark or unroutable' : 'bogus endpoints'
  const controls = tested.controls.map(({ name, ...each }) => `${name} ${rate(each)}`).join(', ')
  const text =
    `Of ${tested.tested} ${which}, ${rate(tested)} are peers on the same port if their octets are ` +
    `reversed (${controls}).`
  if (tested.verdict !== 'confirmed') return text
  return `${text} ${meant.size} are known that way; about ${(100 * share).toFixed(1)} % of all that was told is reversed.`
}

function rate({ tested, hits }: { readonly tested: number; readonly hits: number }): string {
  return shareText(hits, tested)
}

const RANKS: readonly Cause['verdict'][] = ['confirmed', 'supported', 'refuted', 'untested']

function rank(cause: Cause): number {
  return (
    RANKS.indexOf(cause.verdict) * HYPOTHESES.length +
    HYPOTHESES.indexOf(cause.hypothesis as Hypothesis)
  )
}

function keyOfSubject({ family, at }: Subject): string {
  return `${family} ${endpointText(at)}`
}

function countsOf(bogus: readonly Subject[]): Diagnosis['bogus'] {
  const counts = { dark: 0, unroutable: 0, unannounced: 0, silent: 0 }
  for (const { why } of bogus) counts[why]++
  return counts
}

function examplesOf(
  bogus: readonly Subject[],
  meant: ReadonlyMap<Subject, Endpoint>,
  evidence: Evidence,
): Example[] {
  return [...bogus]
    .sort((a, b) => b.tellings - a.tellings)
    .slice(0, EXAMPLES_MAX)
    .map((subject) => ({
      ...{ at: subject.at, why: subject.why, first: subject.first, tellings: subject.tellings },
      software: evidence.softwareOf(subject.first.by),
      meant: meant.get(subject),
    }))
}
