/**
 * Finding frames in the middle of a stream, and telling a server link from one between clients.
 *
 * A frame's head alone is weak evidence (about 20 bits); that a second one begins exactly where
 * the first ends makes it strong. Part data is checked in itself: its offsets must agree with the
 * frame's size, which is 32 bits more.
 */
import { u32le } from '../../core/bytes.ts'
import { CLIENT_TCP } from './wire/client-tcp.ts'
import { EMULE_TCP } from './wire/emule-tcp.ts'
import {
  EDONKEY,
  EMULE,
  FRAME_HEAD_BYTES,
  FRAME_SIZE_MAX,
  isFrameByte,
  isZlibHead,
  PACKED,
} from './wire/frame.ts'
import { SERVER_TCP } from './wire/server-tcp.ts'

export type Link = 'server' | 'client'

/** Bytes of frame head and opcode. */
export const HEAD_BYTES = FRAME_HEAD_BYTES + 1
/** Longest part data: eMule sends 10,240 bytes a frame, others up to 180 KiB. */
const PART_BYTES_MAX = 200_000

/** What a frame that carries part data says before the data. */
export interface DataHead {
  readonly name: 'sending-part' | 'compressed-part' | 'sending-part-64' | 'compressed-part-64'
  /** Bytes of frame head, opcode and fields before the data. */
  readonly bytes: number
}

/** Messages whose bodies are data, which nobody needs to hold. */
export function dataHead(protocol: number, opcode: number): DataHead | undefined {
  if (protocol === EDONKEY && opcode === 0x46) return SENDING
  if (protocol !== EMULE) return undefined
  if (opcode === 0x40) return COMPRESSED
  if (opcode === 0xa1) return COMPRESSED_64
  return opcode === 0xa2 ? SENDING_64 : undefined
}
const SENDING: DataHead = { name: 'sending-part', bytes: HEAD_BYTES + 24 }
const SENDING_64: DataHead = { name: 'sending-part-64', bytes: HEAD_BYTES + 32 }
const COMPRESSED: DataHead = { name: 'compressed-part', bytes: HEAD_BYTES + 24 }
const COMPRESSED_64: DataHead = { name: 'compressed-part-64', bytes: HEAD_BYTES + 28 }

/** Whether an opcode is known for a protocol byte, on either kind of link. */
function isKnownOpcode(protocol: number, opcode: number): boolean {
  if (protocol === EMULE) return EMULE_TCP.opcodes.has(opcode)
  if (protocol === EDONKEY) return SERVER_TCP.opcodes.has(opcode) || CLIENT_TCP.opcodes.has(opcode)
  return (
    protocol === PACKED &&
    (SERVER_TCP.opcodes.has(opcode) ||
      CLIENT_TCP.opcodes.has(opcode) ||
      EMULE_TCP.opcodes.has(opcode))
  )
}

/**
 * Which kind of link a frame belongs to. Opcodes up to 44 are the servers', those from 46 the
 * clients'; 01 is LOGIN to a server and HELLO (with the hash size 10 before the hash) to a client.
 */
export function linkOf(protocol: number, content: Uint8Array): Link {
  if (protocol === EMULE) return 'client'
  const opcode = content[0]!
  if (opcode === 0x01) return isHello(content) ? 'client' : 'server'
  if (opcode === 0x40 && protocol === PACKED) return 'client'
  return SERVER_TCP.opcodes.has(opcode) ? 'server' : 'client'
}

/** HELLO and LOGIN differ by one byte; the count of tags stands where it is small. */
function isHello(content: Uint8Array): boolean {
  if (content[1] !== 0x10 || content.length < 28) return false
  return u32le(content, 24) <= 64
}

/**
 * Whether a frame's body reads to its last byte as one of its messages; `open` where it is not all there. What
 * is compressed, or is data, has shown itself by its head.
 */
export function bodyAgrees(bytes: Uint8Array, at: number): 'yes' | 'no' | 'open' {
  const protocol = bytes[at]!
  const opcode = bytes[at + 5]!
  const end = at + FRAME_HEAD_BYTES + u32le(bytes, at + 1)
  if (protocol === PACKED || dataHead(protocol, opcode) !== undefined) return 'yes'
  if (end > bytes.length) return 'open'
  const tables = protocol === EMULE ? [EMULE_TCP] : [SERVER_TCP, CLIENT_TCP]
  const reads = tables.some((table) => {
    if (!table.opcodes.has(opcode)) return false
    const read = table.read(opcode, bytes, at + HEAD_BYTES, end)
    return read.kind === 'message' && read.message.rest.length === 0
  })
  return reads ? 'yes' : 'no'
}

/** Whether the size of a frame of this message can be one value only. */
export function hasFixedSize(protocol: number, opcode: number): boolean {
  const range = SIZES[protocol * 256 + opcode]
  return range !== undefined && range[0] === range[1]
}

