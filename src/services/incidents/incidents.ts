/**
 * Finds incidents: more than 100 sources that within 6 hours ask one address and port which is not in
 * the system, scanners taken out. Contacts come in as time goes on; nothing is kept of them but the
 * sources of each target, and those only while they are in the window or an incident is open.
 *
 * The window slides with each contact, so it finds all that a step of ten minutes would find, and
 * nothing that is not within six hours. Steps decide only when an incident is said to be over.
 */
import type { Incident, LimitReached } from '../../core/event.ts'
import { type LimitName, limits } from '../../core/limits.ts'
import { type AddressKey, ipOf } from './keys.ts'
import {
  HOUR_MICROS,
  INCIDENT_OPTIONS,
  type IncidentOptions,
  MINUTE_MICROS,
  MOVED_MICROS,
} from './options.ts'
import type { SavedPiece } from './saved.ts'
import { type Payload, Scans, type Touch } from './scans.ts'
import { SketchRoom, Sources } from './sources.ts'
import { type Finished, finishedOf, incidentOf, savedFinished, Target } from './target.ts'

/** One connection to a dark address, or one exchange of datagrams. */
export interface Contact {
  readonly micros: number
  readonly source: AddressKey
  readonly target: AddressKey
  readonly port: number
  readonly payload: Payload
  /** Of `p2p`. */
  readonly family?: string
  readonly content?: string
  readonly software?: string
}

/** What is known of one address, in one family. */
interface Address {
  readonly family: string
  readonly key: AddressKey
  readonly ports: Map<number, Target>
  /** When it was put to the end of the queue. */
  moved: number
  /** Incidents that are over, while another at this address goes on. */
  readonly over: Finished[]
}

/** Ports of one address; more are a scan of it. */
const PORTS_MAX = 256
/** Where there are too many addresses, so small a part of them is forgotten. */
const FORGOTTEN_PART = 16
/** Incidents of one address that wait for others of it. */
const OVER_MAX = 32

export class Incidents {
  readonly #options: IncidentOptions
  readonly #say: (event: Incident | LimitReached) => void
  readonly #scans: Scans
  readonly #room = new SketchRoom()
  /** Family and address, the one asked longest ago first, but for some minutes. */
  readonly #addresses = new Map<string, Address>()
  readonly #open = new Set<Address>()
  /** Those that were asked again since `standing` told of them; absent while nobody wants to know. */
  #changed: Map<Target, Address> | undefined
  #nextStep = Number.NEGATIVE_INFINITY
  #micros = 0
  #forgotten = 0
  readonly #told = new Map<LimitName, number>()

  constructor(
    say: (event: Incident | LimitReached) => void,
    options: Partial<IncidentOptions> = {},
  ) {
    this.#options = { ...INCIDENT_OPTIONS, ...options }
    this.#say = say
    this.#scans = new Scans(this.#options, (source, touches) => this.#take(source, touches))
  }

  /** Sources that were taken out as scanners. */
  get scanners(): number {
    return this.#scans.dropped
  }

  /** @returns whether it counted: the source is no scanner, as far as is known, and asked as a peer */
  contact(contact: Contact): boolean {
    const { micros, source, target, port, payload, family } = contact
    this.tick(micros)
    const counts = this.#scans.touch(micros, source, contact, contact)
    if (!counts || payload !== 'p2p' || family === undefined) return false
    const address = this.#address(family, target, micros)
    const at = this.#target(address, port)
    if (at === undefined) return false
    if (at.contact(source, micros)) {
      this.#open.add(address)
      this.#tellOpen(address, at)
    } else if (at.isOpen) this.#changed?.set(at, address)
    if (contact.content !== undefined || contact.software !== undefined) at.told(source, contact)
    return true
  }

  /** What a source of a contact asked for or says it is, learnt after it began. */
  told(
    {
      family,
      target,
      port,
      source,
    }: Pick<Contact, 'target' | 'port' | 'source'> & {
      readonly family: string
    },
    what: { readonly content?: string; readonly software?: string },
  ): void {
    this.#addresses.get(`${family} ${target}`)?.ports.get(port)?.told(source, what)
  }

  /** A contact was not of this family after all. */
  withdraw(contact: Contact): void {
    const { family, source, target, port, micros } = contact
    this.#take(source, [{ family, target, port, first: micros, last: micros }])
  }

