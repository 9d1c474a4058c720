/**
 * Connections through a proxy that tunnels: a head each, then what the peers say.
 *
 *   opener  CONNECT 192.0.2.1:6881 HTTP/1.1 … blank line │ handshake, tracker request …
 *   other   HTTP/1.1 200 Connection established … blank line │ …
 *
 * or the heads of SOCKS (formats/socks.ts), which also carries datagrams.
 *
 * The proxy's address is not the peer's: these parts have their own names, so that nothing is
 * learnt of it. Source: RFC 9110 section 9.3.6.
 */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import type { Datagram, Look, Sight } from '../../core/protocol.ts'
import { parseHttpHead, statusLine } from '../formats/http-head.ts'
import { socksAnswer, socksAsk, socksDatagram } from '../formats/socks.ts'
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

/** What both sides said to the proxy and it to them: bytes of each, and what proxy it is. */
interface Passed {
  readonly sizes: readonly [number, number]
  readonly proxy: string
}

/** @returns undefined where the flow does not begin so */
export function recogniseTunnel(look: Look): Sight | undefined {
  if (!look.fromStart) return undefined
  const isHttp = look.heads[0][0] === CONNECT[0]
  const passed = isHttp ? passedHttp(look) : passedSocks(look)
  if (passed === undefined || typeof passed === 'string') return passed
  const [opener, other] = look.heads
  const { sizes, proxy } = passed
  const heads = [opener.subarray(sizes[0]), other.subarray(sizes[1])] as const
  if (heads[0].length + heads[1].length === 0) return look.final ? 'no' : 'more'
  if (heads[0][0] === TLS_HANDSHAKE) return 'no'
  const segments = segmentsBehind(look.segments, sizes) ?? sizesOf(heads)
  return inside({ ...look, heads, segments }, proxy)
}

function passedHttp(look: Look): Passed | 'no' | 'more' | undefined {
  const [opener, other] = look.heads
  if (!hasAt(opener, 0, CONNECT)) return undefined
  const asked = parseHttpHead(opener, 0)
  if (asked.kind === 'need') return look.final ? 'no' : 'more'
  if (asked.kind === 'malformed') return 'no'
  const answer = other.length === 0 ? undefined : parseHttpHead(other, 0)
  if (answer?.kind === 'need') return look.final ? 'no' : 'more'
  if (answer?.kind === 'malformed') return 'no'
  const code = answer === undefined ? 200 : (statusLine(answer.message)?.code ?? 0)
  if (code < 200 || code > 299) return 'no'
  return { sizes: [asked.size, answer?.size ?? 0], proxy: 'an HTTP proxy' }
}

/** A key that is chance may begin so for some bytes: then it is none, and not nothing. */
function passedSocks({ heads, final }: Look): Passed | 'more' | undefined {
  const asked = heads[0].length === 0 ? 'no' : socksAsk(heads[0])
  if (asked === 'no') return undefined
  const answer = socksAnswer(heads[1])
  if (answer === 'no') return undefined
  const answered = typeof answer === 'string' ? 0 : answer.size
  if (asked === 'more' || (answered === 0 && heads[1].length > 0)) return final ? undefined : 'more'
  return { sizes: [asked.size, answered], proxy: 'a SOCKS proxy' }
}

/** Segments without those that only spoke to the proxy; undefined where one is shared. */
function segmentsBehind(
  segments: Look['segments'],
  sizes: readonly [number, number],
): number[] | undefined {
  const left = [...sizes]
  const behind: number[] = []
  for (const size of segments) {
    const side = size > 0 ? 0 : 1
    if (left[side] === 0) behind.push(size)
    else if (left[side]! < Math.abs(size)) return undefined
    else left[side]! -= Math.abs(size)
  }
  return behind
}

/** Then the sides stand for their segments. */
function sizesOf(heads: Look['heads']): number[] {
  return [heads[0].length, -heads[1].length].filter((size) => size !== 0)
}

function inside(look: Look, proxy: string): Sight {
  let open: Sight = 'no'
  for (const sight of [recogniseStream(look), recogniseHttp(look)]) {
    if (sight === 'more') open = sight
    if (typeof sight === 'string') continue
    const part = PARTS[sight.part]
    if (part === undefined) continue
    return { ...sight, part, reasons: [...sight.reasons, `inside the tunnel of ${proxy}`] }
  }
  return open
}

/** The look of datagrams without the head that each has; undefined where one has none. */
export function withoutSocks(look: Look): Look | undefined {
  const datagrams: Datagram[] = []
  for (const datagram of look.datagrams) {
    const head = socksDatagram(datagram.bytes)
    if (head === undefined) return undefined
    const { bytes, size } = datagram
    datagrams.push({ ...datagram, bytes: bytes.subarray(head.size), size: size - head.size })
  }
  return { ...look, datagrams }
}
