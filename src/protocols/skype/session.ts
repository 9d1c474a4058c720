/**
 * What a flow of the peer-to-peer Skype shows: kinds of messages, the address that a nak tells, and
 * where its clients listen, since one socket serves all conversations and its port is that for TCP too.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { DatagramSession } from '../../core/wire-session.ts'
import { type Cover, coverWire } from './wire/cover.ts'
import { type Datagram, datagramWire } from './wire/datagram.ts'

type Fields = { readonly [key: string]: Json }

function log(out: Out, side: Side, name: string, fields: Fields): void {
  out.say({ type: 'message', log: 'skype', name, side, fields: { type: name, ...fields } })
}

function claim(out: Out, by: Endpoint, about: Endpoint, via: string): void {
  out.say({ type: 'claim', by, about, part: 'peer', carriers: 'both', via })
}

class MessageSession extends DatagramSession<Datagram> {
  readonly #heard: [boolean, boolean] = [false, false]

  /** A cut datagram still says what stands first. */
  protected override readonly bearsCuts = true

  protected override read(from: Side, said: Datagram): void {
    if (!this.#heard[from]) {
      this.#heard[from] = true
      claim(this.out, this.flow.ends[from], this.flow.ends[from], 'datagram')
      // Whom a client asks he was told to be a node.
      if (from === 0) claim(this.out, this.flow.ends[0], this.flow.ends[1], 'probe')
    }
    if (said.type === 'nak') {
      log(this.out, from, 'nak', { id: said.id, seen: said.seen, kind: said.kind })
      return
    }
    this.out.count(said.type)
    if (!this.out.everyMessage) return
    const kind = said.type === 'other' ? { kind: said.kind } : {}
    log(this.out, from, said.type, { id: said.id, ...kind, bytes: said.body.length })
  }
}

/** A cover on each side; what follows is enciphered. */
class CoverSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #out: Out
  readonly #covered: [boolean, boolean] = [false, false]

  constructor(out: Out) {
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = 0
    if (this.#covered[from]) return REST
    const outcome = coverWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.#covered[from] = true
    if (outcome.kind === 'malformed') return REST
    this.messages++
    const { type }: Cover = outcome.message
    log(this.#out, from, type, {})
    return outcome.size
  }

  gap(from: Side): void {
    this.#covered[from] = true
  }

  end(): void {}
}

/** Links that only their endpoints name are enciphered from the first byte. */
class EncipheredSession implements Session {
  need = 0
  messages = 0
  lost = false

  data(): number {
    return REST
  }

  gap(): void {}

  end(): void {}
}

export function openSession(flow: FlowFacts, out: Out): Session {
  if (flow.carrier === 'udp') return new MessageSession(datagramWire, flow, out)
  return flow.fromStart ? new CoverSession(out) : new EncipheredSession()
}
