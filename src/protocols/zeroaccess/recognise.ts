/** First bytes of a flow → whether it is the zeroaccess's. */
import { bytesOf, concat, hasAt } from '../../core/bytes.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { MAGIC } from './wire/peer.ts'

/** The head of a greeting: its length, its type, the magic. */
const GREETING = concat(bytesOf('\x00\x17\x00'), MAGIC)

export const starts: Protocol['starts'] = { tcp: [GREETING] }

export function recognise(look: Look): Sight {
  const [opener, other] = look.heads
  const first = hasAt(opener, 0, GREETING)
  const second = hasAt(other, 0, GREETING)
  if (first && second) {
    return { part: 'peer', sureness: 'certain', reasons: ['both sides greet with "TPL1"'] }
  }
  if (!first && !second) return couldBecome(opener) || couldBecome(other) ? 'more' : 'no'
  if (!look.final) return 'more'
  const who = first ? 'the opener' : 'the other side'
  return { part: 'peer', sureness: 'likely', reasons: [`${who} greets with "TPL1"`] }
}

/** Whether a head too short to tell agrees with a greeting so far. */
function couldBecome(head: Uint8Array): boolean {
  return head.length > 0 && hasAt(GREETING, 0, head)
}
