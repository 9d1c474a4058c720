/** All that is investigated in one process, as its page tells it. */
import type { StoreReader, Which } from '../../core/store.ts'
import type { Diagnosis } from '../../services/diagnose/diagnose.ts'
import { INCIDENT_OPTIONS } from '../../services/incidents/options.ts'
import type { DarkPlaces, DarkQuestion, DarkView, Detected } from '../../services/page/api.ts'
import type { DarkPart } from '../../services/page/parts.ts'
import { bugReports } from '../commands/diagnose-bug-report.ts'
import type { Dark } from './dark.ts'
import { detect } from './detect.ts'
import { type Found, Investigation, type InvestigationOptions } from './investigation.ts'
import { placesOf } from './places.ts'

/** What nobody named networks for. */
export const NO_NETWORKS: Dark = { networks: [], space: undefined }

/** Captures of which it is known who is to blame, beside what goes on. */
const DIAGNOSED_MAX = 8

type Counts = Pick<DarkView, 'scanners' | 'connections' | 'p2pConnections'>

export class Investigations implements DarkPart {
  readonly #dark: Dark
  readonly #reader: StoreReader
  readonly #honeynet: (() => DarkView['honeynet']) | undefined
  readonly #going = new Set<Investigation>()
  /** Of what is over, the youngest last. */
  readonly #diagnosed: (readonly Diagnosis[])[] = []
  #over: Counts = { scanners: 0, connections: 0, p2pConnections: 0 }

  /** @param honeynet  how the one that answers in this process stands */
  constructor(dark: Dark, reader: StoreReader, honeynet?: () => DarkView['honeynet']) {
    this.#dark = dark
    this.#reader = reader
    this.#honeynet = honeynet
  }

  begin(say: (found: Found) => void, options: InvestigationOptions = {}): Investigation {
    const one = new Investigation(this.#dark, say, options)
    this.#going.add(one)
    return one
  }

  /** It failed, and what it found stays as it was said. */
  drop(one: Investigation): void {
    this.#going.delete(one)
  }

  /** Nothing more comes of it. */
  end(one: Investigation): void {
    one.finish()
    this.#over = sum(this.#over, one.counts)
    this.#going.delete(one)
    this.#diagnosed.push(one.diagnoses)
    if (this.#diagnosed.length > DIAGNOSED_MAX) this.#diagnosed.shift()
  }

  bugReport(): string {
    const going = [...this.#going].map(({ diagnoses }) => diagnoses)
    return bugReports([...this.#diagnosed, ...going].flat())
  }

  view(): DarkView {
    const { sourcesMax: sources, windowHours: hours } = INCIDENT_OPTIONS
    const counts = [...this.#going].reduce((all, { counts }) => sum(all, counts), this.#over)
    const honeynet = this.#honeynet?.()
    return {
      networks: this.#dark.networks,
      definition: this.#dark.space === undefined ? { sources: 0, hours } : { sources, hours },
      ...counts,
      ...(honeynet && { honeynet }),
    }
  }

  places(which: Which): Promise<DarkPlaces | undefined> {
    return placesOf(this.#reader, this.#dark.networks, which)
  }

  async detect(question: DarkQuestion): Promise<Detected | undefined> {
    if (this.#dark.space === undefined) return undefined
    return detect(this.#reader, this.#dark, question)
  }
}

function sum(a: Counts, b: Counts): Counts {
  return {
    scanners: a.scanners + b.scanners,
    connections: a.connections + b.connections,
    p2pConnections: a.p2pConnections + b.p2pConnections,
  }
}
