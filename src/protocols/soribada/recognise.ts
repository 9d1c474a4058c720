/**
 * First bytes → a download, by sixteen letters (128 bits); a pair of ping and pong, by sizes and
 * bytes of both sides; a search, by four bytes.
 *
 * A pair: two and six bytes, 10 14 and 10 15 and what they allow: 8 + 6 and 8 + 8 bits, and two sizes of
 * some hundred each: likely. A search: 01 and three letters, 31 bits from a tool's pattern alone, and
 * nobody answers who has not the file: unsure.
 */
import { fromHex, hasAt } from '../../core/bytes.ts'
import type { Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { datagramWire } from './wire/datagram.ts'
import { WORDS } from './wire/request.ts'

const PINGS = ['1014', '1015', '1016'].map(fromHex)

export const starts: Protocol['starts'] = { tcp: [WORDS], udp: PINGS }

export function recognise(look: Look): Sight {
  return look.carrier === 'tcp' ? download(look) : pair(look)
}

function download({ heads: [head], final }: Look): Sight {
  if (hasAt(head, 0, WORDS)) {
    const reasons = ['the opener asks: "GETMP3", a line end, "Filename"']
    return { part: 'download', sureness: 'certain', reasons }
  }
  return !final && hasAt(WORDS, 0, head) ? 'more' : 'no'
}

/** All datagrams of such a flow are pings, pongs of them, and searches. */
function pair({ datagrams, final }: Look): Sight {
  let asked: number | undefined
  for (const { from, bytes, size } of datagrams) {
    const outcome = datagramWire.parse(bytes, 0)
    if (bytes.length !== size || outcome.kind !== 'message') return 'no'
    const said = outcome.message
    if (said.type === 'ping' && from === 0) asked ??= said.version
    if (said.type === 'pong' && from === 1) {
      if (asked === undefined || said.version !== asked + 1) return 'no'
      const reasons = ['two bytes and their answer of six, as a ping and its pong']
      return { part: 'ping', sureness: 'likely', reasons }
    }
  }
  return final ? 'no' : 'more'
}

const NO_FITS: readonly Fit[] = []
const SEARCHES: readonly Fit[] = [
  {
    part: 'search',
    taughtAs: ['peer'],
    reason: 'a datagram that begins 01, three bytes, and Q:+ or Q2:',
    alone: 'unsure',
  },
]

/** The three bytes in a search are random, so that its start is not fixed. */
export function fits({ carrier, datagrams }: Look): readonly Fit[] {
  const first = datagrams[0]?.bytes
  if (carrier !== 'udp' || first === undefined || first[0] !== 1 || first[4] !== 0x51)
    return NO_FITS
  for (const { bytes } of datagrams) {
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind !== 'message' || outcome.message.type !== 'search') return NO_FITS
  }
  return SEARCHES
}
