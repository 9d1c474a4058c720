/** Captured packets held in memory, so that they can be changed, and what the engine names of them. */
import { u32le } from '../../src/core/bytes.ts'
import type { Event, Flow } from '../../src/core/event.ts'
import { Engine } from '../../src/intake/engine.ts'
import { eachPacket } from '../../src/intake/packet/packets-in-test.ts'
import { protocols } from '../../src/protocols/index.ts'

export interface Captured {
  readonly bytes: Uint8Array
  readonly wireSize: number
  readonly micros: number
  readonly linkType: number
}

/** Every packet of a capture, in its order. */
export async function packetsOf(file: string): Promise<Captured[]> {
  const packets: Captured[] = []
  await eachPacket(file, ({ bytes, at, size, wireSize, micros, linkType }) => {
    packets.push({ bytes: bytes.slice(at, at + size), wireSize, micros, linkType })
  })
  return packets
}

/** Every flow of the packets; `prepare` may teach the engine something before. */
export function flowsOf(
  packets: readonly Captured[],
  prepare?: (engine: Engine) => void,
  consume?: (event: Event) => void,
): Flow[] {
  const flows: Flow[] = []
  const engine = new Engine(
    protocols,
    (event) => {
      consume?.(event)
      if (event.type === 'flow') flows.push(event)
    },
    { flows: true },
  )
  prepare?.(engine)
  for (const [index, { bytes, wireSize, micros, linkType }] of packets.entries()) {
    const size = bytes.length
    engine.packet({ bytes, at: 0, size, wireSize, micros, linkType, frame: index + 1, capture: '' })
  }
  engine.end()
  return flows
}

/** The packets of a capture made by `CaptureMaker`: 24 bytes, then 16 before each packet. */
export function packetsOfCapture(bytes: Uint8Array): Captured[] {
  const packets: Captured[] = []
  for (let at = 24; at < bytes.length; ) {
    const micros = u32le(bytes, at) * 1e6 + u32le(bytes, at + 4)
    const size = u32le(bytes, at + 8)
    const packet = bytes.slice(at + 16, at + 16 + size)
    packets.push({ bytes: packet, wireSize: size, micros, linkType: LINK_ETHERNET })
    at += 16 + size
  }
  return packets
}

const LINK_ETHERNET = 1

/** Flows that were given a family, in words. */
export function namedOf(flows: readonly Flow[]): string[] {
  return flows.flatMap(({ p2p, proto, ends: [a, b] }) =>
    p2p === undefined
      ? []
      : `${proto} ${a.ip}:${a.port} ${b.ip}:${b.port} ${p2p.family} ${p2p.part} ${p2p.sureness}: ${p2p.reasons.join('; ')}`,
  )
}
