/**
 * For tests: the flows of a small capture as transcripts. Classic pcap, Ethernet, IPv4, TCP and UDP;
 * segments must come in order, which those of the fixtures do.
 */
import { readFileSync } from 'node:fs'
import { type Endpoint, ip4 } from '../../core/address.ts'
import { bits, concat, u16be, u32be, u32le } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Look } from '../../core/protocol.ts'

export interface TestFlow {
  readonly carrier: 'tcp' | 'udp'
  readonly ends: readonly [Endpoint, Endpoint]
  fromStart: boolean
  readonly transcript: [Side, Uint8Array][]
  readonly next: [number, number]
}

/** The flows of a capture, in order of their first packets. */
export function flowsOf(path: string): TestFlow[] {
  const file = new Uint8Array(readFileSync(path))
  const flows = new Map<string, TestFlow>()
  for (let at = 24; at + 16 <= file.length; at += 16 + u32le(file, at + 8)) {
    addPacket(flows, file.subarray(at + 16, at + 16 + u32le(file, at + 8)))
  }
  return [...flows.values()]
}

function addPacket(flows: Map<string, TestFlow>, frame: Uint8Array): void {
  if (u16be(frame, 12) !== 0x0800) return
  const carrier = frame[23] === 6 ? 'tcp' : 'udp'
  const at = 14 + 4 * bits(frame[14]!, 0, 4)
  const end = 14 + u16be(frame, 16)
  const from: Endpoint = { ip: ip4(frame, 26), port: u16be(frame, at) }
  const to: Endpoint = { ip: ip4(frame, 30), port: u16be(frame, at + 2) }
  const there = `${carrier} ${from.ip} ${from.port} ${to.ip} ${to.port}`
  const back = `${carrier} ${to.ip} ${to.port} ${from.ip} ${from.port}`
  let flow = flows.get(there) ?? flows.get(back)
  if (flow === undefined) {
    flow = {
      carrier,
      ends: [from, to],
      fromStart: carrier === 'udp',
      transcript: [],
      next: [-1, -1],
    }
    flows.set(there, flow)
  }
  const side: Side = flow.ends[0].ip === from.ip && flow.ends[0].port === from.port ? 0 : 1
  if (carrier === 'udp') {
    flow.transcript.push([side, frame.slice(at + 8, end)])
    return
  }
  const sequence = u32be(frame, at + 4)
  const isSyn = bits(frame[at + 13]!, 1, 1) === 1
  if (isSyn) {
    flow.next[side] = sequence + 1
    flow.fromStart = true
    return
  }
  const payload = frame.slice(at + 4 * bits(frame[at + 12]!, 4, 4), end)
  if (payload.length === 0 || (flow.next[side] >= 0 && sequence < flow.next[side])) return
  flow.next[side] = sequence + payload.length
  flow.transcript.push([side, payload])
}

export function factsOfFlow(flow: TestFlow, part: string): FlowFacts {
  return { flow: 1, carrier: flow.carrier, ends: flow.ends, fromStart: flow.fromStart, part }
}

/** What a recogniser sees of a flow: all of it, or its first `count` payloads. */
export function lookOf(flow: TestFlow, count = flow.transcript.length): Look {
  const seen = flow.transcript.slice(0, count)
  const of = (side: Side): Uint8Array =>
    concat(...seen.filter(([from]) => from === side).map(([, bytes]) => bytes))
  const heads = flow.carrier === 'tcp' ? ([of(0), of(1)] as const) : NO_HEADS
  return {
    carrier: flow.carrier,
    fromStart: flow.fromStart,
    heads,
    totals: [heads[0].length, heads[1].length],
    segments: seen.map(([side, bytes]) => (side === 0 ? bytes.length : -bytes.length)),
    datagrams:
      flow.carrier === 'tcp'
        ? []
        : seen.map(([from, bytes], i) => ({ from, bytes, size: bytes.length, micros: i })),
    ends: flow.ends,
    final: count >= flow.transcript.length,
  }
}

const NO_HEADS = [new Uint8Array(0), new Uint8Array(0)] as const

/** A flow out of nothing: for recognition of bytes that no fixture holds. */
export function madeFlow(
  carrier: 'tcp' | 'udp',
  transcript: [Side, Uint8Array][],
  fromStart = true,
): TestFlow {
  const ends = [
    { ip: '192.0.2.1', port: 40_000 },
    { ip: '198.51.100.2', port: 6346 },
  ] as const
  return { carrier, ends, fromStart, transcript, next: [-1, -1] }
}
