/**
 * Pieces that several eDonkey messages share: sources, servers, file entries, part maps.
 *
 *     endpoint     ip4 | port u16le
 *     source       client id u32le | port u16le            a HighID is the four octets as spoken
 *     file entry   file hash 16 | client id u32le | port u16le | tags
 *     part status  parts u16le | bitmap of ceil(parts / 8) bytes, least significant bit first;
 *                  0 parts: the file is complete
 *     file id      flags u8 | [1: hash 16] | [2: size u64le] | [4: AICH root 20]
 *
 * Source: eMule SharedFileList.cpp (`CreateOfferedFilePacket`), PartFile.cpp (`WritePartStatus`,
 * `AddSources`), FileIdentifier.cpp (`WriteIdentifier`).
 */
import { bits, u32le } from '../../../core/bytes.ts'
import {
  address,
  type Cursor,
  hash16,
  hash20,
  type Layout,
  struct,
  u16,
  u32,
  u64,
  type ValueOf,
} from './layout.ts'
import { tags } from './tag.ts'

/** Ids below this are given by a server to clients that cannot be called. */
export const LOW_ID_END = 0x0100_0000

/** The address that a HighID is, or undefined for a LowID. */
export function addressOfId(id: number): string | undefined {
  if (id < LOW_ID_END) return undefined
  return `${bits(id, 0, 8)}.${bits(id, 8, 8)}.${bits(id, 16, 8)}.${bits(id, 24, 8)}`
}

/** The address that a hybrid id is (first octet most significant), or undefined for a LowID. */
export function addressOfHybridId(id: number): string | undefined {
  if (id < LOW_ID_END) return undefined
  return `${bits(id, 24, 8)}.${bits(id, 16, 8)}.${bits(id, 8, 8)}.${bits(id, 0, 8)}`
}

export const endpoint = struct({ ip: address, port: u16 })
export const source = struct({ id: u32, port: u16 })
export type Source = ValueOf<typeof source>

export const fileEntry = struct({ hash: hash16, id: u32, port: u16, tags })
export type FileEntry = ValueOf<typeof fileEntry>

/** `{ id, port, options: 0x83, userHash: '…' }`: a source that tells how to obfuscate. */
export interface ObfuscatedSource extends Source {
  readonly options: number
  /** There where bit 7 of the options says so. */
  readonly userHash: string | undefined
}

export const obfuscatedSource: Layout<ObfuscatedSource> = {
  min: 7,
  read(from) {
    const id = from.u32()
    const port = from.u16()
    const options = from.u8()
    return { id, port, options, userHash: options >= 0x80 ? hash16.read(from) : undefined }
  },
  write(to, value) {
    to.u32le(value.id).u16le(value.port).u8(value.options)
    if (value.userHash !== undefined) hash16.write(to, value.userHash)
  },
}

/** A file's size behind its hash: u32le, or 0 and u64le for files beyond 4 GiB. */
export interface FileSize {
  readonly size: number
  readonly wide: boolean
}

export const fileSize: Layout<FileSize> = {
  min: 4,
  read(from) {
    const size = from.u32()
    if (size !== 0 || from.left < 8) return { size, wide: false }
    return { size: u64.read(from), wide: true }
  },
  write(to, value) {
    if (value.wide) {
      to.u32le(0)
      u64.write(to, value.size)
    } else {
      to.u32le(value.size)
    }
  },
}

export interface PartStatus {
  readonly parts: number
  readonly bitmap: Uint8Array
}

export const partStatus: Layout<PartStatus> = {
  min: 2,
  read(from) {
    const parts = from.u16()
    return { parts, bitmap: from.take(Math.ceil(parts / 8)) }
  },
  write: (to, value) => void to.u16le(value.parts).bytes(value.bitmap),
}

export interface FileIdentifier {
  readonly flags: number
  readonly hash: string | undefined
  readonly size: number | undefined
  readonly aich: string | undefined
}

export const fileIdentifier: Layout<FileIdentifier> = {
  min: 1,
  read(from) {
    const flags = from.u8()
    return {
      flags,
      hash: bits(flags, 0, 1) === 1 ? hash16.read(from) : undefined,
      size: bits(flags, 1, 1) === 1 ? u64.read(from) : undefined,
      aich: bits(flags, 2, 1) === 1 ? hash20.read(from) : undefined,
    }
  },
  write(to, value) {
    to.u8(value.flags)
    if (value.hash !== undefined) hash16.write(to, value.hash)
    if (value.size !== undefined) u64.write(to, value.size)
    if (value.aich !== undefined) hash20.write(to, value.aich)
  },
}

/** The next four bytes as a number, without stepping over them. */
export function peekU32(from: Cursor): number {
  return from.left >= 4 ? u32le(from.bytes, from.at) : 0
}