  /** How those stand that go on and changed since they were told of; some at a time. */
  standing(max: number): Incident[] {
    this.#changed ??= new Map()
    const told: Incident[] = []
    for (const [target, address] of this.#changed) {
      if (told.length >= max) break
      this.#changed.delete(target)
      const standing = target.standing()
      if (standing !== undefined) told.push(this.#incident(address, standing, 'open'))
    }
    return told
  }

  /** Time goes on, with or without contacts. */
  tick(micros: number): void {
    if (micros < this.#nextStep) {
      if (micros > this.#micros) this.#micros = micros
      return
    }
    const step = this.#options.stepMinutes * MINUTE_MICROS
    const now = Math.floor(micros / step) * step
    // Nothing is left of an incident once window and gap have passed.
    const { windowHours, gapHours } = this.#options
    const longest = (windowHours + gapHours) * HOUR_MICROS + 2 * step
    const from = Math.max(this.#nextStep, now - Math.ceil(longest / step) * step)
    for (let at = this.#open.size > 0 ? from : now; at <= now; at += step) {
      this.#micros = Math.max(this.#micros, at)
      this.#roll(at)
    }
    this.#micros = Math.max(this.#micros, micros)
    this.#nextStep = now + step
  }

  /** All that the next run of the same search needs, in the order in which `restore` wants it. */
  *save(): Generator<SavedPiece> {
    yield {
      kind: 'clock',
      nextStep: Number.isFinite(this.#nextStep) ? this.#nextStep : null,
      ...{ micros: this.#micros, forgotten: this.#forgotten, dropped: this.#scans.dropped },
      watchedForgotten: this.#scans.forgotten,
      sketchesRefused: this.#room.refused,
      told: [...this.#told],
    }
    for (const { family, key, ports, over, moved } of this.#addresses.values()) {
      const targets = [...ports.values()].map((target) => target.save())
      yield { kind: 'address', family, key, moved, ports: targets, over: over.map(savedFinished) }
    }
    for (const { family, key } of this.#open) yield { kind: 'open', name: `${family} ${key}` }
    for (const watched of this.#scans.save()) yield { kind: 'watched', watched }
  }

  /** A piece of what was saved with the same options, into a search that has not begun. */
  restore(piece: SavedPiece): void {
    switch (piece.kind) {
      case 'clock':
        this.#nextStep = piece.nextStep ?? Number.NEGATIVE_INFINITY
        this.#micros = piece.micros
        this.#forgotten = piece.forgotten
        this.#scans.dropped = piece.dropped
        this.#scans.forgotten = piece.watchedForgotten
        this.#room.refused = piece.sketchesRefused
        for (const [limit, count] of piece.told) this.#told.set(limit, count)
        return
      case 'address':
        return this.#restoreAddress(piece)
      case 'open': {
        const address = this.#addresses.get(piece.name)
        if (address !== undefined) this.#open.add(address)
        return
      }
      case 'watched':
        this.#scans.restore(piece.watched)
    }
  }

  #restoreAddress({
    family,
    key,
    moved,
    ports,
    over,
  }: Extract<SavedPiece, { kind: 'address' }>): void {
    const ip = ipOf(key)
    const address: Address = {
      ...{ family, key, moved },
      ports: new Map(
        ports.map((saved) => [saved.port, Target.of(saved, ip, this.#options, this.#room)]),
      ),
      over: over.map((saved) => finishedOf(saved, ip, this.#options, this.#room)),
    }
    this.#addresses.set(`${family} ${key}`, address)
  }

  /** Nothing more will come: what is open ends with its last contact. */
  finish(): void {
    for (const address of this.#open) {
      for (const target of address.ports.values()) {
        const finished = target.end()
        if (finished !== undefined) address.over.push(finished)
      }
      this.#judge(address)
    }
    this.#open.clear()
    this.#tellLimits()
  }

  #address(family: string, key: AddressKey, micros: number): Address {
    const name = `${family} ${key}`
    let address = this.#addresses.get(name)
    if (address !== undefined) {
      if (micros < address.moved + MOVED_MICROS) return address
      this.#addresses.delete(name)
      address.moved = micros
    } else {
      if (this.#addresses.size >= limits.incidentAddressesMax) this.#forgetOldest()
      address = { family, key, ports: new Map(), over: [], moved: micros }
    }
    this.#addresses.set(name, address)
    return address
  }

  #target(address: Address, port: number): Target | undefined {
    const known = address.ports.get(port)
    if (known !== undefined) return known
    if (address.ports.size >= PORTS_MAX) {
      this.#forgotten++
      return undefined
    }
    const at = { ip: ipOf(address.key), port }
    const target = new Target(at, this.#options, this.#room)
    address.ports.set(port, target)
    return target
  }

  /** Many at once, and none with an open incident, as long as there are others. */
  #forgetOldest(): void {
    let count = Math.ceil(limits.incidentAddressesMax / FORGOTTEN_PART)
    for (const [name, address] of this.#addresses) {
      if (this.#open.has(address)) continue
      if (count-- === 0) return
      for (const target of address.ports.values()) {
        target.end()
        this.#changed?.delete(target)
      }
      this.#addresses.delete(name)
      this.#forgotten++
    }
  }

  /** What a source did that is none. */
  #take(source: AddressKey, touches: readonly Touch[]): void {
    for (const touch of touches) {
      if (touch.family === undefined) continue
      const address = this.#addresses.get(`${touch.family} ${touch.target}`)
      const target = address?.ports.get(touch.port)
      const before = target?.standing()
      if (target?.remove(source, touch) && before !== undefined) {
        this.#say(this.#incident(address!, before, 'withdrawn'))
      }
    }
  }

  #roll(micros: number): void {
    this.#scans.roll(micros)
    for (const address of this.#open) {
      let isOpen = false
      for (const target of address.ports.values()) {
        const finished = target.roll(micros)
        if (finished !== undefined) address.over.push(finished)
        isOpen ||= target.isOpen
      }
      if (isOpen && address.over.length < OVER_MAX) continue
      this.#judge(address)
      if (!isOpen) this.#open.delete(address)
    }
    this.#forgetIdle(micros)
    this.#tellLimits()
  }

  /** Addresses that nobody asked for a window are at the front. */
  #forgetIdle(micros: number): void {
    for (const [name, address] of this.#addresses) {
      let isIdle = true
      for (const [port, target] of address.ports) {
        if (!target.isIdle(micros)) {
          isIdle = false
          continue
        }
        target.end()
        address.ports.delete(port)
      }
      if (!isIdle) return
      this.#addresses.delete(name)
    }
  }

  /**
   * Which of the incidents of one address are incidents: the port that has nearly all the sources
   * is the target, and what some of the same sources asked beside it is part of that.
   */
  #judge(address: Address): void {
    const { over } = address
    over.sort((a, b) => b.sources.total() - a.sources.total() || a.target.port - b.target.port)
    const shares = over.map((one) => {
      const several = over.filter((other) => isAtOnce(one, other)).map(({ sources }) => sources)
      return several.length === 1 ? 1 : one.sources.total() / Sources.union(several)
    })
    for (const [i, finished] of over.entries()) {
      const main = over.findIndex(
        (other, j) =>
          j < i && shares[j]! >= this.#options.targetShareMin && isAtOnce(finished, other),
      )
      const partOf = over[main]?.target
      this.#say(this.#incident(address, finished, 'closed', Math.min(1, shares[i]!), partOf))
    }
    for (const { sources } of over) sources.free()
    over.length = 0
  }

  #tellOpen(address: Address, target: Target): void {
    this.#say(this.#incident(address, target.standing()!, 'open'))
  }

  #incident(
    { family }: Address,
    finished: Finished,
    state: Incident['state'],
    targetShare = 1,
    partOf: Incident['partOf'] = undefined,
  ): Incident {
    const more = { micros: this.#micros, state, family, targetShare }
    return incidentOf(finished, { ...more, ...(partOf && { partOf }) })
  }

  #tellLimits(): void {
    this.#tellLimit('incidentAddressesMax', this.#forgotten)
    this.#tellLimit('incidentWatchedMax', this.#scans.forgotten)
    this.#tellLimit('incidentSketchesMax', this.#room.refused)
  }

  #tellLimit(limit: LimitName, count: number): void {
    if (count === (this.#told.get(limit) ?? 0)) return
    this.#told.set(limit, count)
    this.#say({ type: 'limit', limit, count, micros: this.#micros })
  }
}

function isAtOnce(a: Finished, b: Finished): boolean {
  return a.open.startMicros <= b.open.endMicros && b.open.startMicros <= a.open.endMicros
}
