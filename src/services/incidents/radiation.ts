/**
 * What comes to dark space in all, and which part of it is P2P: the share of the background
 * radiation, by system, by month, over the networks of the space.
 */
import type { Incident } from '../../core/event.ts'
import { dateText } from '../../core/figures.ts'
import { type AddressKey, ipOf } from './keys.ts'

export interface SystemRow {
  readonly family: string
  readonly connections: number
  readonly incidents: number
  /** Of all incidents together; who is in two is counted twice. */
  readonly sources: number
  /** Middle ones of the incidents. */
  readonly sourcesMedian: number
  readonly hoursMedian: number
}

export interface MonthRow {
  readonly month: string
  readonly connections: number
  readonly p2p: number
  /** Incidents that began in it. */
  readonly incidents: number
}

export interface NetworkRow {
  readonly network: string
  readonly p2p: number
  readonly incidents: number
}

export interface RadiationReport {
  readonly connections: number
  readonly p2p: number
  readonly systems: readonly SystemRow[]
  readonly months: readonly MonthRow[]
  /** How much more P2P connections come after a year, 1 for twice as many; of 3 months at least. */
  readonly growthPerYear: number | undefined
  readonly dispersion: Dispersion
}

export interface Dispersion {
  /** Networks of 256 addresses in the dark space, those that P2P came to, and those with incidents. */
  readonly networks: number
  readonly asked: number
  readonly withIncidents: number
  /** How evenly P2P connections spread over the networks: 1 all alike, 0 all in one. */
  readonly evenness: number
  /** Most P2P connections first. */
  readonly most: readonly NetworkRow[]
}

interface Counts {
  connections: number
  p2p: number
  incidents: number
}

interface System {
  connections: number
  incidents: number
  sources: number
  /** For the medians: the first so many. */
  readonly each: { readonly sources: number; readonly hours: number }[]
}

export interface SavedRadiation {
  readonly connections: number
  readonly p2p: number
  readonly months: readonly (readonly [string, Counts])[]
  readonly networks: readonly (readonly [string, Counts])[]
  readonly systems: readonly (readonly [string, System])[]
}

const MEDIAN_OF_MAX = 65_536
const DAY_MICROS = 86_400_000_000
const HOUR_MICROS = 3_600_000_000
const MONTHS_OF_YEAR = 12
const GROWTH_MONTHS_MIN = 3
/** Networks that are counted one by one: those of a /8. */
const NETWORKS_MAX = 65_536
const MOST_TOLD = 16

export class Radiation {
  #connections = 0
  #p2p = 0
  readonly #months = new Map<string, Counts>()
  readonly #networks = new Map<string, Counts>()
  readonly #systems = new Map<string, System>()
  #day = Number.NaN
  #month: Counts = newCounts()
  readonly #dialectOf: (software: string) => string | undefined

  /** @param dialectOf  software → the system whose clients speak the words of others under this name */
  constructor(dialectOf: (software: string) => string | undefined = () => undefined) {
    this.#dialectOf = dialectOf
  }

  /** The system of a client that says what it is, where that is not the network that it speaks in. */
  dialectOf(software: string): string | undefined {
    return this.#dialectOf(software)
  }

  get connections(): number {
    return this.#connections
  }

  /** Of the connections. */
  get p2p(): number {
    return this.#p2p
  }

  /** @param family  undefined where it is not P2P */
  connection(micros: number, target: AddressKey, family: string | undefined): void {
    this.#connections++
    const month = this.#monthOf(micros)
    month.connections++
    if (family === undefined) return
    this.#p2p++
    month.p2p++
    this.#network(target).p2p++
    this.#system(family).connections++
  }

  /** One that is over, and is none that is part of another. */
  incident(incident: Incident, target: AddressKey): void {
    this.#monthOf(incident.startMicros).incidents++
    this.#network(target).incidents++
    const system = this.#system(this.#systemOf(incident))
    system.incidents++
    system.sources += incident.sources
    if (system.each.length >= MEDIAN_OF_MAX) return
    const hours = (incident.endMicros - incident.startMicros) / HOUR_MICROS
    system.each.push({ sources: incident.sources, hours })
  }

