/**
 * Datagrams and connections → MP2P (Blubster, Piolet), or not. No specification; Wireshark reads it.
 *
 * A datagram has no mark of its own, so `fits` is asked: fields of known names (12 bits each), types 0 and 1 (7)
 * and sizes that end with the datagram (8): two of them are 46 bits; one, or none (a ping), count with the address it
 * was sent to in the header (32 bits). All likely at most. A connection: `STR ` and a number, answered by `SIZ ` and a number: 64 bits of
 * both sides, certain.
 */
import type { Datagram, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { datagramWire, HEAD, isCapital, NAMES } from './wire/datagram.ts'

export const starts: Protocol['starts'] = { tcp: ['STR ', 'SIZ '] }

const ASK = /^STR \d{1,12}\s*$/
const ANSWER = /^SIZ \d{1,12}/
const LINE_BYTES = 32

export function recognise({ heads: [opener, other], final }: Look): Sight {
  const ask = latin1(opener, 0, LINE_BYTES)
  const answer = latin1(other, 0, LINE_BYTES)
  const asks = ASK.test(ask) || /^STR \d{1,12}\s/.test(ask)
  if (asks && ANSWER.test(answer)) {
    const reasons = ['"STR " and a number, answered by "SIZ " and a number']
    return { part: 'peer', sureness: 'certain', reasons }
  }
  const mayBe = (begun: string, word: string) => {
    return begun.length < word.length ? word.startsWith(begun) : begun.startsWith(word)
  }
  return !final && mayBe(ask, 'STR ') && mayBe(answer, 'SIZ ') ? 'more' : 'no'
}

const NONE: readonly Fit[] = []
const ALONE: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer'],
    reason: 'fields of MP2P, or its header with the address it was sent to',
    alone: 'likely',
  },
]

export function fits({ carrier, datagrams, ends }: Look): readonly Fit[] {
  if (carrier !== 'udp' || datagrams.length === 0) return NONE
  for (const datagram of datagrams) if (!mayBeOurs(datagram)) return NONE
  let telling = 0
  for (const { bytes, from } of datagrams) {
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return NONE
    const { fields, to } = outcome.message
    if (fields.some(({ name }) => !NAMES.has(name))) return NONE
    const isTo = to === ends[from === 0 ? 1 : 0].ip
    telling += Math.min(2, fields.length) + (isTo ? 1 : 0)
  }
  // A lone ping is 32 bits of address; more datagrams or fields are more.
  return telling >= 2 ? ALONE : NONE
}

function mayBeOurs({ bytes, size }: Datagram): boolean {
  if (bytes.length < HEAD || size !== bytes.length) return false
  return bytes.length === HEAD || (isCapital(bytes[HEAD]!) && bytes[HEAD + 2]! <= 1)
}
