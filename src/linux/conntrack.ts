/** The kernel's table of connections: mark one, forget it, go through all. */
import type { Endpoint } from '../core/address.ts'
import {
  type Connection,
  connectionOf,
  deleteMessage,
  dumpMessage,
  type MarkFilter,
  markMessage,
  NEW,
  type Tracked,
} from './conntrack-wire.ts'
import { KernelError } from './libc.ts'
import { answerOf, eachMessage, sequenceOf, TYPE_DONE } from './netlink.ts'
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

/**
 * A walk through all connections, a part at a time: whoever walks has other things to do. What
 * comes or goes meanwhile may be told or not.
 *
 * ```ts
 * walk.begin({ value: 1, mask: 7 })
 * while (walk.step((connection) => …)) doOtherThings()
 * ```
 */
export class ConnectionWalk {
  readonly #socket = new NetfilterSocket()
  #sequence = 0
  #isOn = false

  get isOn(): boolean {
    return this.#isOn
  }

  /** From the beginning. @throws KernelError */
  begin(filter?: MarkFilter): void {
    this.#socket.send(dumpMessage(++this.#sequence, filter), 'all connections')
    this.#isOn = true
  }

  /**
   * Some hundred connections, as many as the kernel tells at once.
   * @returns whether there are more
   * @throws KernelError
   */
  step(each: (connection: Connection) => void): boolean {
    if (!this.#isOn) return false
    this.#isOn = false
    const bytes = this.#socket.take('all connections')
    this.#isOn = true
    // The kernel answers a question before it takes the next: nothing more will come.
    if (bytes.length === 0) this.#isOn = false
    eachMessage(bytes, 0, bytes.length, (type, at, end) => {
      if (sequenceOf(bytes, at) !== this.#sequence) return
      const errno = answerOf(bytes, at, end)?.errno
      if (type === TYPE_DONE || errno !== undefined) this.#isOn = false
      if (errno) throw new KernelError('all connections', errno)
      if (type !== NEW) return
      const connection = connectionOf(bytes, at, end)
      if (connection !== undefined) each(connection)
    })
    return this.#isOn
  }

  close(): void {
    this.#socket.close()
  }
}
