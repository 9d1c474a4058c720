/** A connection through a proxy's tunnel: the heads of both sides are passed, the rest is read. */
import { type Endpoint, endpointText, parseEndpoint } from '../../core/address.ts'
import { hasAt } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { parseHttpHead, requestLine } from '../formats/http-head.ts'
import { socksAnswer, socksAsk, socksDatagram } from '../formats/socks.ts'
import { CONNECT } from './recognise-tunnel.ts'

/** Opens the session of what is inside. */
export type OpenInside = (flow: FlowFacts, out: Out) => Session

export class TunnelSession implements Session {
  need = 0
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #open: OpenInside
  readonly #passed: [boolean, boolean] = [false, false]
  #inside: Session | undefined

  constructor(flow: FlowFacts, out: Out, open: OpenInside) {
    this.#flow = flow
    this.#out = out
    this.#open = open
  }

  get messages(): number {
    return this.#inside?.messages ?? 0
  }

  get lost(): boolean {
    return this.#inside?.lost ?? false
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    this.need = 0
    if (!this.#passed[from]) {
      const size = this.#head(from, bytes)
      if (size !== 0) return size
      if (!this.#passed[from]) return 0
    }
    const inside = this.#enter()
    const used = inside.data(from, bytes, at)
    this.need = inside.need
    return used
  }

  /** @returns bytes of the head; 0 where it is not all there, or none (then it counts as passed) */
  #head(from: Side, bytes: Uint8Array): number {
    const socks = from === 0 ? socksAsk(bytes) : socksAnswer(bytes)
    if (socks === 'more') {
      this.need = bytes.length + 1
      return 0
    }
    if (socks !== 'no') {
      this.#passed[from] = true
      if (from === 0) this.#enter(socks.endpoint)
      return socks.size
    }
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.#passed[from] = true
    if (outcome.kind === 'malformed') return 0
    if (hasAt(bytes, 0, CONNECT)) {
      const target = requestLine(outcome.message)?.target
      this.#enter(target === undefined ? undefined : parseEndpoint(target))
    }
    return outcome.size
  }

  /** Who is spoken to through the tunnel stands in the head, where it is an address and no name. */
  #enter(peer?: Endpoint): Session {
    if (this.#inside === undefined) {
      const [opener, proxy] = this.#flow.ends
      const flow = { ...this.#flow, ends: [opener, peer ?? proxy] as const }
      this.#inside = this.#open(flow, this.#out)
    }
    return this.#inside
  }

  gap(from: Side, missing: number, at: Moment): void {
    this.#passed[from] = true
    this.#enter().gap(from, missing, at)
  }

  end(at: Moment): void {
    this.#inside?.end(at)
  }
}

/** Datagrams through a SOCKS proxy: each names its far end, and each far end has a session of its own. */
export class RelayedSession implements Session {
  need = 0
  readonly lost = false
  messages = 0
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #open: OpenInside
  /** By far end; who was silent longest comes first. */
  readonly #inside = new Map<string, Session>()

  constructor(flow: FlowFacts, out: Out, open: OpenInside) {
    this.#flow = flow
    this.#out = out
    this.#open = open
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    const head = socksDatagram(bytes)
    if (head === undefined) return bytes.length
    // Who is asked for by name is not known by address: then the proxy stands for him.
    const session = this.#enter(head.endpoint ?? this.#flow.ends[1], at)
    const before = session.messages
    const { wireSize, ...moment } = at
    const cut = wireSize === undefined ? moment : { ...moment, wireSize: wireSize - head.size }
    session.data(from, bytes.subarray(head.size), cut)
    this.messages += session.messages - before
    return bytes.length
  }

  #enter(peer: Endpoint, at: Moment): Session {
    const key = endpointText(peer)
    const known = this.#inside.get(key)
    if (known !== undefined) {
      this.#inside.delete(key)
      this.#inside.set(key, known)
      return known
    }
    if (this.#inside.size >= limits.wrappedStreamsMax) {
      const [oldest] = this.#inside.keys()
      this.#inside.get(oldest!)!.end(at)
      this.#inside.delete(oldest!)
    }
    const flow = { ...this.#flow, ends: [this.#flow.ends[0], peer] as const }
    const session = this.#open(flow, this.#out)
    this.#inside.set(key, session)
    return session
  }

  gap(): void {}

  end(at: Moment): void {
    for (const session of this.#inside.values()) session.end(at)
  }
}
