/**
 * What Gameover's datagrams look like. Every byte is xor the one before, so that no first byte tells:
 * `fits` is asked of flows that nobody knew, and wants a request and its answer.
 *
 * Both must have, below the XOR, a type of the pair (16 bits), a payload of the type's size behind a
 * padding of the size they say (about 8 bits each), and the same session id, which looks like chance
 * (160 bits). It stays `likely`: no capture proved it.
 */
import { sameBytes } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { messageWire, TYPES } from './wire/message.ts'

/** No flow begins in a way that says Gameover. */
export const starts: Protocol['starts'] = {}

export function recognise(_look: Look): Sight {
  return 'no'
}

const NO_FITS: readonly Fit[] = []
/** Requests have types 0, 2 and 4; the answer has the next number. */
const REQUEST_MAX = 4

export function fits(look: Look): readonly Fit[] {
  const [first] = look.datagrams
  if (first === undefined || look.carrier !== 'udp') return NO_FITS
  // Cheap: the type, below the XOR, is a small even number for one flow in 85.
  const number = first.bytes[3]! ^ first.bytes[2]!
  if (number > REQUEST_MAX || number % 2 === 1) return NO_FITS
  const asked = messageWire.parse(first.bytes, 0)
  if (asked.kind !== 'message' || !looksRandom(asked.message.session)) return NO_FITS
  for (const { from, bytes } of look.datagrams) {
    if (from === first.from) continue
    const answered = messageWire.parse(bytes, 0)
    if (answered.kind !== 'message' || answered.message.number !== number + 1) continue
    if (!sameBytes(asked.message.session, answered.message.session)) continue
    if (sameBytes(asked.message.source, answered.message.source)) continue
    return found(TYPES[number]![0])
  }
  return NO_FITS
}

function found(name: string): readonly Fit[] {
  const reason = `a ${name} of P2P Zeus and its answer: one session id of 160 bits below the XOR chain`
  return [{ part: 'bot', taughtAs: [], reason, alone: 'likely' }]
}
