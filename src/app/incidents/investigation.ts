/**
 * Incidents and their causes out of events as they come: who asks what is not there is counted, and
 * what explains it is kept and put to the test now and then. Both are bounded: of what explains it
 * only the youngest is kept where there is too much.
 */
import { endpointText } from '../../core/address.ts'
import type { Cause, Event, Flow, Incident, LimitReached } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type Diagnosis, diagnose } from '../../services/diagnose/diagnose.ts'
import { Evidence } from '../../services/diagnose/evidence.ts'
import { Names } from '../../services/diagnose/misdirection.ts'
import { observe } from '../../services/diagnose/observe.ts'
import { Contacts, WITHOUT_DARK } from '../../services/incidents/contacts.ts'
import { Incidents } from '../../services/incidents/incidents.ts'
import { Radiation } from '../../services/incidents/radiation.ts'
import { MUTE, NEIGHBOURS } from '../commands/measuring.ts'
import type { Dark } from './dark.ts'
import { seedOf } from './seeds.ts'

export type Found = Incident | Cause | LimitReached

/** How far it was tested before it is tested again: most is learnt in between. */
const DIAGNOSE_MS = 10_000
/** Testing takes no more than one part in so many of the time. */
const DIAGNOSE_PART = 20
/** Incidents that go on and are told of at once. */
const STANDING_MAX = 500

const STRENGTHS: readonly Cause['verdict'][] = ['untested', 'refuted', 'supported', 'confirmed']

export interface InvestigationOptions {
  /** Filled by whoever sees packets; also the names that requests say are kept there. */
  readonly names?: Names
  /** Claims and flows that are kept to explain incidents. */
  readonly keptMax?: number
}

export class Investigation {
  readonly #dark: Dark
  /** They come before the calls that they explain, maybe long before: they outlive the evidence. */
  readonly #names: Names
  readonly #keptMax: number
  readonly #say: (found: Found) => void
  readonly #incidents: Incidents
  readonly #radiation = new Radiation()
  readonly #contacts: Contacts
  #evidence: Evidence
  /** What was named: of other calls that were answered nothing is kept. */
  #named = new Set<string>()
  #kept = 0
  #generation = 0
  #micros = 0
  #diagnosedKept = 0
  #namesGone = 0
  #nextMs = Number.NEGATIVE_INFINITY
  /** As it was tested last. */
  diagnoses: readonly Diagnosis[] = []
  readonly #said = new Map<string, { readonly cause: Cause; readonly generation: number }>()

  constructor(
    dark: Dark,
    say: (found: Found) => void,
    { names = Names.youngest(), keptMax = limits.investigatedMax }: InvestigationOptions = {},
  ) {
    this.#dark = dark
    this.#names = names
    this.#keptMax = keptMax
    this.#say = say
    this.#incidents = new Incidents(say, dark.space === undefined ? WITHOUT_DARK : {})
    this.#contacts = new Contacts(this.#incidents, this.#radiation, dark.space, NEIGHBOURS, MUTE)
    this.#evidence = this.#begun()
  }

  get counts(): {
    /** Sources that were taken out as scanners. */
    readonly scanners: number
    /** Connections to dark addresses, and those of them that are P2P. */
    readonly connections: number
    readonly p2pConnections: number
  } {
    const { connections, p2p } = this.#radiation
    const { going } = this.#contacts
    return {
      scanners: this.#incidents.scanners,
      connections: connections + going,
      p2pConnections: p2p + going,
    }
  }

  consume(event: Event): void {
    this.#contacts.consume(event)
    if (event.type === 'traffic') this.#incidents.tick(event.micros)
    if (event.type === 'message' || event.type === 'request') {
      observe(event, this.#evidence, NEIGHBOURS)
      return
    }
    if (!this.#explains(event)) return
    this.#micros = Math.max(this.#micros, event.micros)
    observe(event, this.#evidence, NEIGHBOURS)
    this.#kept++
    if (this.#kept < this.#keptMax) return
    this.#diagnose(false)
    this.#evidence = this.#begun()
  }

  /** How incidents stand that go on. */
  standing(): void {
    for (const incident of this.#incidents.standing(STANDING_MAX)) this.#say(incident)
  }

  /**
   * Put to the test what is known, if it is time.
   * @param nowMs      of a clock that never goes back
   * @param onlyTurns  causes are said where their verdict is another, not for each new figure
   */
  test(nowMs: number, onlyTurns = false): void {
    if (nowMs < this.#nextMs || this.#kept === this.#diagnosedKept) return
    const before = performance.now()
    this.#diagnose(onlyTurns)
    const took = performance.now() - before
    this.#nextMs = nowMs + Math.max(DIAGNOSE_MS, DIAGNOSE_PART * took)
  }

  /** Nothing more comes. */
  finish(): void {
    this.#incidents.finish()
    this.#diagnose(false)
  }

  #begun(): Evidence {
    const { space } = this.#dark
    this.#generation++
    this.#kept = 0
    this.#diagnosedKept = 0
    this.#named = new Set()
    const isDark = space && { isDark: (ip: string) => space.has(ip) }
    return new Evidence({ seedOf, names: this.#names, ...isDark })
  }

  #explains(event: Event): event is Extract<Event, { type: 'claim' | 'client' | 'flow' }> {
    switch (event.type) {
      case 'claim':
        this.#named.add(endpointText(event.about))
        return true
      case 'client':
        return true
      case 'flow':
        return this.#isTelling(event)
      default:
        return false
    }
  }

  #isTelling({ p2p, ends, packets }: Flow): boolean {
    return p2p !== undefined || packets[1] === 0 || this.#named.has(endpointText(ends[1]))
  }

  #diagnose(onlyTurns: boolean): void {
    this.#diagnosedKept = this.#kept
    this.#tellLimit()
    this.diagnoses = diagnose(this.#evidence, this.#micros)
    for (const { causes } of this.diagnoses) {
      for (const cause of causes) this.#tell(cause, onlyTurns)
    }
  }

  #tellLimit(): void {
    const { notKept: count } = this.#names
    if (count === this.#namesGone) return
    this.#namesGone = count
    this.#say({ type: 'limit', limit: 'investigatedNamesMax', count, micros: this.#micros })
  }

  #tell(cause: Cause, onlyTurns: boolean): void {
    const key = `${cause.subject} ${cause.hypothesis}`
    const before = this.#said.get(key)
    if (before !== undefined && !this.#isNews(before, cause, onlyTurns)) return
    if (before === undefined && onlyTurns && cause.verdict === 'untested') return
    this.#said.set(key, { cause, generation: this.#generation })
    this.#say(cause)
  }

  #isNews(
    { cause: before, generation }: { readonly cause: Cause; readonly generation: number },
    cause: Cause,
    onlyTurns: boolean,
  ): boolean {
    const isTurn = before.verdict !== cause.verdict
    // What was let go may have said more than what came since.
    const isWeaker =
      generation !== this.#generation &&
      strength(cause) < strength(before) &&
      cause.tested < before.tested
    if (isWeaker) return false
    return isTurn || (!onlyTurns && before.text !== cause.text)
  }
}

function strength({ verdict }: Cause): number {
  return STRENGTHS.indexOf(verdict)
}
