/**
 * How much one datagram says. Points are bits: the protocol byte 8, an opcode of a table 2 to 3, a
 * body whose counts, tags or fixed values agree with its size 8 to 16 more.
 */
import type { Endpoint } from '../../core/address.ts'
import { u16be, u16le } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Datagram } from '../../core/protocol.ts'
import { emuleUdpWire } from './wire/emule-udp.ts'
import { EDONKEY, EMULE, isZlibHead } from './wire/frame.ts'
import { KAD, KAD_PACKED, KAD_TABLE, type KadBody, kadWire } from './wire/kad.ts'
import { OVERNET, overnetWire } from './wire/overnet.ts'
import { DESCRIPTION_CHALLENGE, serverUdpWire } from './wire/server-udp.ts'

/** The body proves itself. */
const STRONG = 32
/** Nothing but the size speaks for it. */
export const FAIR = 22
/** Two to six bytes: to be confirmed by an answer or a second message. */
const WEAK = 12

export interface Judged {
  readonly points: number
  readonly part: 'kad' | 'server-udp' | 'peer-udp' | 'overnet'
  readonly name: string
  readonly reason: string
}

/**
 * @returns undefined where the datagram is none of this family's messages
 */
export function judgeDatagram(
  datagram: Datagram,
  ends: readonly [Endpoint, Endpoint],
): Judged | undefined {
  const { bytes, size } = datagram
  if (bytes.length < 2) return undefined
  const source = ends[datagram.from].ip
  switch (bytes[0]) {
    case KAD:
    case KAD_PACKED:
      return bytes.length < size ? judgeCutKad(datagram) : judgeKad(bytes, source)
    case EDONKEY:
      if (bytes.length < size) return undefined
      return OVERNET.opcodes.has(bytes[1]!)
        ? judgeOvernet(bytes, source)
        : judgeServer(bytes, source)
    case EMULE:
      return bytes.length < size ? undefined : judgeEmule(bytes)
    default:
      return undefined
  }
}

function judged(
  points: number,
  part: Judged['part'],
  bytes: Uint8Array,
  name: string,
  why: string,
): Judged {
  const head = `${bytes[0]!.toString(16)} ${bytes[1]!.toString(16).padStart(2, '0')}`.toUpperCase()
  const kind = part === 'kad' ? 'Kad' : part === 'overnet' ? 'Overnet' : 'eDonkey UDP'
  return { points, part, name, reason: `${kind} ${head} ${name}, ${bytes.length} bytes${why}` }
}

/** Lookups say what they look for: 2 find a value, 4 store, 0b find a node. */
const REQUEST_KINDS = new Set([0x02, 0x04, 0x0b])

function judgeKad(bytes: Uint8Array, source: string): Judged | undefined {
  const packed = bytes[0] === KAD_PACKED
  if (packed && (bytes.length < 10 || !isZlibHead(bytes, 2))) return undefined
  const read = kadWire.parse(bytes, 0)
  if (read.kind !== 'message') return undefined
  const { message } = read.message
  if (message.type === 'other' || message.rest.length > 0) return undefined
  if (packed) return judged(STRONG, 'kad', bytes, message.type, ', its compressed body is read')
  return judged(kadPoints(bytes, message, source), 'kad', bytes, message.type, '')
}

function kadPoints(bytes: Uint8Array, message: KadBody, source: string): number {
  switch (message.type) {
    case 'request':
    case 'kad1-request':
      return REQUEST_KINDS.has(message.body.kind) ? STRONG : FAIR
    case 'response':
    case 'kad1-response':
    case 'bootstrap-response':
      return STRONG
    case 'kad1-bootstrap-response':
      return message.body.length > 0 ? STRONG : WEAK
    case 'kad1-bootstrap-request':
    case 'kad1-hello-request':
    case 'kad1-hello-response':
      if (message.body.ip === source) return STRONG
      if (!looksRandom(bytes, 2, 16)) return 0
      return message.body.version <= KAD1_TYPE_MAX ? FAIR : WEAK
    case 'hello-request':
    case 'hello-response':
      // Kad versions go from 2 to 10; tags must have been read whole.
      return message.body.version >= 1 && message.body.version <= 16 ? STRONG - 2 : FAIR
    case 'search-response':
    case 'publish-key':
    case 'publish-source':
    case 'publish-notes':
    case 'kad1-publish':
    case 'kad1-search-response':
      return STRONG
    case 'search-key':
    case 'kad1-search':
      return message.body.tree === undefined ? FAIR : STRONG
    case 'publish-response':
    case 'kad1-publish-response':
    case 'kad1-notes-published':
      // The load of a node is told in percent.
      return (message.body.load ?? 0) <= 100 ? FAIR : WEAK
    case 'bootstrap-request':
    case 'firewalled-request':
    case 'firewalled-ack':
    case 'ping':
    case 'pong':
    case 'publish-ack':
    case 'firewall-udp':
    case 'firewalled-response':
      return WEAK
    default:
      return FAIR
  }
}

/** Of those who do not name the sender's address: an id is chance, types of contacts go up to 4. */
const KAD1_TYPE_MAX = 4

