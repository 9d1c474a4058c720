/**
 * First bytes → a video stream over TCP, by its name; datagrams by the ring they are scrambled in.
 *
 * A scrambled datagram: byte 1 is the upper half of its size and a flag (8 bits), the family (6),
 * the ring's end (8), the type (13): 35 bits. Where it also tells the port it comes from, 51. No
 * start is fixed, so datagrams are asked of as `fits`, which never says more than likely.
 */
import type { Sureness } from '../../core/event.ts'
import type { Datagram, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { bodyWire, INTRODUCE, ownAddress, PEER_TYPES, REPORT } from './wire/body.ts'
import { couldBegin, type Packet, packetWire } from './wire/packet.ts'
import { NAME, videoWire } from './wire/video.ts'

export const starts: Protocol['starts'] = { tcp: [NAME] }

/** The name is 88 bits, the zero 32: nothing else was named so. */
export function recognise({ carrier, heads, final }: Look): Sight {
  if (carrier !== 'tcp') return 'no'
  let open = false
  for (const head of heads) {
    if (head.length === 0) continue
    const outcome = videoWire.parse(head, 0)
    if (outcome.kind === 'message') {
      const reasons = ['"PSProtocol" and a zero at its place, at the start of a stream']
      return { part: 'video', sureness: 'certain', reasons }
    }
    open ||= outcome.kind === 'need' && !final
  }
  return open ? 'more' : 'no'
}

/** Family and lower byte of the type of clear datagrams between peers, before 2016: libprotoident. */
const OLDER = new Set(
  ['4300', '4322', '4323', '4332', '4346', '4347', '4349', '434c', '434d', '4473', '44b2', '44b5']
    .concat(['5572', '5575', '55b3'])
    .map((text) => Number.parseInt(text, 16)),
)

const NO_FITS: readonly Fit[] = []

export function fits(look: Look): readonly Fit[] {
  const first = look.datagrams[0]
  if (first === undefined || !couldBegin(first.bytes)) return NO_FITS
  const found = weigh(look)
  if (found === undefined) return NO_FITS
  const { part, sureness, reason } = found
  return [{ part, taughtAs: [], reason, alone: sureness }]
}

interface Weighed {
  readonly part: 'peer' | 'server'
  readonly sureness: Exclude<Sureness, 'certain'>
  readonly reason: string
}

function weigh(look: Look): Weighed | undefined {
  const known = new Set<number>()
  const sizes = new Set<number>()
  const sides = new Set<number>()
  let plain = 0
  let older = 0
  let ownPort = false
  let part: 'peer' | 'server' = 'peer'
  for (const datagram of look.datagrams) {
    const packet = packetOf(datagram)
    if (packet === undefined) return undefined
    sizes.add(datagram.size)
    sides.add(datagram.from)
    if (isServers(packet)) part = 'server'
    if (isKnown(packet)) {
      known.add(hash(datagram.bytes))
      ownPort ||= tellsOwnPort(packet, look.ends[datagram.from].port)
    } else if (packet.key === undefined) {
      plain++
      if (OLDER.has(packet.family * 256 + (packet.type % 256))) older++
    } else return undefined
  }
  if (ownPort) {
    return { part, sureness: 'likely', reason: 'the frame of a datagram, and its own port in it' }
  }
  if (known.size > 1) {
    return { part, sureness: 'likely', reason: `${known.size} datagrams in frames of known types` }
  }
  if (known.size === 1) {
    return { part, sureness: 'unsure', reason: 'one datagram in a frame of a known type' }
  }
  // Size, family and type of each side: twice 26 bits.
  if (older > 1 && older === look.datagrams.length && sides.size === 2) {
    return { part, sureness: 'likely', reason: 'both sides tell size, family and a known type' }
  }
  // Older programs of other types: size and family alone, 20 bits each; OpenDPI waits for five.
  if (plain < 5 || sides.size < 2 || sizes.size < 3) return undefined
  return { part, sureness: 'likely', reason: `${plain} datagrams that tell size and family` }
}

function packetOf({ bytes, size }: Datagram): Packet | undefined {
  if (bytes.length !== size) return undefined
  const outcome = packetWire.parse(bytes, 0)
  return outcome.kind === 'message' ? outcome.message : undefined
}

function isServers({ key, type }: Packet): boolean {
  return key === undefined && (type === INTRODUCE || type === REPORT)
}

/** Peers scramble, servers do not. */
function isKnown(packet: Packet): boolean {
  return isServers(packet) || (packet.key !== undefined && PEER_TYPES.has(packet.type))
}

function tellsOwnPort(packet: Packet, port: number): boolean {
  const outcome = bodyWire.parse(bodyBytes(packet), 0)
  return outcome.kind === 'message' && ownAddress(outcome.message)?.port === port
}

/** A body as its wire wants it: with the number of its type before it. */
export function bodyBytes({ type, body }: Packet): Uint8Array {
  const bytes = new Uint8Array(2 + body.length)
  bytes[0] = type % 256
  bytes[1] = Math.floor(type / 256)
  bytes.set(body, 2)
  return bytes
}

/** Datagrams are sent twice: the same one again says nothing new. */
function hash(bytes: Uint8Array): number {
  let sum = bytes.length
  for (let i = 0; i < Math.min(bytes.length, 64); i++) sum = (31 * sum + bytes[i]!) % 0x1_0000_0000
  return sum
}
