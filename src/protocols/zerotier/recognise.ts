/**
 * What ZeroTier's flows look like: they have no fixed first byte, so that nobody is shown a flow for
 * them; `fits` is asked of what nobody knew.
 *
 * HELLO: the identity in it has the address of the packet's source (40 bits equal), and cipher, verb,
 * kind of identity and size of the secret have fixed values (35 bits more). Other packets: destination
 * and source of one side are source and destination of the other (80 bits equal), the rest is chance.
 * That is plenty; it stays `likely` because no capture of a node proved it.
 */
import { hasAt } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Datagram, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import {
  ADDRESS_BYTES,
  cipherOf,
  DESTINATION_AT,
  FLAGS_AT,
  IDENTITY_AT,
  PACKET_BYTES_MIN,
  packetWire,
  RESERVED_PREFIX,
  SOURCE_AT,
  VERB_AT,
  VERB_HELLO,
} from './wire/packet.ts'

/** No flow begins in a way that says ZeroTier. */
export const starts: Protocol['starts'] = {}

export function recognise(_look: Look): Sight {
  return 'no'
}

const NO_FITS: readonly Fit[] = []
const HELLO: readonly Fit[] = [
  {
    part: 'node',
    taughtAs: [],
    reason: 'a HELLO whose identity has the address of its source',
    alone: 'likely',
  },
]
const ADDRESSES: readonly Fit[] = [
  {
    part: 'node',
    taughtAs: [],
    reason: "each side's source address is the other's destination, in sealed packets",
    alone: 'likely',
  },
]

export function fits(look: Look): readonly Fit[] {
  const first = look.datagrams[0]
  if (first === undefined) return NO_FITS
  const { bytes } = first
  // HELLO is what a node says first, also to those who never answer.
  if (bytes[IDENTITY_AT] === bytes[SOURCE_AT] && bytes[VERB_AT] === VERB_HELLO && isHello(first)) {
    return HELLO
  }
  const answer = look.datagrams.find(({ from }) => from !== first.from)
  if (answer === undefined || bytes[SOURCE_AT] !== answer.bytes[DESTINATION_AT]) return NO_FITS
  return areAnswering(first, answer) ? ADDRESSES : NO_FITS
}

function isHello({ bytes, size }: Datagram): boolean {
  if (bytes.length < size) return false
  const outcome = packetWire.parse(bytes, 0)
  if (outcome.kind !== 'message' || outcome.message.type !== 'hello') return false
  const { source, destination, keys } = outcome.message
  return isAddress(source) && isAddress(destination) && looksRandom(keys)
}

function areAnswering(a: Datagram, b: Datagram): boolean {
  if (a.bytes.length < PACKET_BYTES_MIN || b.bytes.length < PACKET_BYTES_MIN) return false
  const source = a.bytes.subarray(SOURCE_AT, FLAGS_AT)
  const destination = a.bytes.subarray(DESTINATION_AT, SOURCE_AT)
  return (
    hasAt(b.bytes, DESTINATION_AT, source) &&
    hasAt(b.bytes, SOURCE_AT, destination) &&
    !hasAt(a.bytes, DESTINATION_AT, source) &&
    isAddress(source) &&
    isAddress(destination) &&
    isSealed(a) &&
    isSealed(b)
  )
}

/** Ciphers 0 to 3 are in use; what is behind the flags is a MAC and sealed bytes. */
function isSealed({ bytes }: Datagram): boolean {
  return cipherOf(bytes[FLAGS_AT]!) <= 3 && looksRandom(bytes, 0, 8) && looksRandom(bytes, VERB_AT)
}

/** An address is made by a hash, and its first byte is neither 0 nor ff. */
function isAddress(address: Uint8Array): boolean {
  const first = address[0]!
  if (first === 0 || first === RESERVED_PREFIX) return false
  for (let i = 1; i < ADDRESS_BYTES; i++) if (address[i] !== first) return true
  return false
}
