/**
 * What GGEP extensions mean: values for the log, and addresses.
 *
 * Source: doc/gnutella of gtk-gnutella (IPv6-Ready, hostname, filesize64, GUESS, DHT/modes) and
 * src/core/ggep_type.c.
 */
import { type Endpoint, ip6, parseEndpoint } from '../../core/address.ts'
import { base32, bits, hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { latin1, text } from '../../core/text.ts'
import { parseUrn, type Urns } from '../formats/urn.ts'
import { endpoint6, endpoints4, endpoints6 } from './addresses.ts'
import { softwareOfVendor } from './software.ts'
import { type Teller, texts } from './teller.ts'
import { type GgepBlock, ggepData, ggepValue } from './wire/ggep.ts'

type Reader = (data: Uint8Array) => Json | undefined

const endpointList: Reader = (data) => texts(endpoints4(data))
const endpointList6: Reader = (data) => texts(endpoints6(data))
const words: Reader = (data) => text(data)
const flag: Reader = () => undefined
const little: Reader = (data) => littleEndian(data)

// biome-ignore format: a table
const READERS: Readonly<Record<string, Reader>> = {
  H: (data) => hashUrn(data)?.urn,      // hash: type u8, digest
  u: words,                             // URN without "urn:"
  ALT: endpointList,                    // alternate sources
  ALT6: endpointList6,
  PUSH: endpointList,                   // push proxies
  PUSH6: endpointList6,
  IPP: endpointList,                    // packed hosts of a host cache
  IPP6: endpointList6,
  DHTIPP: endpointList,
  PHC: (data) => hostCaches(data),      // packed UDP host caches, one a line
  UDPHC: words,                         // name of a host cache
  IP: (data) => (data.length === 18 ? texts([endpoint6(data, 0)]) : texts(endpoints4(data))),
  '6': (data) => (data.length >= 16 ? ip6(data, 0) : undefined),
  'GTKG.IPV6': (data) => (data.length >= 16 ? ip6(data, 0) : undefined),
  SCP: (data) => (data.length > 0 ? data[0]! : undefined),
  VC: (data) => vendorCode(data),       // vendor 4, version u8: major and minor in 4 bits each
  UP: flag,                             // ultrapeer: version, free leaf and ultrapeer slots
  DU: little,                           // daily uptime, seconds
  LF: little,                           // size of a file above 4 GiB
  CT: little,                           // creation time, seconds since 1970
  LOC: words,
  HNAME: words,
  PATH: words,                          // folder of a shared file
  T: words,
  NAME: words,
  GUE: (data) => (data.length > 0 ? `${bits(data[0]!, 4, 4)}.${bits(data[0]!, 0, 4)}` : '0.1'),
  QK: (data) => hex(data),
  SO: (data) => hex(data),              // token of an out-of-band exchange, version 3
  GUID: (data) => hex(data),
}

/** Extensions as the log shows them: name, size on the wire, and a value where it is known. */
export function ggepLog(block: GgepBlock | undefined): Json[] {
  const list: Json[] = []
  for (const item of block?.items.slice(0, limits.listedMax) ?? []) {
    const entry = { id: item.id, size: item.data.length }
    const reader = Object.hasOwn(READERS, item.id) ? READERS[item.id] : undefined
    const data = reader === undefined ? undefined : ggepData(item)
    const value = data === undefined ? undefined : reader!(data)
    list.push(value === undefined ? entry : { ...entry, value })
  }
  return list
}

/** Up to eight bytes, least significant first, without leading zeros. */
export function littleEndian(data: Uint8Array): number | undefined {
  if (data.length > 8) return undefined
  let value = 0
  for (const [i, byte] of data.entries()) value += byte * 256 ** i
  return value
}

/** 1 SHA-1, 2 bitprint; 3 MD5. */
function hashUrn(data: Uint8Array): Urns | undefined {
  if (data[0] === 1 && data.length === 21) return parseUrn(`urn:sha1:${base32(data, 1)}`)
  if (data[0] === 2 && data.length === 45) {
    return parseUrn(`urn:bitprint:${base32(data, 1, 20)}.${base32(data, 21, 24)}`)
  }
  if (data[0] === 3 && data.length === 17) return parseUrn(`urn:md5:${hex(data, 1)}`)
  return undefined
}

/** The content that a block names: `H`, or `u`. */
export function ggepUrns(block: GgepBlock | undefined): Urns[] {
  const list: Urns[] = []
  for (const item of block?.items ?? []) {
    if (item.id !== 'H' && item.id !== 'u') continue
    const data = ggepData(item)
    if (data === undefined) continue
    const urns = item.id === 'H' ? hashUrn(data) : parseUrn(`urn:${latin1(data)}`)
    if (urns !== undefined) list.push(urns)
  }
  return list
}

function vendorCode(data: Uint8Array): string | undefined {
  if (data.length < 4) return undefined
  const version = data.length > 4 ? `/${bits(data[4]!, 4, 4)}.${bits(data[4]!, 0, 4)}` : ''
  return latin1(data, 0, 4) + version
}

/** Program and version of `VC`. */
export function ggepSoftware(block: GgepBlock | undefined): {
  software?: string
  version?: string
} {
  const data = ggepValue(block, 'VC')
  const software = data === undefined ? undefined : softwareOfVendor(latin1(data, 0, 4))
  if (data === undefined || software === undefined) return {}
  if (data.length < 5) return { software }
  return { software, version: `${bits(data[4]!, 4, 4)}.${bits(data[4]!, 0, 4)}` }
}

/** `host:port&key=value` lines. */
export function hostCaches(data: Uint8Array): string[] {
  return text(data)
    .split('\n', limits.listedMax)
    .filter((line) => line !== '')
}

export function packed(block: GgepBlock | undefined, four: string, six: string): Endpoint[] {
  const low = ggepValue(block, four)
  const high = ggepValue(block, six)
  return [...(low ? endpoints4(low) : []), ...(high ? endpoints6(high) : [])]
}

/** The IPv6 address that stands beside the IPv4 one of a pong, push or hit. */
export function ggepIp6(block: GgepBlock | undefined): string | undefined {
  const data = ggepValue(block, '6') ?? ggepValue(block, 'GTKG.IPV6')
  return data !== undefined && data.length >= 16 ? ip6(data, 0) : undefined
}

/** Say whom the extensions name. @param content  what alternate sources are sources of */
export function claimGgep(
  teller: Teller,
  side: Side,
  block: GgepBlock | undefined,
  content?: string,
): void {
  if (block === undefined) return
  teller.claims(side, packed(block, 'IPP', 'IPP6'), 'packed-hosts')
  teller.claims(side, packed(block, 'DHTIPP', 'DHTIPP6'), 'packed-hosts', {
    part: 'dht',
    carriers: 'udp',
  })
  const more = content === undefined ? {} : { content }
  teller.claims(side, packed(block, 'ALT', 'ALT6'), 'alt-loc', more)
  teller.claims(side, packed(block, 'PUSH', 'PUSH6'), 'push-proxy')
  const caches = ggepValue(block, 'PHC')
  for (const line of caches === undefined ? [] : hostCaches(caches)) {
    // Most are host names; only addresses can be remembered.
    const about = parseEndpoint(line.split('&')[0]!)
    if (about === undefined) continue
    teller.claim(side, about, 'packed-host-caches', { part: 'udp-host-cache', carriers: 'udp' })
  }
}
