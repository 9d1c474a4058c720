/**
 * What becomes of one packet that waits: engine → wall → verdict. Everything about a packet happens in
 * `packet()`; sockets come in as parts, so that it can be tried without a kernel.
 */
import type { Endpoint } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Event, Side } from '../../core/event.ts'
import type { Protocol } from '../../core/protocol.ts'
import type { Standing } from '../../core/standing.ts'
import { Engine } from '../../intake/engine.ts'
import type { QueuedPacket } from '../../linux/nfqueue-wire.ts'
import type { Station } from '../../linux/raw-packet.ts'
import type { WallCounters } from '../../services/page/api.ts'
import type { Cut, Judgement, Spoofed } from '../../services/wall/judgement.ts'
import { MARK_MASK, MARK_OWN, MARK_PASS } from '../../services/wall/marks.ts'
import type { Wall } from '../../services/wall/wall.ts'
import { datagram, resets } from './answers.ts'
import { type IpHead, ipHead, TCP, UDP } from './ip-head.ts'

const RAW_IP = 101
const SYN_MASK = 0x12
const SYN = 0x02

/** Flows of neither TCP nor UDP are not looked at: they pass. */
const PASS: Judgement = { verdict: 'accept', mark: MARK_PASS }

/** What the gate needs of the kernel. */
export interface GateParts {
  readonly queue: {
    accept(packet: QueuedPacket, mark?: number): void
    drop(packet: QueuedPacket): void
    flush(): void
  }
  readonly connections: {
    mark(ends: readonly [Endpoint, Endpoint], protocol: number, mark: number, mask: number): boolean
  }
  readonly packets: {
    sendByRoute(packet: Uint8Array): boolean
    sendOnLink(packet: Uint8Array, station: Station): boolean
  }
}

export interface GateOptions {
  readonly protocols: readonly Protocol[]
  /** Name of the queue, for events. */
  readonly capture: string
  /** Indices of the interfaces behind which our hosts are; none: told by their addresses. */
  readonly insideInterfaces: ReadonlySet<number>
  /** Say how flows stand each so many seconds. */
  readonly updateSeconds?: number
  readonly consume: (event: Event) => void
  readonly wall: (out: Pick<Gate, 'cut' | 'send'>) => Wall
}

/** How many packets came to which end, as the page tells it. */
export type GateCounts = Pick<
  WallCounters,
  'packets' | 'bytes' | 'accepted' | 'dropped' | 'resets' | 'decoys' | 'cuts'
>

