/**
 * First bytes → OpenDHT, or not. A message is one MessagePack map that fills its datagram, whose first
 * key is that of arguments, an answer or an error, and holds an id of 20 bytes: 64 bits and more that
 * are always the same, besides the letters of its kind.
 */
import { bytesOf, concat, hasAt } from '../../core/bytes.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { bytesOfValue, inMap, kindOf, messageWire, textOf } from './wire/message.ts'
import { isList } from './wire/msgpack.ts'

/** Maps of three to seven keys. */
const MAPS = [0x83, 0x84, 0x85, 0x86, 0x87] as const
/** One letter as text: a arguments, r answer, e error. */
const FIRST_KEYS = ['a', 'r', 'e'] as const
const ID = concat(bytesOf('\xa2id\xc4\x14'))
const PARTS = bytesOf('\x83\xa1y\xa1p\xa1t')

export const starts: Protocol['starts'] = {
  udp: [
    ...MAPS.flatMap((map) =>
      FIRST_KEYS.map((key) => concat(Uint8Array.of(map, 0xa1), bytesOf(key))),
    ),
    PARTS,
  ],
}

const ID_BYTES = 20

export function recognise({ datagrams, final }: Look): Sight {
  let parts = false
  for (const { bytes, size } of datagrams) {
    // Cut by the capture: the map, its first key, and the id's head behind a map of arguments.
    if (size > bytes.length) {
      if (!hasAt(bytes, 4, ID)) return 'no'
      const reasons = ['the head of a message, cut by the capture']
      return { part: 'node', sureness: 'likely', reasons }
    }
    const outcome = messageWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return 'no'
    const { root } = outcome.message
    const kind = kindOf(root)
    if (kind === 'p') {
      parts = true
      continue
    }
    const told = inMap(root, kind === 'q' ? 'a' : 'r')
    if (bytesOfValue(inMap(told, 'id'))?.length === ID_BYTES) {
      const what = kind === 'q' ? `question ${textOf(inMap(root, 'q'))}` : 'answer'
      return { part: 'node', sureness: 'certain', reasons: [`${what} with an id of 20 bytes`] }
    }
    if (kind !== 'e' || !isList(inMap(root, 'e'))) return 'no'
  }
  if (!final) return 'more'
  if (!parts) return 'no'
  return { part: 'node', sureness: 'likely', reasons: ['parts of values, and nothing else'] }
}
