/** A peer of no protocol: takes connections, reads what comes, and says nothing. */
import type { Link, Peer, Site } from '../../core/peer.ts'

export class Mute implements Peer {
  readonly #port: number

  constructor(port: number) {
    this.#port = port
  }

  start(site: Site): void {
    site.listen('tcp', this.#port)
  }

  opened(): void {}

  data(_link: Link, bytes: Uint8Array): number {
    return bytes.length
  }

  closed(): void {}

  datagram(): void {}

  wake(): void {}

  order(): void {}
}
