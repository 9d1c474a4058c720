/** First bytes → what this is: peer connections here, datagrams and web traffic by their own files. */
import type { Look, Sight, Start } from '../../core/protocol.ts'
import { recogniseDatagrams } from './recognise-datagram.ts'
import { recogniseHttp } from './recognise-http.ts'
import { recogniseStream } from './recognise-stream.ts'
import { recogniseTunnel, withoutSocks } from './recognise-tunnel.ts'
import { recogniseUtp } from './recognise-utp.ts'

/**
 * The key that opens an MSE exchange is chance, so a TCP flow may begin with any byte; whatever
 * is readable is let go at the first look. Over UDP, requests to trackers and of the Azureus DHT
 * begin with a number that says nothing; what is none of these is let go by a byte or two.
 */
export const starts: { readonly tcp: readonly Start[]; readonly udp: readonly Start[] } = {
  tcp: [],
  udp: [],
}

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') return recogniseRelayed(look) ?? recogniseUdp(look)
  return recogniseTunnel(look) ?? surer(recogniseStream(look), recogniseHttp(look))
}

function recogniseUdp(look: Look): Sight {
  return surer(recogniseDatagrams(look), recogniseUtp(look))
}

/** Behind the head of a SOCKS proxy only what is certain counts: a head is ten bytes of which six are free. */
function recogniseRelayed(look: Look): Sight | undefined {
  if (look.datagrams[0]?.bytes[0] !== 0) return undefined
  const bare = withoutSocks(look)
  const sight = bare === undefined ? 'no' : recogniseUdp(bare)
  if (typeof sight === 'string' || sight.sureness !== 'certain') return undefined
  const reasons = [...sight.reasons, 'behind the head of a SOCKS proxy']
  return { ...sight, part: 'udp-proxied', reasons }
}

const RANK = { certain: 3, likely: 2, unsure: 1 } as const

/** The surer finding; a wish for more bytes outranks none. */
function surer(a: Sight, b: Sight): Sight {
  return rank(b) > rank(a) ? b : a
}

function rank(sight: Sight): number {
  if (sight === 'no') return 0
  if (sight === 'more') return 1
  return 1 + RANK[sight.sureness]
}
