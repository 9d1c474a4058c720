/**
 * What the vendor messages carry: (vendor, selector) → name and fields.
 *
 * Source: doc/gnutella/vendor_msg, msg/*, out-of-band, push_proxy of gtk-gnutella and its
 * src/core/vmsg.c. The redirections LIME/7 and LIME/8 and the crawler's answer LIME/6 are after
 * LimeWire's behaviour; no packet of them was seen.
 */
import type { Endpoint } from '../../../core/address.ts'
import { bits, u16be, u16le } from '../../../core/bytes.ts'
import type { Json } from '../../../core/event.ts'
import { limits } from '../../../core/limits.ts'
import { latin1, text } from '../../../core/text.ts'
import { endpoint4, endpoints4, endpoints6 } from '../addresses.ts'
import { ggepIds, ggepValue, parseGgep } from './ggep.ts'
import type { Vendor } from './payload.ts'

export interface VendorFacts {
  readonly name: string
  readonly fields: { readonly [key: string]: Json }
  /** Addresses that the message gives. */
  readonly endpoints: readonly VendorEndpoint[]
  /** The port at which the sender asks to be called back. */
  readonly callback?: { readonly port: number; readonly carriers: 'tcp' | 'udp' }
  /** The content that it asks about. */
  readonly urn?: string
}

export interface VendorEndpoint {
  readonly endpoint: Endpoint
  readonly via: 'push-proxy' | 'connect-back' | 'crawler' | 'alt-loc'
  readonly carriers: 'tcp' | 'udp' | 'both'
}

type Reader = (data: Uint8Array, version: number) => Partial<VendorFacts>

const nothing: Reader = () => ({})

// biome-ignore format: a table
const TABLE: readonly (readonly [string, number, string, Reader])[] = [
  ['',     0,      'messages-supported',        supported],
  ['',     10,     'features-supported',        features],
  ['',     0xfffe, 'vendors-supported',         nothing],
  ['',     0xffff, 'vendors-request',           nothing],
  ['BEAR', 4,      'hops-flow',                 hopsFlow],
  ['BEAR', 7,      'tcp-connect-back',          callBack('tcp')],
  ['BEAR', 11,     'query-status-request',      nothing],
  ['BEAR', 12,     'query-status-response',     count16],
  ['GTKG', 7,      'udp-connect-back',          callBack('udp')],
  ['GTKG', 9,      'time-sync-request',         nothing],
  ['GTKG', 10,     'time-sync-reply',           nothing],
  ['GTKG', 21,     'push-proxy-cancel',         nothing],
  ['GTKG', 22,     'node-info-request',         nothing],
  ['GTKG', 23,     'node-info-reply',           nothing],
  ['GTKG', 24,     'release',                   nothing],
  ['LIME', 5,      'udp-crawler-ping',          nothing],
  ['LIME', 6,      'udp-crawler-pong',          crawlerPong],
  ['LIME', 7,      'tcp-connect-back-redirect', redirect('tcp')],
  ['LIME', 8,      'udp-connect-back-redirect', redirect('udp')],
  ['LIME', 11,     'oob-reply-ack',             count8],
  ['LIME', 12,     'oob-reply-indication',      count8],
  ['LIME', 13,     'oob-proxy-veto',            nothing],
  ['LIME', 21,     'push-proxy-request',        nothing],
  ['LIME', 22,     'push-proxy-ack',            pushProxyAck],
  ['LIME', 23,     'head-ping',                 headPing],
  ['LIME', 24,     'head-pong',                 headPong],
]

/** The vendor's four characters as logs show them; of all vendors: empty. */
export function vendorName(vendor: string): string {
  return vendor === '\0\0\0\0' ? '' : vendor
}

export function vendorFacts(message: Vendor): VendorFacts {
  const vendor = vendorName(message.vendor)
  const row = TABLE.find(([code, selector]) => code === vendor && selector === message.selector)
  if (row === undefined) return { name: 'unknown', fields: {}, endpoints: [] }
  return { name: row[2], fields: {}, endpoints: [], ...row[3](message.data, message.version) }
}

/** count u16, n × (vendor 4, selector u16, version u16) */
function supported(data: Uint8Array): Partial<VendorFacts> {
  const messages: string[] = []
  for (let at = 2; at + 8 <= data.length && messages.length < limits.listedMax; at += 8) {
    const vendor = vendorName(latin1(data, at, 4))
    messages.push(`${vendor}/${u16le(data, at + 4)}v${u16le(data, at + 6)}`)
  }
  return { fields: { supported: messages } }
}

