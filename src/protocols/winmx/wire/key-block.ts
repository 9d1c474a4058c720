/**
 * The block of 16 bytes with which each side of a WPN connection begins: three of its bytes follow
 * from the others, one of them says who speaks; then all are mixed, without a key.
 * Source: MXSock (Nushi, 2Sen) as RoboMX uses it, MXControl/RoboServ, MXSock.cpp; JoshGlazebrook/wpnp-crypto,
 * with the golden vector of key-block.test.ts; forum.winmxworld.com topic 401 (ids).
 *
 *   unmixed   [4]  = [15] ^ [13] ^ [5] ^ [2]
 *             [9]  = ([14] ^ [8] ^ [1]) + id
 *             [11] = ([12] ^ [10] ^ [7] ^ [6] ^ [3] ^ [0]) + id / 128      so no more, as ids are small
 *   mix       for i in 0 … 104: b[i mod 16] += before, or ^= before where 5 divides i;
 *             before = b[(i - 1) mod 16], at first 0x57
 */
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const BLOCK = 16
const STEPS = 105
const FIRST = 0x57

/** Who sends a block with this id. */
// biome-ignore format: a table
export const ROLES: Readonly<Record<number, string>> = {
  80: 'primary-client', 81: 'primary-server', 82: 'secondary-client', 83: 'secondary-server',
  84: 'cache', 87: 'chat-client', 88: 'chat-server',
}

/** The bytes that are free, in order: all but 4, 9 and 11. */
const FREE = [0, 1, 2, 3, 5, 6, 7, 8, 10, 12, 13, 14, 15] as const

export interface KeyBlock {
  readonly id: number
  /** The thirteen bytes that are chance. A copy. */
  readonly free: Uint8Array
}

const FAULTS = ['check-wrong', 'id-unknown'] as const

function parse(bytes: Uint8Array, at: number): Outcome<KeyBlock> {
  if (bytes.length - at < BLOCK) return need(BLOCK)
  const b = unmixed(bytes, at)
  const id = (b[9]! - first(b) + 256) % 256
  if (b[4] !== fourth(b) || b[11] !== (eleventh(b) + carry(id)) % 256) {
    return malformed('check-wrong', at)
  }
  if (ROLES[id] === undefined) return malformed('id-unknown', at)
  return message({ id, free: Uint8Array.from(FREE, (place) => b[place]!) }, BLOCK)
}

function unmixed(bytes: Uint8Array, at: number): Uint8Array {
  const b = bytes.slice(at, at + BLOCK)
  for (let i = STEPS - 1; i >= 0; i--) {
    const before = i === 0 ? FIRST : b[(i - 1) % BLOCK]!
    if (i % 5 === 0) b[i % BLOCK]! ^= before
    else b[i % BLOCK]! -= before
  }
  return b
}

function fourth(b: Uint8Array): number {
  return b[15]! ^ b[13]! ^ b[5]! ^ b[2]!
}

function first(b: Uint8Array): number {
  return b[14]! ^ b[8]! ^ b[1]!
}

function eleventh(b: Uint8Array): number {
  return b[12]! ^ b[10]! ^ b[7]! ^ b[6]! ^ b[3]! ^ b[0]!
}

function carry(id: number): number {
  return Math.floor(id / 128)
}

function emit({ id, free }: KeyBlock): Uint8Array {
  const b = new Uint8Array(BLOCK)
  for (const [index, place] of FREE.entries()) b[place] = free[index]!
  b[4] = fourth(b)
  b[9] = first(b) + id
  b[11] = eleventh(b) + carry(id)
  for (let i = 0; i < STEPS; i++) {
    const before = i === 0 ? FIRST : b[(i - 1) % BLOCK]!
    if (i % 5 === 0) b[i % BLOCK]! ^= before
    else b[i % BLOCK]! += before
  }
  return b
}

export const keyBlockWire: Wire<KeyBlock> = {
  name: 'winmx/key-block',
  source: 'MXControl/RoboServ, MXSock.cpp; JoshGlazebrook/wpnp-crypto',
  carrier: 'stream',
  messageBytesMax: BLOCK,
  faults: FAULTS,
  parse,
  emit,
}

/** The id of a block that stands whole at `at`; 0 where there is none. */
export function keyIdAt(bytes: Uint8Array, at: number): number {
  if (bytes.length - at < BLOCK) return 0
  const outcome = parse(bytes, at)
  return outcome.kind === 'message' ? outcome.message.id : 0
}
