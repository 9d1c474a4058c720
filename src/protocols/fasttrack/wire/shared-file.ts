/**
 * One file of a list of shared files, as it is answered to a request for `/.files` once the asker
 * has proved to be a client.
 * Source: giFT-FastTrack PROTOCOL, "Listing shared files" and "Tag types".
 *
 *   file     hash 20 | checksum varint | size varint | tags varint | tags × tag
 *   tag      type varint | size varint | value
 *   varint   base 128, most significant first; bit 7 set on all bytes but the last
 *   hash     MD5 of the first 300 KiB 16 | CRC over samples of the rest 4
 *
 * No capture with such a list was found: this follows the description alone.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

/** Views live only as long as the bytes they were read from. */
export interface Tag {
  readonly type: number
  readonly value: Uint8Array
}

export interface SharedFile {
  readonly hash: Uint8Array
  readonly checksum: number
  readonly size: number
  readonly tags: readonly Tag[]
}

export const HASH_BYTES = 20
/** Seven bytes hold 49 bits, which a double holds exactly; sizes were below 2^32. */
const VARINT_BYTES_MAX = 7
/** Some two dozen types are known. */
const TAGS_MAX = 256
/** Of a name or a comment; one message of the overlay cannot hold more. */
const VALUE_BYTES_MAX = 65_535
const FILE_BYTES_MAX = 262_144

const FAULTS = ['number-too-long', 'tags-too-many', 'value-too-long', 'file-too-long'] as const

/** `{ value, next }`, `next` being where what follows begins. */
export type Varint = { readonly value: number; readonly next: number } | 'cut' | 'too-long'

export function varint(bytes: Uint8Array, at: number): Varint {
  let value = 0
  for (let i = 0; i < VARINT_BYTES_MAX; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) return 'cut'
    value = value * 128 + (byte % 128)
    if (byte < 128) return { value, next: at + i + 1 }
  }
  return 'too-long'
}

export function emitVarint(writer: ByteWriter, value: number): void {
  const groups: number[] = []
  let rest = value
  do {
    groups.unshift(rest % 128)
    rest = Math.floor(rest / 128)
  } while (rest > 0)
  for (const [index, group] of groups.entries()) {
    writer.u8(index < groups.length - 1 ? group + 128 : group)
  }
}

class Cursor {
  readonly bytes: Uint8Array
  at: number
  fault: (typeof FAULTS)[number] | 'cut' | undefined
  /** When cut: where the bytes would have to reach at least. */
  wanted = 0

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
  }

  number(): number {
    const read = varint(this.bytes, this.at)
    if (read === 'cut') return this.cut(this.bytes.length + 1)
    if (read === 'too-long') {
      this.fault = 'number-too-long'
      return 0
    }
    this.at = read.next
    return read.value
  }

  cut(wanted: number): 0 {
    this.fault = 'cut'
    this.wanted = wanted
    return 0
  }

  view(size: number): Uint8Array {
    const end = this.at + size
    if (end > this.bytes.length) this.cut(end)
    const view = this.bytes.subarray(this.at, end)
    if (this.fault === undefined) this.at = end
    return view
  }
}

function parse(bytes: Uint8Array, at: number): Outcome<SharedFile> {
  if (bytes.length - at < HASH_BYTES + 3) return need(HASH_BYTES + 3)
  const cursor = new Cursor(bytes, at + HASH_BYTES)
  const checksum = cursor.number()
  const size = cursor.fault === undefined ? cursor.number() : 0
  const count = cursor.fault === undefined ? cursor.number() : 0
  if (count > TAGS_MAX) return malformed('tags-too-many', cursor.at)
  const tags: Tag[] = []
  while (cursor.fault === undefined && tags.length < count) {
    const type = cursor.number()
    const length = cursor.fault === undefined ? cursor.number() : 0
    if (length > VALUE_BYTES_MAX) return malformed('value-too-long', cursor.at)
    if (cursor.fault === undefined) tags.push({ type, value: cursor.view(length) })
    if (cursor.at - at > FILE_BYTES_MAX) return malformed('file-too-long', cursor.at)
  }
  if (cursor.fault === 'cut') {
    if (cursor.wanted - at > FILE_BYTES_MAX) return malformed('file-too-long', cursor.at)
    return need(cursor.wanted - at)
  }
  if (cursor.fault !== undefined) return malformed(cursor.fault, cursor.at)
  if (cursor.at - at > FILE_BYTES_MAX) return malformed('file-too-long', cursor.at)
  const hash = bytes.subarray(at, at + HASH_BYTES)
  return message({ hash, checksum, size, tags }, cursor.at - at)
}

function emit({ hash, checksum, size, tags }: SharedFile): Uint8Array {
  const writer = new ByteWriter().bytes(hash)
  for (const value of [checksum, size, tags.length]) emitVarint(writer, value)
  for (const { type, value } of tags) {
    emitVarint(writer, type)
    emitVarint(writer, value.length)
    writer.bytes(value)
  }
  return writer.finish()
}

export const sharedFileWire: Wire<SharedFile> = {
  name: 'fasttrack/shared-file',
  source: 'giFT-FastTrack PROTOCOL, Listing shared files',
  carrier: 'stream',
  messageBytesMax: FILE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
