/** Who speaks, by the keys that stand in clear; addresses and all else are encrypted. */
import { hex } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { datagramWire, type ToxDatagram } from './wire/datagram.ts'

/** They come by the thousand. */
const COUNTED = new Set([
  'crypto-data',
  'ping',
  'pong',
  'group',
  'onion',
  'onion-answer',
  'announce',
  'forward',
  'store',
  'other',
])

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.carrier === 'udp' ? new NodeSession(datagramWire, flow, out) : new RelaySession()
}

class NodeSession extends DatagramSession<ToxDatagram> {
  protected override readonly bearsCuts = true
  readonly #keys: [string, string] = ['', '']

  protected override read(
    from: Side,
    { kind, name, key }: ToxDatagram,
    { length: size }: Uint8Array,
  ): void {
    const id = key === undefined ? undefined : hex(key)
    if (id !== undefined && this.#keys[from] !== id) {
      this.#keys[from] = id
      const who = this.flow.ends[from]
      this.out.say({ type: 'client', who, software: 'Tox', id })
      // The one message that says where a node is: its own address, by being sent from there.
      if (name === 'lan-discovery') {
        const claim = { type: 'claim', by: who, about: who, part: 'dht', carriers: 'udp' } as const
        this.out.say({ ...claim, via: name, id })
      }
    }
    if (COUNTED.has(name) && !this.out.everyMessage) return this.out.count(name)
    const fields: { [key: string]: Json } = { type: name, size }
    if (name === 'other') fields.number = kind
    if (id !== undefined) fields.key = id
    this.out.say({ type: 'message', log: 'tox', name, side: from, fields })
  }
}

/** A connection to a relay: frames of bytes that nobody can read. */
class RelaySession implements Session {
  need = 0
  messages = 0
  readonly lost = false

  data(_from: Side, bytes: Uint8Array): number {
    this.messages = 1
    return bytes.length
  }

  pass(): boolean {
    return this.messages > 0
  }

  gap(): void {}
  end(): void {}
}
