/**
 * HELLO and its answer: who a client is, and the bits of what it can do.
 *
 *     [10 in the request] | user hash 16 | client id u32le | port u16le | tags
 *     | server ip4 | server port u16le | [tail 4: `MLDK` or another client's mark]
 *
 *     tag fa  options 1   31…29 AICH  28 unicode  27…24 UDP version  23…20 compression
 *                         19…16 secure identification  15…12 source exchange
 *                         11…8 extended requests  7…4 comments  3 peer cache
 *                         2 no shared-file view  1 multipacket  0 preview
 *     tag fe  options 2   3…0 Kad version  4 large files  5 extended multipacket  6 mod
 *                         7 obfuscation supported  8 requested  9 required
 *                         10 source exchange 2  11 captcha  12 direct callback  13 file ids
 *     tag fb  version     31…24 compatible client  23…17 major  16…10 minor  9…7 update
 *     tag f9  UDP ports   31…16 Kad  15…0 eMule
 *
 * Source: eMule BaseClient.cpp (`SendHelloTypePacket`, `ProcessHelloTypePacket`,
 * `ReGetClientSoft`), aMule BaseClient.cpp (which writes the version with update in bits 9…7 too).
 */
import { bits } from '../../../core/bytes.ts'
import { address, hash16, ifWhole, type Layout, struct, u8, u16, u32 } from './layout.ts'
import { TAG, type Tag, tagNumber, tags, tagText } from './tag.ts'

export const helloAnswer = struct({
  userHash: hash16,
  id: u32,
  port: u16,
  tags,
  serverIp: address,
  serverPort: u16,
  tail: ifWhole(u32),
})
export interface Hello {
  readonly userHash: string
  readonly id: number
  readonly port: number
  readonly tags: readonly Tag[]
  readonly serverIp: string
  readonly serverPort: number
  readonly tail: number | undefined
}

const HASH_BYTES = 0x10

export const hello: Layout<Hello> = {
  min: 1 + helloAnswer.min,
  read(from) {
    if (from.u8() !== HASH_BYTES) from.fail('body-wrong')
    return helloAnswer.read(from)
  },
  write(to, value) {
    u8.write(to, HASH_BYTES)
    helloAnswer.write(to, value)
  },
}

/** `{ aich: 1, sourceExchange: 4, kadVersion: 8, largeFiles: 1 … }`, only what is not zero. */
export type Capabilities = Readonly<Record<string, number>>

// biome-ignore format: a table
const OPTIONS_1 = [
  ['aich', 29, 3], ['unicode', 28, 1], ['udp_version', 24, 4], ['compression', 20, 4],
  ['secure_ident', 16, 4], ['source_exchange', 12, 4], ['extended_requests', 8, 4],
  ['comments', 4, 4], ['peer_cache', 3, 1], ['no_view_shared', 2, 1], ['multipacket', 1, 1],
  ['preview', 0, 1],
] as const

// biome-ignore format: a table
const OPTIONS_2 = [
  ['kad_version', 0, 4], ['large_files', 4, 1], ['extended_multipacket', 5, 1], ['mod', 6, 1],
  ['crypt_supported', 7, 1], ['crypt_requested', 8, 1], ['crypt_required', 9, 1],
  ['source_exchange_2', 10, 1], ['captcha', 11, 1], ['direct_callback', 12, 1],
  ['file_identifiers', 13, 1],
] as const

function decode(
  value: number | undefined,
  rows: readonly (readonly [string, number, number])[],
  into: Record<string, number>,
): void {
  if (value === undefined) return
  for (const [name, from, count] of rows) {
    const field = bits(value, from, count)
    if (field !== 0) into[name] = field
  }
}

export function capabilities(all: readonly Tag[]): Capabilities {
  const found: Record<string, number> = {}
  decode(tagNumber(all, TAG.emuleOptions1), OPTIONS_1, found)
  decode(tagNumber(all, TAG.emuleOptions2), OPTIONS_2, found)
  return found
}

/** Compatible-client byte → software. Source: eMule updownclient.h (SO_…), aMule ClientSoftware. */
// biome-ignore format: a table
const SOFTWARE: Readonly<Record<number, string>> = {
  0: 'eMule', 1: 'cDonkey', 2: 'xMule', 3: 'aMule', 4: 'Shareaza', 5: 'eMule Plus',
  6: 'HydraNode', 10: 'MLDonkey', 20: 'lphant', 40: 'Shareaza', 50: 'eDonkeyHybrid',
  52: 'MLDonkey', 152: 'MLDonkey',
}

/** The tail `4d 4c 44 4b` read as u32le. */
const MLDONKEY_TAIL = 0x4b444c4d

export interface Software {
  readonly software: string
  readonly version: string | undefined
}

/** A program of its own that is built of eMule: its mod, or the nick that it gives to users, says so. */
const REBUILT = /\bVagaa\b[ v]*(\d[\d.]*)?/i

/** What a HELLO says its sender runs. */
export function softwareOf(said: Hello): Software {
  const mod = tagText(said.tags, TAG.modName) ?? ''
  const rebuilt = REBUILT.exec(mod) ?? REBUILT.exec(nickOf(said) ?? '')
  if (rebuilt !== null) return { software: 'Vagaa', version: rebuilt[1] }
  const packed = tagNumber(said.tags, TAG.emuleVersion)
  if (packed !== undefined) {
    const compatible = bits(packed, 24, 8)
    const software = SOFTWARE[compatible] ?? `compatible client ${compatible}`
    return { software, version: versionText(compatible, packed) }
  }
  const plain = tagNumber(said.tags, TAG.version)
  const version = plain === undefined ? undefined : String(plain)
  if (said.tail === MLDONKEY_TAIL || said.userHash.slice(10, 12) === '4d') {
    return { software: 'MLDonkey', version }
  }
  // A four-byte tail that is not MLDonkey's is how eMule tells eDonkeyHybrid.
  if (said.tail !== undefined) return { software: 'eDonkeyHybrid', version }
  return { software: 'eDonkey', version }
}

/** eMule calls its updates a, b, c (0.48a is 0.48.0); the others count in numbers. */
function versionText(compatible: number, packed: number): string {
  const major = bits(packed, 17, 7)
  const minor = bits(packed, 10, 7)
  const update = bits(packed, 7, 3)
  if (compatible === 0) return `${major}.${minor}${String.fromCharCode(0x61 + update)}`
  return `${major}.${minor}.${update}`
}

export function nickOf(said: Hello): string | undefined {
  return tagText(said.tags, TAG.name)
}

/** UDP ports of tag f9. */
export function udpPortsOf(said: Hello): { kad: number; emule: number } | undefined {
  const value = tagNumber(said.tags, TAG.emuleUdpPorts)
  return value === undefined ? undefined : { kad: bits(value, 16, 16), emule: bits(value, 0, 16) }
}
