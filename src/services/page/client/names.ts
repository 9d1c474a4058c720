/** What the configuration calls hosts and networks. Pure. */
import { readNetwork } from '../../../core/expression-values.ts'
import type { Names, NetworkName } from '../api.ts'

export interface NameBook {
  readonly host: (ip: string) => string | undefined
  /** The first that holds the address. */
  readonly network: (ip: string) => NetworkName | undefined
}

export function nameBook({ hosts, networks }: Names): NameBook {
  const blocks = networks.flatMap((network) =>
    network.cidrs.flatMap((cidr) => {
      const block = readNetwork(cidr)
      return block === undefined ? [] : [{ network, ...block }]
    }),
  )
  const known = new Map<string, NetworkName | undefined>()
  return {
    host: (ip) => (Object.hasOwn(hosts, ip) ? hosts[ip] : undefined),
    network: (ip) => {
      if (known.has(ip)) return known.get(ip)
      // An address lies in a network if as many of its bits make the network's own address.
      const found = blocks.find((block) => readNetwork(`${ip}/${block.bits}`)?.ip === block.ip)
      known.set(ip, found?.network)
      return found?.network
    },
  }
}
