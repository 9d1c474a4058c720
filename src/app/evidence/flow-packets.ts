/** Finds the packets of stored flows again: by their ends, their protocol and their time. */
import { parseIp4, parseIp6 } from '../../core/address.ts'
import { u32be } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowDetail } from '../../core/store.ts'
import { DECODED, Decoder, type Packet } from '../../intake/packet/packet.ts'
import { protocolNumber } from '../serve/eve-of-stored.ts'
import type { CapturedPacket } from './pcapng-writer.ts'

const PORTS = 0x1_0000
/** Times in a store are whole microseconds. */
const SLACK_MICROS = 1

export interface Match {
  readonly flow: FlowDetail
  readonly side: Side
  /** Where the IP header stands in the packet's bytes. */
  readonly ipAt: number
}

interface Wanted {
  readonly flow: FlowDetail
  readonly opener: string
}

export class FlowPackets {
  readonly #decoder = new Decoder()
  readonly #wanted = new Map<string, Wanted[]>()
  /** Most packets are dismissed by one look: is any flow with this port wanted? */
  readonly #ports = new Uint8Array(PORTS)
  /** The last packet of all flows, by their own account. */
  lastMicros = Number.NEGATIVE_INFINITY

  constructor(flows: readonly FlowDetail[]) {
    for (const flow of flows) {
      const opener = endKey(wordsOf(flow.srcIp), flow.srcPort)
      const key = flowKey(
        protocolNumber(flow.proto),
        opener,
        endKey(wordsOf(flow.dstIp), flow.dstPort),
      )
      const same = this.#wanted.get(key)
      if (same === undefined) this.#wanted.set(key, [{ flow, opener }])
      else same.push({ flow, opener })
      this.#ports[flow.srcPort % PORTS] = 1
      this.lastMicros = Math.max(this.lastMicros, endOf(flow))
    }
  }

  match(packet: CapturedPacket): Match | undefined {
    const { bytes, at, size, wireSize, linkType, micros } = packet
    const status = this.#decoder.decode(bytes, at, size, wireSize, linkType, micros)
    if (status > DECODED.otherIp) return undefined
    const found = this.#decoder.packet
    if (this.#ports[found.srcPort] === 0 && this.#ports[found.dstPort] === 0) return undefined
    const source = endKey([found.src0, found.src1, found.src2, found.src3], found.srcPort)
    const target = endKey([found.dst0, found.dst1, found.dst2, found.dst3], found.dstPort)
    const same = this.#wanted.get(flowKey(found.protocol, source, target))
    const wanted = same?.find(
      ({ flow }) =>
        micros >= flow.startMicros - SLACK_MICROS && micros <= endOf(flow) + SLACK_MICROS,
    )
    if (wanted === undefined) return undefined
    const { flow, opener } = wanted
    return { flow, side: source === opener ? 0 : 1, ipAt: ipAt(found, packet) }
  }
}

/** A flow that goes on may have packets that its account does not know yet. */
function endOf({ open, endMicros }: FlowDetail): number {
  return open ? Number.POSITIVE_INFINITY : endMicros
}

function wordsOf(ip: string): readonly number[] {
  const four = parseIp4(ip)
  // As the decoder has it.
  if (four !== undefined) return [0, 0, 0xffff, u32be(four, 0)]
  const six = parseIp6(ip)
  return six === undefined ? [] : [0, 4, 8, 12].map((at) => u32be(six, at))
}

function endKey(words: readonly number[], port: number): string {
  return `${words.join()} ${port}`
}

function flowKey(protocol: number, one: string, other: string): string {
  return one < other ? `${protocol} ${one} ${other}` : `${protocol} ${other} ${one}`
}

/** The headers above the payload are as long as the IP packet is longer than it. */
function ipAt(found: Packet, { bytes, at, size }: CapturedPacket): number {
  if (found.payload !== bytes || found.fragments > 0) return at
  const headers = found.ipBytes - found.payloadWireSize
  const start = found.payloadAt - headers
  return start >= at && start < at + size ? start : at
}
