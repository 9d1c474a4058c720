/**
 * First bytes of a flow → whether they are Tailscale's.
 *
 * Discovery: 48 fixed bits of magic, then a key that stays, then chance. Address requests: 184 fixed
 * bits and a CRC of 32 over the rest. Relay (DERP) without TLS: its path and its upgrade's name.
 */
import { bytesOf, concat, hasAt, u16be } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Datagram, Finding, Look, Protocol, Sight } from '../../core/protocol.ts'
import { parseHttpHead } from '../formats/http-head.ts'
import { DISCO_BYTES_MIN, DISCO_MAGIC } from './wire/disco.ts'
import { REQUEST_BYTES, REQUEST_HEAD, stunWire } from './wire/stun.ts'

const DERP = bytesOf('GET /derp ')

export const starts: Protocol['starts'] = { udp: [DISCO_MAGIC, REQUEST_HEAD], tcp: [DERP] }

/** The frame by which a relay begins: type 1, length 40, its magic ("DERP" and a key), its key. */
const SERVER_KEY = concat(Uint8Array.of(1, 0, 0, 0, 40), bytesOf('DERP\xf0\x9f\x94\x91'))

export function recognise(look: Look): Sight {
  return look.carrier === 'tcp' ? recogniseRelay(look) : recogniseDatagrams(look)
}

function recogniseDatagrams(look: Look): Sight {
  for (const datagram of look.datagrams) {
    if (isDisco(datagram)) return sure('node', '"TS" and a speech balloon, a key, sealed bytes')
    if (isAddressRequest(datagram)) {
      return sure('stun', 'a STUN request of the software "tailnode" whose fingerprint is right')
    }
  }
  return look.final ? 'no' : 'more'
}

function isDisco({ bytes, size }: Datagram): boolean {
  return (
    size >= DISCO_BYTES_MIN &&
    hasAt(bytes, 0, DISCO_MAGIC) &&
    looksRandom(bytes, DISCO_MAGIC.length)
  )
}

function isAddressRequest({ bytes }: Datagram): boolean {
  if (bytes.length !== REQUEST_BYTES || u16be(bytes, 0) !== 1) return false
  return stunWire.parse(bytes, 0).kind === 'message'
}

/** The upgrade alone is likely: anybody may name a path. The relay's first frame has 104 fixed bits. */
function recogniseRelay(look: Look): Sight {
  const [opener, other] = look.heads
  const asked = parseHttpHead(opener, 0)
  if (asked.kind === 'need') return look.final ? 'no' : 'more'
  if (asked.kind === 'malformed' || !hasAt(opener, 0, DERP)) return 'no'
  const upgrade = asked.message.headers.find(([name]) => name.toLowerCase() === 'upgrade')
  if (upgrade?.[1].toLowerCase() !== 'derp') return 'no'
  const answered = parseHttpHead(other, 0)
  // A client that is in a hurry asks for no answer: then the frame comes at once.
  const at = answered.kind === 'message' ? answered.size : 0
  if (hasAt(other, at, SERVER_KEY)) return sure('relay', "an upgrade to DERP, and the relay's key")
  if (!look.final) return 'more'
  return { part: 'relay', sureness: 'likely', reasons: ['an HTTP upgrade of /derp to DERP'] }
}

function sure(part: string, reason: string): Finding {
  return { part, sureness: 'certain', reasons: [reason] }
}
