/**
 * What a node has (`inv`), wants (`getdata`) or has not (`notfound`), and why it refused (`reject`).
 * Source: Bitcoin developer reference "inv", "getdata", "notfound"; BIP 61 "reject".
 *
 *   inventory   count | count × (type u32le | hash 32)
 *   reject      command: size, text | code u8 | reason: size, text | hash, or nothing
 */
import { ByteWriter, u32le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { countAt, writeCompactSize } from './compact-size.ts'

export interface Inventory {
  readonly kind: number
  /** A view; block explorers show it reversed. */
  readonly hash: Uint8Array
}

const ENTRY_BYTES = 36
/** MAX_INV_SZ of Bitcoin Core. */
const ENTRIES_MAX = 50_000

function parse(bytes: Uint8Array, at: number): Outcome<readonly Inventory[]> {
  const found = countAt(bytes, at, ENTRY_BYTES)
  if (found === undefined || found.count > ENTRIES_MAX) return malformed('count-wrong', at)
  const size = found.size + found.count * ENTRY_BYTES
  if (bytes.length - at !== size) return malformed('count-wrong', at)
  const list: Inventory[] = []
  for (let entry = at + found.size; entry < bytes.length; entry += ENTRY_BYTES) {
    list.push({ kind: u32le(bytes, entry), hash: bytes.subarray(entry + 4, entry + ENTRY_BYTES) })
  }
  return message(list, size)
}

function emit(list: readonly Inventory[]): Uint8Array {
  const writer = writeCompactSize(new ByteWriter(), BigInt(list.length))
  for (const { kind, hash } of list) writer.u32le(kind).bytes(hash)
  return writer.finish()
}

export const inventoryWire: Wire<readonly Inventory[]> = {
  name: 'bitcoin/inventory',
  source: 'Bitcoin developer reference',
  carrier: 'datagram',
  messageBytesMax: 9 + ENTRIES_MAX * ENTRY_BYTES,
  faults: ['count-wrong'],
  parse,
  emit,
}

export interface Reject {
  readonly command: Uint8Array
  readonly code: number
  readonly reason: Uint8Array
  readonly hash: Uint8Array
}

const REJECT_BYTES_MAX = 1024

function parseReject(bytes: Uint8Array, at: number): Outcome<Reject> {
  if (bytes.length - at > REJECT_BYTES_MAX) return malformed('text-size-wrong', at)
  const command = countAt(bytes, at, 1)
  if (command === undefined) return malformed('text-size-wrong', at)
  const commandAt = at + command.size
  const codeAt = commandAt + command.count
  const reason = countAt(bytes, codeAt + 1, 1)
  if (reason === undefined) return malformed('text-size-wrong', Math.min(codeAt, bytes.length))
  const reasonAt = codeAt + 1 + reason.size
  const value = {
    command: bytes.subarray(commandAt, codeAt),
    code: bytes[codeAt]!,
    reason: bytes.subarray(reasonAt, reasonAt + reason.count),
    hash: bytes.subarray(reasonAt + reason.count),
  }
  return message(value, bytes.length - at)
}

function emitReject({ command, code, reason, hash }: Reject): Uint8Array {
  const writer = writeCompactSize(new ByteWriter(), BigInt(command.length)).bytes(command).u8(code)
  return writeCompactSize(writer, BigInt(reason.length)).bytes(reason).bytes(hash).finish()
}

export const rejectWire: Wire<Reject> = {
  name: 'bitcoin/reject',
  source: 'BIP 61',
  carrier: 'datagram',
  messageBytesMax: REJECT_BYTES_MAX,
  faults: ['text-size-wrong'],
  parse: parseReject,
  emit: emitReject,
}
