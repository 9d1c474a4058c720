/**
 * Years of a honeynet's contacts, made: so many incidents of each system, among scanners, strays,
 * groups that are nearly incidents, and all that is not P2P. Geometry and counts are those that P2PScope
 * states of its two longest traces.
 */

import type { Contact } from '../../src/services/incidents/incidents.ts'
import { type AddressKey, keyOf } from '../../src/services/incidents/keys.ts'
import { WorldDice } from './dice.ts'

export interface Telescope {
  readonly name: string
  readonly networks: readonly string[]
  readonly months: number
  /** family → incidents */
  readonly incidents: Readonly<Record<string, number>>
}

/** Lawrence Berkeley: five /24, 47 months. */
export const LBL: Telescope = {
  name: 'LBL',
  networks: ['131.243.2', '131.243.9', '131.243.77', '131.243.140', '131.243.251'],
  months: 47,
  incidents: { edonkey: 143, bittorrent: 74, gnutella: 4, soribada: 6, xunlei: 12, vagaa: 1 },
}

/** Northwestern: ten /24, 16 months. */
export const NU: Telescope = {
  name: 'NU',
  networks: Array.from({ length: 10 }, (_, i) => `129.105.${20 * i + 7}`),
  months: 16,
  incidents: { edonkey: 416, bittorrent: 211, gnutella: 3, vagaa: 1 },
}

/** Share of the background radiation that is P2P. */
export const P2P_SHARE = 0.389

const MINUTE = 60_000_000
const START = Date.UTC(2004, 11, 1) * 1000
const MONTH_HOURS = 730
const SCANNERS = 500
const SCANS = 6

/** In order of time. */
export function telescopeContacts(telescope: Telescope, seed: number): Contact[] {
  return new Maker(telescope, seed).all()
}

class Maker {
  readonly #of: Telescope
  readonly #dice: WorldDice
  readonly #contacts: Contact[] = []
  readonly #taken = new Set<string>()

  constructor(of: Telescope, seed: number) {
    this.#of = of
    this.#dice = new WorldDice(seed)
  }

  all(): Contact[] {
    for (const [family, count] of Object.entries(this.#of.incidents)) {
      for (let i = 0; i < count; i++) this.#incident(family)
      // Never more than 100, whatever the window.
      for (let i = 0; i < count / 4; i++) this.#nearly(family)
    }
    for (let i = 0; i < SCANS; i++) this.#scan()
    this.#strays()
    this.#rest()
    return inOrder(this.#contacts)
  }

  #moment(): number {
    return START + this.#dice.below(this.#of.months * MONTH_HOURS * 60) * MINUTE
  }

  #dark(): AddressKey {
    const { networks } = this.#of
    return keyOf(`${networks[this.#dice.below(networks.length)]}.${this.#dice.below(256)}`)
  }

  /** One that no other incident has: two at one place would be one. */
  #target(): { target: AddressKey; port: number } {
    for (;;) {
      const at = { target: this.#dark(), port: 1024 + this.#dice.below(60_000) }
      const name = String(at.target)
      if (this.#taken.has(name)) continue
      this.#taken.add(name)
      return at
    }
  }

  #source(): AddressKey {
    return keyOf(this.#dice.host(0).ip)
  }

  /** A few hours to days, 140 sources in six hours or more, each of whom asks up to three times. */
  #incident(family: string): void {
    const sources = 130 + this.#dice.below(20) ** 2
    const minutes = 60 + this.#dice.below(Math.floor((sources * 6 * 60) / 140) - 60)
    this.#group(family, sources, minutes)
  }

  #nearly(family: string): void {
    this.#group(family, 60 + this.#dice.below(41), 60 + this.#dice.below(300))
  }

  #group(family: string, sources: number, minutes: number): void {
    const at = this.#target()
    const start = this.#moment()
    for (let i = 0; i < sources; i++) {
      const source = this.#source()
      const micros =
        start + Math.floor(((i + this.#dice.below(100) / 100) * minutes * MINUTE) / sources)
      for (let again = this.#dice.below(3); again >= 0; again--) {
        const later = micros + again * 40 * MINUTE
        this.#contacts.push({ ...at, micros: later, source, payload: 'p2p', family })
      }
    }
  }

  /** Many who try every address in a row on one port, with the first bytes of P2P. */
  #scan(): void {
    const start = this.#moment()
    const port = 1024 + this.#dice.below(60_000)
    const [network] = this.#of.networks
    for (let i = 0; i < SCANNERS; i++) {
      const source = this.#source()
      for (let j = 0; j < 30; j++) {
        const target = keyOf(`${network}.${j}`)
        const micros = start + i * 1_000_000 + j * 20_000_000
        this.#contacts.push({ micros, source, target, port, payload: 'p2p', family: 'bittorrent' })
      }
    }
  }

  /** One source, one address. */
  #strays(): void {
    const families = Object.keys(this.#of.incidents)
    for (let i = 0; i < 5000; i++) {
      const family = families[this.#dice.below(families.length)]!
      const at = { target: this.#dark(), port: 1024 + this.#dice.below(60_000) }
      this.#contacts.push({
        ...{ ...at, micros: this.#moment(), source: this.#source(), payload: 'p2p', family },
      })
    }
  }

  /** Worms, back-scatter, probes of others: as many as make P2P the share that it was. */
  #rest(): void {
    const p2p = this.#contacts.length
    const count = Math.round(p2p / P2P_SHARE) - p2p
    for (let i = 0; i < count; i++) {
      const payload = this.#dice.below(2) === 0 ? 'none' : 'other'
      const ports = [445, 135, 23, 22, 1433, 80]
      const port = ports[this.#dice.below(ports.length)]!
      const at = { target: this.#dark(), port, source: this.#source() }
      this.#contacts.push({ ...at, micros: this.#moment(), payload })
    }
  }
}

/** A million of them are sorted by the hour first, which is much quicker. */
function inOrder(contacts: readonly Contact[]): Contact[] {
  const hours: Contact[][] = []
  for (const contact of contacts) {
    const hour = Math.floor((contact.micros - START) / (60 * MINUTE))
    const list = hours[hour]
    if (list === undefined) hours[hour] = [contact]
    else list.push(contact)
  }
  return hours.flatMap((list) => list.sort((a, b) => a.micros - b.micros))
}
