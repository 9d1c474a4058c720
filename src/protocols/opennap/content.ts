/**
 * What files and addresses are called in messages.
 *
 * A file is known by its path at a user and its size. The MD5 field is no MD5 of the file: clients
 * hashed about the first 300,000 bytes of sound (299,008, 300,032 or 300,000), or wrote zeros, words
 * or letters. So the content's name here is size and file name, which both the index and the
 * transfer tell; the MD5 field, where it is one, is another name of it.
 *
 *   urn:x-peerscope:opennap:<size>:<file name>
 *   urn:x-peerscope:opennap:md5:<hex 32>
 *
 * Source: mldonkey, docs/slavanap.txt section 3.
 */
import { ip4OfNumber, parseIp, parseIp4 } from '../../core/address.ts'
import { bytesOf, u32le } from '../../core/bytes.ts'
import { text } from '../../core/text.ts'
import { namedUrn, nameOf } from '../formats/file-path.ts'

export function fileUrn(path: string, size: number): string {
  return namedUrn('opennap', nameOf(path), size)
}

/** The MD5 field as a content's name; undefined where it holds none. */
export function md5Urn(field: string): string | undefined {
  const digits = /^([0-9a-f]{32})(?:-\d+)?$/i.exec(field)?.[1]?.toLowerCase()
  if (digits === undefined || /^(.)\1*$/.test(digits)) return undefined
  return `urn:x-peerscope:opennap:md5:${digits}`
}

/**
 * An address as servers write it: the number of an in_addr on a little-endian machine, in decimal,
 * so that the first octet is the number modulo 256. Some print it signed. Dotted text is read too: newer
 * servers write it in 604, 832 and 900.
 */
export function addressOf(word: string): string | undefined {
  if (/^-?\d{1,10}$/.test(word)) {
    const number = Number(word)
    if (number > 0xffff_ffff || number < -0x8000_0000) return undefined
    return ip4OfNumber(swapped(number < 0 ? number + 2 ** 32 : number))
  }
  return parseIp(word)
}

/** The four bytes of a number in the other order. */
function swapped(number: number): number {
  const octets = parseIp4(ip4OfNumber(number))!
  return u32le(octets, 0)
}

/** The decimal text of an address, as a server would write it. */
export function decimalOf(ip: string): string {
  return String(u32le(parseIp4(ip)!, 0))
}

/** Text of a word that holds one character per byte. */
export function decoded(value: string): string {
  return text(bytesOf(value))
}
