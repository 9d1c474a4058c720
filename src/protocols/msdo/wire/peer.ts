/**
 * Delivery Optimization's peer wire: a handshake as BitTorrent's, with other names and longer ids,
 * then frames as BitTorrent's.
 * No specification: read from third-party/p2p/msdo/ndpi-msdo.pcapng, frames 4 to 7.
 *
 *   handshake   0e "Swarm protocol" | flags 8 | content 32 | peer id 20
 *   frame       length u32be | number u8 | body                  length counts number and body
 *
 * A length of zero keeps alive, as it does in BitTorrent.
 */
import { ByteWriter, bytesOf, concat, hasAt, u32be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const MAGIC = bytesOf('\x0eSwarm protocol')
const FLAGS = 8
const CONTENT = 32
const PEER_ID = 20
const HANDSHAKE = MAGIC.length + FLAGS + CONTENT + PEER_ID
/** A piece has a mebibyte (Microsoft's documentation); a frame is not known to be longer. */
const MESSAGE_BYTES_MAX = 4 + 1 + 1_048_576 + 64

const FAULTS = ['name-wrong', 'frame-too-long'] as const

/** Views live only as long as the bytes they were read from. */
export type PeerMessage =
  | {
      readonly type: 'handshake'
      readonly flags: Uint8Array
      readonly content: Uint8Array
      readonly peerId: Uint8Array
    }
  | { readonly type: 'keep-alive' }
  | { readonly type: 'frame'; readonly number: number; readonly body: Uint8Array }

/** No frame is as long as its first byte 0e would make it: a handshake is told by it. */
function parse(bytes: Uint8Array, at: number): Outcome<PeerMessage> {
  const have = bytes.length - at
  if (have < 4) return need(4)
  if (bytes[at] === MAGIC[0]) return handshake(bytes, at)
  const length = u32be(bytes, at)
  if (length === 0) return message({ type: 'keep-alive' }, 4)
  const size = 4 + length
  if (size > MESSAGE_BYTES_MAX) return malformed('frame-too-long', at)
  if (have < size) return need(size)
  const body = bytes.subarray(at + 5, at + size)
  return message({ type: 'frame', number: bytes[at + 4]!, body }, size)
}

function handshake(bytes: Uint8Array, at: number): Outcome<PeerMessage> {
  if (bytes.length - at < HANDSHAKE) return need(HANDSHAKE)
  if (!hasAt(bytes, at, MAGIC)) return malformed('name-wrong', at + 1)
  const flags = at + MAGIC.length
  const content = flags + FLAGS
  const peerId = content + CONTENT
  return message(
    {
      type: 'handshake',
      flags: bytes.subarray(flags, content),
      content: bytes.subarray(content, peerId),
      peerId: bytes.subarray(peerId, peerId + PEER_ID),
    },
    HANDSHAKE,
  )
}

function emit(said: PeerMessage): Uint8Array {
  switch (said.type) {
    case 'handshake':
      return concat(MAGIC, said.flags, said.content, said.peerId)
    case 'keep-alive':
      return new Uint8Array(4)
    case 'frame':
      return new ByteWriter()
        .u32be(1 + said.body.length)
        .u8(said.number)
        .bytes(said.body)
        .finish()
  }
}

export const peerWire: Wire<PeerMessage> = {
  name: 'msdo/peer',
  source: 'third-party/p2p/msdo/ndpi-msdo.pcapng, frames 4 to 7',
  carrier: 'stream',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
