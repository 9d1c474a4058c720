/** Gnutella2 packets → what they mean. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { hex, u32le } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type G2Hit, g2Endpoint, g2Endpoints, g2Guid, g2Hit, g2Text, g2Urns } from './g2-values.ts'
import { softwareOfVendor } from './software.ts'
import { type ClaimMore, type Teller, texts } from './teller.ts'
import { type G2Packet, g2Child, g2Children } from './wire/g2-packet.ts'

type Fields = { readonly [key: string]: Json }
type Tell = (teller: Teller, side: Side, packet: G2Packet) => Fields

/** Packets that a neighbour sends: name → what it means and the fields of its log line. */
// biome-ignore format: a table
const TABLE: Readonly<Record<string, Tell>> = {
  PI: tellPing,                          // ping
  PO: () => ({}),                        // pong
  LNI: tellNode,                         // local node information
  KHL: tellHubs,                         // known hubs, between hubs
  KHLR: () => ({}),                      // known hubs request
  KHLA: tellHubs,                        // known hubs answer
  HAW: tellHaw,                          // hub advertisement
  QKR: tellKeyRequest,                   // query key request
  QKA: tellKeyAnswer,                    // query key answer
  Q1: tellQuery,
  Q2: tellQuery,
  QA: tellQueryAck,                      // query acknowledgement
  QH1: tellHit,
  QH2: tellHit,
  QHT: () => ({}),                       // query hash table
  PUSH: tellPush,
  CRAWLR: () => ({}),                    // crawler request
  CRAWLA: tellCrawl,                     // crawler answer
  UPROC: () => ({}),                     // user profile challenge
  UPROD: tellProfile,                    // user profile data
  BYE: () => ({}),
}

/** Packets that keep a link alive or carry bulk. */
const CARRIED = new Set(['PI', 'PO', 'QHT'])

/** Names that a first packet may have; any other is no evidence of Gnutella2. */
export const G2_NAMES: ReadonlySet<string> = new Set(Object.keys(TABLE))

const CHILDREN_LISTED_MAX = 100

export function tellG2(teller: Teller, side: Side, packet: G2Packet): void {
  const tell = Object.hasOwn(TABLE, packet.name) ? TABLE[packet.name] : undefined
  const name = tell === undefined ? 'g2-other' : `g2-${packet.name.toLowerCase()}`
  const more = tell === undefined ? {} : tell(teller, side, packet)
  const fields = (): Fields => {
    const children = packet.children?.slice(0, CHILDREN_LISTED_MAX).map((child) => child.name)
    return {
      g2: {
        packet: packet.name,
        bytes: packet.payload.length,
        ...(children !== undefined && { children }),
        ...more,
      },
    }
  }
  if (CARRIED.has(packet.name)) teller.carry(side, 'gnutella2', name, fields)
  else teller.log(side, 'gnutella2', name, fields())
}

const G2: ClaimMore = { part: 'g2' }
const G2_UDP: ClaimMore = { part: 'g2', carriers: 'udp' }
const G2_TCP: ClaimMore = { part: 'g2', carriers: 'tcp' }

/** `UDP` holds where the answer shall go. */
function tellPing(teller: Teller, side: Side, packet: G2Packet): Fields {
  const about = g2Endpoint(g2Child(packet, 'UDP'))
  if (about === undefined) return {}
  teller.claim(side, about, 'g2-ping', G2_UDP)
  return { udp: endpointText(about) }
}

/** `NA` address, `GU` GUID, `V` vendor, `LS` files and KiB shared, `HS` leaves and their limit. */
function tellNode(teller: Teller, side: Side, packet: G2Packet): Fields {
  const about = g2Endpoint(g2Child(packet, 'NA'))
  const id = g2Guid(g2Child(packet, 'GU'))
  const vendor = g2Text(g2Child(packet, 'V'))
  const software = vendor === undefined ? undefined : softwareOfVendor(vendor)
  if (about !== undefined) teller.claim(side, about, 'lni', { ...G2, ...(id && { id }) })
  teller.client({
    who: teller.who(side),
    ...(software !== undefined && { software }),
    ...(id !== undefined && { id }),
    ...(about !== undefined && { listens: about }),
  })
  const shared = g2Child(packet, 'LS')?.payload
  return {
    ...(about !== undefined && { address: endpointText(about) }),
    ...(id !== undefined && { guid: id }),
    ...(vendor !== undefined && { vendor }),
    ...(shared !== undefined &&
      shared.length >= 8 && { files: u32le(shared, 0), kbytes: u32le(shared, 4) }),
  }
}

