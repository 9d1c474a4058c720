/** What a file is that is not read, so that its owner knows what to do. */
import { bytesOf, hasAt, hex, u16be } from '../../core/bytes.ts'
import type { Compression } from './open-bytes.ts'

/** First bytes, what begins so, what to do about it. */
// biome-ignore format: a table
const OTHERS = [
  ['snoop\0\0\0',          'a snoop file', 'convert'],                    // RFC 1761
  ['GMBU',                 'a Network Monitor 2 file', 'convert'],
  ['RTSS',                 'a Network Monitor 1 file', 'convert'],
  ['XCP\0',                'a NetXRay or Windows Sniffer file', 'convert'],
  ['TRSNIFF data',         'a DOS Sniffer file', 'convert'],
  ['\x7fver',              'an EtherPeek or OmniPeek file', 'convert'],
  ['\xfd7zXZ\0',           'compressed with xz', 'xz -d'],
  ['BZh',                  'compressed with bzip2', 'bzip2 -d'],
  ['\x04\x22\x4d\x18',     'compressed with lz4', 'lz4 -d'],
  ['PK\x03\x04',           'a zip archive', 'unzip'],
  ['7z\xbc\xaf\x27\x1c',   'a 7-Zip archive', '7z x'],
] as const

/** Bytes of a file's beginning that `otherFormat` would like to see. */
export const OTHER_FORMAT_BYTES = 64

/**
 * Why a file is not read.
 * @param head  its first bytes, behind compression if any
 */
export function otherFormat(head: Uint8Array, compression: Compression): string {
  if (head.length === 0)
    return compression === 'none' ? 'is empty' : `holds nothing (${compression})`
  const inside = compression === 'none' ? '' : ` inside ${compression}`
  const other = OTHERS.find(([magic]) => hasAt(head, 0, bytesOf(magic)))
  if (other !== undefined) {
    const [, what, way] = other
    const remedy = way === 'convert' ? 'convert it with editcap -F pcapng' : `try ${way} first`
    return `is ${what}${inside}, which is not read; ${remedy}`
  }
  const begins = `begins${inside} with ${hex(head, 0, Math.min(8, head.length))}`
  if (looksLikeErf(head)) {
    return `${begins}: perhaps an ERF file, which is not read; convert it with editcap -F pcapng`
  }
  return `is not a capture file: ${begins}, neither pcap nor pcapng`
}

/**
 * ERF has no magic: a record is time u64le | type u8 | flags u8 | size u16be | lost u16be | wire size u16be.
 * Its type and sizes have to fit each other. Source: Endace ERF types reference.
 */
function looksLikeErf(head: Uint8Array): boolean {
  if (head.length < 16) return false
  const type = head[8]! & 0x7f
  const size = u16be(head, 10)
  const wireSize = u16be(head, 14)
  return type >= 1 && type <= 48 && size >= 16 && size <= wireSize + 64 && wireSize > 0
}
