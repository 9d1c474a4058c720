/** Where a small client hears of others: a tracker, the DHT, or both, one after the other. */
import type { Endpoint } from '../../core/address.ts'
import { HttpTracker, UdpTracker } from './peer-announce.ts'
import type { Client, Occasion } from './peer-client.ts'
import { NEVER, type ROLES } from './peer-node.ts'
import type { Swarm } from './peer-swarm.ts'

/** How long an announcement in the DHT is believed by others; it is made again before. */
const DHT_AGAIN_SECONDS = 900

export interface Source {
  readonly kind: 'http' | 'udp' | 'dht'
  readonly at: Endpoint
  /** Say that one takes part, and hear who else does. */
  ask(swarm: Swarm, occasion: Occasion): void
  datagram(from: Endpoint, bytes: Uint8Array): void
  /** @returns when to come again */
  wake(now: number): number
}

/** What each role joins, in this order. */
const KINDS: Readonly<Record<(typeof ROLES)[number], readonly Source['kind'][]>> = {
  tracker: [],
  peer: ['http'],
  'udp-peer': ['udp'],
  'dht-peer': ['dht'],
  'hybrid-peer': ['http', 'dht'],
  'dht-node': ['dht'],
  'quiet-peer': [],
  'dht-asker': [],
}

export function usesUdp(role: string): boolean {
  return KINDS[role as keyof typeof KINDS].some((kind) => kind !== 'http')
}

export function usesDht(role: string): boolean {
  return KINDS[role as keyof typeof KINDS].includes('dht')
}

/** The next source of a client, or undefined where it has all of its role. */
export function nextSource(
  client: Client,
  sources: readonly Source[],
  at: Endpoint,
): Source | undefined {
  const kinds = KINDS[client.settings.role as keyof typeof KINDS]
  switch (kinds.find((kind) => sources.every((source) => source.kind !== kind))) {
    case 'http':
      return new HttpTracker(client, at)
    case 'udp':
      return new UdpTracker(client, at)
    case 'dht':
      return new DhtSource(client, at)
    default:
      return undefined
  }
}

/** The DHT instead of a tracker: a lookup that ends with an announcement. */
class DhtSource implements Source {
  readonly kind = 'dht'
  readonly at: Endpoint
  readonly #client: Client

  constructor(client: Client, at: Endpoint) {
    this.#client = client
    this.at = at
    client.dht!.enter(at, (isIn) => {
      if (isIn) client.joined(this)
      else client.notJoined(this, 'nobody answers')
    })
  }

  ask(swarm: Swarm, occasion: Occasion): void {
    // What is announced there is forgotten by itself, and nobody is told that it is complete.
    if (occasion === 'stopped' || occasion === 'completed') return
    this.#client.dht!.findPeers(swarm.hash, this.#client.settings.port, (peers) => {
      swarm.answered(peers, DHT_AGAIN_SECONDS)
    })
  }

  /** The node reads them. */
  datagram(): void {}

  wake(): number {
    return NEVER
  }
}
