/** What the heads of transfers say of those who write them: name, network, own address, supernode. */
import { type Endpoint, endpointText, parseEndpoint } from '../../core/address.ts'
import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { type HttpHead, header, textOf } from '../formats/http-head.ts'
import { networkFields } from './datagrams.ts'
import { isNetworkName } from './networks.ts'
import type { Teller } from './teller.ts'

/** `{ network, network_of }` of a head that names its network. */
export function networkOf(head: HttpHead): ReturnType<typeof networkFields> | undefined {
  const network = header(head, 'x-kazaa-network')
  return network !== undefined && isNetworkName(network) ? networkFields(network) : undefined
}

/** Say who wrote a head, where it listens, and which supernode it is connected to. */
export function tellHead(teller: Teller, side: Side, head: HttpHead): void {
  const who = teller.who(side)
  const own = endpointIn(head, 'x-kazaa-ip')
  const supernode = endpointIn(head, 'x-kazaa-supernodeip')
  if (own !== undefined) teller.claim(side, own, 'node', 'x-kazaa-ip')
  if (supernode !== undefined) teller.claim(side, supernode, 'supernode', 'x-kazaa-supernodeip')
  const host = endpointIn(head, 'host')
  // Where the asker believes that it asks: told apart only where it is not where it asks.
  if (host !== undefined && endpointText(host) !== endpointText(teller.who(other(side)))) {
    teller.claim(side, host, 'node', 'host')
  }
  const nick = header(head, 'x-kazaa-username')
  const agent = agentOf(head)
  if (nick === undefined && agent === undefined && own === undefined) return
  teller.client({
    who,
    ...(agent !== undefined && softwareOf(agent)),
    ...(nick !== undefined && { nick: textOf(nick) }),
    ...(own !== undefined && { listens: own }),
  })
}

function endpointIn(head: HttpHead, name: string): Endpoint | undefined {
  const value = header(head, name)
  return value === undefined ? undefined : parseEndpoint(value)
}

/** `UserAgent`, which Kazaa writes without its hyphen; other programs write it rightly. */
function agentOf(head: HttpHead): string | undefined {
  return header(head, 'useragent') ?? header(head, 'user-agent') ?? header(head, 'server')
}

/** `KazaaClient Nov  3 2002 20:29:03`: the version is the date of its making. `giFT-FastTrack/0.8.9` */
function softwareOf(agent: string): { software?: string; version?: string } {
  const text = textOf(agent).trim()
  const built = /^(KazaaClient)\s+(\S.*)$/.exec(text)
  if (built !== null) return { software: built[1]!, version: built[2]!.replace(/\s+/g, ' ') }
  const match = /^(.{1,64}?)[/ ]+v?(\d[^\s;,()]{0,48})/i.exec(text)
  if (match !== null) return { software: match[1]!, version: match[2]! }
  return text === '' ? {} : { software: text.slice(0, 64) }
}
