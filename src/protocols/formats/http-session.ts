/**
 * Sessions of connections that are HTTP. What heads and bodies mean is their protocol's; how they
 * follow each other, what moved in all, and what asking outside a shared folder is, is the same for all.
 */
import type { Side, TransferSaid } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out, Session } from '../../core/protocol.ts'
import { textOf } from './http-head.ts'
import { type HttpBody, HttpExchange, type HttpHandler, type HttpMessage } from './http-stream.ts'

/** What bytes belong to. */
export type Moved = Pick<TransferSaid, 'content' | 'name' | 'via'>

export abstract class HttpSession implements Session, HttpHandler {
  need = 0
  protected readonly flow: FlowFacts
  protected readonly out: Out
  protected readonly http: HttpExchange
  readonly #wire: string
  /** What each side sent, by content, else by name. */
  readonly #moved: readonly [Map<string, Sum>, Map<string, Sum>] = [new Map(), new Map()]

  /** @param wire  as faults name it */
  constructor(wire: string, flow: FlowFacts, out: Out) {
    this.#wire = wire
    this.flow = flow
    this.out = out
    this.http = new HttpExchange(this, flow.fromStart)
  }

  get messages(): number {
    return this.http.messages
  }

  /** What follows an upgrade is another protocol's. */
  get lost(): boolean {
    return this.http.upgraded
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    if (this.http.upgraded) return bytes.length
    const used = this.http.data(from, bytes, at)
    this.need = this.http.need
    return used
  }

  gap(from: Side, missing: number, at: Moment): void {
    if (!this.http.upgraded) this.http.gap(from, missing, at)
  }

  end(at: Moment): void {
    this.http.end(at)
    const { ends } = this.flow
    for (const side of [0, 1] as const) {
      const [from, to] = side === 0 ? ends : [ends[1], ends[0]]
      for (const { what, bytes } of this.#moved[side].values()) {
        const { via, ...named } = what
        this.out.say({ type: 'transfer', from, to, ...named, bytes, via })
      }
    }
  }

  abstract head(message: HttpMessage, at: Moment): number
  abstract body(message: HttpMessage, body: HttpBody, at: Moment): void

  fault(fault: string, side: Side, at: number): void {
    this.out.say({ type: 'fault', wire: this.#wire, fault, side, at, resumes: true })
  }

  /** Counts what a side sent of a content: it is said once, when the connection ends. */
  protected moved(side: Side, bytes: number, what: Moved): void {
    const moved = this.#moved[side]
    const key = what.content ?? `/${what.name ?? ''}`
    const known = moved.get(key)
    if (known !== undefined) known.bytes += bytes
    else if (moved.size < limits.listedMax) moved.set(key, { what, bytes })
  }

  protected tellAskedOutside(side: Side, target: string): void {
    this.out.say({
      type: 'threat',
      threat: 'path-traversal',
      severity: 'medium',
      by: this.flow.ends[side],
      why: `asks for a path that leaves the shared folder: ${textOf(target).slice(0, 200)}`,
    })
  }
}

interface Sum {
  readonly what: Moved
  bytes: number
}
