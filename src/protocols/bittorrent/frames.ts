/**
 * Finding one's place in a peer connection: after a gap, after damage, or where the capture began
 * in the middle. A place is believed where messages of plausible sizes and contents follow each
 * other; each strong one (have, request, piece …) carries 40 bits and more that must be right.
 */
import { u32be } from '../../core/bytes.ts'
import { HANDSHAKE_START, handshakeAgrees } from './wire/peer-handshake.ts'

/** Strong messages that must follow each other where nothing else says BitTorrent: 120 bits. */
export const FRAMES_WANTED = 3
/** The same where the flow is known to be a peer connection and only the place is lost: 80 bits. */
export const FRAMES_WANTED_KNOWN = 2
/** No client asks for larger blocks; several refuse above, in bytes. */
const BLOCK_BYTES_MAX = 131_072
/** What every client asks for at once but for a content's end: BEP 3, "2^14 (16 kiB)". */
const USUAL_BLOCK_BYTES = 16_384
/** Weak messages (keep-alive, choke …) passed over in one walk: they alone prove nothing. */
const WEAK_MAX = 16
/** Keep-alives in a row: they come minutes apart, zeros of a file by the hundred. */
const ALIVE_MAX = 2
/** Bytes that tell whether a message is plausible: length, id, piece, begin. */
const HEADER_BYTES = 13

export type Place =
  /** `frames` strong messages follow each other from `at`. */
  | { readonly kind: 'frames'; readonly at: number }
  /** The handshake stands at `at`. */
  | { readonly kind: 'handshake'; readonly at: number }
  /** It may begin at `at`: `need` bytes from there will tell. */
  | { readonly kind: 'maybe'; readonly at: number; readonly need: number }
  /** It begins nowhere before `at`. */
  | { readonly kind: 'none'; readonly at: number }

/** How sure one message is. */
type Weight = 'strong' | 'weak' | 'wrong' | 'short'

/** Messages that follow each other from one place. */
export interface Walk {
  readonly strong: number
  readonly weak: number
  /** How many of the strong are about a usual block: 62 bits of a piece, 94 of a request. */
  readonly usual: number
  /** Where the next message would begin; may lie beyond the bytes. */
  readonly next: number
  /** A message there is impossible. */
  readonly broken: boolean
}

function weigh(bytes: Uint8Array, at: number): Weight {
  const have = bytes.length - at
  if (have < 4) return bytes[at] === 0 ? 'short' : 'wrong'
  const length = u32be(bytes, at)
  if (length === 0) return 'weak'
  if (length > BLOCK_BYTES_MAX + 9) return 'wrong'
  if (have < 5) return 'short'
  switch (bytes[at + 4]) {
    case 0: // choke, unchoke, interested, not interested, have all, have none
    case 1:
    case 2:
    case 3:
    case 14:
    case 15:
      return length === 1 ? 'weak' : 'wrong'
    case 4: // have, suggest piece, allowed fast
    case 13:
    case 17:
      return length === 5 ? pieceNumber(bytes, at) : 'wrong'
    case 6: // request, cancel, reject request
    case 8:
    case 16:
      return length === 13 ? block(bytes, at) : 'wrong'
    case 7:
      return length > 9 ? piece(bytes, at, length - 9) : 'wrong'
    case 9:
      return length === 3 ? 'strong' : 'wrong'
    case 20:
      return length >= 2 ? extended(bytes, at) : 'wrong'
    case 21: // hash request, hash reject
    case 23:
      return length === 49 ? hashes(bytes, at) : 'wrong'
    case 22:
      return length >= 49 && (length - 49) % 32 === 0 ? hashes(bytes, at) : 'wrong'
    default:
      return 'wrong'
  }
}

/** Torrents have far fewer than 16 million pieces, so the top byte is 0. */
function pieceNumber(bytes: Uint8Array, at: number): Weight {
  if (bytes.length - at < 6) return 'short'
  return bytes[at + 5] === 0 ? 'strong' : 'wrong'
}

/** Blocks begin at multiples of their size, which is a power of two of 1 KiB or more. */
function blockStart(bytes: Uint8Array, at: number): Weight {
  if (pieceNumber(bytes, at) === 'wrong') return 'wrong'
  if (bytes.length - at < HEADER_BYTES) return 'short'
  return u32be(bytes, at + 9) % 1024 === 0 && bytes[at + 9]! < 8 ? 'strong' : 'wrong'
}

/**
 * All blocks but a content's last have a round size. Other sizes prove little: a table of addresses,
 * each with a small number behind it, reads as pieces of any.
 */
