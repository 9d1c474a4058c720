/**
 * Captures as they come when somebody began late, cut packets, lost some, saw one direction only, or
 * used other ports. What is not P2P must not become it by any of these.
 */
import { randomFrom } from '../../src/core/random.ts'
import { DECODED, Decoder } from '../../src/intake/packet/packet.ts'
import type { Captured } from './packets.ts'

export type Mutation = (packets: readonly Captured[]) => Captured[]

/** Port numbers that P2P programs are known by. */
const P2P_PORTS = [6881, 4662, 6346, 4672, 51413, 4661, 6969, 6347, 1214]

const SYN = 2
const LINK_ETHERNET = 1
const LINK_RAW = 101

/** What a mutation must know of a packet; undefined where it is neither TCP nor UDP. */
interface Facts {
  readonly flow: string
  readonly protocol: number
  readonly from: string
  readonly syn: boolean
  readonly payloadSize: number
  /** Index of the packet in its flow, and among those with payload. */
  readonly number: number
  readonly payloadNumber: number
}

function factsOf(packets: readonly Captured[]): (Facts | undefined)[] {
  const decoder = new Decoder()
  const counts = new Map<string, [number, number]>()
  return packets.map(({ bytes, wireSize, micros, linkType }) => {
    const status = decoder.decode(bytes, 0, bytes.length, wireSize, linkType, micros)
    if (status > DECODED.udp) return undefined
    const { packet } = decoder
    const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort, protocol } = packet
    const from = `${src0} ${src1} ${src2} ${src3} ${srcPort}`
    const to = `${dst0} ${dst1} ${dst2} ${dst3} ${dstPort}`
    const flow = `${protocol} ${[from, to].sort().join(' ')}`
    const count = counts.get(flow) ?? [0, 0]
    counts.set(flow, count)
    const payloadSize = packet.payloadWireSize
    return {
      flow,
      protocol,
      from,
      syn: protocol === 6 && (packet.tcpFlags & SYN) !== 0,
      payloadSize,
      number: count[0]++,
      payloadNumber: payloadSize > 0 ? count[1]++ : -1,
    }
  })
}

/** Keep the packets that `keeps` wants; those that are no TCP or UDP stay. */
function filtered(keeps: (facts: Facts, index: number) => boolean): Mutation {
  return (packets) => {
    const facts = factsOf(packets)
    return packets.filter((_, index) => {
      const own = facts[index]
      return own === undefined || keeps(own, index)
    })
  }
}

/** Every flow without its SYNs: seen from the middle, but nothing is missing. */
const withoutSyn = filtered(({ syn }) => !syn)

/** Every flow without its first packets. */
function begunAfter(count: number): Mutation {
  return filtered(({ number }) => number >= count)
}

/** Every flow without its SYNs and its first packets with payload. */
function begunAfterPayload(count: number): Mutation {
  return filtered(({ syn, payloadNumber }) => !syn && (payloadNumber < 0 || payloadNumber >= count))
}

/** The first payload of every flow is lost, its SYN is there. */
const firstLost = filtered(({ payloadNumber }) => payloadNumber !== 0)

function oneDirection(side: 0 | 1): Mutation {
  return (packets) => {
    const first = new Map<string, string>()
    for (const own of factsOf(packets)) {
      if (own !== undefined && !first.has(own.flow)) first.set(own.flow, own.from)
    }
    return filtered(({ flow, from }) => (first.get(flow) === from) === (side === 0))(packets)
  }
}

function lost(share: number, seed: number): Mutation {
  return (packets) => {
    const random = randomFrom(seed)
    return packets.filter(() => random() / 2 ** 32 >= share)
  }
}

/** Each packet cut to so many bytes. */
function snapped(size: number): Mutation {
  return (packets) => packets.map((packet) => ({ ...packet, bytes: packet.bytes.slice(0, size) }))
}

/** The first so many packets of each flow: a capture that was stopped. */
function stoppedAfter(count: number): Mutation {
  return filtered(({ number }) => number < count)
}

/** Neighbours in time swapped here and there. */
function reordered(seed: number): Mutation {
  return (packets) => {
    const random = randomFrom(seed)
    const out = [...packets]
    for (let i = 1; i < out.length; i++) {
      if (random() % 8 !== 0) continue
      const [before, after] = [out[i - 1]!, out[i]!]
      out[i - 1] = { ...after, micros: before.micros }
      out[i] = { ...before, micros: after.micros }
    }
    return out
  }
}

