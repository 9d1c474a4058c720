/**
 * DNS as far as a wall needs it: what a query asks, and the answer that there is none.
 *
 *   id u16 | flags u16 | questions u16 | answers u16 | authority u16 | additional u16
 *   question: labels (size u8, bytes) … 00 | type u16 | class u16
 *
 * Source: RFC 1035 section 4; RFC 6891 (what follows the question is left out of the answer).
 */
import { ByteWriter, bits, u16be } from '../../../core/bytes.ts'
import { latin1 } from '../../../core/text.ts'

const HEADER_BYTES = 12
const NAME_BYTES_MAX = 255
const LABEL_BYTES_MAX = 63

const CLASS_IN = 1
const TYPE_A = 1
const TYPE_AAAA = 28

export interface Question {
  readonly id: number
  /** Lower case, without the dot at its end. */
  readonly name: string
  readonly type: number
  readonly isRecursionDesired: boolean
  /** The question as it was asked: a client compares it letter by letter. */
  readonly bytes: Uint8Array
}

/** What a datagram asks; undefined where it is no plain query of one name. */
export function questionOf(datagram: Uint8Array): Question | undefined {
  if (datagram.length < HEADER_BYTES + 5 || u16be(datagram, 4) !== 1) return undefined
  const flags = u16be(datagram, 2)
  // A response, or another operation than a query.
  if (bits(flags, 11, 5) !== 0 || u16be(datagram, 6) !== 0) return undefined
  const labels: string[] = []
  let at = HEADER_BYTES
  for (;;) {
    const size = datagram[at++]
    if (size === undefined || size > LABEL_BYTES_MAX) return undefined
    if (size === 0) break
    if (at + size > datagram.length || at + size - HEADER_BYTES > NAME_BYTES_MAX) return undefined
    labels.push(latin1(datagram, at, size).toLowerCase())
    at += size
  }
  if (at + 4 > datagram.length || u16be(datagram, at + 2) !== CLASS_IN) return undefined
  return {
    id: u16be(datagram, 0),
    name: labels.join('.'),
    type: u16be(datagram, at),
    isRecursionDesired: bits(flags, 8, 1) === 1,
    bytes: datagram.subarray(HEADER_BYTES, at + 4),
  }
}

const RESPONSE = 0x8000
const RECURSION_DESIRED = 0x0100
const RECURSION_AVAILABLE = 0x0080
const REFUSED = 5
/** Short, so that a policy that changes is felt. */
const TTL_SECONDS = 60
/** A pointer to the name in the question. */
const SAME_NAME = 0xc00c

const LOCAL4 = Uint8Array.of(127, 0, 0, 1)
const LOCAL6 = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])

/**
 * @param how  `refused`: nobody is asked; `local`: it is this machine itself, and of other types than
 * addresses there is nothing
 */
export function denial(question: Question, how: 'refused' | 'local'): Uint8Array {
  const { id, type, bytes, isRecursionDesired } = question
  const address = how === 'local' ? localAddress(type) : undefined
  const desired = isRecursionDesired ? RECURSION_DESIRED : 0
  const code = how === 'refused' ? REFUSED : 0
  const writer = new ByteWriter().u16be(id)
  writer.u16be(RESPONSE + desired + RECURSION_AVAILABLE + code).u16be(1)
  writer
    .u16be(address === undefined ? 0 : 1)
    .u16be(0)
    .u16be(0)
    .bytes(bytes)
  if (address === undefined) return writer.finish()
  writer.u16be(SAME_NAME).u16be(type).u16be(CLASS_IN).u32be(TTL_SECONDS)
  return writer.u16be(address.length).bytes(address).finish()
}

function localAddress(type: number): Uint8Array | undefined {
  if (type === TYPE_A) return LOCAL4
  return type === TYPE_AAAA ? LOCAL6 : undefined
}
