/** The kernel's table of connections: mark one, or forget it. */
import type { Endpoint } from '../core/address.ts'
import { deleteMessage, markMessage, type Tracked } from './conntrack-wire.ts'
import { KernelError } from './libc.ts'
import { NetfilterSocket } from './netlink-socket.ts'

export class Conntrack {
  readonly #socket = new NetfilterSocket()
  /** Changes that the kernel refused, for another reason than that there is no such connection. */
  refused = 0

  /** @returns whether such a connection is tracked */
  mark(ends: readonly [Endpoint, Endpoint], protocol: number, mark: number, mask: number): boolean {
    return this.#change(ends, protocol, 'mark', (tracked, sequence) =>
      markMessage(tracked, sequence, mark, mask),
    )
  }

  /** Its next packet begins a new one. @returns whether it was tracked */
  forget(ends: readonly [Endpoint, Endpoint], protocol: number): boolean {
    return this.#change(ends, protocol, 'delete', deleteMessage)
  }

  /** Which end opened it is not known here, and where addresses are translated, both tuples differ. */
  #change(
    [one, other]: readonly [Endpoint, Endpoint],
    protocol: number,
    what: string,
    make: (tracked: Tracked, sequence: number) => Uint8Array,
  ): boolean {
    const ways: readonly Tracked[] = [
      { from: one, to: other, protocol, direction: 'first' },
      { from: other, to: one, protocol, direction: 'first' },
      { from: other, to: one, protocol, direction: 'answers' },
      { from: one, to: other, protocol, direction: 'answers' },
    ]
    return ways.some((tracked) => this.#ask(`${what} a connection`, (id) => make(tracked, id)))
  }

  #ask(what: string, make: (sequence: number) => Uint8Array): boolean {
    try {
      this.#socket.ask(what, make)
      return true
    } catch (error) {
      if (!(error instanceof KernelError)) throw error
      if (error.code !== 'ENOENT') this.refused++
      return false
    }
  }

  close(): void {
    this.#socket.close()
  }
}
