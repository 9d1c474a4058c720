/**
 * Whole Gnutella messages: on a link one after the other, over UDP one per datagram.
 *
 *     header 23 | payload
 *
 * Over UDP the TTL carries two marks: 0x80 "this payload is a zlib stream", 0x08 "I read deflated
 * answers" (a ping then shows TTL 9). Source: doc/gnutella/deflated_udp of gtk-gnutella.
 */
import { ByteWriter, bits } from '../../../core/bytes.ts'
import { inflate } from '../../../core/inflate.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import {
  HEADER_BYTES,
  isLengthSound,
  MESSAGE_BYTES_MAX,
  PAYLOAD_BYTES_MAX,
  readHeader,
  writeHeader,
} from './header.ts'
import { emitPayload, PAYLOAD_FAULTS, type Payload, parsePayload } from './payload.ts'

const NOTHING = new Uint8Array(0)

export interface GnutellaMessage {
  readonly guid: Uint8Array
  /** Number of the type, also where it is unknown. */
  readonly kind: number
  readonly ttl: number
  readonly hops: number
  readonly marks: number
  readonly payload: Payload
  /** Bytes of the payload as sent. */
  readonly size: number
  /** UDP: the payload came deflated. */
  readonly deflated: boolean
}

function build(
  bytes: Uint8Array,
  at: number,
  payload: Payload,
  deflated: boolean,
): GnutellaMessage {
  const { guid, type, ttl, hops, marks, size } = readHeader(bytes, at)
  return { guid, kind: type, ttl, hops, marks, payload, size, deflated }
}

/**
 * One message of a link.
 * @faults 'length-unsound', and those of the payloads
 */
export function parseMessage(bytes: Uint8Array, at: number): Outcome<GnutellaMessage> {
  const have = bytes.length - at
  if (have < HEADER_BYTES) return need(HEADER_BYTES)
  const header = readHeader(bytes, at)
  if (!isLengthSound(header)) return malformed('length-unsound', at + 19)
  const size = HEADER_BYTES + header.size
  if (have < size) return need(size)
  const payload = parsePayload(header.type, bytes, at + HEADER_BYTES, at + size)
  if ('kind' in payload) return payload
  return message(build(bytes, at, payload, false), size)
}

/**
 * One datagram.
 * @faults 'header-cut', 'length-unsound', 'length-not-datagram', 'deflate-damaged', payloads'
 */
export function parseDatagram(bytes: Uint8Array, at: number): Outcome<GnutellaMessage> {
  const have = bytes.length - at
  if (have < HEADER_BYTES) return malformed('header-cut', at)
  const header = readHeader(bytes, at)
  if (!isLengthSound(header)) return malformed('length-unsound', at + 19)
  if (header.size !== have - HEADER_BYTES) return malformed('length-not-datagram', at + 19)
  const deflated = bits(header.ttl, 7, 1) === 1 && header.type !== 0x44
  if (!deflated) {
    const payload = parsePayload(header.type, bytes, at + HEADER_BYTES, bytes.length)
    if ('kind' in payload) return payload
    return message(build(bytes, at, payload, false), have)
  }
  const plain = inflate(bytes.subarray(at + HEADER_BYTES))
  if (plain === undefined || plain.length > PAYLOAD_BYTES_MAX) {
    return malformed('deflate-damaged', at + HEADER_BYTES)
  }
  const payload = parsePayload(header.type, plain, 0, plain.length)
  // Places inside the inflated payload are told as its beginning.
  if ('kind' in payload) return malformed(payload.fault, at + HEADER_BYTES)
  return message(build(bytes, at, payload, true), have)
}

/**
 * What a capture that cut the packet has left of a datagram: messages whose own fields stand first,
 * without the extensions behind them. Undefined where too little of it is there.
 */
export function parseCutDatagram(bytes: Uint8Array, at: number): GnutellaMessage | undefined {
  if (bytes.length - at < HEADER_BYTES) return undefined
  const header = readHeader(bytes, at)
  const deflated = bits(header.ttl, 7, 1) === 1 && header.type !== 0x44
  if (deflated || !isLengthSound(header)) return undefined
  const payload = parsePayload(header.type, bytes, at + HEADER_BYTES, bytes.length)
  if ('kind' in payload) return undefined
  switch (payload.type) {
    case 'ping':
    case 'pong':
    case 'push':
    case 'query':
      return build(bytes, at, { ...payload, extra: NOTHING }, false)
    case 'dht':
      return build(bytes, at, { ...payload, body: NOTHING }, false)
    default:
      return undefined
  }
}

/** The message uncompressed: of a deflated one, its plain form. */
export function emitMessage(
  said: Pick<GnutellaMessage, 'guid' | 'kind' | 'ttl' | 'hops' | 'payload'> & { marks?: number },
): Uint8Array {
  const payload = emitPayload(said.payload)
  const { guid, kind: type, ttl, hops, marks = 0 } = said
  const writer = new ByteWriter()
  writeHeader(writer, { guid, type, ttl, hops, marks, size: payload.length })
  return writer.bytes(payload).finish()
}

export const messageWire: Wire<GnutellaMessage> = {
  name: 'gnutella/message',
  source: 'Gnutella 0.4 section 2; doc/gnutella of gtk-gnutella',
  carrier: 'stream',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['length-unsound', ...PAYLOAD_FAULTS],
  parse: parseMessage,
  emit: emitMessage,
}

export const datagramWire: Wire<GnutellaMessage> = {
  name: 'gnutella/datagram',
  source: 'doc/gnutella/deflated_udp of gtk-gnutella',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: [
    'header-cut',
    'length-unsound',
    'length-not-datagram',
    'deflate-damaged',
    ...PAYLOAD_FAULTS,
  ],
  parse: parseDatagram,
  emit: emitMessage,
}