/** Fewest and most bytes that the frame of a message can say, where that is fixed. */
// biome-ignore format: a table
const SIZES: Readonly<Record<number, readonly [number, number]>> = {
  58113: [27, 2_000], 58188: [33, 2_000], 58132: [1, 1], 58136: [1, 1], 58145: [1, 1],
  58137: [17, 29], 58140: [5, 5], 58147: [17, 29], 58164: [9, 9], 58166: [1, 1],
  58176: [5, 64], 58165: [7, 40], 58183: [41, 41], 58184: [17, 17], 58185: [17, 17],
  58186: [1, 1], 58189: [9, 9], 58191: [17, 17], 58193: [17, 17], 58196: [1, 17],
  58197: [1, 1], 58198: [1, 1], 58199: [1, 1], 58203: [1, 17], 58204: [5, 5], 58205: [1, 1],
  58209: [1, 1], 50528: [3, 13], 50561: [17, 17], 50563: [20, 20], 50565: [2, 256],
  50566: [2, 256], 50567: [6, 6], 50583: [1, 1], 50584: [5, 5], 50585: [39, 48],
  50589: [37, 37], 50590: [17, 17], 50591: [1, 1], 50592: [1, 1], 50595: [65, 65],
  50599: [9, 9], 50600: [1, 1],
}

/** `no`, `head` (could be one), `sure` (its fields agree with its size), or bytes wanted to tell. */
export type Plausible = 'no' | 'head' | 'sure' | number

/** How plausible it is that a frame begins at `at`. */
export function plausibleFrame(bytes: Uint8Array, at: number): Plausible {
  if (at < bytes.length && !isFrameByte(bytes[at])) return 'no'
  if (bytes.length - at < HEAD_BYTES) return HEAD_BYTES
  const protocol = bytes[at]!
  const size = u32le(bytes, at + 1)
  const opcode = bytes[at + 5]!
  if (size < 1 || size > FRAME_SIZE_MAX || !isKnownOpcode(protocol, opcode)) return 'no'
  const range = SIZES[protocol * 256 + opcode]
  if (range !== undefined && (size < range[0] || size > range[1])) return 'no'
  if (protocol === PACKED) {
    if (bytes.length - at < HEAD_BYTES + 2) return HEAD_BYTES + 2
    return isZlibHead(bytes, at + HEAD_BYTES) ? 'head' : 'no'
  }
  const data = dataHead(protocol, opcode)
  if (data === undefined) return 'head'
  if (size + FRAME_HEAD_BYTES < data.bytes || size > PART_BYTES_MAX) return 'no'
  if (bytes.length - at < data.bytes) return data.bytes
  if (!dataAgrees(bytes, at, data, FRAME_HEAD_BYTES + size - data.bytes)) return 'no'
  // A compressed block only bounds its size, a plain one states it.
  return data.name.startsWith('sending') ? 'sure' : 'head'
}

function dataAgrees(bytes: Uint8Array, at: number, head: DataHead, dataBytes: number): boolean {
  const fields = at + HEAD_BYTES + 16
  switch (head.name) {
    case 'sending-part':
      return u32le(bytes, fields + 4) - u32le(bytes, fields) === dataBytes
    case 'sending-part-64':
      // Differences below 2^32 show in the low words, whatever the high ones are.
      return (u32le(bytes, fields + 8) - u32le(bytes, fields) + 2 ** 32) % 2 ** 32 === dataBytes
    case 'compressed-part':
      return isBlock(u32le(bytes, fields + 4), dataBytes)
    case 'compressed-part-64':
      return isBlock(u32le(bytes, fields + 8), dataBytes)
  }
}

/** A compressed block is at most what 180 KiB become, and is cut into frames. */
function isBlock(packedBytes: number, dataBytes: number): boolean {
  return packedBytes >= dataBytes && packedBytes <= PART_BYTES_MAX && dataBytes > 0
}

/** `{ at, need }`: frames begin at `at` (found), or `need` bytes from `at` on are wanted to tell. */
export interface Found {
  readonly at: number
  readonly found: boolean
  readonly need: number
}

/** A candidate this long is waited for; a longer one must prove itself. */
const CHAIN_WAIT_BYTES = 16_384

/** Look for two frames that follow each other, or one that proves itself. */
export function findChain(bytes: Uint8Array): Found {
  for (let at = 0; at < bytes.length; at++) {
    if (!isFrameByte(bytes[at])) continue
    const first = plausibleFrame(bytes, at)
    if (first === 'no') continue
    if (first === 'sure') return { at, found: true, need: 0 }
    if (typeof first === 'number') return { at, found: false, need: first }
    const next = FRAME_HEAD_BYTES + u32le(bytes, at + 1)
    const second = at + next < bytes.length ? plausibleFrame(bytes, at + next) : HEAD_BYTES
    if (second === 'no') continue
    if (typeof second !== 'number') return { at, found: true, need: 0 }
    if (next <= CHAIN_WAIT_BYTES) return { at, found: false, need: next + second }
  }
  return { at: bytes.length, found: false, need: 0 }
}
