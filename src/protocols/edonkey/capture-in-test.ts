/**
 * For tests: the flows of a capture file as transcripts. Reads classic pcap and the plain blocks of
 * pcapng with Ethernet, IPv4 (and IPv6 without extension headers), TCP and UDP; TCP payload is put
 * in order by sequence number, retransmissions are dropped, nothing else is repaired.
 */
import { readFileSync } from 'node:fs'
import { type Endpoint, ip4, ip6 } from '../../core/address.ts'
import { concat, u16be, u32be, u32le } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { Datagram, Look } from '../../core/protocol.ts'

export interface Piece {
  readonly from: Side
  readonly bytes: Uint8Array
  readonly micros: number
}

export interface TestFlow {
  readonly carrier: 'tcp' | 'udp'
  readonly ends: readonly [Endpoint, Endpoint]
  readonly fromStart: boolean
  readonly pieces: readonly Piece[]
}

interface Growing {
  readonly carrier: 'tcp' | 'udp'
  readonly ends: [Endpoint, Endpoint]
  fromStart: boolean
  readonly pieces: Piece[]
  readonly next: [number, number]
  readonly waiting: [Map<number, Piece>, Map<number, Piece>]
}

function* packetsOf(file: Uint8Array): Generator<{ bytes: Uint8Array; micros: number }> {
  if (u32be(file, 0) === 0x0a0d0d0a) return yield* packetsOfNg(file)
  const nanos = u32le(file, 0) === 0xa1b23c4d
  for (let at = 24; at + 16 <= file.length; ) {
    const size = u32le(file, at + 8)
    const fraction = u32le(file, at + 4)
    const micros = u32le(file, at) * 1_000_000 + (nanos ? Math.floor(fraction / 1000) : fraction)
    yield { bytes: file.subarray(at + 16, at + 16 + size), micros }
    at += 16 + size
  }
}

function* packetsOfNg(file: Uint8Array): Generator<{ bytes: Uint8Array; micros: number }> {
  for (let at = 0; at + 12 <= file.length; ) {
    const size = u32le(file, at + 4)
    if (u32le(file, at) === 6) {
      const captured = u32le(file, at + 20)
      const micros = u32le(file, at + 12) * 2 ** 32 + u32le(file, at + 16)
      yield { bytes: file.subarray(at + 28, at + 28 + captured), micros }
    }
    at += Math.max(12, size)
  }
}

/** The flows of a capture, in order of their first packets. */
export function flowsOf(path: string): TestFlow[] {
  const flows = new Map<string, Growing>()
  for (const { bytes, micros } of packetsOf(new Uint8Array(readFileSync(path)))) {
    packet(flows, bytes, micros)
  }
  return [...flows.values()]
}

function packet(flows: Map<string, Growing>, frame: Uint8Array, micros: number): void {
  let at = 12
  while (u16be(frame, at) === 0x8100) at += 4
  const kind = u16be(frame, at)
  at += 2
  let end = frame.length
  let protocol: number
  let ips: readonly [string, string]
  if (kind === 0x0800) {
    if (u16be(frame, at + 6) % 0x4000 !== 0) return
    end = Math.min(end, at + u16be(frame, at + 2))
    protocol = frame[at + 9]!
    ips = [ip4(frame, at + 12), ip4(frame, at + 16)]
    at += 4 * (frame[at]! % 16)
  } else if (kind === 0x86dd) {
    end = Math.min(end, at + 40 + u16be(frame, at + 4))
    protocol = frame[at + 6]!
    ips = [ip6(frame, at + 8), ip6(frame, at + 24)]
    at += 40
  } else {
    return
  }
  if (protocol !== 6 && protocol !== 17) return
  const from = { ip: ips[0], port: u16be(frame, at) }
  const to = { ip: ips[1], port: u16be(frame, at + 2) }
  const name = (a: Endpoint, b: Endpoint) => `${protocol} ${a.ip} ${a.port} ${b.ip} ${b.port}`
  const flags = protocol === 6 ? frame[at + 13]! : 0
  let side: Side = 0
  let flow = flows.get(name(from, to))
  if (flow === undefined) {
    flow = flows.get(name(to, from))
    if (flow !== undefined) side = 1
  }
  if (flow === undefined) {
    flow = {
      carrier: protocol === 6 ? 'tcp' : 'udp',
      ends: [from, to],
      fromStart: protocol === 17 || flags % 32 === 2,
      pieces: [],
      next: [-1, -1],
      waiting: [new Map(), new Map()],
    }
    flows.set(name(from, to), flow)
  }
  if (protocol === 17) {
    if (end > at + 8) flow.pieces.push({ from: side, bytes: frame.slice(at + 8, end), micros })
    return
  }
  const sequence = u32be(frame, at + 4)
  const payload = frame.slice(at + 4 * Math.floor(frame[at + 12]! / 16), end)
  if (flags % 4 >= 2) flow.next[side] = (sequence + 1) % 2 ** 32
  if (payload.length === 0) return
  if (flow.next[side] < 0) flow.next[side] = sequence
  flow.waiting[side].set(sequence, { from: side, bytes: payload, micros })
  for (;;) {
    const ready = flow.waiting[side].get(flow.next[side])
    if (ready === undefined) break
    flow.waiting[side].delete(flow.next[side])
    flow.pieces.push(ready)
    flow.next[side] = (flow.next[side] + ready.bytes.length) % 2 ** 32
  }
}

/** What recognition would be shown of a flow after so many of its pieces. */
export function lookAt(flow: TestFlow, count: number): Look {
  const middle = flow.carrier === 'tcp' && !flow.fromStart
  const most =
    flow.carrier === 'udp'
      ? limits.lookDatagrams
      : middle
        ? limits.lookMiddleSegments
        : limits.lookSegments
  const pieces = flow.pieces.slice(0, Math.min(count, most))
  const bytesMax = middle ? limits.lookMiddleBytes : limits.lookBytes
  const head = (side: Side) =>
    concat(...pieces.filter((each) => each.from === side).map((each) => each.bytes))
  const tcp = flow.carrier === 'tcp'
  const none = new Uint8Array(0)
  const heads = tcp ? ([head(0), head(1)] as const) : ([none, none] as const)
  const datagrams: Datagram[] = tcp
    ? []
    : pieces.map(({ from, bytes, micros }) => ({ from, bytes, size: bytes.length, micros }))
  return {
    carrier: flow.carrier,
    fromStart: flow.fromStart,
    heads: [heads[0].subarray(0, bytesMax), heads[1].subarray(0, bytesMax)],
    totals: [heads[0].length, heads[1].length],
    segments: tcp
      ? pieces.map((each) => (each.from === 0 ? each.bytes.length : -each.bytes.length))
      : [],
    datagrams,
    ends: flow.ends,
    final:
      pieces.length === Math.min(flow.pieces.length, most) ||
      heads[0].length >= bytesMax ||
      heads[1].length >= bytesMax,
  }
}
