/** A swarm for a scene of injected addresses: who is in it, and how real clients and a crowd of ours enter. */
import { setTimeout as pause } from 'node:timers/promises'
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import { originsOf } from './backtracking.ts'
import { startAria2 } from './clients/aria2.ts'
import { Transmission } from './clients/transmission.ts'
import { Scene, SEED_IPS } from './injected.ts'
import type { Host, Network } from './network.ts'
import type { Program } from './program.ts'

export const TRACKER = { ip: '198.51.100.1', port: 6969 }
export const CONTENT = `urn:btih:${'a5'.repeat(20)}`
export const PORT = 6881
const TRANSMISSION: Endpoint = { ip: '21.3.99.10', port: 45_101 }
const ARIA2: Endpoint = { ip: '22.3.99.10', port: 45_103 }
export const SEEDS = SEED_IPS.map((ip) => ({ ip, port: PORT }))
/** Who takes calls. */
export const LIVE = [TRANSMISSION, ARIA2, ...SEEDS]
/** Who was refused by others goes on to the next at once; the last entries come within seconds, */
const CALLING_SECONDS = 20
/** where the machine has nothing else to do. */
const LATE_SECONDS = 60

export class SwarmScene extends Scene {
  readonly #network: Network
  readonly #real: Host
  readonly #aria2: Host

  constructor(network: Network) {
    super(network)
    this.#network = network
    this.#real = this.host('real', `${TRANSMISSION.ip}/32`)
    this.#aria2 = this.host('aria2', `${ARIA2.ip}/32`)
  }

  /** Peers of ours who want the content. */
  peers(host: Host, role: string, ips: readonly string[], tracker: Endpoint): Promise<Program> {
    const join = { do: 'join', at: tracker } as const
    const fetch = { do: 'fetch', name: 'nothing', content: CONTENT } as const
    const part = { protocol: 'bittorrent', role, port: PORT, orders: [join, fetch] }
    return this.crowd(host, part, ips)
  }

  /** Transmission and aria2, who want it too. */
  async clients(trackers: readonly Endpoint[]): Promise<void> {
    const asked = trackers.map((each) => `http://${endpointText(each)}/announce`)
    const words = asked.map((url) => `&tr=${encodeURIComponent(url)}`)
    const magnet = `magnet:?xt=${CONTENT}${words.join('')}`
    const settings = { port: TRANSMISSION.port, encryption: 0, extras: false } as const
    const client = await Transmission.start(this.#network, this.#real, settings)
    await client.add(magnet)
    startAria2(this.#network, this.#aria2, magnet, { port: ARIA2.port })
  }

  async call(): Promise<void> {
    await pause(1000 * CALLING_SECONDS)
    await this.#network.until('there is an incident', LATE_SECONDS, async () => {
      // What is still being written may be cut.
      const incidents = await this.incidents().catch(() => [])
      return incidents.length > 0
    })
    await this.end()
  }

  /** Where the first incident's address comes in, asked from the tracker on. */
  async origins(): Promise<readonly string[]> {
    const tracker = `tracker@${endpointText(TRACKER)}/announce`
    return originsOf(await this.backtracked('--ask', tracker))
  }
}
