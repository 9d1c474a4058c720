/**
 * The addresses of `addrv2`: an Internet address, or the name of a hidden service.
 * Source: BIP 155; Tor rend-spec-v3 section 6 (the checksum of a name); I2P naming (b32).
 */
import { createHash } from 'node:crypto'
import { ip4, ip6 } from '../../core/address.ts'
import { base32, bytesOf, concat, hex } from '../../core/bytes.ts'
import type { AddressV2 } from './wire/addr.ts'

const SIZES: Readonly<Record<number, number>> = { 1: 4, 2: 16, 3: 10, 4: 32, 5: 32, 6: 16, 7: 16 }

export interface Place {
  /** As a person writes it; hex where the network is not known. */
  readonly host: string
  /** Present where it is an Internet address. */
  readonly ip?: string
}

export function placeOf({ network, address }: Pick<AddressV2, 'network' | 'address'>): Place {
  if (address.length !== SIZES[network]) return { host: hex(address) }
  switch (network) {
    case 1:
      return internet(ip4(address, 0))
    case 2:
    case 6:
    case 7:
      return internet(ip6(address, 0))
    case 3:
      return { host: `${base32(address).toLowerCase()}.onion` }
    case 4:
      return { host: onion(address) }
    default:
      return { host: `${base32(address).toLowerCase()}.b32.i2p` }
  }
}

function internet(ip: string): Place {
  return { host: ip, ip }
}

const ONION_VERSION = Uint8Array.of(3)

function onion(key: Uint8Array): string {
  const hashed = concat(bytesOf('.onion checksum'), key, ONION_VERSION)
  const checksum = createHash('sha3-256').update(hashed).digest().subarray(0, 2)
  return `${base32(concat(key, checksum, ONION_VERSION)).toLowerCase()}.onion`
}
