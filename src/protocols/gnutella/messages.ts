/** Gnutella messages → what they mean: who is there, who searches, who has what. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { bits, hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { text } from '../../core/text.ts'
import { textOf } from '../formats/http-head.ts'
import { parseUrn, type Urns } from '../formats/urn.ts'
import { claimGgep, ggepIp6, ggepLog, ggepSoftware, ggepUrns, littleEndian } from './ggep-facts.ts'
import { softwareOfVendor } from './software.ts'
import type { Teller } from './teller.ts'
import { type DhtMessage, dhtBodyOf, dhtOpcodeName } from './wire/dht.ts'
import { type Extension, extensionsOf, ggepOf, urnsOf } from './wire/extensions.ts'
import { type GgepBlock, ggepValue } from './wire/ggep.ts'
import type { GnutellaMessage } from './wire/message.ts'
import type { Payload, Pong, Push, Query, Vendor } from './wire/payload.ts'
import { queryFlags, wantsOutOfBand } from './wire/query-flags.ts'
import { type Hit, type QueryHit, trailerOf } from './wire/query-hit.ts'
import { outOfBandAddress, vendorFacts, vendorName } from './wire/vendor.ts'

type Fields = { readonly [key: string]: Json }

/** How a hit came, where it is not on a link: `browse-host`. */
export type HitChannel = 'query-hit' | 'browse-host'

/** The header in Wireshark's words, and what else stands around the payload. */
function headerFields(said: GnutellaMessage): Fields {
  const { guid, kind, ttl, hops, size, marks } = said
  return {
    header: {
      id: hex(guid, 0, 16),
      payload: kind,
      ttl,
      hops,
      size,
      ...(marks !== 0 && { marks }),
      ...(said.deflated && { deflated: true }),
    },
  }
}

/** Say everything that one message tells. */
export function tellMessage(
  teller: Teller,
  side: Side,
  said: GnutellaMessage,
  channel: HitChannel = 'query-hit',
): void {
  const { payload } = said
  const base = headerFields(said)
  switch (payload.type) {
    case 'ping':
      return tellPing(teller, side, payload, base)
    case 'pong':
      return tellPong(teller, side, said, payload, base)
    case 'query':
      return tellQuery(teller, side, said, payload, base)
    case 'query-hit':
      return tellHit(teller, side, payload, base, channel)
    case 'push':
      return tellPush(teller, side, payload, base)
    case 'vendor':
      return tellVendor(teller, side, payload, base)
    case 'dht':
      return tellDht(teller, side, payload, base)
    case 'bye': {
      const reason = text(payload.text).replace(/\0.*$/s, '')
      return teller.log(side, 'gnutella', 'bye', {
        ...base,
        bye: { code: payload.code, text: reason },
      })
    }
    default:
      return teller.carry(side, 'gnutella', payload.type, () => ({
        ...base,
        ...detail(payload, said.guid),
      }))
  }
}

/** What messages without news say, for logs that want every message. */
function detail(payload: Payload, guid: Uint8Array): Fields {
  switch (payload.type) {
    case 'qrp-reset':
      return { qrp: { variant: 0, slots: payload.slots, infinity: payload.infinity } }
    case 'qrp-patch': {
      const { number, count, compressor, entryBits, data } = payload
      const patch = { number, count, compressor, entry_bits: entryBits, bytes: data.length }
      return { qrp: { variant: 1, ...patch } }
    }
    case 'qrp-other':
      return { qrp: { variant: payload.variant } }
    case 'rudp':
      // The GUID's place holds connection, operation and sequence (doc/gnutella/RUDP).
      return {
        rudp: {
          connection: guid[0]!,
          operation: RUDP_OPERATIONS[bits(guid[1]!, 4, 4)] ?? 'unknown',
          bytes: payload.data.length,
        },
      }
    case 'hsep': {
      const triples = payload.triples.slice(0, limits.listedMax)
      return { hsep: triples.map((triple) => triple.map(Number)) }
    }
    default:
      return {}
  }
}

const RUDP_OPERATIONS = ['syn', 'ack', 'keep-alive', 'data', 'fin']

function blockOf(extra: Uint8Array): GgepBlock | undefined {
  return ggepOf(extensionsOf(extra, 0, extra.length))
}

function withGgep(block: GgepBlock | undefined): Fields {
  return block === undefined ? {} : { ggep: ggepLog(block) }
}

function tellPing(teller: Teller, side: Side, ping: { extra: Uint8Array }, base: Fields): void {
  const block = blockOf(ping.extra)
  const software = ggepSoftware(block)
  if (software.software !== undefined) teller.client({ who: teller.who(side), ...software })
  teller.carry(side, 'gnutella', 'ping', () => ({ ...base, ...withGgep(block) }))
}

