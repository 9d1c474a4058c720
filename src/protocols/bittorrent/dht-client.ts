/**
 * Which program the `v` of a DHT message names: two letters, then two bytes of version, by habit.
 * What is read here is a claim, not a proof.
 * Source: libtorrent docs/dht_extensions "client identification"; versions by the rule named in
 * the row. Letters without row are shown as they are.
 */
import { u16be } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'

export interface DhtClient {
  readonly software: string
  readonly version?: string
}

/**
 * How the two bytes after the letters are read:
 * nibbles   major, minor in the high and patch in the low four bits: 02 08 = 2.0.8
 * rakshasa  major, minor, patch in the high four bits: 0d 80 = 0.13.8 (seen of rTorrent 0.9.8)
 * build     a build number, big-endian
 * digits    two characters: `05`
 * bytes     major.minor
 * none      not known
 */
type Style = 'nibbles' | 'rakshasa' | 'build' | 'digits' | 'bytes' | 'none'

// biome-ignore format: a table
const CLIENTS: Readonly<Record<string, readonly [string, Style]>> = {
  LT: ['libtorrent (Rasterbar)', 'nibbles'],   // 1.2 and later; see below for older
  lt: ['libTorrent (rakshasa)', 'rakshasa'],
  UT: ['µTorrent', 'build'],
  BT: ['BitTorrent', 'build'],                 // µTorrent's twin
  A2: ['aria2', 'none'],                       // 00 03 in all: DHTConstants.h of aria2 counts its DHT
  AZ: ['Azureus', 'bytes'],
  Az: ['Azureus', 'bytes'],
  BC: ['BitComet', 'bytes'],
  JC: ['jech/dht', 'none'],                    // the example of that library
  KT: ['KTorrent', 'bytes'],
  ml: ['mlDHT', 'none'],
  MO: ['MonoTorrent', 'digits'],
  MP: ['MooPolice', 'none'],
  NB: ['Net::BitTorrent', 'bytes'],
  TR: ['Transmission', 'bytes'],
  TX: ['Tixati', 'bytes'],
  WT: ['WebTorrent', 'digits'],
}

/** `{ software: 'libtorrent (Rasterbar)', version: '2.0.8' }`, or undefined where `v` names nobody. */
export function dhtClientOf(version: Uint8Array): DhtClient | undefined {
  if (version.length < 2) return undefined
  const letters = latin1(version, 0, 2)
  if (!/^[A-Za-z][A-Za-z0-9]$/.test(letters)) return undefined
  const row = CLIENTS[letters]
  if (row === undefined) return { software: letters }
  if (version.length !== 4) return { software: row[0] }
  const read = versionText(version, row[1])
  return read === undefined ? { software: row[0] } : { software: row[0], version: read }
}

function versionText(version: Uint8Array, style: Style): string | undefined {
  const major = version[2]!
  const minor = version[3]!
  switch (style) {
    case 'nibbles':
      // Before 1.2 the fourth byte was the minor version alone; 1.0 and 1.1 are told by it.
      if (major === 0 || (major === 1 && minor < 16)) return `${major}.${minor}`
      return `${major}.${Math.floor(minor / 16)}.${minor % 16}`
    case 'rakshasa':
      return `0.${major}.${Math.floor(minor / 16)}`
    case 'build':
      return `build ${u16be(version, 2)}`
    case 'digits':
      return /^\d\d$/.test(latin1(version, 2)) ? latin1(version, 2) : undefined
    case 'bytes':
      return `${major}.${minor}`
    case 'none':
      return undefined
  }
}
