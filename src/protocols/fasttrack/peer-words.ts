/** What both kinds of small peers share: networks, roles, lies, one connection's part. */
import { type Endpoint, parseIp4 } from '../../core/address.ts'
import type { PeerSettings, Site } from '../../core/peer.ts'
import { latin1 } from '../../core/text.ts'

// biome-ignore format: a table
const NETWORKS: Readonly<Record<string, string>> = {
  'supernode':           'KaZaA',
  'node':                'KaZaA',
  // The others differ by their name alone: one is enough to tell them apart.
  'fileshare-supernode': 'fileshare',
  'fileshare-node':      'fileshare',
}

export const ROLES = Object.keys(NETWORKS)

// biome-ignore format: a table
export const BUGS = [
  // A supernode whose firewall lets no datagrams through: it is found by TCP alone.
  'mute-udp',
  // A node tells its own address the other way round in heads: d.c.b.a.
  'reversed-address',
] as const

/** Least set of cipher bits that Kazaa asks for. */
export const ENCRYPTION = 0x29

export function isSupernode({ role }: PeerSettings): boolean {
  return role.endsWith('supernode')
}

export function networkOf({ role }: PeerSettings): string {
  return NETWORKS[role]!
}

export function hasBug({ bugs }: PeerSettings, bug: (typeof BUGS)[number]): boolean {
  return bugs.includes(bug)
}

/** 32 bits by chance. */
export function chance32(site: Site): number {
  return site.chance(0x1_0000) * 0x1_0000 + site.chance(0x1_0000)
}

/** Of IPv6 this protocol knows nothing. */
export function ip4Bytes(ip: string): Uint8Array {
  return parseIp4(ip) ?? new Uint8Array(4)
}

/** Where a node says that it listens: 0 where nobody can call. */
export function ownEndpoint(site: Site, { port, isFirewalled }: PeerSettings): Endpoint {
  return { ip: site.ip, port: isFirewalled ? 0 : port }
}

/** Text of one character per byte, as heads and frames hold it. */
export function wire8(text: string): string {
  return latin1(new TextEncoder().encode(text))
}

/** Words that are searched for and found by: letters and digits, without regard to case. */
export function searchWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}