/** `NH` neighbour hubs, `CH` remembered hubs with the time of last contact. */
function tellHubs(teller: Teller, side: Side, packet: G2Packet): Fields {
  const neighbours = g2Endpoints(packet, 'NH')
  const cached = g2Endpoints(packet, 'CH')
  teller.claims(side, neighbours, 'khl', G2)
  teller.claims(side, cached, 'khl', G2)
  return { hubs: texts(neighbours), cached: texts(cached) }
}

function tellHaw(teller: Teller, side: Side, packet: G2Packet): Fields {
  const about = g2Endpoint(g2Child(packet, 'NA'))
  if (about === undefined) return {}
  teller.claim(side, about, 'haw', G2)
  return { address: endpointText(about) }
}

/** `RNA`: whom the key is for. */
function tellKeyRequest(teller: Teller, side: Side, packet: G2Packet): Fields {
  const about = g2Endpoint(g2Child(packet, 'RNA'))
  if (about === undefined) return {}
  teller.claim(side, about, 'qkr', G2_UDP)
  return { address: endpointText(about) }
}

/** `QNA`: the hub that the key opens. `SNA`: who asked for it. */
function tellKeyAnswer(teller: Teller, side: Side, packet: G2Packet): Fields {
  const queried = g2Endpoint(g2Child(packet, 'QNA'))
  const key = g2Child(packet, 'QK')?.payload
  if (queried !== undefined) teller.claim(side, queried, 'qka', G2)
  return {
    ...(queried !== undefined && { address: endpointText(queried) }),
    ...(key !== undefined && { query_key: hex(key, 0, 16) }),
  }
}

/** Payload: GUID of the search. `UDP`: where hits shall go, with the query key. */
function tellQuery(teller: Teller, side: Side, packet: G2Packet): Fields {
  const about = g2Endpoint(g2Child(packet, 'UDP'))
  const words = g2Text(g2Child(packet, 'DN'))
  const urns = g2Urns(packet)
  const content = urns[0]?.urn
  const id = g2Guid(packet)
  if (about !== undefined) teller.claim(side, about, 'q2', G2_UDP)
  if (words !== undefined || content !== undefined) {
    teller.out.say({
      type: 'search',
      // With an address of its own the search says whose it is; hubs pass it on.
      by: about ?? teller.who(side),
      via: 'q2',
      ...(words !== undefined && { text: words }),
      ...(content !== undefined && { content }),
    })
  }
  return {
    ...(id !== undefined && { guid: id }),
    ...(about !== undefined && { udp: endpointText(about) }),
    ...(words !== undefined && { search: words }),
    ...(urns.length > 0 && { urns: urns.map(({ urn }) => urn) }),
  }
}

/** `D` hubs that have searched, `S` hubs to ask next. */
function tellQueryAck(teller: Teller, side: Side, packet: G2Packet): Fields {
  const done = g2Endpoints(packet, 'D')
  const next = g2Endpoints(packet, 'S')
  teller.claims(side, done, 'qa', G2)
  teller.claims(side, next, 'qa', G2)
  const id = g2Guid(packet)
  return { hubs: texts(done), cached: texts(next), ...(id !== undefined && { guid: id }) }
}

