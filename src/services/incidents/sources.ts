/**
 * The sources of one target: in the window that slides with time, and, once an incident is open, all
 * of them. Each is kept by itself up to a bound; above it they are estimated.
 */
import { limits } from '../../core/limits.ts'
import { SlidingSketch } from '../../core/sliding-sketch.ts'
import type { AddressKey } from './keys.ts'
import { HOUR_MICROS, MINUTE_MICROS } from './options.ts'

export interface Visit {
  readonly first: number
  last: number
  /** What it asked for first, and what it says it is. */
  content: string | undefined
  software: string | undefined
}

/** One source: key, first and last visit, what it asked for and says it is. */
type SavedVisit = readonly [AddressKey, number, number, (string | null)?, (string | null)?]

export interface SavedSources {
  /** All that are kept since the incident began, then those of the window alone. */
  readonly visits: readonly SavedVisit[]
  /** How many of them are kept since the incident began. */
  readonly all?: number
  /** Those of the window, in its order. */
  readonly window: readonly AddressKey[]
  readonly sketch?: readonly number[]
  readonly removed?: readonly number[]
  readonly counted: { readonly minute: number; readonly count: number }
}

/** How many sketches there may be, of all targets together. */
export class SketchRoom {
  #used = 0
  /** How often there was none left. */
  refused = 0

  take(): boolean {
    if (this.#used >= limits.incidentSketchesMax) {
      this.refused++
      return false
    }
    this.#used++
    return true
  }

  give(): void {
    this.#used--
  }
}

export class Sources {
  /** Those of the window, the one that came longest ago first. */
  #window = new Map<AddressKey, Visit>()
  /** All since the incident began, in order of their first contact. */
  #all: Map<AddressKey, Visit> | undefined
  #sketch: SlidingSketch | undefined
  /** Scanners that the sketch holds. */
  #removed: SlidingSketch | undefined
  readonly #windowMicros: number
  readonly #room: SketchRoom
  /** When the one that came longest ago had come, or before. */
  #staysUntil = Number.NEGATIVE_INFINITY
  #counted = { minute: -1, count: 0 }

  constructor(windowHours: number, room: SketchRoom) {
    this.#windowMicros = windowHours * HOUR_MICROS
    this.#room = room
  }

  get isEstimate(): boolean {
    return this.#sketch !== undefined
  }

