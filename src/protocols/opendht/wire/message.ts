/**
 * Messages of OpenDHT: one MessagePack map in a datagram, with the letters of BitTorrent's DHT.
 *
 *   y  kind: q question, r answer, e error, p parts of values that did not fit
 *   t  transaction, a number         v  program: `RNG1`         n  network, where it is not 0
 *   q  question: ping, find, get, put, listen, refresh, update   a  its arguments: id, target, h, values, token, w …
 *   r  answer: id, sa (the asker's address), n4, n6, token, values, fileds
 *   e  [code, text]                 p  parts of values: index → offset, data
 *
 *   n4   n × (id 20 | ip 4 | port u16be)       n6   n × (id 20 | ip 16 | port u16be)
 *
 * Source: savoirfairelinux/opendht src/network_engine.cpp, src/parsed_message.h, src/request.h;
 * fixtures/nodes.pcap.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'
import { isList, readValue, type Value, writeValue } from './msgpack.ts'

export interface OpenDhtMessage {
  readonly root: Value
}

/** The program sends at most 1,280 bytes and cuts longer values into parts; some routers allow more. */
const MESSAGE_BYTES_MAX = 65_535

function parse(bytes: Uint8Array, at: number): Outcome<OpenDhtMessage> {
  const size = bytes.length - at
  if (size > MESSAGE_BYTES_MAX) return malformed('message-too-long', at)
  const read = readValue(bytes, at)
  if (read === undefined) return malformed('msgpack-broken', at)
  if (read.end !== bytes.length) return malformed('bytes-behind', read.end)
  if (kindOf(read.value) === undefined) return malformed('kind-missing', at)
  return message({ root: read.value }, size)
}

export const messageWire: Wire<OpenDhtMessage> = {
  name: 'opendht/message',
  source: 'savoirfairelinux/opendht src/network_engine.cpp',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['message-too-long', 'msgpack-broken', 'bytes-behind', 'kind-missing'],
  parse,
  emit: ({ root }) => {
    const writer = new ByteWriter()
    writeValue(writer, root)
    return writer.finish()
  },
}

/** The value of a text key in a map, or undefined. */
export function inMap(value: Value | undefined, key: string): Value | undefined {
  if (typeof value !== 'object' || value === null || isList(value)) return undefined
  if (value instanceof Uint8Array) return undefined
  if (!('map' in value)) return undefined
  return value.map.find(([name]) => textOf(name) === key)?.[1]
}

/** The characters of a text, or undefined. */
export function textOf(value: Value | undefined): string | undefined {
  if (typeof value !== 'object' || value === null || !('text' in value)) return undefined
  return latin1(value.text)
}

export function bytesOfValue(value: Value | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined
}

/** `q`, `r`, `e` or `p`; undefined where no kind or no transaction number stands there. */
export function kindOf(root: Value): 'q' | 'r' | 'e' | 'p' | undefined {
  const kind = textOf(inMap(root, 'y'))
  // Large numbers are kept as bigint; transactions have 32 bits.
  if (kind !== 'p' && typeof inMap(root, 't') !== 'number') return undefined
  return kind === 'q' || kind === 'r' || kind === 'e' || kind === 'p' ? kind : undefined
}
