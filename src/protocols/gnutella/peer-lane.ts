/** One link of a small peer's overlay, and what happens to a message on its way over several. */
import type { Link, Talk } from '../../core/peer.ts'
import type { Agreed } from './peer-handshake.ts'
import type { Role } from './peer-node.ts'
import type { LeafTable } from './peer-qrp.ts'

/** Links a message may cross in all; 7 is the customary number of Gnutella 0.4. */
export const LIFE_MAX = 7
/** Link number of what this peer asked itself; links count from the next. */
export const OWN = 1

export interface LaneOwner {
  /** @returns bytes used */
  take(lane: Lane, bytes: Uint8Array): number
  /** The other end is gone. */
  lost(lane: Lane): void
}

export class Lane implements Talk {
  readonly link: Link
  readonly number: number
  readonly other: Role
  readonly bye: boolean
  readonly #owner: LaneOwner
  /** Which queries a leaf wants to see. */
  table: LeafTable | undefined

  constructor(owner: LaneOwner, link: Link, number: number, { other, bye }: Agreed) {
    this.#owner = owner
    this.link = link
    this.number = number
    this.other = other
    this.bye = bye
  }

  opened(): void {}

  data(_link: Link, bytes: Uint8Array): number {
    return this.#owner.take(this, bytes)
  }

  closed(): void {
    this.#owner.lost(this)
  }
}

/** The same message, one link further. */
export function aged(bytes: Uint8Array, ttl: number, hops: number): Uint8Array {
  const older = bytes.slice()
  older[17] = ttl
  older[18] = hops
  return older
}
