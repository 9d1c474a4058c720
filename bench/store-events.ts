/**
 * Events of a made network, for the store's benchmark: days of 300 hosts inside and some hundred
 * thousand outside, a few of which everybody meets. The same seed gives the same events.
 */
import type { Endpoint } from '../src/core/address.ts'
import type { Event, Flow, FlowVerdict, Stamp } from '../src/core/event.ts'
import { randomFrom } from '../src/core/random.ts'

export const START = 1_769_853_600_000_000
const SECOND = 1_000_000
export const DAYS = 3
const SPAN = DAYS * 86_400 * SECOND

const INSIDE = 300
const OUTSIDE = 400_000
const CONTENTS = 30_000

/** Share of flows, family, part, sureness, named by endpoint, neighbour. */
// biome-ignore format: a table
const MIX = [
  [0.40, '', '', 'certain', false, false],
  [0.16, 'bittorrent', 'peer', 'certain', false, false],
  [0.12, 'bittorrent', 'peer-encrypted', 'likely', true, false],
  [0.17, 'bittorrent', 'dht', 'certain', false, false],
  [0.01, 'bittorrent', 'tracker', 'certain', false, false],
  [0.05, 'edonkey', 'client', 'certain', false, false],
  [0.04, 'edonkey', 'kad', 'certain', false, false],
  [0.01, 'gnutella', 'servent', 'certain', false, false],
  [0.01, 'bitcoin', 'node', 'certain', false, false],
  [0.01, 'libp2p', 'quic', 'unsure', false, false],
  [0.02, 'tor', 'relay', 'likely', false, true],
] as const

const SOFTWARE = [
  'qBittorrent',
  'Transmission',
  'µTorrent',
  'aMule',
  'eMule',
  'libtorrent',
  'Deluge',
]

interface Made {
  readonly flow: Flow
  readonly verdict: FlowVerdict
  readonly isLong: boolean
  readonly inside: Endpoint
  readonly outside: Endpoint
}

function stampOf(flow: Flow, family: string): Stamp {
  return {
    family,
    flow: flow.flow,
    micros: flow.startMicros,
    capture: flow.capture,
    frame: flow.frame,
    ends: flow.ends,
    carrier: flow.proto === 'UDP' ? 'udp' : 'tcp',
  }
}

export class Network {
  readonly #random = randomFrom(1)
  readonly #chance = () => this.#random() / 2 ** 32
  readonly #flows: number
  #flow = 0
  #frame = 0
  #nextTraffic = START

  constructor(flows: number) {
    this.#flows = flows
  }

