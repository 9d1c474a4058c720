/** Links seen from the middle: message headers that lead to each other, packets with known names. */
import { bits } from '../../core/bytes.ts'
import type { Look, Sight } from '../../core/protocol.ts'
import { CAPTURED_PACKET_BYTES, holdsCapturedPackets } from '../formats/captured-packets.ts'
import { G2_NAMES } from './g2-said.ts'
import { g2Size, parseG2 } from './wire/g2-packet.ts'
import { couldBeHeader, HEADER_BYTES, readHeader } from './wire/header.ts'
import { type Payload, parsePayload } from './wire/payload.ts'

/** Each message is more than 40 bits of evidence, but the first may stand anywhere. */
const CHAIN_MIN = 3

/** Different byte values in a GUID; 16 random bytes have fewer than 10 once in 10^6. */
const GUID_VALUES_MIN = 8

/** Known names in a row; random bytes make one of them in about 2^30. */
const PACKETS_MIN = 3

export function recogniseChain(look: Look): Sight {
  for (const head of look.heads) {
    const count = longestChain(head)
    if (count >= CHAIN_MIN && !look.final && head.length < CAPTURED_PACKET_BYTES) return 'more'
    if (count >= CHAIN_MIN && !holdsCapturedPackets(head)) {
      return {
        part: 'gnutella',
        sureness: 'certain',
        reasons: [`${count} messages, each where the one before says`],
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

/** The most telling messages that lead to each other, from whichever place of the first 64 KiB. */
function longestChain(head: Uint8Array): number {
  let best = 0
  const last = head.length - HEADER_BYTES
  for (let start = 0; start <= last; start++) {
    if (!couldBeHeader(head, start, false)) continue
    best = Math.max(best, chainFrom(head, start))
    if (best >= CHAIN_MIN) return best
  }
  return best
}

/** Messages that tell in the chain from `start`; 0 where one of them is damaged. */
function chainFrom(head: Uint8Array, start: number): number {
  let count = 0
  let at = start
  while (at + HEADER_BYTES <= head.length && couldBeHeader(head, at, false)) {
    const { guid, size, ttl, hops, type } = readHeader(head, at)
    const end = at + HEADER_BYTES + size
    if (end > head.length) break
    const payload = parsePayload(type, head, at + HEADER_BYTES, end)
    if ('kind' in payload) return 0
    if (ttl + hops > 0 && new Set(guid).size >= GUID_VALUES_MIN && isTelling(payload)) count++
    at = end
  }
  return count
}

/**
 * Whether a payload shows its type by itself. Runs of zeros and tables of small numbers look like
 * pings without an end, so a chain of headers alone is not enough.
 */
function isTelling(payload: Payload): boolean {
  switch (payload.type) {
    case 'pong':
      return payload.port > 0 && (payload.extra.length === 0 || payload.extra[0] === 0xc3)
    case 'query':
      return payload.text.length >= 3 && PRINTABLE.test(payload.text)
    case 'query-hit':
      return payload.hits.length > 0 && payload.hits.every(({ name }) => PRINTABLE.test(name))
    case 'qrp-patch':
      return (
        [1, 2, 4, 8].includes(payload.entryBits) &&
        payload.compressor <= 1 &&
        payload.number >= 1 &&
        payload.number <= payload.count
      )
    case 'vendor':
      return /^(?:[A-Z]{4}|\0{4})$/.test(payload.vendor) && payload.selector < 64
    default:
      return false
  }
}

/** At least one character, and no control character. */
const PRINTABLE = /^[^\p{Cc}]+$/u

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
