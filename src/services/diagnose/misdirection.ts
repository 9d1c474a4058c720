/**
 * Whether callers were misdirected by DNS: a name, as of a tracker or of a node to begin with, that gives
 * the address of somebody who is not there. Two things show it: an answer of DNS in the capture, and a
 * request that says by which name it was meant (`Host` of HTTP), which a responder at a dark address hears.
 */
import { endpointText, ip4OfNumber, parseIp } from '../../core/address.ts'
import type { PacketRef } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { randomFrom } from '../../core/random.ts'
import type { Evidence, Told } from './evidence.ts'
import { type Mistake, reversed, rot16, swap16 } from './permutations.ts'
import { type Tested, type Thresholds, type Tried, testOf } from './test-of.ts'

/** A name that stands for an address, as a message said. */
export interface NameOf extends PacketRef {
  readonly name: string
  readonly ip: string
  readonly how: 'dns' | 'host'
}

/** Names of one address that are told apart. */
const NAMES_MAX = 8

export class Names {
  readonly #ofIp = new Map<string, NameOf[]>()
  readonly #addressesMax: number
  readonly #isYoungestKept: boolean
  /** Addresses whose names are not kept: those that came later, or gave way. */
  notKept = 0

  constructor(addressesMax: number = limits.causeEndpointsMax, isYoungestKept = false) {
    this.#addressesMax = addressesMax
    this.#isYoungestKept = isYoungestKept
  }

  /** For what goes on without end: the address that was named longest ago gives way. */
  static youngest(addressesMax: number = limits.investigatedNamesMax): Names {
    return new Names(addressesMax, true)
  }

  add(named: NameOf): void {
    const { ip } = named
    const known = this.#ofIp.get(ip)
    if (known === undefined) {
      if (this.#ofIp.size >= this.#addressesMax) {
        this.notKept++
        if (!this.#isYoungestKept) return
        const [oldest] = this.#ofIp.keys()
        this.#ofIp.delete(oldest!)
      }
      this.#ofIp.set(ip, [named])
      return
    }
    if (this.#isYoungestKept) {
      this.#ofIp.delete(ip)
      this.#ofIp.set(ip, known)
    }
    if (known.length < NAMES_MAX && !known.some(({ name }) => name === named.name)) {
      known.push(named)
    }
  }

  of(ip: string): readonly NameOf[] {
    return this.#ofIp.get(ip) ?? []
  }
}

/** `tracker.example.net:6969` → its name; an address is none. */
export function nameOfHost(host: string): string | undefined {
  const name = host
    .trim()
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '')
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(name) && parseIp(name) === undefined
    ? name
    : undefined
}

export interface Misdirection {
  readonly tested: Tested
  /** Most calls first. */
  readonly names: readonly {
    readonly first: NameOf
    readonly at: string
    readonly callers: number
    /** What the name is known as: `tracker`, `router` … */
    readonly known: string | undefined
  }[]
}

/**
 * Of the calls to where surely nobody is, those whose target a name stands for.
 * @param list  what was called, though no message named it
 */
export function misdirection(
  list: readonly Told[],
  evidence: Evidence,
  thresholds?: Thresholds,
): Misdirection {
  const calls = list.filter((each) => {
    const why = evidence.bogus(each)
    return why !== undefined && why !== 'silent'
  })
  const random = randomFrom(1)
  const attempt = (name: string, ipOf: (told: Told) => string | undefined): Tried => ({
    name,
    tested: calls.length,
    hits: calls.filter((told) => evidence.names.of(ipOf(told) ?? '').length > 0).length,
  })
  const other = (mistake: Mistake) => (told: Told) => mistake(told.about)?.ip
  const controls = [
    attempt('reversed', other(reversed)),
    attempt('swap16', other(swap16)),
    attempt('rot16', other(rot16)),
    attempt('drawn', () => ip4OfNumber(random())),
  ]
  const tried = attempt('named', ({ about }) => about.ip)
  return { tested: testOf(tried, controls, thresholds), names: namesOf(calls, evidence) }
}

function namesOf(calls: readonly Told[], evidence: Evidence): Misdirection['names'] {
  const found = new Map<string, { first: NameOf; at: string; callers: Set<string> }>()
  for (const { about, by } of calls) {
    for (const first of evidence.names.of(about.ip)) {
      const at = endpointText(about)
      const key = `${first.name} ${at}`
      const entry = found.get(key) ?? { first, at, callers: new Set() }
      found.set(key, entry)
      entry.callers.add(by.ip)
    }
  }
  return [...found.values()]
    .map(({ first, at, callers }) => {
      return { first, at, callers: callers.size, known: evidence.seedOf(first.name) }
    })
    .sort((a, b) => b.callers - a.callers || (a.first.name < b.first.name ? -1 : 1))
}

export function misdirectionText({ tested, names }: Misdirection): string {
  if (tested.tested === 0) return 'Nobody called where surely nobody is without having been told.'
  const [first] = names
  const of = `${tested.hits} of ${tested.tested} calls to where nobody is`
  if (first === undefined)
    return `No name stands for the target of any of the ${tested.tested} calls.`
  const { name, how, frame, capture } = first.first
  const known = first.known === undefined ? '' : `, known as ${first.known},`
  const where = how === 'dns' ? 'DNS gave' : 'the caller gave it as the name of'
  return (
    `${of} follow a name: ${name}${known} stands for ${first.at} (${where} it in frame ${frame} of ` +
    `${capture}), called by ${first.callers}.`
  )
}
