/** Names and versions of nodes; what follows the keys is sealed and passed over. */
import type { Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { type MetaLine, metaWire } from './wire/meta.ts'

class MetaSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    const outcome = metaWire.parse(bytes, 0)
    this.need = 0
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    // A side that sent its key line speaks under a cipher from there on; 1.1 does so at once.
    if (outcome.kind === 'malformed') return REST
    this.messages++
    this.#read(from, outcome.message)
    return outcome.message.type === 'metakey' ? REST : outcome.size
  }

  gap(): void {
    this.lost = true
  }

  end(): void {}

  #read(from: Side, said: MetaLine): void {
    const who = this.#flow.ends[from]
    if (said.type === 'id') {
      const { name, version } = said
      this.#say(from, said.type, { node: name, version })
      this.#out.say({ type: 'client', who, software: 'tinc', version, nick: name })
      return
    }
    const { cipher, digest, macLength, compression, key } = said
    const keyBits = 4 * key.length
    this.#say(from, said.type, {
      cipher,
      digest,
      mac_length: macLength,
      compression,
      key_bits: keyBits,
    })
  }

  #say(side: Side, type: string, fields: Readonly<Record<string, string | number>>): void {
    this.#out.say({ type: 'message', log: 'tinc', name: type, side, fields: { type, ...fields } })
  }
}

/** A tunnel is sealed whole: its datagrams are counted. */
class TunnelSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #out: Out

  constructor(out: Out) {
    this.#out = out
  }

  data(_from: Side, bytes: Uint8Array): number {
    this.messages++
    this.#out.count('sealed')
    return bytes.length
  }

  gap(): void {}

  end(): void {}
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.carrier === 'udp' ? new TunnelSession(out) : new MetaSession(flow, out)
}