function tellHit(teller: Teller, side: Side, packet: G2Packet): Fields {
  const about = g2Endpoint(g2Child(packet, 'NA'))
  const id = g2Guid(g2Child(packet, 'GU'))
  const hubs = g2Endpoints(packet, 'NH')
  const vendor = g2Text(g2Child(packet, 'V'))
  const profile = g2Child(packet, 'UPRO')
  const nick = profile === undefined ? undefined : g2Text(g2Child(profile, 'NICK'))
  const hits = g2Children(packet, 'H').slice(0, limits.listedMax).map(g2Hit)
  // A firewalled node is reached through its hubs; it may give no address.
  const holder = about ?? hubs[0] ?? teller.who(side)
  if (about !== undefined) sayHolder(teller, side, about, hits, id)
  for (const hit of hits) sayShare(teller, side, holder, hit)
  teller.claims(side, hubs, 'query-hit', G2)
  const software = vendor === undefined ? undefined : softwareOfVendor(vendor)
  teller.client({
    who: holder,
    ...(software !== undefined && { software }),
    ...(id !== undefined && { id }),
    ...(nick !== undefined && { nick }),
  })
  return {
    ...(about !== undefined && { address: endpointText(about) }),
    ...(id !== undefined && { guid: id }),
    ...(vendor !== undefined && { vendor }),
    ...(nick !== undefined && { nick }),
    hubs: texts(hubs),
    hits: hits.map(hitFields),
  }
}

function hitFields({ name, size, urns }: G2Hit): Json {
  return {
    ...(name !== undefined && { name }),
    ...(size !== undefined && { size }),
    ...(urns.length > 0 && { urns: urns.map(({ urn }) => urn) }),
  }
}

function sayHolder(
  teller: Teller,
  side: Side,
  about: Endpoint,
  hits: readonly G2Hit[],
  id: string | undefined,
): void {
  const more = { ...G2, ...(id !== undefined && { id }) }
  const contents = hits.flatMap(({ urns }) => urns[0]?.urn ?? [])
  if (contents.length === 0) teller.claim(side, about, 'query-hit', more)
  for (const content of contents) teller.claim(side, about, 'query-hit', { ...more, content })
}

function sayShare(teller: Teller, side: Side, by: Endpoint, hit: G2Hit): void {
  const [first, ...rest] = hit.urns
  if (first === undefined) return
  const also = [...first.also, ...rest.flatMap(({ urn, also: more }) => [urn, ...more])]
  const different = [...new Set(also)].filter((urn) => urn !== first.urn)
  teller.out.say({
    type: 'share',
    by,
    content: first.urn,
    via: 'query-hit',
    ...(hit.name !== undefined && { name: hit.name }),
    ...(hit.size !== undefined && { size: hit.size }),
    ...(different.length > 0 && { also: different }),
  })
  teller.claims(side, hit.alternates, 'alt-loc', { ...G2, content: first.urn })
}

/** Payload: whom to call. `TO`: the GUID of who shall call. */
function tellPush(teller: Teller, side: Side, packet: G2Packet): Fields {
  const about = g2Endpoint(packet)
  const to = g2Guid(g2Child(packet, 'TO'))
  if (about !== undefined) teller.claim(side, about, 'push', G2_TCP)
  return {
    ...(about !== undefined && { address: endpointText(about) }),
    ...(to !== undefined && { guid: to }),
  }
}

/** `SELF`, `NH` neighbour hubs, `NL` leaves: each a node with an `NA`. */
function tellCrawl(teller: Teller, side: Side, packet: G2Packet): Fields {
  const of = (name: string): Endpoint[] =>
    g2Children(packet, name).flatMap((node) => g2Endpoint(g2Child(node, 'NA')) ?? [])
  const self = of('SELF')
  const hubs = of('NH')
  const leaves = of('NL')
  teller.claims(side, [...self, ...hubs, ...leaves], 'crawler', G2)
  return { address: texts(self)[0] ?? null, hubs: texts(hubs), cached: texts(leaves) }
}

function tellProfile(teller: Teller, side: Side, packet: G2Packet): Fields {
  const xml = g2Text(g2Child(packet, 'XML'))
  const nick = xml === undefined ? undefined : /<handle[^>]* primary="([^"]{1,64})"/i.exec(xml)?.[1]
  if (nick !== undefined) teller.client({ who: teller.who(side), nick })
  return nick === undefined ? {} : { nick }
}