/** count u16, n × (name 4, version u16) */
function features(data: Uint8Array): Partial<VendorFacts> {
  const list: string[] = []
  for (let at = 2; at + 6 <= data.length && list.length < limits.listedMax; at += 6) {
    list.push(`${text(data, at, 4)}/${u16le(data, at + 4)}`)
  }
  return { fields: { supported: list } }
}

function hopsFlow(data: Uint8Array): Partial<VendorFacts> {
  return data.length < 1 ? {} : { fields: { hops: data[0]! } }
}

function count8(data: Uint8Array): Partial<VendorFacts> {
  return data.length < 1 ? {} : { fields: { count: data[0]! } }
}

function count16(data: Uint8Array): Partial<VendorFacts> {
  return data.length < 2 ? {} : { fields: { count: u16le(data, 0) } }
}

/** port u16; UDP in its second version adds the GUID of the ping to come. */
function callBack(carriers: 'tcp' | 'udp'): Reader {
  return (data) => {
    if (data.length < 2) return {}
    const port = u16le(data, 0)
    return { fields: { port }, callback: { port, carriers } }
  }
}

/** ip4, port u16: an ultrapeer passes on somebody's wish to be called. */
function redirect(carriers: 'tcp' | 'udp'): Reader {
  return (data) => {
    if (data.length < 6) return {}
    return { endpoints: [{ endpoint: endpoint4(data, 0), via: 'connect-back', carriers }] }
  }
}

/** Version 1: port u16. Version 2: ip4, port u16. */
function pushProxyAck(data: Uint8Array, version: number): Partial<VendorFacts> {
  if (version < 2 || data.length < 6) {
    return data.length < 2 ? {} : { fields: { port: u16le(data, 0) } }
  }
  return { endpoints: [{ endpoint: endpoint4(data, 0), via: 'push-proxy', carriers: 'both' }] }
}

/** ultrapeers u8, leaves u8, what is told u8, entries of 6 bytes and 2 for each thing told */
function crawlerPong(data: Uint8Array): Partial<VendorFacts> {
  if (data.length < 3) return {}
  const total = data[0]! + data[1]!
  const entryBytes = 6 + 2 * bits(data[2]!, 0, 1) + 2 * bits(data[2]!, 1, 1)
  const endpoints: VendorEndpoint[] = []
  for (let at = 3; endpoints.length < total && at + 6 <= data.length; at += entryBytes) {
    endpoints.push({ endpoint: endpoint4(data, at), via: 'crawler', carriers: 'both' })
  }
  return { fields: { ultrapeers: data[0]!, leaves: data[1]! }, endpoints }
}

/** features u8, URN text, [GGEP] */
function headPing(data: Uint8Array): Partial<VendorFacts> {
  const end = data.indexOf(0xc3, 1)
  const urn = text(data, 1, (end < 0 ? data.length : end) - 1)
  return { fields: { urn }, urn }
}

/** Version 1: flags u8, code u8, vendor 4, queue i8, lists with u16be sizes. Version 2: GGEP. */
function headPong(data: Uint8Array, version: number): Partial<VendorFacts> {
  if (version >= 2 || data[0] === 0xc3) return headPong2(data)
  if (data.length < 2) return {}
  const fields = { flags: data[0]!, code: data[1]! }
  if (data.length < 7) return { fields }
  const endpoints: VendorEndpoint[] = []
  let at = 7
  // Ranges, push locations, alternate locations, in this order, each where its flag is set.
  for (const [flag, isAlternate] of [
    [0, false],
    [2, false],
    [1, true],
  ] as const) {
    if (bits(data[0]!, flag, 1) === 0) continue
    if (at + 2 > data.length) break
    const size = Math.min(u16be(data, at), data.length - at - 2)
    if (isAlternate) endpoints.push(...endpoints4(data, at + 2, size).map(alternate))
    at += 2 + size
  }
  return { fields: { ...fields, vendor: text(data, 2, 4) }, endpoints }
}

function alternate(endpoint: Endpoint): VendorEndpoint {
  return { endpoint, via: 'alt-loc', carriers: 'both' }
}

function headPong2(data: Uint8Array): Partial<VendorFacts> {
  const outcome = parseGgep(data, 0)
  if (outcome.kind !== 'message') return {}
  const block = outcome.message
  const four = endpoints4(ggepValue(block, 'A') ?? new Uint8Array(0))
  const six = endpoints6(ggepValue(block, 'A6') ?? new Uint8Array(0))
  return { fields: { ggep: ggepIds(block) }, endpoints: [...four, ...six].map(alternate) }
}

/** The GUID in which an out-of-band query hides the requester: ip4 at 0, port u16le at 13. */
export function outOfBandAddress(guid: Uint8Array): Endpoint {
  return { ip: endpoint4(guid, 0).ip, port: u16le(guid, 13) }
}
