/**
 * First bytes → iMesh's own protocol, or not. All that is known are patterns of other tools, so nothing is more than
 * likely. A frame's size that ends its segment, `fc ff` and a code of 80xx are 56 bits; a datagram has a size, 64 to 94
 * fixed bits and, where it tells its own port, 16 more. iMesh 4 and later speak other networks' protocols; the login of
 * BearShare 6 over HTTP names its host.
 */
import { u32le } from '../../core/bytes.ts'
import type { Finding, Look, Protocol, Sight } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { datagramWire } from './wire/datagram.ts'
import { frameWire } from './wire/frame.ts'

const LOGIN = 'POST /registration'
/** Sizes of first frames that were seen. */
const FIRST_SIZES = [28, 52, 64, 95]

export const starts: Protocol['starts'] = {
  tcp: [LOGIN, ...FIRST_SIZES.map((size) => Uint8Array.of(size, 0, 0, 0))],
  udp: [Uint8Array.of(2, 0)],
}

function found(part: string, sureness: Finding['sureness'], reason: string): Finding {
  return { part, sureness, reasons: [reason] }
}

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') return recogniseDatagrams(look)
  if (look.heads[0][0] === 0x50) return recogniseLogin(look)
  return look.fromStart ? recogniseFrames(look) : 'no'
}

function recogniseFrames({ heads: [opener], segments, final }: Look): Sight {
  if (opener.length < 4) return final ? 'no' : 'more'
  if (!FIRST_SIZES.includes(u32le(opener, 0))) return 'no'
  const outcome = frameWire.parse(opener, 0)
  if (outcome.kind === 'malformed') return 'no'
  if (outcome.kind === 'need') return final ? 'no' : 'more'
  const first = segments.find((size) => size > 0) ?? 0
  if (!endsAt(opener, first)) return 'no'
  const code = outcome.message.code.toString(16)
  return found('server', 'likely', `frame of ${outcome.size} bytes with fc ff and the code ${code}`)
}

/** Whether frames fill the first segment: one, or several that were joined. */
function endsAt(opener: Uint8Array, end: number): boolean {
  let at = 0
  while (at < end) {
    const outcome = frameWire.parse(opener, at)
    if (outcome.kind !== 'message') return false
    at += outcome.size
  }
  return at === end
}

function recogniseDatagrams({ datagrams, ends, final }: Look): Sight {
  let answered = false
  for (const { bytes, from } of datagrams) {
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return 'no'
    const said = outcome.message
    if (said.type === 'here' && said.port !== ends[from].port) return 'no'
    answered ||= from === 1
  }
  if (!answered && !final) return 'more'
  const ways = answered ? 'both ways' : 'one way'
  return found(
    'peer',
    answered ? 'likely' : 'unsure',
    `datagrams of iMesh's sizes and marks, ${ways}`,
  )
}

const HOSTS = /^Host: login\.(?:bearshare|imesh)\.com\r?$/im
const HEAD_BYTES_MAX = 2048

function recogniseLogin({ heads: [opener], final }: Look): Sight {
  const head = latin1(opener, 0, HEAD_BYTES_MAX)
  const begins = head.length < LOGIN.length ? LOGIN.startsWith(head) : head.startsWith(LOGIN)
  if (!begins) return 'no'
  const end = head.search(/\r?\n\r?\n/)
  if (end < 0) return final || head.length >= HEAD_BYTES_MAX ? 'no' : 'more'
  if (!HOSTS.test(head.slice(0, end))) return 'no'
  return found('login', 'likely', 'registration at the login host of BearShare or iMesh')
}