/** A datagram that the capture cut: size formula and what is there of it. */
function judgeCutKad({ bytes, size }: Datagram): Judged | undefined {
  if (bytes[0] !== KAD || bytes.length < 19) return undefined
  const opcode = bytes[1]!
  const name = KAD_TABLE.nameOf(opcode)
  if (name === undefined) return undefined
  const cut = ', cut by the capture'
  if (opcode === 0x29 || opcode === 0x28) {
    const agrees = size === 19 + 25 * bytes[18]!
    return agrees ? judged(STRONG, 'kad', bytes, name, cut) : undefined
  }
  if (opcode === 0x09 && bytes.length >= 23) {
    const agrees = size === 23 + 25 * u16le(bytes, 21)
    return agrees ? judged(STRONG, 'kad', bytes, name, cut) : undefined
  }
  if ((opcode === 0x21 || opcode === 0x20) && size === 35) {
    return judged(FAIR, 'kad', bytes, name, cut)
  }
  return undefined
}

/** More than any server ever told; the largest had some millions of users. */
const USERS_MAX = 100_000_000
const FILES_MAX = 2_000_000_000
/** Sizes that status answers had as they grew. */
const STATUS_SIZES = new Set([14, 18, 22, 26, 30, 34, 38, 42])

function judgeServer(bytes: Uint8Array, source: string): Judged | undefined {
  const read = serverUdpWire.parse(bytes, 0)
  if (read.kind !== 'message') return undefined
  const message = read.message
  if (message.type === 'other') return undefined
  const say = (points: number, why = '') => judged(points, 'server-udp', bytes, message.type, why)
  if (message.type === 'status-answer') {
    const { users, files } = message.body
    const sane = STATUS_SIZES.has(bytes.length) && users < USERS_MAX && files < FILES_MAX
    return sane ? say(FAIR) : undefined
  }
  if (message.rest.length > 0) return undefined
  switch (message.type) {
    case 'status-request':
      if (bytes.length !== 6) return bytes.length === 2 ? say(WEAK) : undefined
      // 96 with the challenge `rr rr aa 55`.
      return u16be(bytes, 4) === 0xaa55 ? say(STRONG, ', challenge ends AA 55') : say(WEAK)
    case 'description-request':
      if (bytes.length !== 6) return bytes.length === 2 ? say(WEAK) : undefined
      return u16le(bytes, 2) === DESCRIPTION_CHALLENGE
        ? say(STRONG, ', challenge begins FF F0')
        : say(WEAK)
    case 'udp-search':
    case 'udp-search-2':
    case 'udp-search-3':
    case 'udp-search-result':
      return say(STRONG, ', read whole')
    case 'description-answer':
      return say(message.body.challenge === undefined ? FAIR : STRONG, ', read whole')
    case 'udp-found-sources':
      return say(bytes.length > 19 ? STRONG - 2 : FAIR)
    case 'udp-callback-request':
      return say(message.body.ip === source ? STRONG : FAIR)
    case 'udp-get-sources':
      return say(bytes.length === 18 ? FAIR : WEAK)
    case 'udp-get-sources-2':
      // Any multiple of 20 would do.
      return say(bytes.length === 22 ? FAIR : WEAK)
    case 'udp-server-list':
    case 'server-list-request':
      return say(bytes.length > 3 ? FAIR : WEAK)
    default:
      return say(WEAK)
  }
}

function judgeOvernet(bytes: Uint8Array, source: string): Judged | undefined {
  const read = overnetWire.parse(bytes, 0)
  if (read.kind !== 'message' || read.message.type === 'other') return undefined
  const message = read.message
  if (message.rest.length > 0) return undefined
  const say = (points: number) => judged(points, 'overnet', bytes, message.type, '')
  switch (message.type) {
    case 'overnet-connect':
      return say(message.body.ip === source ? STRONG : FAIR)
    case 'overnet-publicize':
      if (message.body === undefined) return say(WEAK)
      return say(message.body.ip === source ? STRONG : FAIR)
    case 'overnet-connect-reply':
      return say(message.body.length > 0 ? STRONG : WEAK)
    case 'overnet-search-next':
    case 'overnet-result':
    case 'overnet-publish':
      return say(STRONG - 2)
    case 'overnet-search':
    case 'overnet-get-results':
    case 'overnet-search-end':
    case 'overnet-publish-ack':
    case 'overnet-firewall':
      return say(FAIR)
    case 'overnet-publicize-ack':
    case 'overnet-ip-query':
    case 'overnet-ip-answer':
      return say(WEAK)
    default:
      // The bodies of the others are not known, so that any bytes would do.
      return undefined
  }
}

function judgeEmule(bytes: Uint8Array): Judged | undefined {
  const read = emuleUdpWire.parse(bytes, 0)
  if (read.kind !== 'message' || read.message.type === 'other') return undefined
  const message = read.message
  if (message.rest.length > 0) return undefined
  const say = (points: number) => judged(points, 'peer-udp', bytes, message.type, '')
  switch (message.type) {
    case 'reask':
      // The part map's length agrees with the count before it.
      return say(bytes.length > 20 ? STRONG - 2 : FAIR)
    case 'reask-callback-udp':
      return say(FAIR)
    case 'direct-callback':
      return say(message.body.options < 0x10 ? FAIR + 2 : FAIR)
    case 'reask-answer':
      return say(bytes.length > 6 ? FAIR : WEAK)
    default:
      return say(WEAK)
  }
}
