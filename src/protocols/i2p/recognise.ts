/**
 * First bytes → I2P, or not.
 *
 * Programs on a router's own machine speak in clear: SAM says hello in words, I2CP in one byte and a
 * message with a version. Between routers every byte looks like chance (`fits.ts`).
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { GET_DATE, i2cpWire, PROTOCOL_BYTE, versionIn } from './wire/i2cp.ts'

export { fits } from './fits.ts'

const HELLO = bytesOf('HELLO VERSION')
const REPLY = bytesOf('HELLO REPLY RESULT=')
/** A version has at most 15 letters, its options a few hundred bytes: two bytes of length are 0. */
const I2CP = Uint8Array.of(PROTOCOL_BYTE, 0, 0)

export const starts: Protocol['starts'] = { tcp: [HELLO, REPLY, I2CP] }

export function recognise(look: Look): Sight {
  const [opener, other] = look.heads
  return opener[0] === PROTOCOL_BYTE ? recogniseI2cp(look) : recogniseSam(opener, other, look.final)
}

/** 104 bits from the opener are SAM's alone; the answer's 152 make it certain. */
function recogniseSam(opener: Uint8Array, other: Uint8Array, final: boolean): Sight {
  const asked = hasAt(opener, 0, HELLO) && (opener[HELLO.length] ?? 10) <= 0x20
  const answered = hasAt(other, 0, REPLY)
  if (asked && answered) {
    return { part: 'sam', sureness: 'certain', reasons: ['HELLO VERSION and HELLO REPLY'] }
  }
  const open = begins(opener, HELLO) && begins(other, REPLY)
  if (!open) return 'no'
  if (!final) return 'more'
  if (!asked && !answered) return 'no'
  return { part: 'sam', sureness: 'likely', reasons: [asked ? 'HELLO VERSION' : 'HELLO REPLY'] }
}

/** Whether a side says so, or is still silent or within it. */
function begins(head: Uint8Array, start: Uint8Array): boolean {
  return hasAt(head, 0, start) || hasAt(start, 0, head)
}

/** 2a, a length and a type that agree with a version in digits: about 80 bits. */
function recogniseI2cp({ heads, final }: Look): Sight {
  const outcome = i2cpWire.parse(heads[0], 1)
  if (outcome.kind === 'need' && outcome.size < 1024) return final ? 'no' : 'more'
  if (outcome.kind !== 'message' || outcome.message.type !== GET_DATE) return 'no'
  const version = versionIn(outcome.message)
  if (version === undefined) return 'no'
  return { part: 'i2cp', sureness: 'certain', reasons: [`I2CP of version ${version}`] }
}
