/**
 * A gateway with a wall between our hosts and the world, each a namespace, and what gets through: told
 * by tcpdump and tshark on our side and on the world's, not by the wall.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Decision } from '../../src/core/event.ts'
import { repositoryFile } from '../../src/core/repository.ts'
import { Capture } from './capture.ts'
import { type Bridge, type Host, Network } from './network.ts'
import type { Program } from './program.ts'

export const WALL_PROGRAMS = [
  'iptables',
  'iptables-restore',
  'ipset',
  'sysctl',
  'tcpdump',
  'tshark',
]

const MAIN = repositoryFile('dist/src/app/main.js')

export class WallSite {
  readonly network: Network
  readonly lan: Bridge
  readonly wan: Bridge
  /** Its first address is the one on our side. */
  readonly gateway: Host
  #hosts = 1

  private constructor(network: Network) {
    this.network = network
    this.lan = network.bridge('lan')
    this.wan = network.bridge('wan')
    this.gateway = network.host(
      'gateway',
      [this.lan, '192.168.7.1/24'],
      [this.wan, '198.51.100.1/24'],
    )
  }

  static async open(context: TestContext): Promise<WallSite> {
    const network = Network.open()
    context.after(() => network.close())
    const site = new WallSite(network)
    const forward = ['-wq', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']
    await site.gateway.run('sysctl', forward)
    for (const [name, ip] of [
      ['eth0', 'fd00:7::1/64'],
      ['eth1', '2001:db8::1/64'],
    ] as const) {
      await site.gateway.run('ip', ['address', 'add', ip, 'dev', name, 'nodad'])
    }
    return site
  }

  /** A host of ours, or (`world`) one outside. */
  async host(name: string, where: 'ours' | 'world'): Promise<Host> {
    const number = ++this.#hosts
    const [bridge, four, six] =
      where === 'ours'
        ? ([this.lan, '192.168.7', 'fd00:7::'] as const)
        : ([this.wan, '198.51.100', '2001:db8::'] as const)
    const host = this.network.host(name, [bridge, `${four}.${number}/24`])
    const address = `${six}${number}/64`
    await host.run('ip', ['address', 'add', address, 'dev', 'eth0', 'nodad'])
    await host.run('ip', ['route', 'add', 'default', 'via', `${four}.1`])
    await host.run('ip', ['-6', 'route', 'add', 'default', 'via', `${six}1`])
    return host
  }

  /** What passes on a side from now on. */
  capture(side: 'ours' | 'world', name: string): Promise<Capture> {
    const bridge = side === 'ours' ? this.lan : this.wan
    return Capture.start(this.network, bridge, join(this.network.folder, `${name}.pcap`))
  }

  sixOf({ ip }: Host): string {
    const [number] = ip.split('.').slice(-1)
    return ip.startsWith('192.') ? `fd00:7::${number}` : `2001:db8::${number}`
  }

  /** `peerscope wall` on the gateway, unless on another host. */
  wall(
    name: string,
    config: object,
    args: readonly string[] = [],
    on = this.gateway,
    nodeArgs: readonly string[] = [],
  ): Promise<WallProgram> {
    return WallProgram.start(this.network, on, name, config, args, nodeArgs)
  }
}

/** `peerscope wall`, and what it decides. */
export class WallProgram {
  readonly program: Program
  readonly config: string
  readonly #decisions: string

  private constructor(program: Program, config: string, decisions: string) {
    this.program = program
    this.config = config
    this.#decisions = decisions
  }

  /** It stands from when this is fulfilled. @param config  the key `wall` of the configuration */
  static async start(
    network: Network,
    on: Host,
    name: string,
    config: object,
    args: readonly string[],
    nodeArgs: readonly string[],
  ): Promise<WallProgram> {
    const file = (ending: string) => join(network.folder, `${name}.${ending}`)
    const path = file('yaml')
    // JSON is YAML.
    writeFileSync(path, JSON.stringify({ wall: config }))
    const all = ['wall', '--config', path, '--format', 'ndjson', '-w', file('jsonl'), ...args]
    const program = on.start(process.execPath, [...nodeArgs, MAIN, ...all])
    await network.until('the wall stands', 20, () => program.output.includes('the wall stands'))
    return new WallProgram(program, path, file('jsonl'))
  }

  /** What it decided so far; a line that is being written is left out. */
  decisions(): Decision[] {
    if (!existsSync(this.#decisions)) return []
    const lines = readFileSync(this.#decisions, 'utf8').split('\n').slice(0, -1)
    return lines
      .map((line) => JSON.parse(line) as Decision)
      .filter(({ type }) => type === 'decision')
  }

  get pid(): number {
    return this.program.pid!
  }

  stop(): Promise<void> {
    return this.program.stop()
  }
}

export interface Heard {
  /** Of TCP and UDP, without what was sent twice. */
  readonly payloadBytes: number
  readonly packets: number
}

/** What a capture holds of what `filter` (tshark's) says. */
export function heard(file: string, filter: string): Heard {
  const wanted = `(${filter}) and (tcp.len > 0 or udp) and not tcp.analysis.retransmission and not icmp and not icmpv6`
  const fields = ['-T', 'fields', '-e', 'tcp.len', '-e', 'udp.length']
  const text = execFileSync('tshark', ['-n', '-r', file, '-Y', wanted, ...fields], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const lines = text.split('\n').filter((line) => line !== '')
  let payloadBytes = 0
  for (const line of lines) {
    const [tcp, udp] = line.split('\t')
    payloadBytes += tcp === '' ? Number(udp) - 8 : Number(tcp)
  }
  return { payloadBytes, packets: lines.length }
}

/** All packets of a capture that `filter` says, those too that were sent twice. */
export function packets(file: string, filter: string): number {
  const fields = ['-T', 'fields', '-e', 'frame.number']
  const text = execFileSync('tshark', ['-n', '-r', file, '-Y', filter, ...fields], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return text.split('\n').length - 1
}
