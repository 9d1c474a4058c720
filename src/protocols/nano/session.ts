/** Messages of nodes → who they are and whom they know. */
import { type Endpoint, endpointText, ip6 } from '../../core/address.ts'
import { bits, hex, u16le } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { telemetryIn } from './telemetry.ts'
import { type Frame, frameWire, NETWORKS, TYPES } from './wire/frame.ts'

const PEER_BYTES = 18

class NodeSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  /** Sides that cannot be followed any more: blocks without headers, a hole. */
  readonly #ended: [boolean, boolean] = [false, false]

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    const isStream = this.#flow.carrier === 'tcp'
    if (this.#ended[from]) return REST
    const outcome = frameWire.parse(bytes, 0)
    if (outcome.kind === 'need' && isStream) {
      this.need = outcome.size
      return 0
    }
    this.need = 0
    if (outcome.kind === 'message') {
      this.messages++
      this.#read(from, outcome.message)
      return isStream ? outcome.size : bytes.length
    }
    this.#out.count('unreadable')
    this.#ended[from] = isStream
    return isStream ? REST : bytes.length
  }

  gap(from: Side, _missing: number, _at: Moment): void {
    this.#ended[from] = true
  }

  end(_at: Moment): void {}

  #read(from: Side, frame: Frame): void {
    switch (TYPES[frame.type]) {
      case 'keepalive':
        return this.#keepalive(from, frame)
      case 'node-id-handshake':
        return this.#handshake(from, frame)
      case 'telemetry-ack':
        return this.#telemetry(from, frame)
      default:
        this.#out.count(TYPES[frame.type]!)
        if (this.#out.everyMessage) this.#log(from, frame, { size: frame.payload.length })
    }
  }

  #keepalive(from: Side, frame: Frame): void {
    const peers: Endpoint[] = []
    for (let at = 0; at < frame.payload.length; at += PEER_BYTES) {
      const peer = { ip: ip6(frame.payload, at), port: u16le(frame.payload, at + 16) }
      // Fewer than eight are known: the rest is zeros.
      if (peer.ip !== '::' || peer.port !== 0) peers.push(peer)
    }
    this.#log(from, frame, { peers: peers.map(endpointText) })
    const by = this.#flow.ends[from]
    const said = { type: 'claim', by, part: 'node', carriers: 'both', via: 'keepalive' } as const
    for (const about of peers) if (about.ip !== '::') this.#out.say({ ...said, about })
  }

  #handshake(from: Side, frame: Frame): void {
    const { extensions, payload } = frame
    const query = bits(extensions, 0, 1) === 1
    const answer = bits(extensions, 1, 1) === 1
    const id = answer ? hex(payload, query ? 32 : 0, 32) : ''
    this.#log(from, frame, { query, answer, ...(answer && { node_id: id }) })
    if (answer) this.#out.say({ type: 'client', who: this.#flow.ends[from], id })
  }

  #telemetry(from: Side, frame: Frame): void {
    const told = telemetryIn(frame.payload)
    if (told === undefined) return this.#log(from, frame, {})
    const { id, blocks, peers, protocol, uptimeSeconds, version } = told
    const fields = { node_id: id, blocks, peer_count: peers, protocol, version }
    this.#log(from, frame, { ...fields, uptime_seconds: uptimeSeconds })
    const software = 'nano-node'
    this.#out.say({ type: 'client', who: this.#flow.ends[from], software, version, id })
  }

  #log(side: Side, frame: Frame, fields: { readonly [key: string]: Json }): void {
    const type = TYPES[frame.type]!
    const head = { type, network: NETWORKS[frame.network]!, using: frame.versionUsing }
    const all = { ...head, ...fields }
    this.#out.say({ type: 'message', log: 'nano', name: type, side, fields: all })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new NodeSession(flow, out)
}
