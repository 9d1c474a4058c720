/**
 * Tags: named values, in lists, on every eDonkey and Kad message that has properties.
 *
 *     type u8 | name size u16le | name | value        name of size 1: a known id
 *     type u8 with bit 7 | id u8 | value              the short form (eD2k only)
 *
 *     01 hash 16        02 text u16le size     03 u32le          04 float32 le
 *     05 bool u8        06 bool array: u16le bits, bits/8 + 1 bytes
 *     07 blob u32le size                       08 u16le          09 u8
 *     0a blob u8 size (Kad)                    0b u64le          11…20 text of (type - 10) bytes
 *
 *     tag list   count u32le | tags      Kad: count u8 | tags
 *
 * Source: eMule packets.cpp (`CTag::CTag(CFileDataIO*)`, `WriteNewEd2kTag`), kademlia/io/DataIO.cpp.
 */
import { ByteWriter, f32le, u64leBig } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { text } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { Cursor, type Layout, list, u8, u32 } from './layout.ts'

/** `{ type: 2, short: false, id: 1, name: '', value: bytes }` */
export interface Tag {
  /** Without bit 7. */
  readonly type: number
  readonly short: boolean
  /** The one-byte name, or -1 where the name is longer (or empty). */
  readonly id: number
  /** One character per byte; empty where `id` says it. */
  readonly name: string
  /** Text, hashes and blobs as bytes; u64 as bigint. */
  readonly value: number | bigint | Uint8Array
}

/** Ids of the tags that sessions look for. Source: eMule opcodes.h (CT_, FT_, ST_, TAG_). */
export const TAG = {
  name: 0x01,
  size: 0x02,
  fileType: 0x03,
  format: 0x04,
  version: 0x11,
  description: 0x0b,
  port: 0x0f,
  sources: 0x15,
  serverFlags: 0x20,
  sizeHigh: 0x3a,
  modName: 0x55,
  osInfo: 0x94,
  emuleUdpPorts: 0xf9,
  emuleOptions1: 0xfa,
  emuleVersion: 0xfb,
  buddyIp: 0xfc,
  buddyUdpPort: 0xfd,
  emuleOptions2: 0xfe,
  kadMisc: 0xf2,
  encryption: 0xf3,
  rating: 0xf7,
  kadBuddyHash: 0xf8,
  kadBuddyPort: 0xfa,
  kadServerIp: 0xfb,
  kadUdpPort: 0xfc,
  kadTcpPort: 0xfd,
  kadSourceIp: 0xfe,
  kadSourceType: 0xff,
} as const

/** Fewest bytes of a tag: type, short id, one byte of value. */
const TAG_BYTES_MIN = 3

const tag: Layout<Tag> = {
  min: TAG_BYTES_MIN,
  read(from) {
    const first = from.u8()
    const short = first >= 0x80
    const type = short ? first - 0x80 : first
    let id = -1
    let name = ''
    if (short) {
      id = from.u8()
    } else {
      const bytes = from.take(from.u16())
      if (bytes.length === 1) id = bytes[0]!
      else for (const byte of bytes) name += String.fromCharCode(byte)
    }
    return { type, short, id, name, value: readValue(type, from) }
  },
  write(to, value) {
    if (value.short) {
      to.u8(value.type + 0x80).u8(value.id)
    } else {
      to.u8(value.type)
      if (value.id >= 0) to.u16le(1).u8(value.id)
      else to.u16le(value.name.length).latin1(value.name)
    }
    writeValue(to, value)
  },
}

function readValue(type: number, from: Cursor): Tag['value'] {
  if (type >= 0x11 && type <= 0x20) return from.take(type - 0x10)
  switch (type) {
    case 0x01:
      return from.take(16)
    case 0x02:
      return from.take(from.u16())
    case 0x03:
      return from.u32()
    case 0x04: {
      const at = from.step(4)
      return at < 0 ? 0 : f32le(from.bytes, at)
    }
    case 0x05:
    case 0x09:
      return from.u8()
    case 0x06: {
      // The bit count is not kept apart: it is the first two bytes of the value.
      if (from.left < 2) return from.take(2)
      const bits = from.bytes[from.at]! + 256 * from.bytes[from.at + 1]!
      return from.take(2 + Math.floor(bits / 8) + 1)
    }
    case 0x07:
      return from.take(from.u32())
    case 0x08:
      return from.u16()
    case 0x0a:
      return from.take(from.u8())
    case 0x0b: {
      const at = from.step(8)
      return at < 0 ? 0n : u64leBig(from.bytes, at)
    }
    default:
      from.fail('tag-type-unknown')
      return 0
  }
}

function writeValue(to: ByteWriter, { type, value }: Tag): void {
  if (typeof value === 'bigint') {
    to.u64leBig(value)
  } else if (typeof value === 'number') {
    if (type === 0x03) to.u32le(value)
    else if (type === 0x04) to.f32le(value)
    else if (type === 0x08) to.u16le(value)
    else to.u8(value)
  } else {
    if (type === 0x02) to.u16le(value.length)
    else if (type === 0x07) to.u32le(value.length)
    else if (type === 0x0a) to.u8(value.length)
    to.bytes(value)
  }
}

/** Tags behind a u32le count: servers and clients. */
export const tags: Layout<readonly Tag[]> = list(u32, tag)
/** Tags behind a u8 count: Kad. */
export const kadTags: Layout<readonly Tag[]> = list(u8, tag)

export function findTag(all: readonly Tag[], id: number): Tag | undefined {
  return all.find((each) => each.id === id)
}

/** The number of a tag, whatever its width; 64-bit values as a double. */
export function tagNumber(all: readonly Tag[], id: number): number | undefined {
  const value = findTag(all, id)?.value
  if (typeof value === 'number') return value
  return typeof value === 'bigint' ? Number(value) : undefined
}

export function tagText(all: readonly Tag[], id: number): string | undefined {
  const found = findTag(all, id)
  if (found === undefined || !(found.value instanceof Uint8Array)) return undefined
  return found.type === 2 || found.type >= 0x11 ? text(found.value) : undefined
}

const TAG_LIST_FAULTS = ['body-short', 'count-exceeds-body', 'tag-type-unknown'] as const

function tagListWire(name: string, layout: Layout<readonly Tag[]>): Wire<readonly Tag[]> {
  return {
    name,
    source: 'eMule packets.cpp, kademlia/io/DataIO.cpp',
    carrier: 'datagram',
    messageBytesMax: 2_000_000,
    faults: TAG_LIST_FAULTS,
    parse(bytes, at): Outcome<readonly Tag[]> {
      const from = new Cursor(bytes, at, Math.min(bytes.length, at + 2_000_000))
      const value = layout.read(from)
      if (from.fault !== undefined) return malformed(from.fault, from.faultAt)
      return message(value, from.at - at)
    },
    emit(value) {
      const to = new ByteWriter()
      layout.write(to, value)
      return to.finish()
    },
  }
}

export const tagListWire32 = tagListWire('edonkey/tag-list', tags)
export const tagListWire8 = tagListWire('edonkey/kad-tag-list', kadTags)
