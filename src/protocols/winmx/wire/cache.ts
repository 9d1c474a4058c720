/**
 * What a peer cache says to who connects, before it closes: a list of ten nodes.
 * Source: MXControl/RoboServ, RoomLister.cpp and WPNList.h.
 *
 *   list    38 | key block 16, id 0x54 | seed 12 | ten nodes of 12        149 bytes in all
 *   node    ip4 | UDP port u16le | TCP port u16le | free primaries u8 | free secondaries u8 | 2
 *
 * Seed and nodes are enciphered by tables which no specification gives; they are kept as they are.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { BLOCK, type KeyBlock, keyBlockWire } from './key-block.ts'

export const CACHE_HAIL = 0x38
export const CACHE_ID = 0x54
export const LIST_BYTES = 1 + BLOCK + 132
const FAULTS = ['hail-wrong', 'key-block-wrong'] as const

export interface CacheList {
  readonly block: KeyBlock
  /** A view that lives only as long as the bytes it was read from. */
  readonly nodes: Uint8Array
}

function parse(bytes: Uint8Array, at: number): Outcome<CacheList> {
  const have = bytes.length - at
  if (have > 0 && bytes[at] !== CACHE_HAIL) return malformed('hail-wrong', at)
  if (have < 1 + BLOCK) return need(1 + BLOCK)
  const block = keyBlockWire.parse(bytes, at + 1)
  if (block.kind !== 'message' || block.message.id !== CACHE_ID) {
    return malformed('key-block-wrong', at + 1)
  }
  if (have < LIST_BYTES) return need(LIST_BYTES)
  const nodes = bytes.subarray(at + 1 + BLOCK, at + LIST_BYTES)
  return message({ block: block.message, nodes }, LIST_BYTES)
}

function emit({ block, nodes }: CacheList): Uint8Array {
  return new ByteWriter().u8(CACHE_HAIL).bytes(keyBlockWire.emit(block)).bytes(nodes).finish()
}

export const cacheWire: Wire<CacheList> = {
  name: 'winmx/cache',
  source: 'MXControl/RoboServ, RoomLister.cpp, WPNList.h',
  carrier: 'stream',
  messageBytesMax: LIST_BYTES,
  faults: FAULTS,
  parse,
  emit,
}