function piece(bytes: Uint8Array, at: number, size: number): Weight {
  const weight = blockStart(bytes, at)
  return weight === 'strong' && size % 1024 !== 0 ? 'weak' : weight
}

function block(bytes: Uint8Array, at: number): Weight {
  const weight = blockStart(bytes, at)
  if (weight !== 'strong') return weight
  if (bytes.length - at < 17) return 'short'
  const size = u32be(bytes, at + 13)
  return size > 0 && size <= BLOCK_BYTES_MAX ? 'strong' : 'wrong'
}

/** BEP 52: a root of 32 bytes, layer, index, count, proof layers. No tree has more than 64 layers. */
function hashes(bytes: Uint8Array, at: number): Weight {
  if (bytes.length - at < 53) return 'short'
  const [layer, count, proof] = [37, 45, 49].map((field) => u32be(bytes, at + field))
  return layer! < 64 && count! > 0 && count! <= 8192 && proof! < 64 ? 'strong' : 'wrong'
}

/** Whether a strong message is about a block of 16 KiB that begins at a multiple of that. */
function isUsualBlock(bytes: Uint8Array, at: number): boolean {
  switch (bytes[at + 4]) {
    case 6:
    case 8:
    case 16:
      if (u32be(bytes, at + 13) !== USUAL_BLOCK_BYTES) return false
      break
    case 7:
      if (u32be(bytes, at) !== USUAL_BLOCK_BYTES + 9) return false
      break
    default:
      return false
  }
  return u32be(bytes, at + 9) % USUAL_BLOCK_BYTES === 0
}

/** Most extension messages are dictionaries; the few that are not prove little. */
function extended(bytes: Uint8Array, at: number): Weight {
  if (bytes.length - at < 7) return 'short'
  return bytes[at + 6] === 0x64 ? 'strong' : 'weak'
}

/** Follow messages from `at` as far as the bytes go, or until `wanted` strong ones were met. */
export function walkFrames(bytes: Uint8Array, at: number, wanted = FRAMES_WANTED): Walk {
  let strong = 0
  let weak = 0
  let usual = 0
  let alive = 0
  let next = at
  while (next < bytes.length && strong < wanted && weak <= WEAK_MAX) {
    const weight = weigh(bytes, next)
    if (weight === 'wrong') return { strong, weak, usual, next, broken: true }
    if (weight === 'short') break
    if (weight === 'strong') strong++
    else weak++
    if (weight === 'strong' && isUsualBlock(bytes, next)) usual++
    const length = u32be(bytes, next)
    alive = length === 0 ? alive + 1 : 0
    if (alive > ALIVE_MAX) return { strong, weak, usual, next, broken: true }
    next += 4 + length
  }
  return { strong, weak, usual, next, broken: weak > WEAK_MAX }
}

/**
 * Where messages begin in `bytes`. The first place that holds is taken; one that runs out of bytes
 * before it is certain is `maybe`.
 * @param handshakes  whether a handshake may stand here too
 * @param wanted      strong messages that must follow each other
 */
export function findPlace(bytes: Uint8Array, handshakes: boolean, wanted = FRAMES_WANTED): Place {
  for (let at = 0; at < bytes.length; at++) {
    // Every length begins with a zero, and what is searched is mostly chance or file content.
    if (!handshakes) {
      at = bytes.indexOf(0, at)
      if (at < 0) break
    }
    const byte = bytes[at]
    if (handshakes && byte === 0x13) {
      const agreed = handshakeAgrees(bytes, at)
      if (agreed >= HANDSHAKE_START.length) return { kind: 'handshake', at }
      if (agreed > 0 && at + agreed === bytes.length) {
        return { kind: 'maybe', at, need: HANDSHAKE_START.length }
      }
    }
    if (byte !== 0) continue
    const place = placeAt(bytes, at, wanted)
    if (place !== undefined) return place
  }
  return { kind: 'none', at: bytes.length }
}

function placeAt(bytes: Uint8Array, at: number, wanted: number): Place | undefined {
  const weight = weigh(bytes, at)
  if (weight === 'short') return { kind: 'maybe', at, need: bytes.length - at + 1 }
  if (weight !== 'strong') return undefined
  const walk = walkFrames(bytes, at, wanted)
  if (walk.strong >= wanted) return { kind: 'frames', at }
  if (walk.broken) return undefined
  return { kind: 'maybe', at, need: Math.max(walk.next, bytes.length) - at + 5 }
}