  /** Of most of those sources that say what they are. */
  #systemOf({ family, software }: Incident): string {
    const counts = new Map<string, number>()
    let said = 0
    for (const { name, count } of software) {
      const system = this.#dialectOf(name) ?? family
      counts.set(system, (counts.get(system) ?? 0) + count)
      said += count
    }
    return [...counts].find(([, count]) => count > said / 2)?.[0] ?? family
  }

  save(): SavedRadiation {
    return {
      ...{ connections: this.#connections, p2p: this.#p2p },
      months: [...this.#months],
      networks: [...this.#networks],
      systems: [...this.#systems],
    }
  }

  restore({ connections, p2p, months, networks, systems }: SavedRadiation): void {
    this.#connections = connections
    this.#p2p = p2p
    for (const [month, counts] of months) this.#months.set(month, counts)
    for (const [network, counts] of networks) this.#networks.set(network, counts)
    for (const [family, system] of systems) this.#systems.set(family, system)
    this.#day = Number.NaN
  }

  /** @param networks  of 256 addresses in the dark space */
  report(networks: number): RadiationReport {
    const months = [...this.#months]
      .map(([month, counts]) => ({ month, ...counts }))
      .sort((a, b) => (a.month < b.month ? -1 : 1))
    return {
      connections: this.#connections,
      p2p: this.#p2p,
      systems: this.#systemRows(),
      months,
      growthPerYear: growthOf(months),
      dispersion: this.#dispersion(networks),
    }
  }

  #systemRows(): SystemRow[] {
    return [...this.#systems]
      .map(([family, { connections, incidents, sources, each }]) => ({
        ...{ family, connections, incidents, sources },
        sourcesMedian: median(each.map((one) => one.sources)),
        hoursMedian: median(each.map((one) => one.hours)),
      }))
      .sort((a, b) => b.incidents - a.incidents || b.connections - a.connections)
  }

  #dispersion(networks: number): Dispersion {
    const rows = [...this.#networks].map(([network, counts]) => ({ network, ...counts }))
    const asked = rows.filter(({ p2p }) => p2p > 0)
    return {
      networks,
      asked: asked.length,
      withIncidents: rows.filter(({ incidents }) => incidents > 0).length,
      evenness: evenness(
        asked.map(({ p2p }) => p2p),
        networks,
      ),
      most: asked
        .sort((a, b) => b.p2p - a.p2p || (a.network < b.network ? -1 : 1))
        .slice(0, MOST_TOLD)
        .map(({ network, p2p, incidents }) => ({ network, p2p, incidents })),
    }
  }

  #monthOf(micros: number): Counts {
    const day = Math.floor(micros / DAY_MICROS)
    if (day !== this.#day) {
      this.#day = day
      this.#month = counted(this.#months, dateText(micros).slice(0, 7))
    }
    return this.#month
  }

  #network(target: AddressKey): Counts {
    const name =
      typeof target === 'number' ? `${ipOf(target - (target % 256))}/24` : `${prefix48(target)}/48`
    const isFull = this.#networks.size >= NETWORKS_MAX && !this.#networks.has(name)
    return counted(this.#networks, isFull ? 'others' : name)
  }

  #system(family: string): System {
    let system = this.#systems.get(family)
    if (system === undefined) {
      system = { connections: 0, incidents: 0, sources: 0, each: [] }
      this.#systems.set(family, system)
    }
    return system
  }
}

function newCounts(): Counts {
  return { connections: 0, p2p: 0, incidents: 0 }
}

function counted(table: Map<string, Counts>, name: string): Counts {
  let counts = table.get(name)
  if (counts === undefined) {
    counts = newCounts()
    table.set(name, counts)
  }
  return counts
}

/** The first three groups, as far as they are written out. */
function prefix48(ip: string): string {
  const [head] = ip.split('::')
  return `${head!.split(':').slice(0, 3).join(':')}::`
}

/** By the straight line that fits the logarithms of the months best (least squares). */
export function growthOf(months: readonly MonthRow[]): number | undefined {
  const points = months
    .filter(({ p2p }) => p2p > 0)
    .map(({ month, p2p }) => ({ x: monthNumber(month), y: Math.log(p2p) }))
  if (points.length < GROWTH_MONTHS_MIN) return undefined
  const mean = (of: (point: { x: number; y: number }) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length
  const [x, y] = [mean((point) => point.x), mean((point) => point.y)]
  const slope =
    points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0) /
    points.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
  return Math.exp(MONTHS_OF_YEAR * slope) - 1
}

function monthNumber(month: string): number {
  return MONTHS_OF_YEAR * Number(month.slice(0, 4)) + Number(month.slice(5, 7))
}

/** Shannon's entropy over that of an even spread. */
export function evenness(counts: readonly number[], places: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0 || places < 2) return 0
  let entropy = 0
  for (const count of counts) entropy -= (count / total) * Math.log(count / total)
  return Math.min(1, Math.max(0, entropy / Math.log(places)))
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return sorted[middle]!
  return (sorted[middle - 1]! + sorted[middle]!) / 2
}
