/**
 * First bytes → Syncthing, or not.
 *
 * Local discovery: 32 bits of magic, a protobuf that fills the datagram and holds an id of 32 bytes.
 * Devices among each other speak TLS, in whose first message the client names the protocol
 * (`bep/1.0`: 56 bits, and nobody else's), over QUIC as well; so do relays' clients (`bep-relay`). A
 * session through a relay begins with a magic of its own, in clear.
 */
import { hasAt, u24be } from '../../core/bytes.ts'
import type { Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { QUIC_STARTS } from '../formats/quic-initial.ts'
import { alpnIn, CLIENT_HELLO, serverNameIn } from '../formats/tls-hello.ts'
import { recogniseQuic } from './recognise-quic.ts'
import { announceWire, MAGIC_2, MAGIC_3, MAGIC_4 } from './wire/announce.ts'
import { HANDSHAKE, RECORD_HEAD } from './wire/record.ts'
import { RELAY_MAGIC, relayWire } from './wire/relay.ts'

/** How a client's hello begins: a handshake of version 3.1, which all write, or 3.3. */
const HELLO_1 = Uint8Array.of(HANDSHAKE, 3, 1)
const HELLO_3 = Uint8Array.of(HANDSHAKE, 3, 3)

export const starts: Protocol['starts'] = {
  tcp: [HELLO_1, HELLO_3, RELAY_MAGIC],
  udp: [MAGIC_4, MAGIC_2, MAGIC_3, ...QUIC_STARTS],
}

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') {
    const first = look.datagrams[0]?.bytes[0]
    const isQuic = first !== undefined && first >= 0xc0
    return isQuic ? recogniseQuic(look.datagrams, look.final) : recogniseAnnouncement(look)
  }
  for (const head of look.heads) {
    if (head[0] === RELAY_MAGIC[0]) return recogniseRelay(head, look.final)
  }
  return recogniseHello(look)
}

function found(part: string, sureness: Finding['sureness'], reason: string): Finding {
  return { part, sureness, reasons: [reason] }
}

function recogniseAnnouncement({ datagrams, final }: Look): Sight {
  for (const { bytes, size } of datagrams) {
    const outcome = announceWire.parse(bytes, 0)
    if (outcome.kind === 'message') {
      return found('local-discovery', 'certain', `announcement, version ${outcome.message.version}`)
    }
    // Cut by the capture: the magic, and an id announced behind it, of 48 bits in all.
    if (size > bytes.length && hasAt(bytes, 0, MAGIC_4) && bytes[4] === 0x0a && bytes[5] === 0x20) {
      return found('local-discovery', 'certain', 'announcement, cut by the capture')
    }
  }
  return final || datagrams.length > 1 ? 'no' : 'more'
}

/** Magic and a type that exists, and a length that fits: more than 80 bits. */
function recogniseRelay(head: Uint8Array, final: boolean): Sight {
  const outcome = relayWire.parse(head, 0)
  if (outcome.kind === 'need') return final ? 'no' : 'more'
  if (outcome.kind === 'malformed' || outcome.message.name === 'other') return 'no'
  return found('relay-session', 'certain', `relay message ${outcome.message.name}`)
}

const HELLO_HEAD = RECORD_HEAD + 4
const DISCOVERY_SERVER = /^discovery(?:-[a-z0-9]+)?\.syncthing\.net$/

function recogniseHello({ heads, final }: Look): Sight {
  const head = heads[0]
  if (head[0] !== HANDSHAKE) return 'no'
  if (head.length < HELLO_HEAD) return final ? 'no' : 'more'
  if (head[1] !== 3 || head[RECORD_HEAD] !== CLIENT_HELLO) return 'no'
  if (head.length < HELLO_HEAD + u24be(head, RECORD_HEAD + 1)) return final ? 'no' : 'more'
  const hello = head.subarray(RECORD_HEAD)
  const protocols = alpnIn(hello)
  if (typeof protocols === 'string') return 'no'
  for (const protocol of protocols) {
    if (protocol === 'bep/1.0') return found('device', 'certain', 'TLS for bep/1.0')
    if (protocol === 'bep-relay') return found('relay', 'certain', 'TLS for bep-relay')
  }
  const server = serverNameIn(hello)
  return server !== undefined && DISCOVERY_SERVER.test(server)
    ? found('discovery-server', 'likely', `TLS to ${server}`)
    : 'no'
}

const NONE: readonly Fit[] = []
const ATTEMPT: readonly Fit[] = [
  { part: 'device', taughtAs: ['device'], reason: 'a connection without payload' },
  { part: 'relay', taughtAs: ['relay'], reason: 'a connection without payload' },
]
/** The short header of QUIC (RFC 9000 17.3): a connection whose beginning was not captured. */
const QUIC: readonly Fit[] = [
  { part: 'device-quic', taughtAs: ['device-quic'], reason: 'packets as those of QUIC' },
]

export function fits(look: Look): readonly Fit[] {
  if (look.carrier === 'tcp') {
    return look.fromStart && look.segments.length === 0 ? ATTEMPT : NONE
  }
  const first = look.datagrams[0]
  if (first === undefined || first.size < 25) return NONE
  // 01…… is a short header, 11…… a long one.
  return first.bytes[0]! >= 0x40 && (first.bytes[0]! < 0x80 || first.bytes[0]! >= 0xc0)
    ? QUIC
    : NONE
}
