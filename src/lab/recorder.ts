/**
 * Writes what happens in a network in memory as a capture, and the truth of it beside: pcapng with
 * Ethernet, IPv4 or IPv6, true checksums; `truth.tsv` with one row a flow, in the columns of the
 * captures with truth (docs/guide/lab.md).
 * Sources: draft-ietf-opsawg-pcapng; RFC 791, 8200, 9293, 768.
 */
import { type Endpoint, endpointText } from '../core/address.ts'
import { ByteWriter, concat } from '../core/bytes.ts'
import { tcpFrame, udpFrame } from '../core/packet-maker.ts'
import type { Home } from './home.ts'
import type { Ends } from './memory-link.ts'
import type { Tap } from './tap.ts'

const FIN = 0x01
const SYN = 0x02
const RST = 0x04
const PSH = 0x08
const ACK = 0x10
const ALL = 0xffff_ffff
/** Payload of one TCP segment on Ethernet: 1500 less 40 of headers; IPv6 takes 20 more. */
const SEGMENT_BYTES = [1460, 1440] as const
const NOTHING = new Uint8Array(0)
const PADDINGS = [0, 1, 2, 3].map((size) => new Uint8Array(size))
/** What is handed on at once, in bytes. */
const CHUNK_BYTES = 262_144

/** Who owns a home: what the truth says of its flows. */
export interface Owner {
  readonly family: string
  readonly role: string
  readonly name: string
}

interface FlowTruth {
  readonly proto: 'tcp' | 'udp'
  readonly ends: Ends
  readonly owner: Owner
  other?: Owner
  packets: number
  bytes: number
  payload: number
  readonly first: number
  last: number
  /** Next sequence number of each side. */
  readonly next: [number, number]
}

export class Recorder implements Tap {
  readonly #write: (bytes: Uint8Array) => void
  readonly #ownerOf: (home: Home) => Owner
  readonly #flows = new Map<string, FlowTruth>()
  #chunk: Uint8Array[] = []
  #chunkBytes = 0
  #packets = 0

