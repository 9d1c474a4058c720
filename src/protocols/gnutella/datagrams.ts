/**
 * Everything that comes over UDP between two ends: plain messages, Gnutella2 packets in fragments,
 * DHT messages; one socket serves them all.
 */
import { concat } from '../../core/bytes.ts'
import { CUT_BY_CAPTURE, isCutByCapture } from '../../core/cut.ts'
import type { Side } from '../../core/event.ts'
import { inflate } from '../../core/inflate.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { tellG2 } from './g2-said.ts'
import { tellMessage } from './messages.ts'
import { Teller } from './teller.ts'
import { parseG2 } from './wire/g2-packet.ts'
import { datagramWire, parseCutDatagram, parseDatagram, parseMessage } from './wire/message.ts'
import { isDeflated, parseSrUdp, type SrUdp, srUdpWire } from './wire/sr-udp.ts'

/** A payload of which not all fragments have come. */
interface Assembly {
  readonly parts: (Uint8Array | undefined)[]
  missing: number
  size: number
}

/** Payloads being put together at once, per direction; the oldest is given up. */
const ASSEMBLIES_MAX = 32
/** 255 fragments of a usual 476 bytes fit. */
const ASSEMBLY_BYTES_MAX = 262_144
/** Sequence numbers of payloads that were read, so that a repeated one is not read again. */
const DONE_MAX = 256

export class DatagramSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  readonly #assemblies = [new Map<string, Assembly>(), new Map<string, Assembly>()] as const
  readonly #done = [new Set<string>(), new Set<string>()] as const
  #part: string

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
    this.#part = flow.part
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (isCutByCapture(bytes, at)) {
      this.#teller.out.count(CUT_BY_CAPTURE)
      this.#readCut(from, bytes)
      return bytes.length
    }
    const fragment = parseSrUdp(bytes, 0)
    if (fragment.kind === 'message') {
      this.#fragment(from, fragment.message)
      return bytes.length
    }
    if (fragment.kind === 'need' || fragment.fault !== 'tag-unknown') {
      this.#teller.fault(srUdpWire.name, faultOf(fragment), from, placeOf(fragment), true)
      return bytes.length
    }
    const outcome = parseDatagram(bytes, 0)
    if (outcome.kind === 'message') {
      this.messages++
      tellMessage(this.#teller, from, outcome.message)
    } else {
      this.#teller.fault(datagramWire.name, faultOf(outcome), from, placeOf(outcome), true)
    }
    return bytes.length
  }

  /** Of a fragment that the capture cut nothing can be put together; a message may tell its head. */
  #readCut(from: Side, bytes: Uint8Array): void {
    if (parseSrUdp(bytes, 0).kind === 'message') {
      this.messages++
      return
    }
    const said = parseCutDatagram(bytes, 0)
    if (said === undefined) return
    this.messages++
    tellMessage(this.#teller, from, said)
  }

  #fragment(from: Side, said: SrUdp): void {
    this.messages++
    if (said.count === 0) {
      this.#teller.carry(from, network(said), 'sr-udp-ack', () => srFields(said))
      return
    }
    if (said.count === 1) {
      if (this.#isNew(from, said)) this.#payload(from, said, said.payload)
      return
    }
    const payload = this.#assemble(from, said)
    if (payload !== undefined) this.#payload(from, said, payload)
  }

  /** All fragments together, once the last of them is here. */
  #assemble(from: Side, said: SrUdp): Uint8Array | undefined {
    const key = keyOf(said)
    if (this.#done[from].has(key)) return undefined
    const open = this.#assemblies[from]
    let assembly = open.get(key)
    if (assembly === undefined) {
      if (open.size >= ASSEMBLIES_MAX) open.delete(open.keys().next().value!)
      assembly = { parts: new Array(said.count), missing: said.count, size: 0 }
      open.set(key, assembly)
    }
    if (assembly.parts[said.part - 1] !== undefined) return undefined
    assembly.size += said.payload.length
    if (assembly.size > ASSEMBLY_BYTES_MAX) {
      open.delete(key)
      return undefined
    }
    assembly.parts[said.part - 1] = said.payload.slice()
    assembly.missing--
    if (assembly.missing > 0) return undefined
    open.delete(key)
    this.#isNew(from, said)
    return concat(...assembly.parts.map((part) => part!))
  }

  #isNew(from: Side, said: SrUdp): boolean {
    const done = this.#done[from]
    const key = keyOf(said)
    if (done.has(key)) return false
    if (done.size >= DONE_MAX) done.delete(done.keys().next().value!)
    done.add(key)
    return true
  }

  #payload(from: Side, said: SrUdp, bytes: Uint8Array): void {
    const plain = isDeflated(said) ? inflate(bytes) : bytes
    if (plain === undefined) {
      this.#teller.fault(srUdpWire.name, 'deflate-damaged', from, 8, true)
      return
    }
    if (said.tag === 'GND') this.#packets(from, plain)
    else this.#gta(from, plain)
  }

  #packets(from: Side, bytes: Uint8Array): void {
    this.#sayG2()
    let at = 0
    while (at < bytes.length) {
      if (bytes[at] === 0) {
        at++
        continue
      }
      const outcome = parseG2(bytes, at)
      if (outcome.kind !== 'message') {
        const fault = outcome.kind === 'need' ? 'g2-cut' : outcome.fault
        this.#teller.fault('gnutella/g2-packet', fault, from, at, true)
        return
      }
      tellG2(this.#teller, from, outcome.message)
      at += outcome.size
    }
  }

  /** The socket serves both networks; a flow is Gnutella2 once a packet of it was seen. */
  #sayG2(): void {
    if (this.#part === 'g2') return
    this.#part = 'g2'
    const reasons = ['Gnutella2 packets in GND datagrams']
    this.#teller.out.say({ type: 'recognition', part: 'g2', sureness: 'certain', reasons })
  }

  #gta(from: Side, bytes: Uint8Array): void {
    const outcome = parseMessage(bytes, 0)
    if (outcome.kind === 'message') tellMessage(this.#teller, from, outcome.message)
    else {
      const fault = outcome.kind === 'need' ? 'length-not-datagram' : outcome.fault
      this.#teller.fault(datagramWire.name, fault, from, 8, true)
    }
  }

  gap(): void {}

  end(_at: Moment): void {}
}

function network(said: SrUdp): 'gnutella' | 'gnutella2' {
  return said.tag === 'GND' ? 'gnutella2' : 'gnutella'
}

function srFields({ tag, flags, sequence, part, count }: SrUdp) {
  return { sr_udp: { tag, flags, sequence, part, count } }
}

function keyOf({ tag, sequence, count }: SrUdp): string {
  return `${tag} ${sequence} ${count}`
}

function faultOf(outcome: { kind: 'need' } | { kind: 'malformed'; fault: string }): string {
  return outcome.kind === 'need' ? 'datagram-cut' : outcome.fault
}

function placeOf(outcome: { kind: 'need' } | { kind: 'malformed'; at: number }): number {
  return outcome.kind === 'need' ? 0 : outcome.at
}
