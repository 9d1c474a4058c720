/** One (family, address, port): its sources, and the incident that they make while they are too many. */
import type { Endpoint } from '../../core/address.ts'
import type { Counted, Incident } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { AddressKey } from './keys.ts'
import { HOUR_MICROS, type IncidentOptions, MINUTE_MICROS } from './options.ts'
import type { Touch } from './scans.ts'
import { hourOf, type SavedSources, type SketchRoom, Sources } from './sources.ts'
import { type SavedTally, Tally } from './tally.ts'

/** What of contents and of software is told. */
const TOLD_MAX = 16

/** While an incident goes on. */
interface Open {
  readonly startMicros: number
  endMicros: number
  /** The highest the window stood in each step. */
  readonly steps: number[]
  readonly firstStep: number
  readonly hours: number[]
  /** When the window stopped being too full. */
  below: number | undefined
  /** What those said that are no longer told apart. */
  readonly contents: Tally
  readonly software: Tally
}

export interface SavedOpen
  extends Omit<Open, 'contents' | 'software' | 'below' | 'steps' | 'hours'> {
  readonly below: number | null
  readonly steps: readonly (number | null)[]
  readonly hours: readonly (number | null)[]
  readonly contents: SavedTally
  readonly software: SavedTally
}

export interface SavedTarget {
  readonly port: number
  readonly lastMicros: number
  readonly sources: SavedSources
  readonly open?: SavedOpen
}

export interface SavedFinished {
  readonly port: number
  readonly sources: SavedSources
  readonly open: SavedOpen
}

/** An incident that is over, with its sources. */
export interface Finished {
  readonly open: Open
  readonly target: Endpoint
  readonly sources: Sources
}

export class Target {
  readonly at: Endpoint
  lastMicros = 0
  #sources: Sources
  #open: Open | undefined
  readonly #options: IncidentOptions
  readonly #room: SketchRoom

  constructor(at: Endpoint, options: IncidentOptions, room: SketchRoom) {
    this.at = at
    this.#options = options
    this.#room = room
    this.#sources = new Sources(options.windowHours, room)
  }

  get isOpen(): boolean {
    return this.#open !== undefined
  }

  /** Nobody asked it for a window. */
  isIdle(micros: number): boolean {
    return this.#open === undefined && this.#sources.inWindow(micros) === 0
  }

  /** @returns whether an incident begins with it */
  contact(source: AddressKey, micros: number): boolean {
    this.lastMicros = Math.max(this.lastMicros, micros)
    const isNewInHour = this.#sources.add(source, micros)
    const count = this.#sources.inWindow(micros)
    const isAbove = count > this.#options.sourcesMax
    const open = this.#open
    if (open === undefined) {
      if (isAbove) this.#begin(micros, count)
      return isAbove
    }
    if (isNewInHour) raise(open.hours, hourOf(micros) - hourOf(open.startMicros))
    const step = this.#step(micros) - open.firstStep
    open.steps[step] = Math.max(open.steps[step] ?? 0, count)
    if (isAbove) {
      open.endMicros = Math.max(open.endMicros, micros)
      open.below = undefined
    }
    return false
  }

  /** What a source asked for, or says it is; its first word counts. */
  told(source: AddressKey, what: { readonly content?: string; readonly software?: string }): void {
    const visit = this.#sources.visit(source)
    if (visit !== undefined) {
      visit.content ??= what.content
      visit.software ??= what.software
      return
    }
    if (what.content !== undefined) this.#open?.contents.add(what.content)
    if (what.software !== undefined) this.#open?.software.add(what.software)
  }

