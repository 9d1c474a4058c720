/** What nodes ask and answer, and how much goes over the streams between them. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { hex, u16le } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { SaidOnce } from '../../core/said-once.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { commandOf, type RpcMessage, rpcWire } from './wire/rpc.ts'
import { isHolepunch, UDX_MAGIC, udxWire } from './wire/udx.ts'

const ASKS = new Set(['find-peer', 'lookup', 'mutable-get', 'immutable-get', 'peer-handshake'])
const BRINGS = new Set(['announce', 'mutable-put', 'immutable-put'])

export function openSession(flow: FlowFacts, out: Out): Session {
  return new NodeSession(rpcWire, flow, out)
}

type Fields = { [key: string]: Json }

class NodeSession extends DatagramSession<RpcMessage> {
  protected override readonly bearsCuts = true
  readonly #said = new SaidOnce()
  /** Bytes that streams brought from each side. */
  readonly #streamBytes: [number, number] = [0, 0]

  override data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (isHolepunch(bytes)) {
      this.out.count('holepunch')
      return bytes.length
    }
    return bytes[0] === UDX_MAGIC ? this.#stream(from, bytes, at) : super.data(from, bytes, at)
  }

  override end(): void {
    for (const side of [0, 1] as const) {
      const bytes = this.#streamBytes[side]
      if (bytes === 0) continue
      const [from, to] = [this.flow.ends[side], this.flow.ends[side === 0 ? 1 : 0]]
      this.out.say({ type: 'transfer', from, to, bytes, via: 'udx' })
    }
  }

  #stream(from: Side, bytes: Uint8Array, at: Moment): number {
    const outcome = udxWire.parse(bytes, 0)
    if (outcome.kind === 'message') {
      this.messages++
      const missing = at.wireSize === undefined ? 0 : Math.max(0, at.wireSize - bytes.length)
      this.#streamBytes[from] += outcome.message.payload.length + missing
      this.out.count('udx')
    } else if (outcome.kind === 'malformed') {
      const { fault, at: place } = outcome
      this.out.say({
        type: 'fault',
        wire: udxWire.name,
        fault,
        side: from,
        at: place,
        resumes: true,
      })
    }
    return bytes.length
  }

  protected override read(from: Side, said: RpcMessage): void {
    const fields: Fields = {
      type: said.kind,
      transaction: said.transaction,
      to: endpointText(said.to),
    }
    if (said.id !== undefined) {
      fields.id = hex(said.id)
      this.#client(from, fields.id)
    }
    if (said.error !== undefined) fields.error = said.error
    if (said.value !== undefined) fields.valueBytes = said.value.length
    const name = said.kind === 'question' ? this.#asked(from, said, fields) : 'answer'
    if (said.kind === 'answer') this.#answered(from, said, fields)
    this.out.say({ type: 'message', log: 'hyperswarm', name, side: from, fields })
  }

  #client(from: Side, id: string): void {
    if (!this.#said.isNew(`client ${from} ${id}`)) return
    this.out.say({ type: 'client', who: this.flow.ends[from], software: 'HyperDHT', id })
  }

  #asked(from: Side, said: RpcMessage, fields: Fields): string {
    const command = commandOf(said)
    if (command === undefined) fields.number = said.command!
    else fields.command = command
    // Whether a port can be reached from outside: the answer shall come there.
    if (command === 'ping-nat' && said.value?.length === 2) {
      const about = { ip: this.flow.ends[from].ip, port: u16le(said.value, 0) }
      this.#claim(from, about, 'ping-nat')
    }
    if (said.target === undefined) return command ?? 'question'
    fields.target = hex(said.target)
    const content = `urn:x-peerscope:hyperswarm:${fields.target}`
    const [by, of] = [this.flow.ends[from], this.flow.ends[from === 0 ? 1 : 0]]
    if (ASKS.has(command!) && this.#said.isNew(`request ${from} ${command} ${content}`)) {
      this.out.say({ type: 'request', by, of, what: command!, content })
    }
    if (BRINGS.has(command!) && this.#said.isNew(`share ${from} ${command} ${content}`)) {
      this.out.say({ type: 'share', by, content, via: command! })
    }
    return command ?? 'question'
  }

  #answered(from: Side, { nodes, to }: RpcMessage, fields: Fields): void {
    this.#claim(from, to, 'seen')
    if (nodes === undefined) return
    const told = nodes.slice(0, limits.listedMax)
    fields.nodes = told.map(endpointText)
    for (const about of told) this.#claim(from, about, 'nodes')
  }

  #claim(from: Side, about: Endpoint, via: string): void {
    if (!this.#said.isNew(`claim ${from} ${endpointText(about)} ${via}`)) return
    const by = this.flow.ends[from]
    this.out.say({ type: 'claim', by, about, part: 'node', carriers: 'udp', via })
  }
}
