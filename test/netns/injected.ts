/**
 * A link on which real clients and a crowd of ours want what nobody has, and a dark network behind it, to
 * which the addresses of those who can be called belong once their octets are reversed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import type { Cause, Incident } from '../../src/core/incident.ts'
import type { Order } from '../../src/core/peer.ts'
import { Capture } from './capture.ts'
import { startAria2 } from './clients/aria2.ts'
import { Transmission } from './clients/transmission.ts'
import { DARK_NETWORK, DarkNetwork } from './dark.ts'
import type { Host, Network } from './network.ts'
import type { Program } from './program.ts'

const MAIN = join(import.meta.dirname, '../../src/app/main.js')
const CROWD = join(import.meta.dirname, 'live-crowd.js')
export const TRACKER = { ip: '198.51.100.1', port: 6969 }
export const CONTENT = `urn:btih:${'5a'.repeat(20)}`
export const PORT = 6881
/** The network in which those are who may be asked back. */
const ALLOWED = '198.51.100.0/24'
const TRANSMISSION: Endpoint = { ip: '21.3.99.10', port: 45_101 }
const ARIA2: Endpoint = { ip: '22.3.99.10', port: 45_103 }
/** Read backwards, each is in the dark network. */
export const SEEDS = [11, 12, 13, 14, 15, 16].map((first) => ({
  ip: `${first}.3.99.10`,
  port: PORT,
}))
/** Who takes calls. */
export const LIVE = [TRANSMISSION, ARIA2, ...SEEDS]
/** Who was refused by others goes on to the next at once; the last entries come within seconds. */
const CALLING_SECONDS = 20

export function reversed({ ip, port }: Endpoint): Endpoint {
  return { ip: ip.split('.').reverse().join('.'), port }
}

export interface Origin {
  readonly at: Endpoint
  readonly via: string
}

export interface Diagnosed {
  readonly causes: readonly Cause[]
  readonly channels: readonly { readonly via: string; readonly spreads: string }[]
  readonly blame: {
    readonly clients: readonly { readonly software: string; readonly isBlamed: boolean }[]
  }
}

export class Scene {
  readonly #network: Network
  readonly #lan
  readonly #hosts: Host[] = []
  readonly #dark: Host
  #honeynet!: DarkNetwork
  #capture!: Capture
  readonly #incidents: string

  constructor(network: Network) {
    this.#network = network
    this.#lan = network.bridge('lan')
    this.#dark = network.host('dark', [this.#lan, '198.51.100.2/24'])
    this.#incidents = join(network.folder, 'incidents.json')
  }

  /** @param address  with the length of its network's prefix */
  host(name: string, address: string): Host {
    const host = this.#network.host(name, [this.#lan, address])
    this.#hosts.push(host)
    return host
  }

  /** Hosts of all prefixes meet on the link. */
  async open(): Promise<void> {
    for (const host of [this.#dark, ...this.#hosts]) {
      await host.run('ip', ['route', 'add', 'default', 'dev', 'eth0'])
    }
    for (const host of this.#hosts) {
      await host.run('ip', ['route', 'add', `${this.#dark.ip}/32`, 'dev', 'eth0'])
    }
    this.#honeynet = await DarkNetwork.start(this.#network, this.#dark, this.#hosts)
    this.#capture = await Capture.start(
      this.#network,
      this.#lan,
      join(this.#network.folder, 'lan.pcap'),
    )
  }

  /** Peers of ours on one host, each with an address of its own, who want the content. */
  async crowd(
    host: Host,
    role: string,
    ips: readonly string[],
    tracker: Endpoint,
  ): Promise<Program> {
    const routes = ips.map((ip) => `ip route add local ${ip} dev lo`)
    await host.run('sh', ['-c', routes.join(' && ')])
    const orders: Order[] = [
      { do: 'join', at: tracker },
      { do: 'fetch', name: 'nothing', content: CONTENT },
    ]
    const words = ['bittorrent', role, String(PORT), JSON.stringify(orders), ...ips]
    return host.start(process.execPath, [CROWD, ...words])
  }

  /** Transmission and aria2, who want it too. */
  async clients(trackers: readonly Endpoint[]): Promise<void> {
    const asked = trackers.map((each) => `http://${endpointText(each)}/announce`)
    const words = asked.map((url) => `&tr=${encodeURIComponent(url)}`)
    const magnet = `magnet:?xt=${CONTENT}${words.join('')}`
    const [transmission, aria2] = [TRANSMISSION, ARIA2].map(({ ip }) =>
      this.#hosts.find((host) => host.ip === ip),
    ) as [Host, Host]
    const settings = { port: TRANSMISSION.port, encryption: 0, extras: false } as const
    const client = await Transmission.start(this.#network, transmission, settings)
    await client.add(magnet)
    startAria2(this.#network, aria2, magnet, { port: ARIA2.port })
  }

  clientHosts(): void {
    this.host('real', `${TRANSMISSION.ip}/32`)
    this.host('aria2', `${ARIA2.ip}/32`)
  }

  async call(seconds = CALLING_SECONDS): Promise<void> {
    await pause(1000 * seconds)
    await this.#honeynet.program.stop('SIGINT')
    await this.#capture.stop()
  }

  #program(...words: readonly string[]): Promise<string> {
    return this.#hosts[0]!.run(process.execPath, [MAIN, ...words])
  }

  /** What the honeynet heard, as incidents. */
  async incidents(): Promise<readonly Incident[]> {
    const seen = ['-r', this.#honeynet.capture, '--dark', DARK_NETWORK]
    await this.#program('incidents', ...seen, '--format', 'json', '-w', this.#incidents)
    const text = readFileSync(this.#incidents, 'utf8')
    return (JSON.parse(text) as { incidents: readonly Incident[] }).incidents
  }

  /** Where the first incident's address comes in, asked from the tracker on. */
  async origins(): Promise<readonly string[]> {
    const ask = ['--ask', `tracker@${endpointText(TRACKER)}/announce`, '--allow', ALLOWED]
    const words = ['1', '--events', this.#incidents, ...ask, '--format', 'json', '-q']
    const told = await this.#program('backtrack', ...words)
    const { findings } = JSON.parse(told) as { findings: readonly { origins: readonly Origin[] }[] }
    return findings.flatMap(({ origins }) =>
      origins.map(({ at, via }) => `${endpointText(at)} ${via}`),
    )
  }

  /** What passed on the link, examined. */
  async diagnosis(): Promise<Diagnosed> {
    const words = ['-r', this.#capture.file, '--dark', DARK_NETWORK, '--format', 'json']
    return (JSON.parse(await this.#program('diagnose', ...words)) as [Diagnosed])[0]
  }
}
