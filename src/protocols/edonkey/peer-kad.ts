/**
 * A small node of Kad: says hello, names others, and who has a file.
 *
 * Whom it is ordered to join it tells as a node; with the bug `injects`, as a source of whatever it is
 * asked for. It keeps nothing that is published. Its id follows from its address, so that others can tell
 * of it before they met; or, where it publishes a file, it is near the file: only such nodes are asked for
 * sources (eMule SEARCHTOLERANCE). Source: eMule kademlia/net/KademliaUDPListener.cpp.
 */
import { type Endpoint, parseIp4 } from '../../core/address.ts'
import { u32be } from '../../core/bytes.ts'
import { OrderedPeer } from '../../core/ordered-peer.ts'
import type { Order, Peer, Site } from '../../core/peer.ts'
import { distanceOf } from './crawler-kad.ts'
import { userHashOf } from './peer-holder.ts'
import { NONE, numberTag } from './peer-node.ts'
import { Shares } from './peer-shares.ts'
import { type KadBody, type KadContact, type KadEntry, kadWire } from './wire/kad.ts'
import { TAG } from './wire/tag.ts'

const VICTIMS_MAX = 64
/** Before obfuscation: whoever is told asks plainly, and is checked by a question (eMule 0.49a). */
const KAD_VERSION = 5
/** What a request wants, in its low bits, is how many. */
const WANTED_MASK = 32
const BOOTSTRAP_MAX = 20
const HIGH_ID = 1
const LOAD = 10
/** Of an id that is near a file: 32 bits. */
const NEAR_DIGITS = 8

export class KadNode extends OrderedPeer implements Peer {
  readonly #victims: Endpoint[] = []
  readonly #shares = new Shares()

  override start(site: Site): void {
    super.start(site)
    site.listen('udp', this.settings.port)
  }

  protected obey(order: Order): string | undefined {
    if (order.do === 'publish') {
      return this.#shares.add(order.file) === undefined ? 'too many files' : undefined
    }
    if (order.do !== 'join' || this.#victims.length >= VICTIMS_MAX) return 'it only answers'
    this.#victims.push(order.at)
    return undefined
  }

  get #injects(): boolean {
    return this.settings.bugs.includes('injects')
  }

  datagram(_atPort: number, from: Endpoint, bytes: Uint8Array): void {
    const outcome = kadWire.parse(bytes, 0)
    const answer =
      outcome.kind === 'message' ? this.#answer(outcome.message.message, from) : undefined
    if (answer === undefined) return
    this.site.sendTo(this.settings.port, from, kadWire.emit({ packed: false, message: answer }))
  }

  #answer(asked: KadBody, from: Endpoint): KadBody | undefined {
    const { port } = this.settings
    const id = kadIdOf(this.site.ip, this.#shares.all[0]?.hash)
    const me = { id, tcpPort: port, version: KAD_VERSION }
    switch (asked.type) {
      case 'hello-request':
        return { type: 'hello-response', body: { ...me, tags: [] }, rest: NONE }
      case 'bootstrap-request': {
        const contacts = this.#contacts(id, BOOTSTRAP_MAX)
        return { type: 'bootstrap-response', body: { ...me, contacts }, rest: NONE }
      }
      case 'request': {
        const { target, kind } = asked.body
        const contacts = this.#contacts(target, kind % WANTED_MASK)
        return { type: 'response', body: { target, contacts }, rest: NONE }
      }
      case 'search-source': {
        const { target } = asked.body
        const body = { sender: id, target, entries: this.#sources }
        return this.#injects ? { type: 'search-response', body, rest: NONE } : undefined
      }
      case 'publish-key':
      case 'publish-source':
      case 'publish-notes': {
        const body = { target: asked.body.target, load: LOAD, options: undefined }
        return { type: 'publish-response', body, rest: NONE }
      }
      case 'ping':
        return { type: 'pong', body: from.port, rest: NONE }
      case 'firewalled-request':
      case 'firewalled-request-2':
        return { type: 'firewalled-response', body: from.ip, rest: NONE }
      default:
        return undefined
    }
  }

  /** The nearest first. */
  #contacts(target: string, max: number): KadContact[] {
    if (this.#injects) return []
    return this.#victims
      .map((at) => contactOf(at))
      .sort((a, b) => distanceOf(target, a.id) - distanceOf(target, b.id))
      .slice(0, max)
  }

  get #sources(): KadEntry[] {
    return this.#victims.map(({ ip, port }) => ({
      id: userHashOf(ip),
      tags: [
        numberTag(TAG.kadSourceType, HIGH_ID),
        numberTag(TAG.kadSourceIp, u32be(parseIp4(ip)!, 0)),
        numberTag(TAG.kadTcpPort, port),
        numberTag(TAG.kadUdpPort, port),
      ],
    }))
  }

  opened(): void {}

  data(): number {
    return 0
  }

  closed(): void {}

  wake(): void {}
}

/** @param near  hash of a file that it publishes */
export function contactOf({ ip, port }: Endpoint, near?: string): KadContact {
  return { id: kadIdOf(ip, near), ip, udpPort: port, tcpPort: port, version: KAD_VERSION }
}

/** Another number than that of the same address's user hash. */
function kadIdOf(ip: string, near: string | undefined): string {
  const hash = userHashOf(ip)
  const id = hash.slice(16) + hash.slice(0, 16)
  return near === undefined ? id : near.slice(0, NEAR_DIGITS) + id.slice(NEAR_DIGITS)
}
