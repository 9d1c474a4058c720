/**
 * What stands deflated in messages of peers: lists of files.
 *
 *   share list        directories × (name, files) | 0 u32 | private directories, the same
 *   search response   user | token | files | slot free u8 | speed | queue length | 0 u32 | private files
 *   folder            token | directory | directories × (name, files)
 *   file              1 u8 | name | size u64 | extension | attributes × (kind u32, value u32)
 *
 * Source: nicotine-plus/nicotine-plus doc/SLSKPROTOCOL.md, peer codes 5, 9, 37.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { limits } from '../../../core/limits.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { type Field, type Row, readRow, writeRow } from './fields.ts'

const FILES: readonly Field[] = [
  ['code', 'u8'],
  ['name', 'text'],
  ['size', 'u64'],
  ['extension', 'text'],
  [
    'attributes',
    [
      ['kind', 'u32'],
      ['value', 'u32'],
    ],
  ],
]
const DIRECTORIES: readonly Field[] = [
  ['name', 'text'],
  ['files', FILES],
]

function listWire(name: string, fields: readonly Field[]): Wire<Row> {
  function parse(bytes: Uint8Array, at: number): Outcome<Row> {
    if (bytes.length - at > limits.inflatedBytesMax) return malformed('list-too-long', at)
    const read = readRow(fields, bytes, at, bytes.length)
    if ('brokenAt' in read) return malformed('list-broken', Math.min(read.brokenAt, bytes.length))
    if (read.end === at) return malformed('list-broken', at)
    const rest = bytes.subarray(read.end)
    return message(rest.length === 0 ? read.row : { ...read.row, rest }, bytes.length - at)
  }

  function emit(row: Row): Uint8Array {
    const writer = new ByteWriter()
    writeRow(writer, fields, row)
    const { rest } = row
    return rest instanceof Uint8Array ? writer.bytes(rest).finish() : writer.finish()
  }

  return {
    name: `soulseek/${name}`,
    source: 'nicotine-plus/nicotine-plus doc/SLSKPROTOCOL.md',
    carrier: 'datagram',
    messageBytesMax: limits.inflatedBytesMax,
    faults: ['list-broken', 'list-too-long'],
    parse,
    emit,
  }
}

export const shareListWire = listWire('share-list', [
  ['directories', DIRECTORIES],
  ['unknown', 'u32', 'optional'],
  ['privateDirectories', DIRECTORIES, 'optional'],
])

export const searchResponseWire = listWire('search-response', [
  ['user', 'text'],
  ['token', 'u32'],
  ['files', FILES],
  ['slotFree', 'u8', 'optional'],
  ['speed', 'u32', 'optional'],
  ['queue', 'u32', 'optional'],
  ['unknown', 'u32', 'optional'],
  ['privateFiles', FILES, 'optional'],
])

export const folderWire = listWire('folder', [
  ['token', 'u32'],
  ['directory', 'text'],
  ['directories', DIRECTORIES],
])