  /** A source turned out to be none. @returns whether the incident that was open was none */
  remove(source: AddressKey, { first, last }: Touch): boolean {
    const visit = this.#sources.remove(source, last)
    const open = this.#open
    if (open === undefined) return false
    const from = Math.max(0, this.#step(first) - open.firstStep)
    for (let step = from; step < open.steps.length; step++) {
      if (open.steps[step] !== undefined) open.steps[step]!--
    }
    if (visit !== undefined) {
      const at = hourOf(visit.last) - hourOf(open.startMicros)
      if (open.hours[at] !== undefined && open.hours[at]! > 0) open.hours[at]!--
    }
    if (peakOf(open) > this.#options.sourcesMax) return false
    this.#open = undefined
    this.#sources.keepWindow()
    return true
  }

  /** Time went on. @returns the incident, if it is over */
  roll(micros: number): Finished | undefined {
    const count = this.#sources.inWindow(micros)
    const open = this.#open
    if (open === undefined) return undefined
    if (this.#sources.isEstimate) this.#estimateHour(open, micros)
    if (count > this.#options.sourcesMax) {
      const isLong = micros - open.startMicros >= limits.incidentHoursMax * HOUR_MICROS
      return isLong ? this.#finish(open) : undefined
    }
    open.below ??= micros
    const gapMicros = this.#options.gapHours * HOUR_MICROS
    return micros - open.below >= gapMicros ? this.#finish(open) : undefined
  }

  /** Nothing more will come. */
  end(): Finished | undefined {
    const finished = this.#open && this.#finish(this.#open)
    this.#sources.free()
    return finished
  }

  save(): SavedTarget {
    return {
      port: this.at.port,
      lastMicros: this.lastMicros,
      sources: this.#sources.save(),
      ...(this.#open !== undefined && { open: savedOpen(this.#open) }),
    }
  }

  static of(saved: SavedTarget, ip: string, options: IncidentOptions, room: SketchRoom): Target {
    const target = new Target({ ip, port: saved.port }, options, room)
    target.lastMicros = saved.lastMicros
    target.#sources = Sources.of(saved.sources, options.windowHours, room)
    target.#open = saved.open && openOf(saved.open)
    return target
  }

  /** How it stands. */
  standing(): Finished | undefined {
    return this.#open && { open: this.#open, target: this.at, sources: this.#sources }
  }

  #begin(micros: number, count: number): void {
    const sources = this.#sources
    sources.keepAll()
    const startMicros = Math.min(micros, sources.oldest)
    const hours: number[] = []
    const firstHour = hourOf(startMicros)
    for (const { first, last } of sources.visits()) {
      raise(hours, hourOf(first) - firstHour)
      if (hourOf(last) !== hourOf(first)) raise(hours, hourOf(last) - firstHour)
    }
    this.#open = {
      startMicros,
      endMicros: micros,
      steps: [count],
      firstStep: this.#step(micros),
      hours,
      below: undefined,
      contents: new Tally(),
      software: new Tally(),
    }
  }

  #finish(open: Open): Finished {
    const finished = { open, target: this.at, sources: this.#sources }
    this.#open = undefined
    this.#sources = new Sources(this.#options.windowHours, this.#room)
    return finished
  }

  /** Where sources are not told apart, an hour is what was seen since it began. */
  #estimateHour(open: Open, micros: number): void {
    const hour = hourOf(micros)
    const at = hour - hourOf(open.startMicros)
    open.hours[at] = Math.max(open.hours[at] ?? 0, this.#sources.total(hour * HOUR_MICROS))
  }

  #step(micros: number): number {
    return Math.floor(micros / (this.#options.stepMinutes * MINUTE_MICROS))
  }
}

export function savedFinished({ open, target, sources }: Finished): SavedFinished {
  return { port: target.port, sources: sources.save(), open: savedOpen(open) }
}

export function finishedOf(
  { port, sources, open }: SavedFinished,
  ip: string,
  { windowHours }: IncidentOptions,
  room: SketchRoom,
): Finished {
  const target = { ip, port }
  return { open: openOf(open), target, sources: Sources.of(sources, windowHours, room) }
}

function savedOpen({ below, steps, hours, contents, software, ...plain }: Open): SavedOpen {
  return {
    ...plain,
    below: below ?? null,
    steps: Array.from(steps, (count) => count ?? null),
    hours: Array.from(hours, (count) => count ?? null),
    contents: contents.save(),
    software: software.save(),
  }
}

function openOf({ below, steps, hours, contents, software, ...plain }: SavedOpen): Open {
  return {
    ...plain,
    below: below ?? undefined,
    steps: sparse(steps),
    hours: sparse(hours),
    contents: Tally.of(contents),
    software: Tally.of(software),
  }
}

/** Where nothing was counted there is nothing, which is not the same as 0. */
function sparse(counts: readonly (number | null)[]): number[] {
  const all: number[] = []
  for (const [i, count] of counts.entries()) if (count !== null) all[i] = count
  return all
}

export function incidentOf(
  { open, target, sources }: Finished,
  more: Pick<Incident, 'micros' | 'state' | 'family' | 'targetShare' | 'partOf'>,
): Incident {
  return {
    type: 'incident',
    micros: more.micros,
    state: more.state,
    family: more.family,
    target,
    startMicros: open.startMicros,
    endMicros: open.endMicros,
    peak: peakOf(open),
    sources: sources.total(),
    counting: sources.isEstimate ? 'estimate' : 'exact',
    targetShare: more.targetShare,
    ...(more.partOf && { partOf: more.partOf }),
    hours: Array.from(open.hours, (count) => count ?? 0),
    contents: told(sources, 'content', open.contents),
    software: told(sources, 'software', open.software),
  }
}

/** By how many sources; of sources that are not told apart, in how many contacts. */
function told(sources: Sources, what: 'content' | 'software', estimated: Tally): Counted[] {
  if (sources.isEstimate) return estimated.top(TOLD_MAX)
  const tally = new Tally()
  for (const visit of sources.visits()) {
    const name = visit[what]
    if (name !== undefined) tally.add(name)
  }
  return tally.top(TOLD_MAX)
}

function peakOf(open: Open): number {
  let peak = 0
  for (const count of open.steps) if (count !== undefined && count > peak) peak = count
  return peak
}

function raise(counts: number[], at: number): void {
  if (at < 0 || at > limits.incidentHoursMax) return
  counts[at] = (counts[at] ?? 0) + 1
}
