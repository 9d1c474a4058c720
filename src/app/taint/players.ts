/** Everybody around the suspect, on real sockets: the protocol's peers, and marks that only take calls. */
import type { Endpoint } from '../../core/address.ts'
import type { Peer, PeerKind } from '../../core/peer.ts'
import type { Player } from '../../core/taint.ts'
import { SocketHome } from '../../lab/socket-home.ts'
import { Mute } from './mute.ts'

export class Players {
  readonly #homes: SocketHome[] = []
  readonly #timers: NodeJS.Timeout[] = []

  /** @throws the system's error where a port is taken */
  async enter(
    kind: PeerKind,
    players: readonly Player[],
    mutes: readonly Endpoint[],
  ): Promise<void> {
    for (const { ip, port } of mutes) await this.#home(new Mute(port), ip)
    const peers = players.map((player) => peerOf(kind, player))
    for (const [i, peer] of peers.entries()) await this.#home(peer, players[i]!.ip)
    // Whoever joins somebody finds him there.
    for (const [i, { orders, after }] of players.entries()) {
      const give = () => {
        for (const order of orders) peers[i]!.order(order)
      }
      if (after === undefined) give()
      else this.#timers.push(setTimeout(give, 1000 * after))
    }
  }

  async #home(peer: Peer, ip: string): Promise<void> {
    const home = new SocketHome(peer, ip, () => undefined)
    this.#homes.push(home)
    await home.start()
  }

  async leave(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all(this.#homes.map((home) => home.stop()))
  }
}

export function peerOf(kind: PeerKind, { settings }: Player): Peer {
  return kind.make({ ...settings, nick: 'player', isFirewalled: false })
}
