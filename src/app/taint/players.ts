/** Everybody around the suspect: the protocol's peers on real sockets, and marks that only take calls. */
import { createServer, type Server, type Socket } from 'node:net'
import type { Endpoint } from '../../core/address.ts'
import type { PeerKind } from '../../core/peer.ts'
import type { Player } from '../../core/taint.ts'
import { SocketHome } from '../../lab/socket-home.ts'

export class Players {
  readonly #homes: SocketHome[] = []
  readonly #mutes: Mute[] = []
  readonly #timers: NodeJS.Timeout[] = []

  /** @throws the system's error where a port is taken */
  async enter(
    kind: PeerKind,
    players: readonly Player[],
    mutes: readonly Endpoint[],
  ): Promise<void> {
    for (const at of mutes) this.#mutes.push(await Mute.at(at))
    for (const { ip, settings } of players) {
      const peer = kind.make({ ...settings, nick: 'player', isFirewalled: false })
      const home = new SocketHome(peer, ip, () => undefined)
      this.#homes.push(home)
      await home.start()
    }
    // Whoever joins somebody finds him there.
    players.forEach(({ orders, after }, i) => {
      const give = () => {
        for (const order of orders) this.#homes[i]!.peer.order(order)
      }
      if (after === undefined) give()
      else this.#timers.push(setTimeout(give, 1000 * after))
    })
  }

  async leave(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    await Promise.all([...this.#homes, ...this.#mutes].map((one) => one.stop()))
  }
}

/** Takes connections, reads what comes, and says nothing. */
class Mute {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor() {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      // What went wrong is followed by a close.
      socket.on('error', () => undefined)
      socket.on('close', () => this.#sockets.delete(socket))
      socket.resume()
    })
  }

  static at({ ip, port }: Endpoint): Promise<Mute> {
    const mute = new Mute()
    return new Promise((resolve, reject) => {
      mute.#server.once('error', reject)
      mute.#server.listen(port, ip, () => resolve(mute))
    })
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}
