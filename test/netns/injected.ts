/**
 * A link on which real clients and a crowd of ours are told bogus addresses, and a dark network behind it,
 * to which those of live peers belong once their octets are reversed. Then what the program finds out of it.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import type { Cause, Incident } from '../../src/core/incident.ts'
import type { Order } from '../../src/core/peer.ts'
import { backtrack, type Found } from './backtracking.ts'
import { Capture } from './capture.ts'
import { DARK_NETWORK, DarkNetwork } from './dark.ts'
import { LAN } from './lan.ts'
import type { Host, Network } from './network.ts'
import type { Program } from './program.ts'

const MAIN = join(import.meta.dirname, '../../src/app/main.js')
/** An incident is more than so many sources. */
const SOURCES_MIN = 100
const CROWD = join(import.meta.dirname, 'live-crowd.js')
/** Read backwards, each is in the dark network. */
export const SEED_IPS = [11, 12, 13, 14, 15, 16].map((first) => `${first}.3.99.10`)

export function reversed({ ip, port }: Endpoint): Endpoint {
  return { ip: ip.split('.').reverse().join('.'), port }
}

/** What is done by each of a crowd. */
export interface Part {
  readonly protocol: string
  readonly role: string
  readonly port: number
  readonly orders: readonly Order[]
}

export interface Diagnosed {
  readonly causes: readonly Cause[]
  readonly channels: readonly { readonly via: string; readonly spreads: string }[]
  readonly blame: {
    readonly clients: readonly { readonly software: string; readonly isBlamed: boolean }[]
  }
}

/** Addresses for a crowd. */
export function crowdIps(count: number, network = 0): string[] {
  return Array.from({ length: count }, (_, i) => `198.18.${network}.${1 + i}`)
}

/** Incidents, all of the reverse of somebody live, each asked for this content by more than make one. */
export function areReversed(
  incidents: readonly Incident[],
  live: readonly Endpoint[],
  content: string,
): void {
  const meant = new Set(live.map((each) => endpointText(reversed(each))))
  assert.ok(incidents.length > 0)
  for (const { target, sources, contents } of incidents) {
    assert.ok(meant.has(endpointText(target)), endpointText(target))
    assert.ok(sources > SOURCES_MIN, String(sources))
    assert.deepEqual([contents.length, contents[0]?.name], [1, content])
    // The last of them may not have got to say what they want.
    assert.ok(contents[0]!.count > SOURCES_MIN && contents[0]!.count <= sources)
  }
}

export class Scene {
  readonly #network: Network
  readonly #lan
  readonly #hosts: Host[] = []
  readonly #dark: Host
  /** Where the program is run that examines. */
  readonly #examiner: Host
  #honeynet!: DarkNetwork
  #capture!: Capture
  readonly #incidents: string

  constructor(network: Network) {
    this.#network = network
    this.#lan = network.bridge('lan')
    this.#dark = network.host('dark', [this.#lan, '198.51.100.2/24'])
    this.#examiner = this.host('examiner', '198.51.100.9/24')
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

  /** Peers of ours on one host, each with an address of its own. */
  async crowd(
    host: Host,
    { protocol, role, port, orders }: Part,
    ips: readonly string[],
  ): Promise<Program> {
    const routes = ips.map((ip) => `ip route add local ${ip} dev lo`)
    await host.run('sh', ['-c', routes.join(' && ')])
    const words = [protocol, role, String(port), JSON.stringify(orders), ...ips]
    return host.start(process.execPath, [CROWD, ...words])
  }

  get honeynet(): DarkNetwork {
    return this.#honeynet
  }

  /** From now on nothing is seen. */
  async end(): Promise<void> {
    await this.#honeynet.program.stop('SIGINT')
    await this.#capture.stop()
  }

  #program(...words: readonly string[]): Promise<string> {
    return this.#examiner.run(process.execPath, [MAIN, ...words])
  }

  /** What the honeynet heard, as incidents. */
  async incidents(): Promise<readonly Incident[]> {
    const seen = ['-r', this.#honeynet.capture, '--dark', DARK_NETWORK]
    await this.#program('incidents', ...seen, '--format', 'json', '-w', this.#incidents)
    const text = readFileSync(this.#incidents, 'utf8')
    return (JSON.parse(text) as { incidents: readonly Incident[] }).incidents
  }

  /**
   * The first incident's address, asked back.
   * @param ask  `--ask` and what goes with it
   */
  async backtracked(...ask: readonly string[]): Promise<Found> {
    const words = ['1', '--events', this.#incidents, ...ask, '--allow', LAN]
    const { findings } = await backtrack(this.#examiner, words)
    return findings[0]!
  }

  /** What passed on the link, examined. */
  async diagnosis(): Promise<Diagnosed> {
    const words = ['-r', this.#capture.file, '--dark', DARK_NETWORK, '--format', 'json']
    return (JSON.parse(await this.#program('diagnose', ...words)) as [Diagnosed])[0]
  }
}
