/**
 * Mozi, a botnet of routers and recorders (2019 to 2023), lives among the nodes of the DHT. Its nodes
 * speak KRPC like all others; what gives them away is what they tell each other.
 *
 *   id     begins with a prefix, as delivered "88888888", the rest is chance
 *   v      chance u8 | 42 or the configuration's version u8 | CRC-16 of "1:v4:" and these two
 *   nodes  of a reply to a bot: the configuration instead, 624 bytes, xor a key of 16 that repeats;
 *          below it begins with "[ss]"
 *
 * A prefix proves nothing: ids are for everybody to choose, and crawlers choose them. Prefix and
 * checksum together have 64 + 15 bits; the configuration 32 fixed bits and text behind them.
 * Source: A. Turing and H. Wang, "Mozi, Another Botnet Using DHT" (360 Netlab, 2019), which gives the
 * key, the prefix, the algorithm with an example, and the beginning of a reply.
 */
import { bytesOf, hasAt, u16be } from '../../core/bytes.ts'
import { latin1 } from '../../core/text.ts'
import type { KrpcMessage } from './wire/krpc.ts'

const PREFIX = bytesOf('88888888')
const FLAG_BYTES = 4

/** The key of configurations; the words in them are public. */
const KEY = Uint8Array.of(
  ...[0x4e, 0x66, 0x5a, 0x8f, 0x80, 0xc8, 0xac, 0x23],
  ...[0x8d, 0xac, 0x47, 0x06, 0xd5, 0x4f, 0x6f, 0x7e],
)

/** What "[ss]" looks like under the key. */
const CONFIG_BEGIN = Uint8Array.of(0x15, 0x15, 0x29, 0xd2)

/** Characters of a configuration that are shown as evidence, and that must be text. */
const SHOWN = 32

/** The beginning of a configuration where one stands in the place of nodes. */
export function moziConfig(nodes: Uint8Array): string | undefined {
  if (!hasAt(nodes, 0, CONFIG_BEGIN) || nodes.length < SHOWN) return undefined
  const plain = nodes.slice(0, SHOWN)
  for (let i = 0; i < plain.length; i++) {
    const byte = plain[i]! ^ KEY[i % KEY.length]!
    if (byte < 0x20 || byte > 0x7e) return undefined
    plain[i] = byte
  }
  return latin1(plain)
}

/** Whether id and version of a message both bear Mozi's marks. */
export function hasMoziMarks(said: KrpcMessage): boolean {
  if (said.kind === 'error' || !hasAt(said.id, 0, PREFIX)) return false
  const { version } = said
  if (version?.length !== FLAG_BYTES) return false
  const told = u16be(version, 2)
  const wanted = flagChecksum(version[0]!, version[1]!)
  // The analysis does not tell the order of the two bytes; devices of both kinds were infected.
  return told === wanted || told === (wanted % 256) * 256 + Math.floor(wanted / 256)
}

const CHECKED_FIRST = bytesOf('1:v4:')

/**
 * The checksum of a flag: CRC-16 with polynomial 8005, most significant bit first, from 0; with the
 * original's slip that a remainder of exactly 8000 is not reduced.
 */
export function flagChecksum(first: number, second: number): number {
  let value = 0
  for (const byte of [...CHECKED_FIRST, first, second]) {
    let rest = (byte * 256) ^ value
    for (let i = 0; i < 8; i++) {
      const doubled = (rest * 2) % 0x1_0000
      rest = rest > 0x8000 ? doubled ^ 0x8005 : doubled
    }
    value = rest
  }
  return value
}
