/** Datagrams of one flow → who watches what with whom; how much moved. */
import type { Endpoint } from '../../core/address.ts'
import { endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { urnOfContent, urnOfId } from './content.ts'
import { bodyBytes } from './recognise.ts'
import { type Body, bodyWire, type PeerBody, pieceOf } from './wire/body.ts'
import { type Packet, packetWire } from './wire/packet.ts'
import { HEAD, videoWire } from './wire/video.ts'

/** What a datagram of data carries; shorter ones tell that there is nothing. */
const DATA_BYTES = 1024

class DatagramSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #moved = [new Map<string, number>(), new Map<string, number>()] as const
  readonly #told = new Set<string>()

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, { wireSize = bytes.length }: Moment): number {
    // What a capture cut cannot be put in its ring.
    if (bytes.length < wireSize) return bytes.length
    const packet = packetWire.parse(bytes, 0)
    if (packet.kind !== 'message') {
      if (packet.kind === 'malformed') this.#fault(packetWire.name, packet.fault, from, packet.at)
      return bytes.length
    }
    const body = bodyWire.parse(bodyBytes(packet.message), 0)
    if (body.kind === 'malformed') this.#fault(bodyWire.name, body.fault, from, body.at)
    if (body.kind !== 'message') return bytes.length
    this.messages++
    this.#read(from, packet.message, body.message, bytes.length)
    return bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {
    for (const side of [0, 1] as const) {
      for (const [content, bytes] of this.#moved[side]) {
        const [from, to] = this.#between(side)
        this.#out.say({ type: 'transfer', from, to, content, bytes, via: 'data' })
      }
    }
  }

  #between(side: Side): readonly [Endpoint, Endpoint] {
    return [this.#flow.ends[side], this.#flow.ends[side === 0 ? 1 : 0]]
  }

  #read(side: Side, packet: Packet, said: Body, size: number): void {
    switch (said.type) {
      case 'data':
      case 'answer':
        return this.#piece(side, packet, said, size)
      case 'introduce':
        return this.#introduce(side, packet, said)
      case 'report':
        return this.#report(side, packet, said)
      case 'other':
        return this.#log(side, packet, { type: 'other', number: said.number })
      default:
        return this.#peer(side, packet, said)
    }
  }

  #piece(side: Side, packet: Packet, said: PeerBody, size: number): void {
    const content = urnOfId(said.id)
    this.#out.count(said.type)
    if (this.#isNew(`peer ${side}`)) {
      this.#out.say({ type: 'client', who: this.#flow.ends[side], software: 'PPStream' })
    }
    if (said.type === 'data' && size > DATA_BYTES) {
      const moved = this.#moved[side]
      if (moved.has(content) || moved.size < limits.listedMax) {
        moved.set(content, (moved.get(content) ?? 0) + DATA_BYTES)
      }
    }
    if (!this.#out.everyMessage) return
    const piece = pieceOf(said)
    this.#log(side, packet, {
      type: said.type,
      content,
      ...(piece === undefined ? {} : { port: said.port, piece }),
    })
  }

  #peer(side: Side, packet: Packet, said: PeerBody): void {
    const content = urnOfId(said.id)
    const file = said.type === 'hello' ? hex(said.rest, 0, 20) : ''
    const isTold = file.length === 40
    this.#log(side, packet, {
      type: said.type,
      content,
      port: said.port,
      ...(isTold ? { file: urnOfContent(file) } : {}),
    })
    const [by, of] = this.#between(side)
    if (this.#isNew(`${said.type} ${side} ${content}`)) {
      this.#out.say({ type: 'request', by, of, what: said.type, content })
      if (this.#isNew(`peer ${side}`)) {
        this.#out.say({ type: 'client', who: by, software: 'PPStream' })
      }
      if (isTold) {
        const also = [urnOfContent(file)]
        this.#out.say({ type: 'share', by, content, via: 'hello', also })
      }
    }
  }

  #introduce(side: Side, packet: Packet, said: Body & { type: 'introduce' }): void {
    const content = urnOfId(said.id)
    const peers = said.peers.slice(0, limits.listedMax)
    this.#log(side, packet, {
      type: 'introduce',
      content,
      own: endpointText(said.own),
      peers: peers.map(({ endpoint }) => endpointText(endpoint)),
    })
    const [by, of] = this.#between(side)
    if (!this.#isNew(`introduce ${side} ${content} ${peers.length}`)) return
    this.#out.say({ type: 'client', who: by, software: 'PPStream', listens: said.own })
    this.#out.say({ type: 'request', by, of, what: 'introduce', content })
    for (const { endpoint: about } of peers) {
      this.#out.say({
        type: 'claim',
        by,
        about,
        part: 'peer',
        carriers: 'udp',
        via: 'introduce',
        content,
      })
    }
  }

  #report(side: Side, packet: Packet, said: Body & { type: 'report' }): void {
    const content = urnOfContent(said.content)
    this.#log(side, packet, { type: 'report', content, own: endpointText(said.own) })
    const by = this.#flow.ends[side]
    if (!this.#isNew(`report ${side} ${content}`)) return
    this.#out.say({ type: 'client', who: by, software: 'PPStream', listens: said.own })
    this.#out.say({ type: 'share', by, content, via: 'report' })
    this.#out.say({
      type: 'claim',
      by,
      about: said.own,
      part: 'peer',
      carriers: 'udp',
      via: 'report',
      content,
    })
  }

  /** Datagrams are sent twice; what they mean is said once. */
  #isNew(what: string): boolean {
    if (this.#told.has(what) || this.#told.size >= limits.listedMax) return false
    this.#told.add(what)
    return true
  }

  #fault(wire: string, fault: string, side: Side, at: number): void {
    this.#out.say({ type: 'fault', wire, fault, side, at, resumes: true })
  }

  #log(side: Side, packet: Packet, fields: { readonly [key: string]: Json } & { type: string }) {
    this.#out.say({
      type: 'message',
      log: 'ppstream',
      name: fields.type,
      side,
      fields: { ...fields, family: packet.family, scrambled: packet.key !== undefined },
    })
  }
}

/** Only the head of a video stream is known. */
class VideoSession implements Session {
  need = HEAD
  messages = 0
  lost = false
  readonly #out: Out

  constructor(out: Out) {
    this.#out = out
  }

  data(side: Side, bytes: Uint8Array, _at: Moment): number {
    const outcome = videoWire.parse(bytes, 0)
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'message') {
      this.messages++
      const fields = { type: 'video' }
      this.#out.say({ type: 'message', log: 'ppstream', name: 'video', side, fields })
    }
    return REST
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.carrier === 'tcp' ? new VideoSession(out) : new DatagramSession(flow, out)
}