function tellPong(
  teller: Teller,
  side: Side,
  said: GnutellaMessage,
  pong: Pong,
  base: Fields,
): void {
  const { ip, port, files, kbytes } = pong
  const block = blockOf(pong.extra)
  teller.log(side, 'gnutella', 'pong', {
    ...base,
    pong: { ip, port, files, kbytes },
    ...withGgep(block),
  })
  const about: Endpoint = { ip, port }
  teller.claim(side, about, 'pong')
  const six = ggepIp6(block)
  if (six !== undefined) teller.claim(side, { ip: six, port }, 'pong')
  claimGgep(teller, side, block)
  const software = ggepSoftware(block)
  // Not passed on yet: the sender speaks of itself.
  if (said.hops === 0) teller.client({ who: teller.who(side), listens: about, ...software })
  else if (software.software !== undefined) teller.client({ who: about, ...software })
}

function tellQuery(
  teller: Teller,
  side: Side,
  said: GnutellaMessage,
  query: Query,
  base: Fields,
): void {
  const extensions = extensionsOf(query.extra, 0, query.extra.length)
  sayBadGgep(teller, side, extensions)
  const block = ggepOf(extensions)
  const urns = [...urnsOf(extensions), ...ggepUrns(block)]
  const search = textOf(query.text)
  const flags = queryFlags(query.flags)
  const outOfBand = wantsOutOfBand(query.flags) ? outOfBandAddress(said.guid) : undefined
  teller.log(side, 'gnutella', 'query', {
    ...base,
    query: {
      min_speed: query.flags,
      search,
      ...(flags.length > 0 && { flags }),
      ...(urns.length > 0 && { urns: urns.map(({ urn }) => urn) }),
      ...(outOfBand !== undefined && { out_of_band: endpointText(outOfBand) }),
    },
    ...withGgep(block),
  })
  if (outOfBand !== undefined) {
    const six = ggepIp6(block)
    const about = six === undefined ? outOfBand : { ip: six, port: outOfBand.port }
    teller.claim(side, about, 'oob-query', { carriers: 'udp' })
  }
  claimGgep(teller, side, block)
  sayGnutellaSearch(teller, side, said, search, urns)
}

/** A search that was passed on is its neighbour's only in so far as he repeats it. */
function sayGnutellaSearch(
  teller: Teller,
  side: Side,
  said: GnutellaMessage,
  search: string,
  urns: readonly Urns[],
): void {
  const via = said.hops === 0 ? 'query' : 'relayed-query'
  const by = teller.who(side)
  // A lone backslash stands where only the URN is meant.
  const words = search === '\\' ? '' : search
  const content = urns[0]?.urn
  if (words === '' && content === undefined) return
  teller.out.say({
    type: 'search',
    by,
    via,
    ...(words !== '' && { text: words }),
    ...(content !== undefined && { content }),
  })
}

function sayBadGgep(teller: Teller, side: Side, extensions: readonly Extension[]): void {
  for (const extension of extensions) {
    if (extension.type !== 'bad-ggep') continue
    teller.fault('gnutella/ggep', extension.fault, side, extension.at, true)
  }
}

/** One hit with its extensions read. */
interface ReadHit {
  readonly hit: Hit
  readonly name: string
  readonly size: number
  readonly urns: readonly Urns[]
  readonly block: GgepBlock | undefined
}

function readHit(hit: Hit): ReadHit {
  const extensions = extensionsOf(hit.extra, 0, hit.extra.length)
  const block = ggepOf(extensions)
  const large = ggepValue(block, 'LF')
  const size = (large === undefined ? undefined : littleEndian(large)) ?? hit.size
  return {
    hit,
    name: textOf(hit.name),
    size,
    urns: [...urnsOf(extensions), ...ggepUrns(block)],
    block,
  }
}

function tellHit(
  teller: Teller,
  side: Side,
  said: QueryHit,
  base: Fields,
  channel: HitChannel,
): void {
  const trailer = trailerOf(said.trailer)
  const servent = hex(said.servent, 0, 16)
  const about: Endpoint = { ip: said.ip, port: said.port }
  const hits = said.hits.map(readHit)
  const { vendor, push, busy, ggep, xmlBytes } = trailer ?? {}
  teller.log(side, 'gnutella', 'query-hit', {
    ...base,
    queryhit: {
      count: hits.length,
      ...about,
      speed: said.speed,
      servent_id: servent,
      ...(vendor !== undefined && { vendor }),
      ...(push !== undefined && { push }),
      ...(busy !== undefined && { busy }),
      ...(xmlBytes !== undefined && xmlBytes > 0 && { xml_bytes: xmlBytes }),
      hits: hits.map(hitFields),
    },
    ...withGgep(ggep),
  })
  const six = ggepIp6(ggep)
  const places = six === undefined ? [about] : [about, { ip: six, port: about.port }]
  for (const place of places) sayHolder(teller, side, place, hits, servent, channel)
  claimGgep(teller, side, ggep)
  const software = vendor === undefined ? undefined : softwareOfVendor(vendor)
  teller.client({ who: about, id: servent, ...(software !== undefined && { software }) })
}

