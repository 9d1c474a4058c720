/**
 * Metadata exchange: the body of an `extended` message that the receiver's `m` calls `ut_metadata`.
 *
 *   one bencoded dictionary    msg_type 0 request | 1 data | 2 reject, piece, data: total_size
 *   data only                  the raw piece, at most 16,384 bytes, to the end of the message
 *
 * Source: BEP 9. `dict` and `rest` are the message; `emit` writes them.
 */
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import type { BDict } from '../../formats/bencode.ts'
import { dictAndRest, EXTENDED_BYTES_MAX, EXTENDED_FAULTS, emitDictAndRest } from './extended.ts'

export interface MetadataMessage {
  readonly dict: BDict
  /** The piece's bytes; empty in requests and rejections. */
  readonly rest: Uint8Array
  /** 0 request, 1 data, 2 reject; others are kept as they are. */
  readonly messageType: number
  readonly piece: number
  readonly totalSize?: number
}

/** Every piece of the metadata but the last has this size, in bytes. */
export const METADATA_PIECE_BYTES = 16_384

const METADATA_FAULTS = [
  ...EXTENDED_FAULTS,
  'message-type-missing',
  'piece-missing',
  'piece-too-long',
] as const

/** @faults METADATA_FAULTS */
function parse(bytes: Uint8Array, at: number): Outcome<MetadataMessage> {
  const outcome = dictAndRest(bytes, at)
  if (outcome.kind !== 'message') return outcome
  const { dict, rest } = outcome.message
  const messageType = dict.number('msg_type')
  if (messageType === undefined) return malformed('message-type-missing', at)
  const piece = dict.number('piece')
  if (piece === undefined || piece < 0) return malformed('piece-missing', at)
  if (rest.length > METADATA_PIECE_BYTES) return malformed('piece-too-long', at)
  const totalSize = dict.number('total_size')
  const known = totalSize === undefined ? {} : { totalSize }
  return message({ dict, rest, messageType, piece, ...known }, outcome.size)
}

export const metadataWire: Wire<MetadataMessage> = {
  name: 'bittorrent/ut_metadata',
  source: 'BEP 9',
  carrier: 'datagram',
  messageBytesMax: EXTENDED_BYTES_MAX,
  faults: METADATA_FAULTS,
  parse,
  emit: emitDictAndRest,
}
