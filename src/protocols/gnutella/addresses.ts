/**
 * Addresses as Gnutella writes them: four octets in network order with a little-endian port, and
 * the text lists of its headers.
 *
 *     ip4 4 | port u16le          pong, query hit, push, GGEP lists, all of Gnutella2
 *     ip6 16 | port u16le         GGEP lists whose name ends in 6
 *     a.b.c.d:port, [v6]:port     headers; a missing port means 6346 in X-Alt
 */
import { type Endpoint, ip4, ip6, parseEndpoint, parseIp } from '../../core/address.ts'
import { fromBase32, hex, u16le } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'

/** The port that X-Alt lists leave out (doc/gnutella/x-alt). */
const DEFAULT_PORT = 6346

export function endpoint4(bytes: Uint8Array, at: number): Endpoint {
  return { ip: ip4(bytes, at), port: u16le(bytes, at + 4) }
}

export function endpoint6(bytes: Uint8Array, at: number): Endpoint {
  return { ip: ip6(bytes, at), port: u16le(bytes, at + 16) }
}

/** Packed endpoints in their order; a tail that is no whole entry is left out. */
export function endpoints4(bytes: Uint8Array, at = 0, size = bytes.length - at): Endpoint[] {
  const list: Endpoint[] = []
  const end = at + size
  for (let from = at; from + 6 <= end && list.length < limits.listedMax; from += 6) {
    list.push(endpoint4(bytes, from))
  }
  return list
}

export function endpoints6(bytes: Uint8Array): Endpoint[] {
  const list: Endpoint[] = []
  for (let from = 0; from + 18 <= bytes.length && list.length < limits.listedMax; from += 18) {
    list.push(endpoint6(bytes, from))
  }
  return list
}

/** One text address. @param port  what a missing port means; undefined: it must be there */
export function textEndpoint(value: string, port?: number): Endpoint | undefined {
  const whole = parseEndpoint(value)
  if (whole !== undefined || port === undefined) return whole
  const ip = parseIp(value.trim())
  return ip === undefined ? undefined : { ip, port }
}

/** `a.b.c.d:port 2003-01-01T00:00Z, …`: what stands behind the address of an entry is left out. */
export function textEndpoints(value: string, port?: number): Endpoint[] {
  const list: Endpoint[] = []
  for (const item of value.split(/[,;]/, limits.listedMax)) {
    const endpoint = textEndpoint(item.trim().split(/\s/)[0]!, port)
    if (endpoint !== undefined) list.push(endpoint)
  }
  return list
}

/** What an alternate location says: a host itself, or a firewalled one (by GUID) with its proxies. */
export interface AltLocation {
  readonly direct?: Endpoint
  /** Servent GUID in hex. */
  readonly guid?: string
  readonly proxies: readonly Endpoint[]
}

/**
 * X-Alt and its relatives.
 * `1.2.3.4`, `1.2.3.4:5`, `<guid base32 or hex>;fwt/1;5:1.2.3.4;6.7.8.9:10`, `http://1.2.3.4:5/…`
 */
export function altLocations(value: string): AltLocation[] {
  const list: AltLocation[] = []
  for (const item of value.split(',', limits.listedMax)) {
    const text = item.trim()
    const url = /^https?:\/\/([^/\s]+)/i.exec(text)
    if (url !== null) {
      const direct = textEndpoint(url[1]!, 80)
      if (direct !== undefined) list.push({ direct, proxies: [] })
      continue
    }
    const parts = text.split(';', limits.listedMax)
    const guid = guidOf(parts[0]!.trim())
    if (guid === undefined) {
      const direct = textEndpoint(parts[0]!.split(/\s/)[0]!, DEFAULT_PORT)
      if (direct !== undefined) list.push({ direct, proxies: [] })
      continue
    }
    list.push(firewalled(guid, parts.slice(1)))
  }
  return list
}

/** X-FW-Node-Info: `<guid hex>; fwt/1; port:ip; proxy:port, …`, its commas being part of the list. */
export function firewalledNode(value: string): AltLocation | undefined {
  const parts = value.split(/[;,]/, limits.listedMax)
  const guid = guidOf(parts[0]!.trim())
  return guid === undefined ? undefined : firewalled(guid, parts.slice(1))
}

function firewalled(guid: string, parts: readonly string[]): AltLocation {
  const proxies: Endpoint[] = []
  let direct: Endpoint | undefined
  for (const part of parts) {
    const text = part.trim()
    // The node's own address is written the other way round, so that it is not taken for a proxy.
    const own = /^(\d{1,5}):(\[[0-9a-f:.]+\]|[\d.]+)$/i.exec(text)
    const ip = own === null ? undefined : parseIp(own[2]!)
    if (ip !== undefined && Number(own![1]) <= 65_535) direct = { ip, port: Number(own![1]) }
    else {
      const proxy = textEndpoint(text, DEFAULT_PORT)
      if (proxy !== undefined) proxies.push(proxy)
    }
  }
  return direct === undefined ? { guid, proxies } : { direct, guid, proxies }
}

/** A GUID written as 32 hex digits or 26 base32 characters, in lower-case hex. */
export function guidOf(value: string): string | undefined {
  if (/^[0-9a-f]{32}$/i.test(value)) return value.toLowerCase()
  if (!/^[a-z2-7]{26}$/i.test(value)) return undefined
  const bytes = fromBase32(value)
  return bytes === undefined ? undefined : hex(bytes, 0, 16)
}