function hitFields({ hit, name, size, urns, block }: ReadHit): Json {
  return {
    index: hit.index,
    size,
    name,
    ...(urns.length > 0 && { urns: urns.map(({ urn }) => urn) }),
    ...(block !== undefined && { ggep: ggepLog(block) }),
  }
}

/** `place` answers for every file of the message. */
function sayHolder(
  teller: Teller,
  side: Side,
  place: Endpoint,
  hits: readonly ReadHit[],
  id: string,
  channel: HitChannel,
): void {
  let named = false
  for (const { name, size, urns, block } of hits) {
    const [first, ...rest] = urns
    if (first === undefined) continue
    named = true
    const content = first.urn
    teller.claim(side, place, channel, { content, id })
    const also = [...first.also, ...rest.flatMap(({ urn, also: more }) => [urn, ...more])]
    const different = [...new Set(also)].filter((urn) => urn !== content)
    teller.out.say({
      type: 'share',
      by: place,
      content,
      via: channel,
      name,
      size,
      ...(different.length > 0 && { also: different }),
    })
    claimGgep(teller, side, block, content)
  }
  if (!named) teller.claim(side, place, channel, { id })
}

function tellPush(teller: Teller, side: Side, push: Push, base: Fields): void {
  const block = blockOf(push.extra)
  const servent = hex(push.servent, 0, 16)
  const { ip, port, index } = push
  const fields = { push: { servent_id: servent, index, ip, port }, ...withGgep(block) }
  teller.log(side, 'gnutella', 'push', { ...base, ...fields })
  const six = ggepIp6(block)
  teller.claim(side, { ip: six ?? ip, port }, 'push', { carriers: 'tcp' })
}

function tellVendor(teller: Teller, side: Side, said: Vendor, base: Fields): void {
  const facts = vendorFacts(said)
  const { selector, version } = said
  const id = { vendor: vendorName(said.vendor), selector, version }
  const fields = { ...base, vendor_message: { ...id, name: facts.name, ...facts.fields } }
  // Clocks are compared every few seconds; nobody needs to read that.
  if (/^time-sync/.test(facts.name)) teller.carry(side, 'gnutella', facts.name, () => fields)
  else teller.log(side, 'gnutella', facts.name === 'unknown' ? 'vendor' : facts.name, fields)
  for (const { endpoint, via, carriers } of facts.endpoints) {
    teller.claim(side, endpoint, via, { carriers })
  }
  if (facts.callback !== undefined) {
    const about = { ip: teller.who(side).ip, port: facts.callback.port }
    teller.claim(side, about, 'connect-back', { carriers: facts.callback.carriers })
  }
  const content = facts.urn === undefined ? undefined : parseUrn(facts.urn)?.urn
  if (content === undefined) return
  const by = teller.who(side)
  teller.out.say({
    type: 'request',
    by,
    of: teller.who(side === 0 ? 1 : 0),
    what: 'head-ping',
    content,
  })
}

function tellDht(teller: Teller, side: Side, said: DhtMessage, base: Fields): void {
  const { contact, flags } = said
  const { target, contacts } = dhtBodyOf(said)
  const id = hex(contact.kuid)
  teller.carry(side, 'gnutella', `dht-${dhtOpcodeName(said.opcode)}`, () => ({
    ...base,
    dht: {
      opcode: said.opcode,
      name: dhtOpcodeName(said.opcode),
      vendor: contact.vendor,
      version: contact.version,
      kuid: id,
      contact: endpointText(contact.endpoint),
      flags,
      ...(target !== undefined && { target: hex(target) }),
      ...(contacts.length > 0 && { contacts: contacts.map((one) => endpointText(one.endpoint)) }),
    },
  }))
  const more = { part: 'dht', carriers: 'udp' } as const
  teller.claim(side, contact.endpoint, 'dht', { ...more, id })
  for (const one of contacts) {
    teller.claim(side, one.endpoint, 'dht-contacts', { ...more, id: hex(one.kuid) })
  }
}
