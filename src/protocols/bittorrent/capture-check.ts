/**
 * Flows out of a capture file, for the tests of this folder: pcap or pcapng, Ethernet, Linux
 * cooked or raw IP, no fragments, no tunnels. The real way in is src/intake, which protocols do not import.
 */
import { readFileSync } from 'node:fs'
import { type Endpoint, ip4, ip6 } from '../../core/address.ts'
import { u16be, u32be, u32le } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { Datagram, FlowFacts, Look } from '../../core/protocol.ts'

export interface CapturedFlow {
  readonly carrier: 'tcp' | 'udp'
  readonly ends: readonly [Endpoint, Endpoint]
  /** UDP: datagrams; TCP: new stream bytes of each segment. In order. */
  readonly parts: { side: Side; bytes: Uint8Array; size: number; frame: number }[]
}

interface Open extends CapturedFlow {
  /** TCP: the next sequence number of each side. */
  readonly next: [number | undefined, number | undefined]
}

/** Link type → bytes of link header; the ethertype stands in its last two (SLL2: first two). */
// biome-ignore format: a table
const LINKS: Readonly<Record<number, readonly [number, number]>> = {
  1: [14, 12], 113: [16, 14], 276: [20, 0], 101: [0, -1], 12: [0, -1],
}

/** All TCP and UDP flows of a capture, in the order of their first packets. */
export function flowsOf(path: string): CapturedFlow[] {
  const file = new Uint8Array(readFileSync(path))
  const flows = new Map<string, Open>()
  let frame = 0
  for (const [linkType, packet] of packetsOf(file, path)) {
    frame++
    const link = LINKS[linkType]
    if (link === undefined) throw new Error(`link type ${linkType}: ${path}`)
    let from = link[0]
    let type = link[1] < 0 ? 0x0800 : u16be(packet, link[1])
    while (type === 0x8100 || type === 0x88a8) {
      type = u16be(packet, from + 2)
      from += 4
    }
    if (link[1] < 0 && (packet[0]! & 0xf0) === 0x60) type = 0x86dd
    if (type === 0x0800 || type === 0x86dd) addPacket(flows, packet, from, frame)
  }
  return [...flows.values()]
}

/** Link type and bytes of every packet: pcap or one-interface pcapng, both little-endian. */
function* packetsOf(file: Uint8Array, path: string): Generator<readonly [number, Uint8Array]> {
  const magic = u32le(file, 0)
  let linkType = u32le(file, 20)
  if (magic === 0xa1b2c3d4 || magic === 0xa1b23c4d) {
    for (let at = 24; at + 16 <= file.length; at += 16 + u32le(file, at + 8)) {
      yield [linkType, file.subarray(at + 16, at + 16 + u32le(file, at + 8))]
    }
    return
  }
  if (magic !== 0x0a0d0d0a) throw new Error(`not read: ${path}`)
  for (let at = 0; at + 12 <= file.length; at += u32le(file, at + 4)) {
    const block = u32le(file, at)
    if (block === 1) linkType = u32le(file, at + 8) % 0x1_0000
    else if (block === 6) yield [linkType, file.subarray(at + 28, at + 28 + u32le(file, at + 20))]
  }
}

function addPacket(flows: Map<string, Open>, packet: Uint8Array, at: number, frame: number): void {
  const four = (packet[at]! & 0xf0) === 0x40
  const protocol = packet[at + (four ? 9 : 6)]!
  const head = four ? 4 * (packet[at]! & 15) : 40
  const end = at + (four ? u16be(packet, at + 2) : 40 + u16be(packet, at + 4))
  if (four && (u16be(packet, at + 6) & 0x3fff) !== 0) return
  if (protocol !== 6 && protocol !== 17) return
  const source = four ? ip4(packet, at + 12) : ip6(packet, at + 8)
  const target = four ? ip4(packet, at + 16) : ip6(packet, at + 24)
  const up = at + head
  const a = { ip: source, port: u16be(packet, up) }
  const b = { ip: target, port: u16be(packet, up + 2) }
  const forward = `${protocol} ${a.ip} ${a.port} ${b.ip} ${b.port}`
  const backward = `${protocol} ${b.ip} ${b.port} ${a.ip} ${a.port}`
  const side: Side = flows.has(backward) ? 1 : 0
  let flow = flows.get(side === 1 ? backward : forward)
  if (flow === undefined) {
    flow = {
      carrier: protocol === 6 ? 'tcp' : 'udp',
      ends: [a, b],
      parts: [],
      next: [undefined, undefined],
    }
    flows.set(forward, flow)
  }
  const upSize = protocol === 6 ? 4 * Math.floor(packet[up + 12]! / 16) : 8
  const bytes = packet.subarray(up + upSize, Math.min(end, packet.length))
  const size = end - up - upSize
  if (protocol === 17) {
    flow.parts.push({ side, bytes, size, frame })
    return
  }
  const fresh = inOrder(flow, side, u32be(packet, up + 4), (packet[up + 13]! & 2) !== 0, bytes)
  if (fresh.length > 0) flow.parts.push({ side, bytes: fresh, size: fresh.length, frame })
}

/** What of a segment is new; made captures lose and reorder nothing. */
function inOrder(
  flow: Open,
  side: Side,
  sequence: number,
  syn: boolean,
  bytes: Uint8Array,
): Uint8Array {
  const first = syn ? (sequence + 1) % 0x1_0000_0000 : sequence
  const next = flow.next[side] ?? first
  const behind = (next - first + 0x1_0000_0000) % 0x1_0000_0000
  if (behind > 0x8000_0000 || behind >= bytes.length) {
    flow.next[side] = next
    return behind === 0 || behind > 0x8000_0000 ? bytes : new Uint8Array(0)
  }
  flow.next[side] = (next + bytes.length - behind) % 0x1_0000_0000
  return bytes.subarray(behind)
}

/** What a recogniser is shown of a flow: its first datagrams or its first bytes. */
export function lookAt(flow: CapturedFlow, count = 8, final = true): Look {
  const heads: [Uint8Array, Uint8Array] = [new Uint8Array(0), new Uint8Array(0)]
  const datagrams: Datagram[] = []
  const parts = flow.parts.filter((part) => part.size > 0).slice(0, count)
  for (const { side, bytes, size } of parts) {
    if (flow.carrier === 'udp') datagrams.push({ from: side, bytes, size, micros: 0 })
    else heads[side] = Uint8Array.from([...heads[side], ...bytes]).subarray(0, 16_384)
  }
  return {
    carrier: flow.carrier,
    fromStart: true,
    heads,
    totals: [heads[0].length, heads[1].length],
    segments: parts.map((part) => (part.side === 0 ? part.size : -part.size)),
    datagrams,
    ends: flow.ends,
    final,
  }
}

export function factsOfFlow(flow: CapturedFlow, part: string): FlowFacts {
  return { flow: 1, carrier: flow.carrier, ends: flow.ends, fromStart: true, part }
}
