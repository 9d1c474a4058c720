/**
 * A node's record: what it says of itself, signed.
 * Source: ethereum/devp2p enr.md (EIP-778).
 *
 *   record   [signature 64, sequence, key, value, key, value, …]     keys sorted; at most 300 bytes
 *   keys     id · secp256k1 (public key, 33) · ip 4 · tcp · udp · ip6 16 · tcp6 · udp6 · others
 */
import { type Endpoint, ip4, ip6 } from '../../../core/address.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { numberIn, type Rlp, rlpAt, rlpOf } from './rlp.ts'

const RECORD_BYTES_MAX = 300

export interface Enr {
  readonly signature: Uint8Array
  readonly sequence: Uint8Array
  readonly pairs: readonly (readonly [string, Rlp])[]
}

/** Out of an RLP list that was read already; undefined where it is no record. */
export function enrOf(list: Rlp | undefined): Enr | undefined {
  if (list === undefined || list instanceof Uint8Array) return undefined
  const [signature, sequence, ...rest] = list
  if (!(signature instanceof Uint8Array) || !(sequence instanceof Uint8Array)) return undefined
  if (rest.length % 2 !== 0) return undefined
  const pairs: [string, Rlp][] = []
  for (let i = 0; i < rest.length; i += 2) {
    const key = rest[i]!
    if (!(key instanceof Uint8Array)) return undefined
    pairs.push([latin1(key), rest[i + 1]!])
  }
  return { signature, sequence, pairs }
}

function parse(bytes: Uint8Array, at: number): Outcome<Enr> {
  if (bytes.length - at > RECORD_BYTES_MAX) return malformed('record-too-long', at)
  const found = rlpAt(bytes, at)
  if (found === undefined || at + found.size !== bytes.length) return malformed('list-broken', at)
  const enr = enrOf(found.item)
  return enr === undefined ? malformed('record-broken', at) : message(enr, found.size)
}

function emit({ signature, sequence, pairs }: Enr): Uint8Array {
  const keys = pairs.flatMap(([key, value]) => [
    Uint8Array.from(key, (c) => c.charCodeAt(0)),
    value,
  ])
  return rlpOf([signature, sequence, ...keys])
}

export const enrWire: Wire<Enr> = {
  name: 'ethereum/enr',
  source: 'ethereum/devp2p enr.md',
  carrier: 'datagram',
  messageBytesMax: RECORD_BYTES_MAX,
  faults: ['record-too-long', 'list-broken', 'record-broken'],
  parse,
  emit,
}

export interface EnrFacts {
  readonly sequence: number
  /** Compressed public key in hex terms is the value of `secp256k1`. */
  readonly key: Uint8Array | undefined
  readonly endpoints: readonly { readonly endpoint: Endpoint; readonly carrier: 'tcp' | 'udp' }[]
  readonly keys: readonly string[]
}

export function factsOf({ sequence, pairs }: Enr): EnrFacts {
  const values = new Map(pairs)
  const bytesIn = (key: string): Uint8Array | undefined => {
    const value = values.get(key)
    return value instanceof Uint8Array ? value : undefined
  }
  const endpoints: { endpoint: Endpoint; carrier: 'tcp' | 'udp' }[] = []
  for (const [suffix, size] of [
    ['', 4],
    ['6', 16],
  ] as const) {
    const ip = bytesIn(`ip${suffix}`)
    if (ip?.length !== size) continue
    for (const carrier of ['udp', 'tcp'] as const) {
      const port = bytesIn(`${carrier}${suffix}`)
      if (port === undefined || port.length > 2) continue
      const text = size === 4 ? ip4(ip, 0) : ip6(ip, 0)
      endpoints.push({ endpoint: { ip: text, port: numberIn(port) }, carrier })
    }
  }
  const keys = pairs.map(([key]) => key)
  return { sequence: numberIn(sequence), key: bytesIn('secp256k1'), endpoints, keys }
}
