/** Datagrams of discv4 → who is where, by whose word. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import type { ClaimSaid, Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { text } from '../../core/text.ts'
import {
  type NodeEndpoint,
  neighboursIn,
  pingIn,
  pongTo,
  recordIn,
  targetOf,
  tcpOf,
  udpOf,
} from './discv4-said.ts'
import { type Discv4, discv4Wire, TYPES } from './wire/discv4.ts'
import { type Enr, factsOf } from './wire/enr.ts'

export class DiscoverySession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #flow: FlowFacts
  readonly #out: Out

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    const isCut = at.wireSize !== undefined && at.wireSize > bytes.length
    const outcome = discv4Wire.parse(bytes, 0)
    if (outcome.kind === 'message') {
      this.messages++
      this.#read(from, outcome.message)
    } else if (outcome.kind === 'malformed' && outcome.fault === 'list-broken') {
      const { fault } = outcome
      const wire = discv4Wire.name
      this.#out.say({ type: 'fault', wire, fault, side: from, at: outcome.at, resumes: true })
    } else {
      // discv5 uses the same port, and is masked; what the capture cut cannot be checked.
      this.#out.count(isCut ? 'cut' : 'unreadable')
    }
    return bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}

  #read(from: Side, said: Discv4): void {
    switch (TYPES[said.number]) {
      case 'ping':
        return this.#ping(from, said)
      case 'pong': {
        const to = pongTo(said)
        return this.#log(from, 'pong', { ...(to && { to: textOf(to) }) })
      }
      case 'find-node':
        return this.#log(from, 'find-node', { target: targetOf(said) })
      case 'neighbours':
        return this.#neighbours(from, said)
      case 'enr-request':
        return this.#log(from, 'enr-request', {})
      case 'enr-response': {
        const record = recordIn(said)
        if (record !== undefined) this.#record(from, record)
        return record === undefined ? this.#log(from, 'enr-response', {}) : undefined
      }
      default:
        return this.#log(from, 'other', { number: said.number })
    }
  }

  #ping(from: Side, packet: Discv4): void {
    const said = pingIn(packet)
    const who = this.#flow.ends[from]
    this.#log(from, 'ping', {
      version: said.version,
      ...(said.from && { from: textOf(said.from) }),
      ...(said.to && { to: textOf(said.to) }),
    })
    if (said.from === undefined) return
    // What it says of its address may be private or zero; that it listens on TCP is true of its own.
    const listens = { ip: who.ip, port: said.from.tcp }
    this.#out.say({ type: 'client', who, ...(said.from.tcp !== 0 && { listens }) })
    if (said.from.tcp !== 0) this.#claim(from, listens, 'tcp', 'ping')
    if (said.from.ip !== who.ip && isTold(said.from.ip)) this.#claimNode(from, said.from, 'ping')
  }

  #neighbours(from: Side, packet: Discv4): void {
    const nodes = neighboursIn(packet).slice(0, limits.listedMax)
    this.#log(from, 'neighbours', { nodes: nodes.map((node) => `${textOf(node)} ${node.id}`) })
    for (const node of nodes) this.#claimNode(from, node, 'neighbours', node.id)
  }

  #record(from: Side, record: Enr): void {
    const { sequence, key, endpoints, keys } = factsOf(record)
    const client = record.pairs.find(([name]) => name === 'client')?.[1]
    const words = Array.isArray(client) ? client.filter((item) => item instanceof Uint8Array) : []
    const names = words.map((word) => text(word))
    this.#log(from, 'enr-response', {
      sequence,
      keys: keys.slice(0, KEYS_MAX),
      endpoints: endpoints.map(({ endpoint, carrier }) => `${carrier} ${endpointText(endpoint)}`),
      ...(key && { key: hex(key) }),
    })
    this.#out.say({
      type: 'client',
      who: this.#flow.ends[from],
      ...(key && { id: hex(key) }),
      ...(names[0] !== undefined && { software: names[0] }),
      ...(names[1] !== undefined && { version: names[1] }),
    })
    for (const { endpoint, carrier } of endpoints) {
      this.#claim(from, endpoint, carrier, 'enr', key && hex(key))
    }
  }

  #claimNode(from: Side, node: NodeEndpoint, via: string, id?: string): void {
    if (node.udp === node.tcp) return this.#claim(from, udpOf(node), 'both', via, id)
    this.#claim(from, udpOf(node), 'udp', via, id)
    if (node.tcp !== 0) this.#claim(from, tcpOf(node), 'tcp', via, id)
  }

  #claim(
    from: Side,
    about: Endpoint,
    carriers: ClaimSaid['carriers'],
    via: string,
    id?: string,
  ): void {
    const by = this.#flow.ends[from]
    this.#out.say({ type: 'claim', by, about, part: 'node', carriers, via, ...(id && { id }) })
  }

  #log(side: Side, type: string, fields: { readonly [key: string]: Json }): void {
    const all = { type, ...fields }
    this.#out.say({ type: 'message', log: 'ethereum_discv4', name: type, side, fields: all })
  }
}

/** Of a record's keys so many are written to the log; real ones have about eight. */
const KEYS_MAX = 32

function isTold(ip: string): boolean {
  return ip !== '0.0.0.0' && ip !== '::'
}

/** `198.51.100.2:30303`, with the port of TCP where it is another: `198.51.100.2:30303/30304`. */
function textOf({ ip, udp, tcp }: NodeEndpoint): string {
  const told = endpointText({ ip, port: udp })
  return tcp === udp ? told : `${told}/${tcp}`
}
