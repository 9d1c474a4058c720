/**
 * A world of BitTorrent peers with a farm against P2P among them, and with those who look a little like
 * one: a seedbox provider with many clients an address, a carrier's NAT. So many percent of the
 * connections have the farm at one end.
 */
import { type Endpoint, ip4OfNumber } from '../../src/core/address.ts'
import type { Event, Flow, Stamp } from '../../src/core/event.ts'
import type { Liveness } from '../../src/services/diagnose/evidence.ts'
import { WorldDice } from './dice.ts'

export interface FarmWorld {
  readonly events: Iterable<Event>
  readonly liveness: Liveness
  readonly farm: readonly string[]
}

export interface FarmSettings {
  readonly seed: number
  readonly connections: number
  /** Of the connections, 0 to 1. */
  readonly farms: number
}

const FAMILY = 'bittorrent'
const FARM_NETWORK = '66.180.205'
const FARM_ADDRESSES = 12
/** Hundreds of peers an address. */
const FARM_PORTS = 250
const SEEDBOX_NETWORK = '81.17.30'
const NAT = '41.90.3.3'
const PEERS = 2500
const SOFTWARE = [
  'uTorrent 1.8.2',
  'Azureus 4.1',
  'Transmission 1.5',
  'KTorrent 3.2',
  'BitComet 1.1',
]

export function farmWorld(settings: FarmSettings): FarmWorld {
  const farm = Array.from({ length: FARM_ADDRESSES }, (_, i) => `${FARM_NETWORK}.${20 + i}`)
  const of = (at: Endpoint) => (at.ip.startsWith('240.') ? 'silent' : 'unknown')
  const answersMadeUp = (ip: string) => farm.includes(ip)
  const events = new Maker(settings, farm).all()
  return { events, liveness: { of, answersMadeUp }, farm: settings.farms > 0 ? farm : [] }
}

class Maker {
  readonly #settings: FarmSettings
  readonly #farm: readonly string[]
  readonly #dice: WorldDice
  #frame = 0

  constructor(settings: FarmSettings, farm: readonly string[]) {
    this.#settings = settings
    this.#farm = farm
    this.#dice = new WorldDice(settings.seed)
  }

  *all(): Generator<Event> {
    const honest = this.#honest()
    for (const { at, software } of honest) yield this.#client(at, software)
    const farms = Math.round(this.#settings.farms * this.#settings.connections)
    const farmers = this.#farm.flatMap((ip) =>
      Array.from({ length: FARM_PORTS }, (_, i) => ({ ip, port: 20_000 + i })),
    )
    if (farms > 0) for (const at of farmers) yield this.#client(at, 'Azureus 2.5.0.0')
    for (let i = 0; i < this.#settings.connections; i++) {
      const from = { ip: this.#pick(honest).at.ip, port: 50_000 }
      const isFarm = i < farms
      // Each of the farm's ports is called by somebody.
      const to = isFarm ? farmers[i % farmers.length]! : honest[i % honest.length]!.at
      yield this.#flow(from, to)
      if (isFarm) yield this.#claim(to, this.#bogus(farmers))
      else yield this.#claim(to, this.#pick(honest).at)
    }
  }

  #honest(): { at: Endpoint; software: string }[] {
    const peers = Array.from({ length: PEERS }, () => ({
      at: this.#dice.host(6881),
      software: this.#pick(SOFTWARE),
    }))
    for (let i = 0; i < 8; i++) {
      for (let j = 0; j < 60; j++) {
        const at = { ip: `${SEEDBOX_NETWORK}.${40 + i}`, port: 30_000 + j }
        peers.push({ at, software: 'rTorrent 0.8.4' })
      }
    }
    for (let j = 0; j < 200; j++) {
      peers.push({ at: { ip: NAT, port: 10_000 + j }, software: this.#pick(SOFTWARE) })
    }
    return peers
  }

  /** Nobody, or another of the farm. */
  #bogus(farmers: readonly Endpoint[]): Endpoint {
    if (this.#dice.below(4) === 0) return this.#pick(farmers)
    const value = 240 * 2 ** 24 + this.#dice.below(2 ** 24)
    return { ip: ip4OfNumber(value), port: 1024 + this.#dice.below(60_000) }
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#dice.below(list.length)]!
  }

  #stamp(ends: Stamp['ends']): Stamp {
    const frame = ++this.#frame
    return {
      ...{ family: FAMILY, flow: frame, micros: 1_240_000_000_000_000 + 1000 * frame },
      ...{ ends, carrier: 'tcp', capture: 'world', frame },
    }
  }

  #client(who: Endpoint, software: string): Event {
    return { ...this.#stamp([{ ip: '192.0.2.1', port: 1 }, who]), type: 'client', who, software }
  }

  #claim(by: Endpoint, about: Endpoint): Event {
    return {
      ...{ ...this.#stamp([{ ip: '192.0.2.1', port: 1 }, by]), type: 'claim', by, about },
      ...{ part: 'peer', carriers: 'tcp', via: 'pex', content: 'urn:btih:00' },
    }
  }

  #flow(from: Endpoint, to: Endpoint): Flow {
    const { micros, flow, capture, frame } = this.#stamp([from, to])
    return {
      ...{ type: 'flow', flow, micros, capture, frame, proto: 'TCP', protoNumber: 6 },
      ...{ ends: [from, to], startMicros: micros, endMicros: micros, packets: [6, 6] },
      ...{ bytes: [600, 600], payloadBytes: [136, 136], tcpFlags: [0x1b, 0x1b] },
      ...{ fromStart: true, reason: 'closed' },
      p2p: { family: FAMILY, part: 'peer', sureness: 'certain', reasons: [] },
    }
  }
}