/** Where the ports of a packet stand, or -1: Ethernet or raw IP, no extension headers. */
function portsAt({ bytes, linkType }: Captured): number {
  let at = 0
  if (linkType === LINK_ETHERNET) {
    at = 12
    while (bytes[at] === 0x81 && bytes[at + 1] === 0) at += 4
    at += 2
  } else if (linkType !== LINK_RAW) return -1
  const version = Math.floor((bytes[at] ?? 0) / 16)
  if (version === 4) return at + 4 * (bytes[at]! % 16)
  return version === 6 && (bytes[at + 6] === 6 || bytes[at + 6] === 17) ? at + 40 : -1
}

/**
 * Ports as P2P programs use them; `both`: on either side.
 * Fragments of the same datagram have no ports; they keep what stands there.
 */
function portsShifted(both: boolean): Mutation {
  return (packets) => {
    const facts = factsOf(packets)
    const numbers = new Map<string, number>()
    return packets.map((packet, index) => {
      const own = facts[index]
      const at = portsAt(packet)
      if (own === undefined || at < 0 || at + 4 > packet.bytes.length) return packet
      const number = numbers.get(own.flow) ?? numbers.size
      numbers.set(own.flow, number)
      const bytes = packet.bytes.slice()
      const small = bytes[at]! * 256 + bytes[at + 1]! < bytes[at + 2]! * 256 + bytes[at + 3]!
      for (const [place, lower] of [
        [at, small],
        [at + 2, !small],
      ] as const) {
        if (!lower && !both) continue
        const port = P2P_PORTS[number % P2P_PORTS.length]!
        bytes[place] = Math.floor(port / 256)
        bytes[place + 1] = port % 256
      }
      return { ...packet, bytes }
    })
  }
}

/** Every packet a flow of its own: what one datagram or one segment alone is taken for. */
const scattered: Mutation = (packets) => {
  const facts = factsOf(packets)
  return packets.map((packet, index) => {
    const at = portsAt(packet)
    if (facts[index] === undefined || at < 0 || at + 4 > packet.bytes.length) return packet
    const bytes = packet.bytes.slice()
    const port = 1024 + ((index * 31) % 60_000)
    bytes[at] = Math.floor(port / 256)
    bytes[at + 1] = port % 256
    return { ...packet, bytes }
  })
}

function then(...steps: readonly Mutation[]): Mutation {
  return (packets) => steps.reduce<Captured[]>((out, step) => step(out), [...packets])
}

// biome-ignore format: a table
export const MUTATIONS: readonly (readonly [string, Mutation])[] = [
  ['as captured', (packets) => [...packets]],
  ['without SYN', withoutSyn],
  ['begun after 3 packets', begunAfter(3)],
  ['begun after 4 packets', begunAfter(4)],
  ['begun after 6 packets', begunAfter(6)],
  ['begun after 10 packets', begunAfter(10)],
  ['begun after 1 payload', begunAfterPayload(1)],
  ['begun after 2 payloads', begunAfterPayload(2)],
  ['begun after 5 payloads', begunAfterPayload(5)],
  ['first payload lost', firstLost],
  ['opener only', oneDirection(0)],
  ['other side only', oneDirection(1)],
  ['opener only, from the middle', then(oneDirection(0), begunAfterPayload(1))],
  ['other side only, from the middle', then(oneDirection(1), begunAfterPayload(1))],
  ['snaplen 64', snapped(64)],
  ['snaplen 96', snapped(96)],
  ['snaplen 128', snapped(128)],
  ['snaplen 64, without SYN', then(withoutSyn, snapped(64))],
  ['snaplen 96, without SYN', then(withoutSyn, snapped(96))],
  ['snaplen 128, without SYN', then(withoutSyn, snapped(128))],
  ['5 % lost', lost(0.05, 5)],
  ['30 % lost', lost(0.3, 30)],
  ['30 % lost, without SYN', then(withoutSyn, lost(0.3, 31))],
  ['stopped after 4 packets', stoppedAfter(4)],
  ['stopped after 6 packets', stoppedAfter(6)],
  ['stopped after 9 packets', stoppedAfter(9)],
  ['reordered', reordered(8)],
  ['ports of P2P', portsShifted(false)],
  ['ports of P2P on both sides', portsShifted(true)],
  ['ports of P2P, from the middle', then(portsShifted(false), begunAfterPayload(1))],
  ['every packet a flow', scattered],
]