export class Gate {
  readonly wall: Wall
  readonly #parts: GateParts
  readonly #engine: Engine
  readonly #inside: ReadonlySet<number>
  readonly #view = {
    bytes: new Uint8Array(0) as Uint8Array,
    at: 0,
    size: 0,
    wireSize: 0,
    micros: 0,
    linkType: RAW_IP,
    frame: 0,
    capture: '',
  }
  readonly #counts = {
    packets: 0,
    bytes: 0,
    accepted: 0,
    dropped: 0,
    resets: 0,
    decoys: 0,
    cuts: 0,
  }

  constructor(parts: GateParts, options: GateOptions) {
    this.#parts = parts
    this.#inside = options.insideInterfaces
    this.#view.capture = options.capture
    this.wall = options.wall(this)
    const consume = (event: Event) => {
      this.wall.consume(event)
      options.consume(event)
    }
    const { protocols, updateSeconds } = options
    this.#engine = new Engine(protocols, consume, {
      flows: true,
      ...(updateSeconds !== undefined && { updateSeconds }),
    })
  }

  get counts(): GateCounts {
    return this.#counts
  }

  /** Decide about a packet. @param micros  since 1970, never going back */
  packet(packet: QueuedPacket, micros: number): void {
    this.#counts.packets++
    this.#counts.bytes += packet.wireSize
    if (hasBit(packet.mark, MARK_OWN)) return this.#accept(packet, 0)
    const view = this.#view
    view.bytes = packet.bytes
    view.at = packet.at
    view.size = packet.size
    view.wireSize = packet.wireSize
    view.micros = micros
    view.frame++
    this.#engine.packet(view)
    const standing = this.#engine.standing
    const head = standing && ipHead(packet.bytes, packet.at, packet.size)
    const judgement = head === undefined ? PASS : this.#judge(standing!, head, packet, micros)
    if (judgement.verdict === 'accept') this.#accept(packet, judgement.mark)
    else this.#drop(packet, judgement, head!)
  }

  #judge(standing: Standing, head: IpHead, packet: QueuedPacket, micros: number): Judgement {
    const { side } = standing
    const isTcp = head.protocol === TCP
    const payloadAt = packet.at + packet.size - head.payloadSize
    return this.wall.judge(standing, {
      ends: side === 0 ? [head.from, head.to] : [head.to, head.from],
      carrier: isTcp ? 'tcp' : 'udp',
      payloadBytes: head.payloadSize,
      micros,
      capture: this.#view.capture,
      frame: this.#view.frame,
      isSyn: isTcp && andMask(head.flags, SYN_MASK) === SYN,
      srcMac: macOf(packet),
      ip: { bytes: packet.wireSize, hops: head.hops },
      inside: this.#insideOf(packet, side),
      payload: isTcp ? undefined : packet.bytes.subarray(payloadAt, packet.at + packet.size),
    })
  }

  #insideOf(packet: QueuedPacket, sender: Side): Side | undefined {
    if (this.#inside.has(packet.inInterface)) return sender
    if (this.#inside.has(packet.outInterface)) return sender === 0 ? 1 : 0
    return undefined
  }

  #accept(packet: QueuedPacket, mark: number): void {
    this.#counts.accepted++
    if (mark === 0) this.#parts.queue.accept(packet)
    else this.#parts.queue.accept(packet, withKind(packet.mark, mark))
  }

  #drop(packet: QueuedPacket, { mark, reset, decoy }: Judgement, head: IpHead): void {
    this.#counts.dropped++
    this.#parts.queue.drop(packet)
    if (decoy !== undefined) this.#answer(packet, head, decoy)
    // Before the connection is marked: what is dropped by its mark cannot be told.
    if (reset !== undefined) {
      const [back, on] = resets(head)
      this.#reset(back)
      if (reset === 'both') this.#reset(on)
    }
    if (mark !== 0)
      this.#parts.connections.mark([head.from, head.to], head.protocol, mark, MARK_MASK)
  }

  #reset(packet: Uint8Array | undefined): void {
    if (packet !== undefined && this.#parts.packets.sendByRoute(packet)) this.#counts.resets++
  }

  /** Past all rules where the sender's station is known: nothing is remembered of such a talk. */
  #answer(packet: QueuedPacket, { from, to }: IpHead, payload: Uint8Array): void {
    const answer = datagram(to, from, payload)
    const { bytes, hardwareAt, hardwareSize, inInterface } = packet
    const address = bytes.slice(hardwareAt, hardwareAt + hardwareSize)
    const isSent =
      hardwareSize > 0
        ? this.#parts.packets.sendOnLink(answer, { interface: inInterface, address })
        : this.#parts.packets.sendByRoute(answer)
    if (isSent) this.#counts.decoys++
  }

  /**
   * The connection passes by its mark, and shall not. Where it is to be reset, its next packet is let
   * come up: only that one knows the numbers that a reset needs.
   */
  readonly cut = ({ ends, carrier, mark, reset }: Cut): void => {
    this.#counts.cuts++
    const protocol = carrier === 'tcp' ? TCP : UDP
    this.#parts.connections.mark(ends, protocol, reset ? 0 : mark, MARK_MASK)
  }

  /** A datagram in a peer's name. */
  readonly send = ({ from, to, bytes }: Spoofed): void => {
    if (this.#parts.packets.sendByRoute(datagram(from, to, bytes))) this.#counts.decoys++
  }

  /** Time runs on, whether packets come or not. */
  tick(micros: number): void {
    this.#engine.tick(micros)
    this.wall.tick(micros)
  }
}

function hasBit(value: number, bit: number): boolean {
  return andMask(value, bit) !== 0
}

function andMask(value: number, mask: number): number {
  return (value & mask) >>> 0
}

/** The packet's mark with what is decided; bits that are not ours stay. */
function withKind(before: number, mark: number): number {
  return ((before & ~MARK_MASK) | mark) >>> 0
}

/** `02:42:ac:11:00:02` */
function macOf({ bytes, hardwareAt, hardwareSize }: QueuedPacket): string | undefined {
  if (hardwareSize !== 6) return undefined
  return hex(bytes, hardwareAt, 6).replace(/(..)(?!$)/g, '$1:')
}
