/**
 * What callers at dark addresses want: contents that some ask for in the clear are those that others may
 * hide in encryption. What only the honeynet could find out becomes an event with the packet that told it.
 */
import type { Event } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { Standing } from '../../core/standing.ts'
import type { Wish } from '../../services/honeynet/connection.ts'

export class Wishes {
  readonly #contents = new Set<string>()
  #list: readonly string[] = []
  #wish: Wish | undefined
  readonly #consume: (event: Event) => void

  /** @param known  URNs that an operator names */
  constructor(known: readonly string[], consume: (event: Event) => void) {
    this.#consume = consume
    for (const content of known) this.#learn(content)
  }

  get contents(): readonly string[] {
    return this.#list
  }

  #learn(content: string): void {
    if (this.#contents.has(content)) return
    const [oldest] = this.#contents
    if (this.#contents.size >= limits.honeynetContentsMax) this.#contents.delete(oldest!)
    this.#contents.add(content)
    this.#list = [...this.#contents]
  }

  /** It was found out from the packet that is about to be read. */
  wish(wish: Wish): void {
    this.#wish = wish
  }

  /** A packet was read. */
  read(
    of: { readonly standing: Pick<Standing, 'flow'> | undefined },
    packet: { capture: string; frame: number; micros: number },
  ): void {
    if (this.#wish === undefined) return
    const flow = of.standing?.flow
    if (flow === undefined) return
    const { caller, called, family, content } = this.#wish
    this.#wish = undefined
    const { capture, frame, micros } = packet
    const stamp = {
      family,
      flow,
      micros,
      capture,
      frame,
      ends: [caller, called],
      carrier: 'tcp',
    } as const
    this.#consume({ type: 'request', by: caller, of: called, what: 'encrypted', content, ...stamp })
  }

  /** Shown every event of the callers. */
  see(event: Event): void {
    if (event.type === 'request' && event.content !== undefined) this.#learn(event.content)
  }
}
