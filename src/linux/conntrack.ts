/** The kernel's table of connections: mark one, or forget it. */
import type { Endpoint } from '../core/address.ts'
import { deleteMessage, markMessage, type Tracked } from './conntrack-wire.ts'
import { KernelError } from './libc.ts'
import { NetfilterSocket } from './netlink-socket.ts'

export class Conntrack {
  readonly #socket = new NetfilterSocket()

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

  /**
   * Where addresses are translated, the kernel knows a connection by what its opener wrote; what the
   * other end answers is seen here as it was translated for.
   */
  #change(
    [opener, other]: readonly [Endpoint, Endpoint],
    protocol: number,
    what: string,
    make: (tracked: Tracked, sequence: number) => Uint8Array,
  ): boolean {
    const ways: readonly Tracked[] = [
      { from: opener, to: other, protocol, direction: 'first' },
      { from: other, to: opener, protocol, direction: 'answers' },
    ]
    return ways.some((tracked) => {
      try {
        this.#socket.ask(`${what} a connection`, (sequence) => make(tracked, sequence))
        return true
      } catch (error) {
        if (error instanceof KernelError && error.code === 'ENOENT') return false
        throw error
      }
    })
  }

  close(): void {
    this.#socket.close()
  }
}
