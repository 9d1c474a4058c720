/**
 * Who asks one node of the DHT, again and again: for nodes close to some id, and for peers of the contents
 * that it wants. Of what it publishes it tells the node that it takes part. It answers nobody, and says so
 * (BEP 43), so that nobody keeps it as a node. Source: BEP 5.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { fromHex } from '../../core/bytes.ts'
import { TimedPeer } from '../../core/ordered-peer.ts'
import type { Order, Peer, Site } from '../../core/peer.ts'
import { BDict } from '../formats/bencode.ts'
import { chanceBytes, contentOf, ID_BYTES, infoHashOf, programOf, SECOND } from './peer-node.ts'
import { torrentOfFile } from './peer-torrent.ts'
import { krpcQuery, krpcWire } from './wire/krpc.ts'

const AGAIN_MICROS = 10 * SECOND
const CONTENTS_MAX = 16
const TRANSACTION_BYTES = 2

export class Asker extends TimedPeer implements Peer {
  #id: Uint8Array = new Uint8Array(0)
  #node: Endpoint | undefined
  /** Info hash → whether it says that it takes part. */
  readonly #contents = new Map<string, boolean>()
  /** Transaction in hex → for which content a token is awaited. */
  readonly #awaited = new Map<string, string>()

  override start(site: Site): void {
    super.start(site)
    this.#id = chanceBytes(site, ID_BYTES)
    site.listen('udp', this.settings.port)
  }

  protected obey(order: Order): string | undefined {
    switch (order.do) {
      case 'join':
        this.#node = order.at
        this.alarm(this.site.nowMicros)
        return undefined
      case 'publish':
        return this.#add(torrentOfFile(order.file).infoHash, true)
      case 'fetch':
        return this.#add(infoHashOf(order.content), false)
      default:
        return 'it only asks'
    }
  }

  #add(infoHash: string | undefined, isOurs: boolean): string | undefined {
    if (infoHash === undefined) return 'no link'
    if (this.#contents.size >= CONTENTS_MAX) return 'too many contents'
    this.#contents.set(infoHash, isOurs)
    if (isOurs) this.site.say({ type: 'published', name: infoHash, content: contentOf(infoHash) })
    return undefined
  }

  protected woken(now: number): number {
    this.#awaited.clear()
    this.#ask('find_node', { target: chanceBytes(this.site, ID_BYTES) })
    for (const [infoHash, isOurs] of this.#contents) {
      const transaction = this.#ask('get_peers', { info_hash: fromHex(infoHash) })
      if (isOurs) this.#awaited.set(transaction, infoHash)
    }
    return now + AGAIN_MICROS
  }

  #ask(method: string, args: Readonly<Record<string, Uint8Array | number>>): string {
    const transaction = chanceBytes(this.site, TRANSACTION_BYTES)
    const { port } = this.settings
    const dict = BDict.of({ ...args, id: this.#id })
    const query = krpcQuery(method, transaction, dict, {
      ro: 1,
      v: programOf(this.settings).dht,
    })
    this.site.sendTo(port, this.#node!, krpcWire.emit(query))
    return transaction.join()
  }

  datagram(_atPort: number, from: Endpoint, bytes: Uint8Array): void {
    const outcome = krpcWire.parse(bytes, 0)
    if (this.#node === undefined || endpointText(from) !== endpointText(this.#node)) return
    if (outcome.kind !== 'message' || outcome.message.kind !== 'reply') return
    const { transaction, values } = outcome.message
    const infoHash = this.#awaited.get(transaction.join())
    const token = values.bytes('token')
    if (infoHash === undefined || token === undefined) return
    this.#awaited.delete(transaction.join())
    const { port } = this.settings
    const args = { implied_port: 0, info_hash: fromHex(infoHash), port, token: token.slice() }
    this.#ask('announce_peer', args)
  }

  opened(): void {}

  data(): number {
    return 0
  }

  closed(): void {}
}