  /**
   * @param write    gets the capture's bytes, in order
   * @param ownerOf  what the truth says of the peer that lives there
   */
  constructor(write: (bytes: Uint8Array) => void, ownerOf: (home: Home) => Owner) {
    this.#write = write
    this.#ownerOf = ownerOf
    // Section header; its length is not told.
    this.#put(
      block(0x0a0d_0d0a, (w) => w.u32le(0x1a2b_3c4d).u16le(1).u16le(0).u32le(ALL).u32le(ALL)),
    )
    // Interface: Ethernet, microseconds.
    this.#put(block(1, (w) => w.u16le(1).u16le(0).u32le(262_144)))
  }

  get packets(): number {
    return this.#packets
  }

  opening(micros: number, ends: Ends, by: Home): void {
    const flow = this.#flow('tcp', micros, ends, by)
    this.#segment(micros, flow, 0, SYN)
  }

  accepted(micros: number, ends: Ends, by: Home): void {
    const flow = this.#flow('tcp', micros, ends, by)
    flow.other = this.#ownerOf(by)
    this.#segment(micros, flow, 1, SYN | ACK)
  }

  established(micros: number, ends: Ends): void {
    const flow = this.#known(ends)
    if (flow !== undefined) this.#segment(micros, flow, 0, ACK)
  }

  refused(micros: number, ends: Ends): void {
    const flow = this.#known(ends)
    if (flow !== undefined) this.#segment(micros, flow, 1, RST | ACK)
  }

  piece(micros: number, ends: Ends, side: 0 | 1, bytes: Uint8Array): void {
    const flow = this.#known(ends)
    if (flow === undefined) return
    const most = SEGMENT_BYTES[ends[0].ip.includes(':') ? 1 : 0]
    for (let at = 0; at < bytes.length; at += most) {
      this.#segment(micros, flow, side, PSH | ACK, bytes.subarray(at, at + most))
    }
    this.#segment(micros, flow, side === 0 ? 1 : 0, ACK)
  }

  closing(micros: number, ends: Ends, side: 0 | 1): void {
    const flow = this.#known(ends)
    if (flow !== undefined) this.#segment(micros, flow, side, FIN | ACK)
  }

  datagram(micros: number, from: Endpoint, to: Endpoint, bytes: Uint8Array, by: Home): void {
    const back = this.#flows.get(nameOf('udp', [to, from]))
    const flow = back ?? this.#flow('udp', micros, [from, to], by)
    if (back !== undefined) back.other ??= this.#ownerOf(by)
    this.#frame(micros, flow, udpFrame(from, to, bytes, this.#packets), bytes.length)
  }

  /** @returns the truth, one row a flow, in the order of their first packets */
  finish(): string {
    this.#flush()
    const rows = [...this.#flows.values()].map(truthRow)
    return `${COLUMNS.join('\t')}\n${rows.map((row) => `${row}\n`).join('')}`
  }

  #known(ends: Ends): FlowTruth | undefined {
    return this.#flows.get(nameOf('tcp', ends))
  }

  #flow(proto: 'tcp' | 'udp', micros: number, ends: Ends, by: Home): FlowTruth {
    const name = nameOf(proto, ends)
    let flow = this.#flows.get(name)
    if (flow === undefined) {
      const owner = this.#ownerOf(by)
      const counts = { packets: 0, bytes: 0, payload: 0, first: micros, last: micros }
      flow = { proto, ends, owner, ...counts, next: [1000, 5000] }
      this.#flows.set(name, flow)
    }
    return flow
  }

  #segment(
    micros: number,
    flow: FlowTruth,
    side: 0 | 1,
    flags: number,
    bytes: Uint8Array = NOTHING,
  ): void {
    const other = side === 0 ? 1 : 0
    const acknowledged = (flags & ACK) === 0 ? 0 : flow.next[other]
    const fields = { sequence: flow.next[side], acknowledged, flags }
    flow.next[side] = (flow.next[side] + bytes.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)) >>> 0
    const frame = tcpFrame(flow.ends[side], flow.ends[other], fields, bytes, this.#packets)
    this.#frame(micros, flow, frame, bytes.length)
  }

  #frame(micros: number, flow: FlowTruth, frame: Uint8Array, payload: number): void {
    this.#packets++
    flow.packets++
    flow.bytes += frame.length
    flow.payload += payload
    flow.last = micros
    // Enhanced packet block, without options.
    const padding = (4 - (frame.length % 4)) % 4
    const size = 32 + frame.length + padding
    const head = new ByteWriter().u32le(6).u32le(size).u32le(0)
    head.u32le(Math.floor(micros / 2 ** 32)).u32le(micros % 2 ** 32)
    this.#put(head.u32le(frame.length).u32le(frame.length).finish())
    this.#put(frame)
    this.#put(new ByteWriter().bytes(PADDINGS[padding]!).u32le(size).finish())
  }

  #put(bytes: Uint8Array): void {
    this.#chunk.push(bytes)
    this.#chunkBytes += bytes.length
    if (this.#chunkBytes >= CHUNK_BYTES) this.#flush()
  }

  #flush(): void {
    if (this.#chunkBytes > 0) this.#write(concat(...this.#chunk))
    this.#chunk = []
    this.#chunkBytes = 0
  }
}

/** A pcapng block: type, length, body, length again. */
function block(type: number, write: (writer: ByteWriter) => ByteWriter): Uint8Array {
  const body = write(new ByteWriter()).finish()
  const size = 12 + body.length
  return new ByteWriter().u32le(type).u32le(size).bytes(body).u32le(size).finish()
}

function nameOf(proto: 'tcp' | 'udp', ends: Ends): string {
  return `${proto} ${endpointText(ends[0])} ${endpointText(ends[1])}`
}

// biome-ignore format: a table
const COLUMNS = [
  '#proto', 'src', 'sport', 'dst', 'dport', 'label', 'detail', 'src_owner', 'dst_owner', 'packets', 'bytes',
  'first', 'last', 'flags', 'payload',
]

function truthRow(flow: FlowTruth): string {
  const [src, dst] = flow.ends
  const { owner, other } = flow
  const detail = other === undefined ? owner.role : `${owner.role}-${other.role}`
  const owners = [`${owner.name}:${owner.role}`, other ? `${other.name}:${other.role}` : '-']
  const counts = [flow.packets, flow.bytes, seconds(flow.first), seconds(flow.last)]
  const route = [flow.proto, src.ip, src.port, dst.ip, dst.port]
  return [...route, owner.family, detail, ...owners, ...counts, '-', flow.payload].join('\t')
}

function seconds(micros: number): string {
  return (micros / 1e6).toFixed(6)
}
