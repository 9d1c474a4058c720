/** Datagrams: a ping names its network; what answers it has no name, but a shape. */
import type { Datagram, Finding, Fit, Look, Sight } from '../../core/protocol.ts'
import { networkNamed, shownNetwork } from './networks.ts'
import { datagramWire, type Datagram as Said } from './wire/datagram.ts'

/** What a ping has in the place behind the cipher bits. */
const PING_FLAG = 0x80
/** Cipher bits that are in use: Kazaa offers bf, asks for 29; one more was seen by giFT's authors. */
const ENCRYPTION_MAX = 0x1ff
const KINDS: readonly number[] = [1, 2]

export function recogniseDatagrams(look: Look): Sight {
  const seen: (readonly [Datagram, Said])[] = []
  for (const datagram of look.datagrams) {
    const said = readOf(datagram)
    if (said === undefined) continue
    seen.push([datagram, said])
    const finding = alone(said) ?? together(datagram, said, seen)
    if (finding !== undefined) return finding
  }
  if (seen.length === 0) return 'no'
  if (!look.final) return 'more'
  const ping = seen.find(([, said]) => said.type === 'ping')?.[1]
  if (ping?.type !== 'ping') return 'no'
  return found('likely', `a ping of the network ${shownNetwork(ping.network)}`)
}

/** A datagram whose fixed bytes are all as they must be, or undefined. */
function readOf({ bytes, size }: Datagram): Said | undefined {
  if (bytes.length < size || bytes[0]! < 0x27 || bytes[0]! > 0x2a) return undefined
  const outcome = datagramWire.parse(bytes, 0)
  if (outcome.kind !== 'message') return undefined
  const said = outcome.message
  if ('encryption' in said && said.encryption > ENCRYPTION_MAX) return undefined
  if (said.type === 'ping') return said.flag === PING_FLAG ? said : undefined
  if (said.type !== 'pong-2') return said
  return said.reserved === 0 && KINDS.includes(said.kind) && said.flag <= 1 ? said : undefined
}

/** Ping: type 8 bits, cipher 23, flag 8, a name of at least 5 letters and its end 48. Pong: 79. */
function alone(said: Said): Finding | undefined {
  if (said.type !== 'ping' && said.type !== 'pong') return undefined
  if (networkNamed(said.network) === undefined) return undefined
  return found('certain', `a ${said.type} of the network ${shownNetwork(said.network)}`)
}

/** Both directions agree: a pong to a ping, or an answer with the id of what it answers. */
function together(
  { from }: Datagram,
  said: Said,
  seen: readonly (readonly [Datagram, Said])[],
): Finding | undefined {
  for (const [before, first] of seen) {
    if (before.from === from) continue
    if (first.type === 'ping' && said.type === 'pong-2') {
      return found('certain', `a ping of the network ${shownNetwork(first.network)}, and its pong`)
    }
    if (first.type === 'ping' && said.type === 'pong' && first.network === said.network) {
      return found('certain', `ping and pong of the network ${shownNetwork(said.network)}`)
    }
    if (first.type === 'pong-2' && said.type === 'pong-2-answer' && first.id === said.id) {
      return found('certain', 'a pong of the second kind, answered with its id')
    }
  }
  return undefined
}

function found(sureness: Finding['sureness'], reason: string): Finding {
  return { part: 'udp', sureness, reasons: [reason] }
}

const NONE: readonly Fit[] = []
const FITS: readonly Fit[] = [
  { part: 'udp', taughtAs: [], reason: 'a datagram of the form of a pong, its answer, or a punch' },
]

/** The nameless ones, alone: too little to tell them from others without their endpoint. */
export function fitsDatagram(look: Look): readonly Fit[] {
  const first = look.datagrams[0]
  if (first === undefined || first.bytes.length < first.size) return NONE
  switch (first.bytes[0]) {
    case 0x29:
    case 0x2a:
      return readOf(first) === undefined ? NONE : FITS
    case 0xc1:
      return isPunchAnswer(first, look) ? FITS : NONE
    default:
      return NONE
  }
}

/** It holds the address of one of both ends. */
function isPunchAnswer({ bytes }: Datagram, { ends }: Look): boolean {
  const outcome = datagramWire.parse(bytes, 0)
  if (outcome.kind !== 'message' || outcome.message.type !== 'punch-answer') return false
  const { ip } = outcome.message
  return ends.some((end) => end.ip === ip)
}