  /** Say what the next flow brings; false after the last. */
  next(say: (event: Event) => void): boolean {
    if (this.#flow >= this.#flows) return false
    const chance = this.#chance
    this.#flow++
    this.#frame += 1 + Math.floor(chance() * 20)
    const endMicros = START + Math.floor((this.#flow / this.#flows) * SPAN)
    const verdict = this.#verdict()
    const isLong = chance() < 0.05
    const seconds = isLong ? chance() * 3000 : chance() * chance() * 60
    const startMicros = endMicros - Math.floor(seconds * SECOND)
    const inside = this.#inside()
    const outside = this.#outside()
    const out = chance() < 0.75
    const ends = out ? ([inside, outside] as const) : ([outside, inside] as const)
    const udp = verdict?.part === 'dht' || verdict?.part === 'kad' || chance() < 0.2
    const size = isLong ? 3e6 * chance() : 3000 * chance()
    const flow: Flow = {
      type: 'flow',
      flow: this.#flow,
      micros: endMicros,
      capture: 'eth0',
      frame: this.#frame,
      proto: udp ? 'UDP' : 'TCP',
      protoNumber: udp ? 17 : 6,
      ends,
      startMicros,
      endMicros,
      packets: [1 + Math.floor(size / 1200), 1 + Math.floor(size / 800)],
      bytes: [Math.floor(size * 0.3) + 60, Math.floor(size)],
      payloadBytes: [Math.floor(size * 0.2), Math.floor(size * 0.9)],
      fromStart: true,
      reason: 'closed',
      ...(verdict && { p2p: verdict }),
    }
    if (verdict !== undefined) this.#said({ flow, verdict, isLong, inside, outside }, say)
    say(flow)
    this.#traffic(endMicros, say)
    return true
  }

  #inside(): Endpoint {
    const host = Math.floor(INSIDE * this.#chance() ** 2)
    const port = 1024 + Math.floor(this.#chance() * 60_000)
    return { ip: `10.0.${Math.floor(host / 250)}.${1 + (host % 250)}`, port }
  }

  #outside(): Endpoint {
    const host = Math.floor(OUTSIDE * this.#chance() ** 3)
    const port = this.#chance() < 0.3 ? 6881 : 1024 + ((host * 7919) % 60_000)
    if (host % 20 === 7)
      return {
        ip: `2001:db8:${(host >> 8).toString(16)}::${(1 + (host & 255)).toString(16)}`,
        port,
      }
    const mixed = (host * 2_654_435) % 16_000_000
    return { ip: `${20 + (host % 180)}.${mixed >> 16}.${(mixed >> 8) & 255}.${mixed & 255}`, port }
  }

  #verdict(): FlowVerdict | undefined {
    let left = this.#chance()
    for (const [share, family, part, sureness, matched, neighbour] of MIX) {
      left -= share
      if (left > 0) continue
      if (family === '') return undefined
      const reasons = [`begins as ${part} does`, `frame ${this.#frame}`]
      const by = { ip: '198.51.100.1', port: 6881 }
      return {
        family,
        part,
        sureness,
        reasons,
        ...(neighbour && { neighbour }),
        ...(matched && {
          taughtBy: {
            capture: 'eth0',
            frame: this.#frame,
            via: 'pex',
            by,
            endpoint: by,
            micros: START,
          },
        }),
      }
    }
    return undefined
  }

  #said({ flow, verdict, isLong, inside, outside }: Made, say: (event: Event) => void): void {
    if (isLong) this.#updates(flow, verdict, say)
    if (verdict.sureness !== 'certain') return
    const chance = this.#chance
    const { family, part } = verdict
    const at = stampOf(flow, family)
    const number = Math.floor(CONTENTS * chance() ** 3)
    const content = `urn:btih:${number.toString(16).padStart(40, '0')}`
    if (chance() < 0.7) {
      const fields = { transaction: flow.frame.toString(16), n: 8 }
      say({ type: 'message', ...at, log: `${family}_${part}`, name: 'query', side: 0, fields })
    }
    const claim = {
      type: 'claim',
      ...at,
      by: outside,
      part: 'peer',
      carriers: 'both',
      content,
    } as const
    if (part === 'dht' || part === 'kad' || part === 'tracker') {
      say({ ...claim, about: this.#outside(), via: `${part}-values` })
      const asked = { by: inside, of: outside, what: 'get_peers', content } as const
      if (chance() < 0.1) say({ type: 'request', ...at, ...asked })
    }
    if (part === 'peer' && chance() < 0.3) {
      const software = SOFTWARE[Math.floor(SOFTWARE.length * chance() ** 2)]!
      say({ type: 'client', ...at, who: outside, software, version: '4.1' })
      say({ ...claim, about: this.#outside(), via: 'pex' })
    }
    if (isLong) {
      const moved = { from: outside, to: inside, content, bytes: flow.bytes[1], via: 'piece' }
      say({ type: 'transfer', ...at, ...moved })
    }
    if (chance() < 0.002) {
      const name = `Name ${content.slice(-6)}`
      say({ type: 'share', ...at, by: outside, content, via: 'metadata', name, size: 7e8 })
    }
    if (chance() < 0.0002) {
      const why = 'its query has the mark of a bot'
      say({ type: 'threat', ...at, threat: 'bot', severity: 'high', by: inside, why })
    }
  }

  /** A long flow is told of three times while it moves. */
  #updates(flow: Flow, p2p: FlowVerdict, say: (event: Event) => void): void {
    const { type: _, reason: __, p2p: ___, gapBytes: ____, ...account } = flow
    for (const share of [0.25, 0.5, 0.75]) {
      const [up, down] = flow.bytes
      const bytes = [Math.floor(up * share), Math.floor(down * share)] as const
      const endMicros = Math.floor(flow.startMicros + (flow.endMicros - flow.startMicros) * share)
      say({ ...account, type: 'flow-update', endMicros, bytes, p2p })
    }
  }

  #traffic(micros: number, say: (event: Event) => void): void {
    while (this.#nextTraffic < micros) {
      this.#nextTraffic += 10 * SECOND
      say({
        type: 'traffic',
        micros: this.#nextTraffic,
        seconds: 10,
        packets: 50_000,
        bytes: 40_000_000,
        flows: 380,
      })
    }
  }

  /** Verdicts: all hosts inside, and many outside. */
  verdicts(say: (event: Event) => void): void {
    const hosts = new Set<string>()
    for (let i = 0; i < INSIDE; i++) hosts.add(`10.0.${Math.floor(i / 250)}.${1 + (i % 250)}`)
    while (hosts.size < 60_000) hosts.add(this.#outside().ip)
    for (const host of hosts) {
      const score = Math.floor(100 * Math.sqrt(this.#chance()))
      const text = 'certain flows of the protocol, the first at frame 1'
      say({
        type: 'verdict',
        host,
        micros: START + SPAN,
        families: this.#chance() < 0.8 ? ['bittorrent'] : ['edonkey', 'bittorrent'],
        parts: ['peer'],
        sureness: 'certain',
        score,
        reasons: Array.from({ length: 6 }, (_, i) => ({
          weight: 80 - i,
          text,
          capture: 'eth0',
          frame: i,
        })),
        software: ['qBittorrent 4.1'],
        flows: 100,
        bytes: [1000, 1000],
      })
    }
  }
}
