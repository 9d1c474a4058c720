/**
 * First bytes → Zattoo's program at its servers, by lines that it alone writes (264 and 400 bits);
 * or its own packets, by what other tools match (48 and 16 bits, or 32 of each side): likely at most.
 */
import { bytesOf, fromHex, hasAt, indexOfBytes } from '../../core/bytes.ts'
import type { Look, Protocol, Sight } from '../../core/protocol.ts'
import { FRONTDOOR, UPDATE } from './wire/login.ts'

const FIRST = fromHex('030400040a00')
const ANSWER = fromHex('0304')
/** Datagrams: the two beginnings of four bytes; others have two, which is too little. */
const DATAGRAMS = ['03040004', '03010005'].map(fromHex)
const AGENT = bytesOf('User-Agent: Zattoo')
/** nDPI wants more than these of a segment and of a datagram. */
const SEGMENT_MIN = 51
const DATAGRAM_MIN = 21
const HTTP_HEAD_MAX = 1024

export const starts: Protocol['starts'] = { tcp: [FRONTDOOR, UPDATE, FIRST], udp: DATAGRAMS }

export function recognise(look: Look): Sight {
  return look.carrier === 'udp' ? datagrams(look) : stream(look)
}

function stream({ heads: [opener, other], final }: Look): Sight {
  if (hasAt(opener, 0, FRONTDOOR)) return server('GET /frontdoor/fd?brand=Zattoo')
  if (hasAt(opener, 0, UPDATE) && indexOfBytes(opener, AGENT, 0, HTTP_HEAD_MAX) > 0) {
    return server('POST /channelserver/player/channel/update, by its own agent')
  }
  if (hasAt(opener, 0, FIRST) && opener.length >= SEGMENT_MIN) {
    if (hasAt(other, 0, ANSWER) && other.length >= SEGMENT_MIN) {
      const reasons = ['03 04 00 04 0a 00 from the opener, 03 04 from the other']
      return { part: 'peer', sureness: 'likely', reasons }
    }
    return final || other.length >= SEGMENT_MIN ? 'no' : 'more'
  }
  return !final && [FRONTDOOR, UPDATE, FIRST].some((words) => begins(opener, words)) ? 'more' : 'no'
}

function server(what: string): Sight {
  return { part: 'server', sureness: 'certain', reasons: [what] }
}

/** Whether as much of `words` is there as could be, or all of it with more to be awaited. */
function begins(head: Uint8Array, words: Uint8Array): boolean {
  return hasAt(words, 0, head) || (hasAt(head, 0, words) && head.length < HTTP_HEAD_MAX)
}

function datagrams({ datagrams: all, final }: Look): Sight {
  const sides = [0, 0]
  for (const { from, bytes, size } of all) {
    if (size < DATAGRAM_MIN || bytes[0] !== 3) return 'no'
    if (DATAGRAMS.some((begin) => hasAt(bytes, 0, begin))) sides[from]!++
  }
  if (sides[0]! > 0 && sides[1]! > 0) {
    const reasons = ['both sides begin 03 04 00 04, or 03 01 00 05']
    return { part: 'peer', sureness: 'likely', reasons }
  }
  return final ? 'no' : 'more'
}
