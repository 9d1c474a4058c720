/** Pings, searches and downloads → who is there, who looks for what. */
import { bytesOf } from '../../core/bytes.ts'
import type { Json, Side } from '../../core/event.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { text } from '../../core/text.ts'
import { datagramWire } from './wire/datagram.ts'
import { requestWire } from './wire/request.ts'

class DatagramSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(side: Side, bytes: Uint8Array, _at: Moment): number {
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind === 'malformed') {
      const { fault, at } = outcome
      this.#out.say({ type: 'fault', wire: datagramWire.name, fault, side, at, resumes: true })
    }
    if (outcome.kind !== 'message') return bytes.length
    const said = outcome.message
    const who = this.#flow.ends[side]
    this.messages++
    switch (said.type) {
      case 'ping':
        say(this.#out, side, { type: 'ping', version: said.version })
        break
      case 'pong':
        say(this.#out, side, { type: 'pong', version: said.version })
        this.#out.say({ type: 'client', who, software: 'Soribada', listens: who })
        break
      case 'search': {
        const words = text(said.words)
        say(this.#out, side, { type: 'search', format: said.format, words })
        this.#out.say({ type: 'search', by: who, via: 'search', text: words })
      }
    }
    return bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}
}

const COLON = bytesOf(':')[0]

class DownloadSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #flow: FlowFacts
  readonly #out: Out

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(side: Side, bytes: Uint8Array, _at: Moment): number {
    if (side === 1) return REST
    const outcome = requestWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.need = 0
    if (outcome.kind === 'malformed') {
      const { fault, at } = outcome
      this.#out.say({ type: 'fault', wire: requestWire.name, fault, side, at, resumes: false })
      this.lost = true
      return bytes.length
    }
    this.messages++
    const line = outcome.message.name
    const name = text(line, line[0] === COLON ? 1 : 0).trim()
    say(this.#out, side, { type: 'request', name })
    const [by, of] = this.#flow.ends
    this.#out.say({ type: 'request', by, of, what: 'download', name })
    if (isTraversal(name)) {
      const why = `asks for a file by a path that leaves its folder: ${name}`
      this.#out.say({ type: 'threat', threat: 'path-traversal', severity: 'high', by, why })
    }
    return REST
  }

  gap(_from: Side, _missing: number, _at: Moment): void {
    this.lost = true
  }

  end(_at: Moment): void {}
}

function isTraversal(name: string): boolean {
  return name.split(/[\\/]/).includes('..')
}

function say(
  out: Out,
  side: Side,
  fields: { readonly [key: string]: Json } & { type: string },
): void {
  out.say({ type: 'message', log: 'soribada', name: fields.type, side, fields })
}

export function openSession(flow: FlowFacts, out: Out): Session {
  return flow.carrier === 'tcp' ? new DownloadSession(flow, out) : new DatagramSession(flow, out)
}
