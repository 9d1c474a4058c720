/** A connection through a proxy's tunnel: the heads of both sides are passed, the rest is read. */
import { parseEndpoint } from '../../core/address.ts'
import { hasAt } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { type HttpHead, parseHttpHead, requestLine } from '../formats/http-head.ts'
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
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.#passed[from] = true
    if (outcome.kind === 'malformed') return 0
    if (hasAt(bytes, 0, CONNECT)) this.#enter(outcome.message)
    return outcome.size
  }

  /** Who is spoken to through the tunnel stands in the head, where it is an address and no name. */
  #enter(head?: HttpHead): Session {
    if (this.#inside === undefined) {
      const target = head === undefined ? undefined : requestLine(head)?.target
      const peer = target === undefined ? undefined : parseEndpoint(target)
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
