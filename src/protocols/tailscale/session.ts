/** Discovery keys, addresses that relays tell, and what else stands in the clear. */
import { endpointText } from '../../core/address.ts'
import { hex, u16be, u32le } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { parseHttpHead } from '../formats/http-head.ts'
import { discoWire } from './wire/disco.ts'
import { stunWire } from './wire/stun.ts'

class NodeSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  /** Discovery key of each side, as said last. */
  readonly #keys = ['', '']

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (at.wireSize !== undefined && at.wireSize > bytes.length) return bytes.length
    // The tunnel shares the flow: types 1 to 4, three zeros.
    const type = u32le(bytes, 0)
    if (bytes.length >= 32 && type >= 1 && type <= 4) this.#out.count('tunnel')
    else if (u16be(bytes, 0) === 0x0001 || u16be(bytes, 0) === 0x0101) this.#stun(from, bytes)
    else this.#disco(from, bytes)
    return bytes.length
  }

  gap(): void {}

  end(): void {}

  #disco(from: Side, bytes: Uint8Array): void {
    const outcome = discoWire.parse(bytes, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed') this.#fault(from, discoWire.name, outcome.fault, outcome.at)
      return
    }
    this.messages++
    const key = hex(outcome.message.key)
    this.#out.count('disco')
    const isNew = this.#keys[from] !== key
    if (isNew || this.#out.everyMessage) {
      this.#log(from, 'disco', { key, size: bytes.length })
    }
    if (!isNew) return
    this.#keys[from] = key
    this.#out.say({ type: 'client', who: this.#flow.ends[from], software: 'Tailscale', id: key })
  }

  #stun(from: Side, bytes: Uint8Array): void {
    const outcome = stunWire.parse(bytes, 0)
    if (outcome.kind !== 'message') {
      if (outcome.kind === 'malformed') this.#fault(from, stunWire.name, outcome.fault, outcome.at)
      return
    }
    this.messages++
    const said = outcome.message
    const transaction = hex(said.transaction)
    if (said.type === 'request') {
      this.#log(from, 'stun-request', { transaction })
      this.#out.say({ type: 'client', who: this.#flow.ends[from], software: 'Tailscale' })
      return
    }
    this.#log(from, 'stun-answer', { transaction, mapped: endpointText(said.mapped) })
    this.#out.say({
      type: 'claim',
      by: this.#flow.ends[from],
      about: said.mapped,
      part: 'node',
      carriers: 'udp',
      via: 'stun',
    })
  }

  #log(side: Side, type: string, fields: { readonly [key: string]: Json }): void {
    this.#out.say({
      type: 'message',
      log: 'tailscale',
      name: type,
      side,
      fields: { type, ...fields },
    })
  }

  #fault(side: Side, wire: string, fault: string, at: number): void {
    this.#out.say({ type: 'fault', wire, fault, side, at, resumes: true })
  }
}

/** A relay without TLS: the upgrade is said, the sealed frames are passed over. */
class RelaySession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array): number {
    if (from === 1) return REST
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.need = 0
    if (outcome.kind === 'malformed') return REST
    this.messages++
    const host = outcome.message.headers.find(([name]) => name.toLowerCase() === 'host')?.[1]
    this.#out.say({
      type: 'message',
      log: 'tailscale',
      name: 'derp-upgrade',
      side: from,
      fields: { type: 'derp-upgrade', ...(host === undefined ? {} : { host }) },
    })
    this.#out.say({ type: 'client', who: this.#flow.ends[from], software: 'Tailscale' })
    return REST
  }

  gap(): void {}

  end(): void {}
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.carrier === 'tcp' ? new RelaySession(flow, out) : new NodeSession(flow, out)
}
