/**
 * For tests of protocols, which may not import the intake: the flows of a capture file as
 * transcripts, and the looks that recognition would be shown of them.
 *
 * Reads classic pcap and pcapng of one little-endian section; Ethernet, Linux cooked, loopback and
 * raw IP, VLAN tags, IPv4, and IPv6 without extension headers; no fragments, no tunnels. TCP payload is put
 * in order by sequence number, retransmissions are dropped, nothing else is repaired.
 */
import { type Endpoint, ip4, ip6 } from './address.ts'
import { concat, u16be, u32be, u32le } from './bytes.ts'
import type { Side } from './event.ts'
import { limits } from './limits.ts'
import type { FlowFacts, Look } from './protocol.ts'

export interface Piece {
  readonly from: Side
  readonly bytes: Uint8Array
  /** Payload bytes on the wire; more than `bytes` where the capture cut the packet. */
  readonly size: number
  readonly micros: number
  readonly frame: number
}

export interface CapturedFlow {
  readonly carrier: 'tcp' | 'udp'
  readonly ends: readonly [Endpoint, Endpoint]
  readonly fromStart: boolean
  /** Datagrams, or segments in the order of the stream. */
  readonly pieces: readonly Piece[]
}

interface Growing extends CapturedFlow {
  fromStart: boolean
  readonly pieces: Piece[]
  /** The next sequence number of each side; -1: not known yet. */
  readonly next: [number, number]
  readonly waiting: readonly [Map<number, Piece>, Map<number, Piece>]
}

interface Packet {
  readonly link: number
  readonly bytes: Uint8Array
  readonly micros: number
}

/** The flows of a capture, in order of their first packets. @param file  also as a Buffer */
export function flowsOf(file: Uint8Array): CapturedFlow[] {
  const flows = new Map<string, Growing>()
  let frame = 0
  // A Buffer's `slice` is a view, which would change when a test scribbles over what it was shown.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.length)
  for (const packet of packetsOf(bytes)) {
    frame++
    addPacket(flows, packet, frame)
  }
  return [...flows.values()]
}

function* packetsOf(file: Uint8Array): Generator<Packet> {
  if (u32be(file, 0) === 0x0a0d0d0a) return yield* packetsOfNg(file)
  const nanos = u32le(file, 0) === 0xa1b23c4d
  for (let at = 24; at + 16 <= file.length; ) {
    const size = u32le(file, at + 8)
    const fraction = u32le(file, at + 4)
    const micros = u32le(file, at) * 1_000_000 + (nanos ? Math.floor(fraction / 1000) : fraction)
    yield { link: u32le(file, 20), bytes: file.subarray(at + 16, at + 16 + size), micros }
    at += 16 + size
  }
}

function* packetsOfNg(file: Uint8Array): Generator<Packet> {
  let link = 1
  for (let at = 0; at + 12 <= file.length; ) {
    const type = u32le(file, at)
    if (type === 1) link = u32le(file, at + 8) % 0x1_0000
    if (type === 6) {
      const micros = u32le(file, at + 12) * 2 ** 32 + u32le(file, at + 16)
      yield { link, bytes: file.subarray(at + 28, at + 28 + u32le(file, at + 20)), micros }
    }
    at += Math.max(12, u32le(file, at + 4))
  }
}

/** Link type → where the ethertype and where the network header stand; raw IP has no ethertype. */
// biome-ignore format: a table
const LINKS: Readonly<Record<number, readonly [number | undefined, number]>> = {
  1: [12, 14], 113: [14, 16], 276: [0, 20], 12: [undefined, 0], 14: [undefined, 0],
  101: [undefined, 0], 228: [undefined, 0], 229: [undefined, 0], 0: [undefined, 4],
}

interface Transport {
  readonly protocol: number
  readonly ips: readonly [string, string]
  readonly at: number
  /** Where the IP packet ends on the wire. */
  readonly end: number
}

function transportOf({ link, bytes }: Packet): Transport | undefined {
  const found = LINKS[link]
  if (found === undefined) throw new Error(`link type ${link} is not read here`)
  let [typeAt, at] = found
  while (typeAt !== undefined && u16be(bytes, typeAt) === 0x8100) {
    typeAt = at + 2
    at += 4
  }
  const version = Math.floor(bytes[at]! / 16)
  const type = typeAt === undefined ? (version === 6 ? 0x86dd : 0x0800) : u16be(bytes, typeAt)
  if (type === 0x0800) {
    if (u16be(bytes, at + 6) % 0x4000 !== 0) return undefined
    const ips = [ip4(bytes, at + 12), ip4(bytes, at + 16)] as const
    const end = at + u16be(bytes, at + 2)
    return { protocol: bytes[at + 9]!, ips, at: at + 4 * (bytes[at]! % 16), end }
  }
  if (type !== 0x86dd) return undefined
  const ips = [ip6(bytes, at + 8), ip6(bytes, at + 24)] as const
  return { protocol: bytes[at + 6]!, ips, at: at + 40, end: at + 40 + u16be(bytes, at + 4) }
}

