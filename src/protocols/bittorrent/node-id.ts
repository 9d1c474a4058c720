/**
 * Whether a DHT node's id was made for its address, as BEP 42 asks of every node: the first 21
 * bits of an id are a checksum of the (masked) address and of three bits out of the id's last
 * byte. An id that does not fit is an old client's, or chosen: to sit near a content, or to be many.
 * Source: BEP 42 "node ID restriction", with its vectors.
 *
 *   crc32c( ip AND mask, r in the top three bits of byte 0 )     r = id[19] AND 7
 *   mask    03 0f 3f ff  for IPv4,  01 03 07 0f 1f 3f 7f ff  for the first 8 bytes of IPv6
 */
import { parseIp4, parseIp6, unroutable } from '../../core/address.ts'
import { fromHex } from '../../core/bytes.ts'
import { crc32c } from '../formats/crc32c.ts'

const MASK4 = fromHex('030f3fff')
const MASK6 = fromHex('0103070f1f3f7fff')
const ID_BYTES = 20

/** Networks that BEP 42 leaves out, because their addresses are not what the world sees. */
const EXEMPT = new Set(['private', 'loopback', 'link local'])

/**
 * @param id  20 bytes
 * @param ip  the address the node was seen at
 * @returns   undefined where the rule does not apply (private address, not an address)
 */
export function idFitsAddress(id: Uint8Array, ip: string): boolean | undefined {
  if (id.length !== ID_BYTES || EXEMPT.has(unroutable(ip) ?? '')) return undefined
  const crc = idChecksum(ip, id[ID_BYTES - 1]! & 7)
  if (crc === undefined) return undefined
  const first24 = id[0]! * 0x1_0000 + id[1]! * 0x100 + id[2]!
  // 21 bits: all but the lowest three of the first three bytes.
  return Math.floor(first24 / 8) === Math.floor(crc / 0x800)
}

/** The checksum whose first 21 bits an id for this address must have; `random` is 0 … 7. */
export function idChecksum(ip: string, random: number): number | undefined {
  const four = parseIp4(ip)
  const address = four ?? parseIp6(ip)
  if (address === undefined) return undefined
  const mask = four === undefined ? MASK6 : MASK4
  const masked = mask.map((byte, i) => byte & address[i]!)
  masked[0] = masked[0]! + (random & 7) * 0x20
  return crc32c(masked)
}
