/** What peers say before and beside their encryption: who they are, where they and others can be reached. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { hex, u16be } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { SaidOnce } from '../../core/said-once.ts'
import { endpointOf, helloWire, PEER_BYTES } from './wire/hello.ts'
import {
  type GnunetMessage,
  HEAD,
  HELLO,
  isLegal,
  messageWire,
  PING,
  PONG,
  TYPES,
  UDP,
  WELCOME,
} from './wire/message.ts'

/** They come all the time and say nothing of their own. */
const COUNTED = new Set(['encrypted', 'quota', 'keepalive', 'keepalive-response', 'ack', 'udp-ack'])

/** Challenge, signature, size and purpose of what is signed, when it expires. */
const PONG_ADDRESS_AT = 4 + 64 + 4 + 4 + 8 + 4

export function openSession(flow: FlowFacts, out: Out): Session {
  return new PeerSession(flow, out)
}

class PeerSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #said = new SaidOnce()
  /** The place where a message begins is not known: segments are tried. */
  readonly #seeking: [boolean, boolean]
  #soughtBytes = 0

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
    this.#seeking = [!flow.fromStart, !flow.fromStart]
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    if (this.#flow.carrier === 'udp') return this.#datagram(from, bytes)
    this.need = 0
    if (this.#seeking[from] && !this.#begins(from, bytes)) return bytes.length
    const outcome = messageWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'malformed') {
      this.#fault(messageWire.name, outcome.fault, from, true)
      this.#seeking[from] = true
      return bytes.length
    }
    this.#read(from, outcome.message)
    return outcome.size
  }

  gap(from: Side): void {
    this.#seeking[from] = true
    this.need = 0
  }

  end(): void {}

  #begins(from: Side, bytes: Uint8Array): boolean {
    const isKnown = bytes.length >= HEAD && isLegal(u16be(bytes, 2), u16be(bytes, 0))
    if (isKnown) this.#seeking[from] = false
    else this.#soughtBytes += bytes.length
    if (this.#soughtBytes > limits.searchBytesMax) this.lost = true
    return isKnown
  }

  #datagram(from: Side, bytes: Uint8Array): number {
    const outcome = messageWire.parse(bytes, 0)
    if (outcome.kind !== 'message' || outcome.message.type !== UDP) return REST
    const { body } = outcome.message
    this.messages++
    if (body.length >= 4 + PEER_BYTES) this.#peer(from, body.subarray(4, 4 + PEER_BYTES))
    for (let at = 4 + PEER_BYTES; at < body.length; ) {
      const inner = messageWire.parse(body, at)
      if (inner.kind !== 'message') {
        this.#fault(messageWire.name, 'size-too-small', from, true)
        break
      }
      this.#read(from, inner.message)
      at += inner.size
    }
    return REST
  }

  #read(from: Side, { type, body }: GnunetMessage): void {
    this.messages++
    const name = TYPES.get(type)?.[0] ?? 'other'
    if (COUNTED.has(name) && !this.#out.everyMessage) return this.#out.count(name)
    const fields: { [key: string]: Json } = { type: name, size: HEAD + body.length }
    if (name === 'other') fields.number = type
    switch (type) {
      case WELCOME:
        fields.peer = hex(body)
        this.#peer(from, body)
        break
      case HELLO:
        this.#hello(from, body, fields)
        break
      case PING:
        if (body.length < 4 + PEER_BYTES) break
        fields.peer = hex(body, 4, PEER_BYTES)
        this.#tested(from, body.subarray(4 + PEER_BYTES), 'ping', fields, fields.peer)
        break
      case PONG:
        this.#tested(from, body.subarray(PONG_ADDRESS_AT), 'pong', fields)
    }
    this.#out.say({ type: 'message', log: 'gnunet', name, side: from, fields })
  }

  #peer(from: Side, key: Uint8Array): void {
    const id = hex(key)
    if (!this.#said.isNew(`client ${from} ${id}`)) return
    this.#out.say({ type: 'client', who: this.#flow.ends[from], software: 'GNUnet', id })
  }

  #hello(from: Side, body: Uint8Array, fields: { [key: string]: Json }): void {
    const outcome = helloWire.parse(body, 0)
    if (outcome.kind !== 'message') {
      const fault = outcome.kind === 'malformed' ? outcome.fault : 'hello-too-short'
      return this.#fault(helloWire.name, fault, from, true)
    }
    const { peer, addresses } = outcome.message
    fields.peer = hex(peer)
    const texts: string[] = []
    for (const { transport, bytes } of addresses.slice(0, limits.listedMax)) {
      const about = endpointOf(transport, bytes)
      texts.push(about === undefined ? transport : `${transport}:${endpointText(about)}`)
      if (about !== undefined) this.#claim(from, about, transport, 'hello', hex(peer))
    }
    fields.addresses = texts
  }

  /** Whom a ping asks, and where: it wants to know whether that address is that peer's. */
  #tested(
    from: Side,
    rest: Uint8Array,
    via: 'ping' | 'pong',
    fields: { [key: string]: Json },
    id?: string,
  ): void {
    const end = rest.indexOf(0)
    if (end < 0 || end > 64) return
    const transport = String.fromCharCode(...rest.subarray(0, end))
    const about = endpointOf(transport, rest.subarray(end + 1))
    if (about === undefined) return
    fields.addresses = [`${transport}:${endpointText(about)}`]
    // Who was called does not know a port of the caller where it could be reached: zeros.
    if (about.port === 0) return
    this.#claim(from, about, transport, via, id)
  }

  #claim(from: Side, about: Endpoint, transport: string, via: string, id?: string): void {
    if (!this.#said.isNew(`claim ${from} ${transport} ${endpointText(about)} ${via}`)) return
    const by = this.#flow.ends[from]
    const carriers = transport === 'udp' ? 'udp' : 'tcp'
    const more = id === undefined ? {} : { id }
    this.#out.say({ type: 'claim', by, about, part: 'peer', carriers, via, ...more })
  }

  #fault(wire: string, fault: string, side: Side, resumes: boolean): void {
    this.#out.say({ type: 'fault', wire, fault, side, at: 0, resumes })
  }
}
