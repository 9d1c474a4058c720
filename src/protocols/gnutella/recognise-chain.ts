/** Links seen from the middle: message headers that lead to each other, packets with known names. */
import { bits } from '../../core/bytes.ts'
import type { Look, Sight } from '../../core/protocol.ts'
import { G2_NAMES } from './g2-said.ts'
import { g2Size, parseG2 } from './wire/g2-packet.ts'
import { couldBeHeader, HEADER_BYTES, readHeader } from './wire/header.ts'

/** Each header is about 40 bits of evidence, but the first may stand anywhere. */
const CHAIN_MIN = 3

/** Known names in a row; random bytes make one of them in about 2^30. */
const PACKETS_MIN = 3

export function recogniseChain(look: Look): Sight {
  for (const head of look.heads) {
    const count = longestChain(head)
    if (count >= CHAIN_MIN) {
      return {
        part: 'gnutella',
        sureness: 'certain',
        reasons: [`${count} message headers, each where the one before says`],
      }
    }
    const names = packetNames(head)
    if (names.length >= PACKETS_MIN) {
      return {
        part: 'g2',
        sureness: 'likely',
        reasons: [`Gnutella2 packets ${names.slice(0, 5).join(', ')} in a row`],
      }
    }
  }
  return look.final ? 'no' : 'more'
}

/** The most headers that lead to each other, from whichever place of the first 64 KiB. */
function longestChain(head: Uint8Array): number {
  let best = 0
  const last = head.length - HEADER_BYTES
  for (let start = 0; start <= last; start++) {
    if (!couldBeHeader(head, start, false)) continue
    const count = chainFrom(head, start)
    if (count > best) best = count
    if (best >= CHAIN_MIN) return best
  }
  return best
}

function chainFrom(head: Uint8Array, start: number): number {
  let count = 0
  let at = start
  while (at + HEADER_BYTES <= head.length && couldBeHeader(head, at, false)) {
    const { guid, size } = readHeader(head, at)
    // Runs of zeros look like pings without an end.
    if (guid.every((byte) => byte === guid[0])) return 0
    count++
    at += HEADER_BYTES + size
  }
  return count
}

/** Names of whole packets from the very first byte on. */
function packetNames(head: Uint8Array): string[] {
  const names: string[] = []
  let at = 0
  while (at < head.length && names.length < 16) {
    if (head[at] === 0) {
      at++
      continue
    }
    // The length's low bits and the reserved one: a link's packets never set the latter.
    if (bits(head[at]!, 0, 1) === 1) break
    const size = g2Size(head, at)
    if (size === undefined || at + size > head.length) break
    const packet = parseG2(head, at)
    if (packet.kind !== 'message' || !G2_NAMES.has(packet.message.name)) break
    names.push(packet.message.name)
    at += size
  }
  return names
}
