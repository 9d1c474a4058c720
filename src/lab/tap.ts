/** Somebody who sees every packet of a network in memory. Times in microseconds since 1970. */
import type { Endpoint } from '../core/address.ts'
import type { Home } from './home.ts'
import type { Ends } from './memory-link.ts'

export interface Tap {
  /** SYN */
  opening(micros: number, ends: Ends, by: Home): void
  /** SYN and ACK */
  accepted(micros: number, ends: Ends, by: Home): void
  /** The opener's ACK. */
  established(micros: number, ends: Ends): void
  /** RST instead of SYN and ACK. */
  refused(micros: number, ends: Ends): void
  piece(micros: number, ends: Ends, side: 0 | 1, bytes: Uint8Array): void
  /** FIN of one side. */
  closing(micros: number, ends: Ends, side: 0 | 1): void
  datagram(micros: number, from: Endpoint, to: Endpoint, bytes: Uint8Array, by: Home): void
}