  /** @returns whether it was not in this hour before, as far as that is known */
  add(key: AddressKey, micros: number): boolean {
    if (this.#sketch !== undefined) {
      this.#sketch.add(key, minuteOf(micros))
      return false
    }
    const visit = this.#window.get(key) ?? this.#all?.get(key)
    if (visit === undefined && this.#isFull() && this.#estimate()) return this.add(key, micros)
    if (visit === undefined && this.#isFull()) return false
    const isNew = visit === undefined || hourOf(visit.last) !== hourOf(micros)
    const now = visit ?? { first: micros, last: micros, content: undefined, software: undefined }
    now.last = Math.max(now.last, micros)
    this.#window.delete(key)
    this.#window.set(key, now)
    this.#staysUntil = Math.min(this.#staysUntil, now.last)
    this.#all?.set(key, now)
    return isNew
  }

  visit(key: AddressKey): Visit | undefined {
    return this.#window.get(key) ?? this.#all?.get(key)
  }

  /** It turned out to be none. @returns how it came, where that is known */
  remove(key: AddressKey, last: number): Visit | undefined {
    if (this.#sketch !== undefined) {
      this.#removed ??= new SlidingSketch()
      this.#removed.add(key, minuteOf(last))
      this.#counted.minute = -1
      return undefined
    }
    const visit = this.visit(key)
    this.#window.delete(key)
    this.#all?.delete(key)
    return visit
  }

  /** From now on all are kept, not only those of the window. */
  keepAll(): void {
    const byFirst = [...this.#window].sort(([, a], [, b]) => a.first - b.first)
    this.#all = new Map(byFirst)
  }

  /** Again only those of the window. */
  keepWindow(): void {
    this.#all = undefined
  }

  /** Sources of the window that ends now. */
  inWindow(micros: number): number {
    const since = micros - this.#windowMicros
    if (this.#sketch !== undefined) {
      const minute = minuteOf(micros)
      if (this.#counted.minute !== minute) {
        this.#counted = { minute, count: this.#estimated(minuteOf(since)) }
      }
      return this.#counted.count
    }
    if (since > this.#staysUntil) this.#expire(since)
    return this.#window.size
  }

  /** A Map that was deleted from at its front is slow to begin with: only as often as is needed. */
  #expire(since: number): void {
    this.#staysUntil = Number.POSITIVE_INFINITY
    for (const [key, { last }] of this.#window) {
      if (last >= since) {
        this.#staysUntil = last
        return
      }
      this.#window.delete(key)
    }
  }

  /** Of those in the window, when the first came. */
  get oldest(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const { first } of this.#window.values()) oldest = Math.min(oldest, first)
    return oldest
  }

  /** All, since some time. */
  total(since = 0): number {
    if (this.#sketch !== undefined) return this.#estimated(minuteOf(since))
    return (this.#all ?? this.#window).size
  }

  /** None where they are estimated. */
  visits(): Iterable<Visit> {
    return (this.#all ?? this.#window).values()
  }

  /** How many different there are in several together. */
  static union(several: readonly Sources[]): number {
    if (several.every(({ isEstimate }) => !isEstimate)) {
      const keys = new Set<AddressKey>()
      for (const each of several) for (const key of each.#keys()) keys.add(key)
      return keys.size
    }
    const together = new SlidingSketch()
    for (const each of several) {
      if (each.#sketch !== undefined) together.merge(each.#sketch)
      else for (const key of each.#keys()) together.add(key, 0)
    }
    return together.count()
  }

  save(): SavedSources {
    const known = new Map([...(this.#all ?? []), ...this.#window])
    const visits = [...known].map(([key, { first, last, content, software }]): SavedVisit => {
      if (content === undefined && software === undefined) return [key, first, last]
      return [key, first, last, content ?? null, software ?? null]
    })
    return {
      visits,
      ...(this.#all !== undefined && { all: this.#all.size }),
      window: [...this.#window.keys()],
      ...(this.#sketch !== undefined && { sketch: this.#sketch.save() }),
      ...(this.#removed !== undefined && { removed: this.#removed.save() }),
      counted: this.#counted,
    }
  }

  static of(saved: SavedSources, windowHours: number, room: SketchRoom): Sources {
    const sources = new Sources(windowHours, room)
    const visits = new Map(
      saved.visits.map(([key, first, last, content, software]): [AddressKey, Visit] => {
        return [
          key,
          { first, last, content: content ?? undefined, software: software ?? undefined },
        ]
      }),
    )
    for (const key of saved.window) sources.#window.set(key, visits.get(key)!)
    if (saved.all !== undefined) sources.#all = new Map([...visits].slice(0, saved.all))
    if (saved.sketch !== undefined && room.take()) sources.#sketch = SlidingSketch.of(saved.sketch)
    if (saved.removed !== undefined) sources.#removed = SlidingSketch.of(saved.removed)
    sources.#counted = { ...saved.counted }
    return sources
  }

  /** It is not needed any more. */
  free(): void {
    if (this.#sketch !== undefined) this.#room.give()
    this.#sketch = undefined
  }

  #keys(): Iterable<AddressKey> {
    return (this.#all ?? this.#window).keys()
  }

  #isFull(): boolean {
    const max = limits.incidentExactMax
    return this.#window.size >= max || (this.#all?.size ?? 0) >= max
  }

  #estimate(): boolean {
    if (!this.#room.take()) return false
    const sketch = new SlidingSketch()
    for (const [key, { last }] of this.#all ?? []) sketch.add(key, minuteOf(last))
    for (const [key, { last }] of this.#window) sketch.add(key, minuteOf(last))
    this.#sketch = sketch
    this.#window = new Map()
    this.#all = undefined
    return true
  }

  #estimated(sinceMinute: number): number {
    const removed = this.#removed?.count(sinceMinute) ?? 0
    return Math.max(0, this.#sketch!.count(sinceMinute) - removed)
  }
}

function minuteOf(micros: number): number {
  return Math.max(0, Math.floor(micros / MINUTE_MICROS))
}

export function hourOf(micros: number): number {
  return Math.floor(micros / HOUR_MICROS)
}
