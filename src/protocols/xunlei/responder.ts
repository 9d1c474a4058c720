/**
 * A peer at a dark address as far as it can be played: who shows by his packet that he is Xunlei gets one
 * of the same kind and number in which nothing is said, so that he goes on and is heard.
 *
 *     packet   kind u32le | number u32le | size of what follows u32le | AES-128 of it, block by block
 *     key      MD5 of the first eight bytes; filled up to whole blocks as PKCS 7 does
 *
 * What stands inside is described nowhere, so it is not read, and nothing is said in it. An answer has
 * one block, which no question has: no two that answer so can keep each other talking.
 * Source: Wan, Guan, "Analysis of the Xunlei P2SP Content Distribution Protocol" (2010, slides); HiPPIE's
 * page on xunlei (where the size stands).
 */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { ByteWriter, concat, u32le } from '../../core/bytes.ts'
import type { Answer, Responder } from '../../core/responder.ts'
import { packetWire } from './wire/packet.ts'

const SEED_BYTES = 8
const HEAD_BYTES = 12
const BLOCK_BYTES = 16
/** More than any question needs; a datagram has no more. */
const CONTENT_BYTES_MAX = 65_520
const CIPHER = 'aes-128-ecb'

const NOT_YET: Answer = { used: 0, send: [], done: false }

export function makeResponder(): Responder {
  return {
    datagram: (bytes) => {
      const size = sizeOf(bytes)
      return size === bytes.length ? answerTo(bytes) : undefined
    },
    data: hear,
  }
}

/** Over TCP nobody is named before both sides spoke: the first packet must show it alone. */
export function guessResponder(head: Uint8Array): Responder | undefined {
  const size = sizeOf(head)
  if (size === undefined || size > head.length) return undefined
  return answerTo(head.subarray(0, size)) && makeResponder()
}

/** Packets follow each other; what is none ends it. */
function hear(bytes: Uint8Array): Answer {
  if (bytes.length < HEAD_BYTES) return NOT_YET
  const size = sizeOf(bytes)
  if (size === undefined) return { used: bytes.length, send: [], done: true }
  if (bytes.length < size) return NOT_YET
  const answer = answerTo(bytes.subarray(0, size))
  return { used: size, send: answer === undefined ? [] : [answer], done: false }
}

/** Of the packet that begins here, as it says; undefined where none does. */
function sizeOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEAD_BYTES) return undefined
  const content = u32le(bytes, SEED_BYTES)
  const isWhole = content >= BLOCK_BYTES && content % BLOCK_BYTES === 0
  if (!isWhole || content > CONTENT_BYTES_MAX) return undefined
  return packetWire.parse(bytes, 0).kind === 'message' ? HEAD_BYTES + content : undefined
}

/** To a packet that says something; undefined to all else. */
function answerTo(packet: Uint8Array): Uint8Array | undefined {
  const seed = packet.subarray(0, SEED_BYTES)
  const filling = fillingOf(packet, seed)
  const content = packet.length - HEAD_BYTES
  if (filling === undefined || filling === content) return undefined
  const nothing = createCipheriv(CIPHER, keyOf(seed), null)
  const head = new ByteWriter().bytes(seed).u32le(BLOCK_BYTES).finish()
  return concat(head, new Uint8Array(nothing.final()))
}

/** How much was put to its end to fill it up; undefined where it was not encrypted so. */
function fillingOf(packet: Uint8Array, seed: Uint8Array): number | undefined {
  const cipher = createDecipheriv(CIPHER, keyOf(seed), null).setAutoPadding(false)
  const last = cipher.update(packet.subarray(-BLOCK_BYTES))
  const count = last[BLOCK_BYTES - 1]!
  if (count < 1 || count > BLOCK_BYTES) return undefined
  return last.subarray(-count).every((byte) => byte === count) ? count : undefined
}

function keyOf(seed: Uint8Array): Uint8Array {
  return createHash('md5').update(seed).digest()
}
