/** Networks of ours, what their hosts are called, and what is thought of P2P there. */
import { BlockList, isIP } from 'node:net'
import type { Verdict } from '../../core/event.ts'
import type { Names, NetworkName } from '../../services/page/api.ts'
import type { Config } from './config.ts'

/** A host is told of once its score is as good as an even chance. */
const SCORE_MIN = 50
/** Hosts that were told of; more are told twice rather than never. */
const TOLD_MAX = 65_536

export class Networks {
  #names: Names = { hosts: {}, networks: [] }
  #lists: readonly { readonly network: NetworkName; readonly list: BlockList }[] = []
  readonly #told = new Set<string>()
  readonly #tell: (host: string, network: string, verdict: Verdict) => void

  /** @param tell  is told once of each host that takes part where that is forbidden */
  constructor(config: Config, tell: (host: string, network: string, verdict: Verdict) => void) {
    this.#tell = tell
    this.configure(config)
  }

  /** From now on as this configuration says. */
  configure({ hosts, networks }: Config): void {
    this.#names = { hosts, networks }
    this.#lists = networks.map((network) => ({ network, list: listOf(network.cidrs) }))
    this.#told.clear()
  }

  get names(): Names {
    return this.#names
  }

  /** The first that holds the address. */
  of(ip: string): NetworkName | undefined {
    const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4'
    return this.#lists.find(({ list }) => list.check(ip, family))?.network
  }

  consider(verdict: Verdict): void {
    const { host, score } = verdict
    if (score < SCORE_MIN || this.#told.has(host)) return
    const network = this.of(host)
    if (network?.policy !== 'forbid') return
    if (this.#told.size >= TOLD_MAX) this.#told.clear()
    this.#told.add(host)
    this.#tell(this.#names.hosts[host] ?? host, network.name, verdict)
  }
}

function listOf(cidrs: readonly string[]): BlockList {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [ip, bits] = cidr.split('/') as [string, string | undefined]
    const family = isIP(ip) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(ip, family)
    else list.addSubnet(ip, Number(bits), family)
  }
  return list
}
