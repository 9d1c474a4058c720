/** Addresses as keys of tables: a number where it is IPv4, which takes less room than its text. */
import { ip4OfNumber, parseIp4 } from '../../core/address.ts'
import { u32be } from '../../core/bytes.ts'

export type AddressKey = number | string

export function keyOf(ip: string): AddressKey {
  const four = ip.includes(':') ? undefined : parseIp4(ip)
  return four === undefined ? ip : u32be(four, 0)
}

export function ipOf(key: AddressKey): string {
  return typeof key === 'number' ? ip4OfNumber(key) : key
}
