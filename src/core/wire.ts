/** The contract of one wire format: both ways, pure. */
import type { Outcome } from './outcome.ts'

export interface Wire<M> {
  /** Folder and wire, e.g. `bittorrent/peer`. */
  readonly name: string
  /** Where the layout was read: specification, source, or fixture and packet. */
  readonly source: string
  /**
   * `stream`: messages follow each other and a truncated one says `need`.
   * `datagram`: a message is all of `bytes` from `at`; a truncated one is malformed or another message.
   */
  readonly carrier: 'stream' | 'datagram'
  /** No message is longer, in bytes; `need` never asks for more. */
  readonly messageBytesMax: number
  /** The closed list of faults that `parse` may name. */
  readonly faults: readonly string[]
  /**
   * Read the message that begins at `at`. Never throws, reads nothing outside `bytes`, keeps no
   * reference beyond the message's own views (which live only as long as `bytes` is unchanged).
   */
  parse(bytes: Uint8Array, at: number): Outcome<M>
  /** The bytes of a message: `emit(parse(b)) = b` for every canonical b. */
  emit(message: M): Uint8Array
}

/** Any wire, where the message type does not matter (lists, examinations). */
// biome-ignore lint/suspicious/noExplicitAny: a list of wires of different message types
export type AnyWire = Wire<any>
