/** Messages of one flow → what they mean: who has what, who asks, what moved. */
import { endpointText } from '../../core/address.ts'
import { base32, hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { type PeerMessage, peerWire } from './wire/peer.ts'

function urnOf(sha1: Uint8Array): string {
  return `urn:sha1:${base32(sha1)}`
}

class PeerSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  /** Bytes of content that each side sent, by URN. */
  readonly #sent = [new Map<string, number>(), new Map<string, number>()] as const

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    const outcome = peerWire.parse(bytes, 0)
    switch (outcome.kind) {
      case 'need':
        this.need = outcome.size
        return 0
      case 'malformed':
        this.#out.say({
          type: 'fault',
          wire: peerWire.name,
          fault: outcome.fault,
          side: from,
          at: outcome.at,
          resumes: false,
        })
        this.lost = true
        return bytes.length
      case 'message':
        this.need = 0
        this.messages++
        this.#read(from, outcome.message)
        return outcome.size
    }
  }

  /** Without its lengths a stream cannot be followed. */
  gap(_from: Side, _missing: number, _at: Moment): void {
    this.lost = true
  }

  end(_at: Moment): void {
    for (const from of [0, 1] as const) {
      const to = from === 0 ? 1 : 0
      for (const [content, bytes] of this.#sent[from]) {
        this.#out.say({
          type: 'transfer',
          from: this.#flow.ends[from],
          to: this.#flow.ends[to],
          content,
          bytes,
          via: 'peer',
        })
      }
    }
  }

  #read(from: Side, said: PeerMessage): void {
    const who = this.#flow.ends[from]
    const other = this.#flow.ends[from === 0 ? 1 : 0]
    switch (said.type) {
      case 'greeting': {
        const id = hex(said.id)
        this.#log(from, said.type, { id, port: said.port })
        this.#out.say({ type: 'client', who, id, listens: { ip: who.ip, port: said.port } })
        return
      }
      case 'ask': {
        const content = urnOf(said.content)
        this.#log(from, said.type, { content })
        this.#out.say({ type: 'request', by: who, of: other, what: 'ask', content })
        return
      }
      case 'tell':
        return this.#tell(from, said)
      case 'data':
        return this.#data(from, said)
      case 'other':
        return this.#log(from, said.type, { number: said.number })
    }
  }

  #tell(from: Side, said: PeerMessage & { type: 'tell' }): void {
    const content = urnOf(said.content)
    const peers = said.peers.slice(0, limits.listedMax)
    this.#log(from, said.type, { content, peers: peers.map(endpointText) })
    for (const about of peers) {
      this.#out.say({
        type: 'claim',
        by: this.#flow.ends[from],
        about,
        part: 'peer',
        carriers: 'tcp',
        via: 'tell',
        content,
      })
    }
  }

  #data(from: Side, said: PeerMessage & { type: 'data' }): void {
    const content = urnOf(said.content)
    const sent = this.#sent[from]
    if (sent.has(content) || sent.size < limits.listedMax) {
      sent.set(content, (sent.get(content) ?? 0) + said.body.length)
    }
    this.#out.count('data')
    if (this.#out.everyMessage) this.#log(from, said.type, { content })
  }

  #log(side: Side, name: string, fields: { readonly [key: string]: Json }): void {
    this.#out.say({
      type: 'message',
      log: 'tor',
      name,
      side,
      fields: { type: name, ...fields },
    })
  }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return new PeerSession(flow, out)
}
