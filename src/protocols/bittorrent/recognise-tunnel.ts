/**
 * Connections through an HTTP proxy that tunnels: a head each, then what the peers say.
 *
 *   opener  CONNECT 192.0.2.1:6881 HTTP/1.1 … blank line │ handshake, tracker request …
 *   other   HTTP/1.1 200 Connection established … blank line │ …
 *
 * The proxy's address is not the peer's: these parts have their own names, so that nothing is
 * learnt of it. Source: RFC 9110 section 9.3.6.
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import type { Look, Sight } from '../../core/protocol.ts'
import { parseHttpHead, statusLine } from '../formats/http-head.ts'
import { recogniseHttp } from './recognise-http.ts'
import { recogniseStream } from './recognise-stream.ts'

export const CONNECT = bytesOf('CONNECT ')

/** Part inside → part of the flow. */
const PARTS: Readonly<Record<string, string>> = {
  peer: 'peer-proxied',
  'peer-encrypted': 'peer-proxied',
  'tracker-http': 'tracker-proxied',
}

/** A TLS record: what most tunnels are for. */
const TLS_HANDSHAKE = 0x16

/** @returns undefined where the flow does not begin so */
export function recogniseTunnel(look: Look): Sight | undefined {
  const [opener, other] = look.heads
  if (opener[0] !== CONNECT[0] || !look.fromStart) return undefined
  if (!hasAt(opener, 0, CONNECT)) return undefined
  const asked = parseHttpHead(opener, 0)
  if (asked.kind === 'need') return look.final ? 'no' : 'more'
  if (asked.kind === 'malformed') return 'no'
  const answer = other.length === 0 ? undefined : parseHttpHead(other, 0)
  if (answer?.kind === 'need') return look.final ? 'no' : 'more'
  if (answer?.kind === 'malformed') return 'no'
  const code = answer === undefined ? 200 : (statusLine(answer.message)?.code ?? 0)
  if (code < 200 || code > 299) return 'no'
  const heads = [opener.subarray(asked.size), other.subarray(answer?.size ?? 0)] as const
  if (heads[0].length + heads[1].length === 0) return look.final ? 'no' : 'more'
  if (heads[0][0] === TLS_HANDSHAKE) return 'no'
  const alone = look.segments[0] === asked.size && look.segments[1] === -(answer?.size ?? 0)
  const segments = alone ? look.segments.slice(2) : sizesOf(heads)
  return inside({ ...look, heads, segments })
}

/** A head shares its segment with what follows: the sides stand for their segments. */
function sizesOf(heads: Look['heads']): number[] {
  return [heads[0].length, -heads[1].length].filter((size) => size !== 0)
}

function inside(look: Look): Sight {
  let open: Sight = 'no'
  for (const sight of [recogniseStream(look), recogniseHttp(look)]) {
    if (sight === 'more') open = sight
    if (typeof sight === 'string') continue
    const part = PARTS[sight.part]
    if (part === undefined) continue
    return { ...sight, part, reasons: [...sight.reasons, 'inside the tunnel of an HTTP proxy'] }
  }
  return open
}