const TCP = 6
const UDP = 17

function addPacket(flows: Map<string, Growing>, packet: Packet, frame: number): void {
  const found = transportOf(packet)
  if (found === undefined || (found.protocol !== TCP && found.protocol !== UDP)) return
  const { bytes, micros } = packet
  const { protocol, ips, at, end } = found
  const ends = [
    { ip: ips[0], port: u16be(bytes, at) },
    { ip: ips[1], port: u16be(bytes, at + 2) },
  ] as const
  const isSyn = protocol === TCP && bytes[at + 13]! % 4 >= 2
  const { flow, from } = flowFor(flows, protocol === TCP ? 'tcp' : 'udp', ends, isSyn)
  const headBytes = protocol === TCP ? 4 * Math.floor(bytes[at + 12]! / 16) : 8
  const size = end - at - headBytes
  const piece = { from, bytes: bytes.slice(at + headBytes, end), size, micros, frame }
  if (protocol === UDP) {
    if (size > 0) flow.pieces.push(piece)
    return
  }
  const sequence = u32be(bytes, at + 4)
  if (isSyn) flow.next[from] = (sequence + 1) % 2 ** 32
  if (size > 0) addSegment(flow, piece, sequence)
}

function flowFor(
  flows: Map<string, Growing>,
  carrier: 'tcp' | 'udp',
  ends: readonly [Endpoint, Endpoint],
  isSyn: boolean,
): { flow: Growing; from: Side } {
  const [a, b] = ends
  const forward = `${carrier} ${a.ip} ${a.port} ${b.ip} ${b.port}`
  const there = flows.get(forward)
  if (there !== undefined) return { flow: there, from: 0 }
  const back = flows.get(`${carrier} ${b.ip} ${b.port} ${a.ip} ${a.port}`)
  if (back !== undefined) return { flow: back, from: 1 }
  const flow: Growing = {
    carrier,
    ends,
    fromStart: carrier === 'udp' || isSyn,
    pieces: [],
    next: [-1, -1],
    waiting: [new Map(), new Map()],
  }
  flows.set(forward, flow)
  return { flow, from: 0 }
}

function addSegment(flow: Growing, piece: Piece, sequence: number): void {
  const { from } = piece
  if (flow.next[from] < 0) flow.next[from] = sequence
  flow.waiting[from].set(sequence, piece)
  for (;;) {
    const ready = flow.waiting[from].get(flow.next[from])
    if (ready === undefined) return
    flow.waiting[from].delete(flow.next[from])
    flow.pieces.push(ready)
    flow.next[from] = (flow.next[from] + ready.size) % 2 ** 32
  }
}

/** What recognition is shown of a flow after so many of its pieces; all of them if not said. */
export function lookAt(flow: CapturedFlow, count = flow.pieces.length): Look {
  const tcp = flow.carrier === 'tcp'
  const middle = tcp && !flow.fromStart
  const most = tcp
    ? middle
      ? limits.lookMiddleSegments
      : limits.lookSegments
    : limits.lookDatagrams
  const bytesMax = middle ? limits.lookMiddleBytes : limits.lookBytes
  const pieces = flow.pieces.slice(0, Math.min(count, most))
  const streamOf = (side: Side): Uint8Array =>
    tcp ? concat(...pieces.filter(({ from }) => from === side).map(({ bytes }) => bytes)) : NONE
  const streams = [streamOf(0), streamOf(1)] as const
  return {
    carrier: flow.carrier,
    fromStart: flow.fromStart,
    heads: [streams[0].subarray(0, bytesMax), streams[1].subarray(0, bytesMax)],
    totals: [streams[0].length, streams[1].length],
    segments: tcp ? pieces.map(({ from, size }) => (from === 0 ? size : -size)) : [],
    datagrams: tcp ? [] : pieces,
    ends: flow.ends,
    final:
      pieces.length === Math.min(flow.pieces.length, most) ||
      streams.some(({ length }) => length >= bytesMax),
  }
}

const NONE = new Uint8Array(0)

/** Who sent what, as sessions are fed. */
export function transcriptOf(flow: CapturedFlow): [Side, Uint8Array][] {
  return flow.pieces.map(({ from, bytes }) => [from, bytes])
}

/** A flow out of nothing: for the recognition of bytes that no fixture holds. */
export function madeFlow(
  carrier: 'tcp' | 'udp',
  transcript: readonly (readonly [Side, Uint8Array])[],
  fromStart = true,
): CapturedFlow {
  const pieces = transcript.map(([from, bytes], i) => {
    return { from, bytes, size: bytes.length, micros: 1000 * i, frame: i + 1 }
  })
  const ends = [
    { ip: '192.0.2.1', port: 40_000 },
    { ip: '198.51.100.2', port: 40_001 },
  ] as const
  return { carrier, ends, fromStart, pieces }
}

/** What a session is told of a flow. */
export function factsOfFlow({ carrier, ends, fromStart }: CapturedFlow, part: string): FlowFacts {
  return { flow: 1, carrier, ends, fromStart, part }
}
