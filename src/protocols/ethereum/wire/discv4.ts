/**
 * Node discovery, version 4: one datagram, one message.
 * Source: ethereum/devp2p discv4.md; EIP-8 (what follows the list is to be passed over), EIP-868 (ENR).
 *
 *   packet   hash 32 | signature 65 | type u8 | list (RLP) | rest      hash = Keccak-256 of all behind it
 *
 *   1 ping            [version, from, to, expiry, ENR sequence]       from, to: [IP, UDP port, TCP port]
 *   2 pong            [to, hash of the ping, expiry, ENR sequence]
 *   3 find-node       [target: public key 64, expiry]
 *   4 neighbours      [[[IP, UDP port, TCP port, public key 64], …], expiry]
 *   5 enr-request     [expiry]
 *   6 enr-response    [hash of the request, record]
 */
import { keccak_256 } from '@noble/hashes/sha3.js'
import { concat, hasAt } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { type Rlp, rlpAt, rlpOf } from './rlp.ts'

const HASH_BYTES = 32
const TYPE_AT = 97
const LIST_AT = 98
/** The specification's bound. */
export const DATAGRAM_BYTES_MAX = 1280

export const TYPES: Readonly<Record<number, string>> = {
  1: 'ping',
  2: 'pong',
  3: 'find-node',
  4: 'neighbours',
  5: 'enr-request',
  6: 'enr-response',
}

export interface Discv4 {
  readonly number: number
  /** Views, as all byte strings below. */
  readonly hash: Uint8Array
  readonly signature: Uint8Array
  readonly list: readonly Rlp[]
  readonly rest: Uint8Array
}

/**
 * Whether it may be a packet, before the dear hash: recovery id 0 or 1, a known type, a list. Chance
 * passes once in 20,000 datagrams.
 */
export function couldBeDiscv4(bytes: Uint8Array): boolean {
  return (
    bytes.length > LIST_AT &&
    bytes[TYPE_AT - 1]! <= 1 &&
    bytes[LIST_AT]! >= 0xc0 &&
    TYPES[bytes[TYPE_AT]!] !== undefined
  )
}

/** Whether the first 32 bytes are the hash of the others: chance is 1 in 2^256. */
export function hashAgrees(bytes: Uint8Array, at = 0): boolean {
  return hasAt(bytes, at, keccak_256(bytes.subarray(at + HASH_BYTES)))
}

function parse(bytes: Uint8Array, at: number): Outcome<Discv4> {
  const have = bytes.length - at
  if (have <= LIST_AT) return malformed('too-short', at)
  if (have > DATAGRAM_BYTES_MAX) return malformed('too-long', at)
  if (!hashAgrees(bytes, at)) return malformed('hash-wrong', at)
  const found = rlpAt(bytes, at + LIST_AT)
  if (found === undefined || found.item instanceof Uint8Array) {
    return malformed('list-broken', at + LIST_AT)
  }
  const value = {
    number: bytes[at + TYPE_AT]!,
    hash: bytes.subarray(at, at + HASH_BYTES),
    signature: bytes.subarray(at + HASH_BYTES, at + TYPE_AT),
    list: found.item,
    rest: bytes.subarray(at + LIST_AT + found.size),
  }
  return message(value, have)
}

function emit({ number, signature, list, rest }: Discv4): Uint8Array {
  const behind = concat(signature, Uint8Array.of(number), rlpOf(list), rest)
  return concat(keccak_256(behind), behind)
}

export const discv4Wire: Wire<Discv4> = {
  name: 'ethereum/discv4',
  source: 'ethereum/devp2p discv4.md',
  carrier: 'datagram',
  messageBytesMax: DATAGRAM_BYTES_MAX,
  faults: ['too-short', 'too-long', 'hash-wrong', 'list-broken'],
  parse,
  emit,
}
