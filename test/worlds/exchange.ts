/**
 * A world of peers that tell each other of peers, some of whom get the octets of addresses in the
 * wrong order, as P2PScope met it: 37,079 endpoints that were backtracked, so many percent of them
 * reversed, 61 % of those who were meant alive.
 */
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import type { Event, Stamp } from '../../src/core/event.ts'
import type { Life, Liveness } from '../../src/services/diagnose/evidence.ts'
import { WorldDice } from './dice.ts'

export interface ExchangeWorld {
  readonly events: Iterable<Event>
  /** What a crawler finds who asks. */
  readonly liveness: Liveness
}

export interface ExchangeSettings {
  readonly seed: number
  readonly peers: number
  /** Of all endpoints that are told, 0 to 1. */
  readonly reversed: number
  /** Of those who were meant by the reversed. */
  readonly meantAlive: number
  /** Of all others. */
  readonly othersAlive: number
}

const FAMILY = 'edonkey'
const TELLERS = 3000
const TELLINGS = 2
const PORTS = [4662, 4672, 4662, 4662, 5662, 14_662, 46_620]
const GOOD = ['eMule 0.47c', 'eMule 0.49b', 'MLDonkey 2.9', 'eDonkey 1.4']
const BAD = ['aMule 2.1.1', 'aMule 2.1.3']

export function exchangeWorld(settings: ExchangeSettings): ExchangeWorld {
  const dice = new WorldDice(settings.seed)
  const reversedCount = Math.round(settings.reversed * settings.peers)
  const meant = Array.from({ length: reversedCount }, () => aHost(dice, true))
  const others = Array.from({ length: settings.peers - reversedCount }, () => aHost(dice, false))
  const alive = new Set<string>()
  for (const [list, share] of [
    [meant, settings.meantAlive],
    [others, settings.othersAlive],
  ] as const) {
    for (const at of dice.shuffled(list).slice(0, Math.round(share * list.length))) {
      alive.add(endpointText(at))
    }
  }
  const of = (at: Endpoint): Life => (alive.has(endpointText(at)) ? 'peer' : 'silent')
  return { events: eventsOf(dice, meant, others), liveness: { of } }
}

/** Those whose reverse is another address, where that matters. */
function aHost(dice: WorldDice, isReversible: boolean): Endpoint {
  for (;;) {
    const at = dice.host(PORTS[dice.below(PORTS.length)]!)
    if (!isReversible || backwards(at.ip) !== at.ip) return at
  }
}

function backwards(ip: string): string {
  return ip.split('.').reverse().join('.')
}

interface Teller {
  readonly at: Endpoint
  readonly software: string
}

function* eventsOf(
  dice: WorldDice,
  meant: readonly Endpoint[],
  others: readonly Endpoint[],
): Generator<Event> {
  const tellers = Array.from({ length: TELLERS }, (_, i): Teller => {
    const names = i % 4 === 0 ? BAD : GOOD
    return { at: dice.host(4662), software: names[dice.below(names.length)]! }
  })
  const bad = tellers.filter(({ software }) => BAD.includes(software))
  let frame = 0
  const stamp = (by: Endpoint): Stamp => {
    frame++
    const me = { ip: '192.0.2.1', port: 40_000 }
    return {
      ...{ family: FAMILY, flow: frame, micros: 1_200_000_000_000_000 + 1000 * frame },
      ...{ ends: [me, by], carrier: 'tcp', capture: 'world', frame },
    }
  }
  for (const { at, software } of tellers) {
    yield { ...stamp(at), type: 'client', who: at, software }
  }
  const claim = (by: Endpoint, about: Endpoint, via: string): Event => ({
    ...{ ...stamp(by), type: 'claim', by, about, part: 'peer', carriers: 'tcp', via },
    content: 'urn:ed2k:00112233445566778899aabbccddeeff',
  })
  for (const { ip, port } of meant) {
    const told = { ip: backwards(ip), port }
    for (let i = 0; i < TELLINGS; i++) {
      yield claim(bad[dice.below(bad.length)]!.at, told, 'source-exchange')
    }
  }
  const server = dice.host(4661)
  for (const about of others) {
    yield claim(tellers[dice.below(tellers.length)]!.at, about, 'source-exchange')
    const which = dice.below(3)
    if (which === 0) yield claim(server, about, 'server-sources')
    if (which === 1) yield claim(tellers[dice.below(tellers.length)]!.at, about, 'kad-source')
  }
}
