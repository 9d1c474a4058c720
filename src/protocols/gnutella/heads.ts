/** What the headers of handshakes and transfers tell of the network: addresses, programs, lists. */
import type { Endpoint } from '../../core/address.ts'
import type { Json, Side } from '../../core/event.ts'
import { type HttpHead, header, headersOf, percentDecoded, textOf } from '../formats/http-head.ts'
import {
  type AltLocation,
  altLocations,
  firewalledNode,
  guidOf,
  textEndpoint,
  textEndpoints,
} from './addresses.ts'
import { softwareOfAgent } from './software.ts'
import type { ClaimMore, Part, Teller } from './teller.ts'

/** Lists of other nodes: header, channel, part. */
// biome-ignore format: a table
export const LISTS: readonly (readonly [string, string, Part])[] = [
  ['x-try',            'x-try',       'node'],   // handshaking 0.6
  ['x-try-ultrapeers', 'x-try',       'node'],   // doc/gnutella/ultra-peers
  ['x-try-hubs',       'x-try',       'g2'],     // Gnutella2 handshake
  ['x-try-dna-hubs',   'x-try',       'g2'],     // GnucDNA
  ['peers',            'crawler',     'node'],   // doc/gnutella/crawler
  ['leaves',           'crawler',     'node'],
  ['x-push-proxy',     'push-proxy',  'node'],   // doc/gnutella/push_proxy
  ['x-push-proxies',   'push-proxy',  'node'],
]

/** Headers in which a servent gives its own address. */
const OWN = ['listen-ip', 'x-listen-ip', 'x-my-address', 'node', 'x-node', 'x-node-ipv6']

/** Headers that list who else has a file. */
export const ALTERNATES = [
  'x-alt',
  'alt-location',
  'x-gnutella-alternate-location',
  'alternate-location',
]

/** All headers as they were written, in their order. */
export function headerFields(head: HttpHead): readonly Json[] {
  const fields: Json[] = []
  for (const [name, value] of head.headers) {
    if (name !== '') fields.push({ name: textOf(name), value: textOf(value) })
  }
  return fields
}

/** Where the sender says it listens. */
function ownAddress(head: HttpHead): Endpoint | undefined {
  for (const name of OWN) {
    const endpoint = textEndpoint((header(head, name) ?? '').trim())
    if (endpoint !== undefined) return endpoint
  }
  return undefined
}

/** Say who the sender is and whom its headers name. @param via  of its own address */
export function tellHead(
  teller: Teller,
  side: Side,
  head: HttpHead,
  via: 'handshake' | 'x-node',
  part: Part = 'node',
): void {
  const listens = ownAddress(head)
  const id = guidOf(
    (
      header(head, 'guid') ??
      header(head, 'x-gnutella-servent-id') ??
      header(head, 'x-guid') ??
      ''
    ).trim(),
  )
  const agent = header(head, 'user-agent') ?? header(head, 'server') ?? ''
  const nick = header(head, 'x-nick') ?? header(head, 'x-username')
  const said = {
    ...softwareOfAgent(textOf(agent)),
    ...(id !== undefined && { id }),
    ...(nick !== undefined && { nick: textOf(percentDecoded(nick)) }),
    ...(listens !== undefined && { listens }),
  }
  if (Object.keys(said).length > 0) teller.client({ who: teller.who(side), ...said })
  if (listens !== undefined) teller.claim(side, listens, via, { part, ...(id && { id }) })
  for (const [name, channel, listPart] of LISTS) {
    for (const value of headersOf(head, name)) {
      teller.claims(side, textEndpoints(value), channel, { part: listPart })
    }
  }
}

/** Say who else has the content that a transfer is about. */
export function tellAlternates(
  teller: Teller,
  side: Side,
  head: HttpHead,
  content: string | undefined,
): void {
  const more: ClaimMore = content === undefined ? {} : { content }
  for (const name of ALTERNATES) {
    for (const value of headersOf(head, name)) {
      for (const location of altLocations(value))
        tellLocation(teller, side, location, 'alt-loc', more)
    }
  }
  for (const value of headersOf(head, 'x-falt')) {
    for (const location of altLocations(value))
      tellLocation(teller, side, location, 'alt-loc', more)
  }
  // Negative: tried, and the file was not there. The node is believed to exist all the same.
  for (const value of headersOf(head, 'x-nalt')) {
    for (const location of altLocations(value)) tellLocation(teller, side, location, 'nalt-loc', {})
  }
  const node = firewalledNode(header(head, 'x-fw-node-info') ?? '')
  if (node !== undefined) tellLocation(teller, side, node, 'x-node', {})
}

function tellLocation(
  teller: Teller,
  side: Side,
  { direct, guid, proxies }: AltLocation,
  via: string,
  more: ClaimMore,
): void {
  const id = guid === undefined ? {} : { id: guid }
  if (direct !== undefined) teller.claim(side, direct, via, { ...more, ...id })
  teller.claims(side, proxies, 'push-proxy')
}
