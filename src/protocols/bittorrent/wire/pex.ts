/**
 * Peer exchange: the body of an `extended` message that the receiver's `m` calls `ut_pex`.
 *
 *   one bencoded dictionary
 *     added     n × (ip 4, port u16be)     added6     n × (ip 16, port u16be)
 *     added.f   n × flags u8               added6.f   n × flags u8
 *     dropped   n × (ip 4, port u16be)     dropped6   n × (ip 16, port u16be)
 *
 * Source: BEP 11. KTorrent 3.0 to 3.1 wrote the octets of `added` in reverse with a right port
 * (KDE/libktorrent history); the bytes cannot tell, so addresses are read as the specification says.
 * `dict` is the message; `emit` writes it; the lists are a reading of it.
 */
import type { Endpoint } from '../../../core/address.ts'
import { bits } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import type { BDict } from '../../formats/bencode.ts'
import { COMPACT_FAULTS, compactPeers, type IpBytes } from '../../formats/compact-peers.ts'
import { dictAndRest, EXTENDED_BYTES_MAX, EXTENDED_FAULTS, emitDictAndRest } from './extended.ts'

/** `{ ip: '192.0.2.1', port: 6881, flags: 0x10 }`: flags are absent where the list is shorter. */
export interface PexPeer extends Endpoint {
  readonly flags?: number
}

export interface Pex {
  readonly dict: BDict
  readonly rest: Uint8Array
  /** IPv4 then IPv6, in wire order, at most `listedMax` of each. */
  readonly added: readonly PexPeer[]
  readonly dropped: readonly Endpoint[]
}

// biome-ignore format: a table
const FLAGS = [
  [0, 'prefers-encryption'],   // BEP 11
  [1, 'seed'],                 // BEP 11: upload only
  [2, 'utp'],                  // BEP 11
  [3, 'holepunch'],            // BEP 11, 55
  [4, 'reachable'],            // BEP 11: the sender connected to it
] as const

export function pexFlagNames(flags: number): string[] {
  return FLAGS.filter(([bit]) => bits(flags, bit, 1) === 1).map(([, name]) => name)
}

const PEX_FAULTS = [...EXTENDED_FAULTS, ...COMPACT_FAULTS] as const

/** @faults PEX_FAULTS */
function parse(bytes: Uint8Array, at: number): Outcome<Pex> {
  const outcome = dictAndRest(bytes, at)
  if (outcome.kind !== 'message') return outcome
  const { dict, rest } = outcome.message
  const added: PexPeer[] = []
  const dropped: Endpoint[] = []
  for (const [name, ipBytes] of [
    ['added', 4],
    ['added6', 16],
  ] as const) {
    const fault = peersOf(dict, name, ipBytes, added)
    if (fault !== undefined) return malformed(fault, at)
  }
  for (const [name, ipBytes] of [
    ['dropped', 4],
    ['dropped6', 16],
  ] as const) {
    const fault = peersOf(dict, name, ipBytes, dropped)
    if (fault !== undefined) return malformed(fault, at)
  }
  return message({ dict, rest, added, dropped }, outcome.size)
}

/** Append a list's peers with their flags; returns the fault where the list is damaged. */
function peersOf(dict: BDict, name: string, ipBytes: IpBytes, into: PexPeer[]): string | undefined {
  const list = dict.bytes(name)
  if (list === undefined) return undefined
  const peers = compactPeers(list, 0, list.length, ipBytes)
  if (peers.kind === 'malformed') return peers.fault
  if (peers.kind === 'need') return undefined
  const flags = name.startsWith('added') ? dict.bytes(`${name}.f`) : undefined
  for (const [i, peer] of peers.message.entries()) {
    const flag = flags?.[i]
    into.push(flag === undefined ? peer : { ...peer, flags: flag })
  }
  return undefined
}

export const pexWire: Wire<Pex> = {
  name: 'bittorrent/ut_pex',
  source: 'BEP 11',
  carrier: 'datagram',
  messageBytesMax: EXTENDED_BYTES_MAX,
  faults: PEX_FAULTS,
  parse,
  emit: emitDictAndRest,
}
