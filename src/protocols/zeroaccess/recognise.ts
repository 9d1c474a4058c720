/**
 * What ZeroAccess's datagrams look like. They begin with a checksum, so that no first byte tells: `fits`
 * is asked of flows that nobody knew.
 *
 * Computed, not guessed: a CRC of 32 bits over the message below its XOR, behind it a command of 32
 * fixed bits and, in a request, 32 bits of flag that are zero: 96 bits. It stays `likely` since every
 * researcher's scanner says the same words; the session says what they are.
 */
import type { Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { commandWire, hasListCommand } from './wire/command.ts'

/** No flow begins in a way that says ZeroAccess. */
export const starts: Protocol['starts'] = {}

export function recognise(_look: Look): Sight {
  return 'no'
}

const NO_FITS: readonly Fit[] = []
const COMMAND: readonly Fit[] = [
  {
    part: 'bot',
    taughtAs: [],
    reason: 'getL or retL under the rolling key "ftp2", whose CRC-32 is right',
    alone: 'likely',
  },
]

export function fits(look: Look): readonly Fit[] {
  const first = look.datagrams[0]
  if (first === undefined || !hasListCommand(first.bytes)) return NO_FITS
  const outcome = commandWire.parse(first.bytes, 0)
  if (outcome.kind !== 'message' || outcome.message.type === 'other') return NO_FITS
  return COMMAND
}
