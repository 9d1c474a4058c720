/** First bytes → a peer of Delivery Optimization: fifteen fixed bytes, 120 bits, that it made up. */
import { hasAt } from '../../core/bytes.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { MAGIC } from './wire/peer.ts'

export const starts: Protocol['starts'] = { tcp: [MAGIC] }

export function recognise({ carrier, heads, final }: Look): Sight {
  if (carrier !== 'tcp') return 'no'
  let open = false
  for (const [side, head] of heads.entries()) {
    if (head.length === 0) continue
    if (hasAt(head, 0, MAGIC)) {
      const who = side === 0 ? 'the opener' : 'the other side'
      return {
        part: 'peer',
        sureness: 'certain',
        reasons: [`"Swarm protocol" handshake of ${who}`],
      }
    }
    open ||= !final && hasAt(MAGIC, 0, head)
  }
  return open ? 'more' : 'no'
}
