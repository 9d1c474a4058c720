/**
 * A small Gnutella peer: a servent of 0.4, an ultrapeer or a leaf of 0.6.
 *
 *     peer-node        who it is, its clock, its lies
 *     peer-handshake   how two agree on a link
 *     peer-overlay     links, pings and pongs        peer-lane, peer-routes: one link, ways back
 *     peer-search      queries, hits, pushes         peer-dynamic, peer-qrp: whom to ask
 *     peer-shares      its files
 *     peer-upload, peer-download, peer-browse        HTTP between peers
 *
 * It does what the specifications say and no more: no UDP, no out-of-band hits, no deflated links,
 * no tables between ultrapeers, no election of ultrapeers.
 */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import type { Link, Order, Peer, PeerKind, PeerSettings, Site, Talk } from '../../core/peer.ts'
import { latin1 } from '../../core/text.ts'
import { Browse } from './peer-browse.ts'
import { Downloads } from './peer-download.ts'
import { Answerer } from './peer-handshake.ts'
import { BUGS, Node, ROLES } from './peer-node.ts'
import { Overlay } from './peer-overlay.ts'
import { Shares } from './peer-shares.ts'
import { Upload } from './peer-upload.ts'

class GnutellaPeer implements Peer {
  readonly #node: Node
  readonly #shares: Shares
  readonly #overlay: Overlay
  readonly #downloads: Downloads

  constructor(settings: PeerSettings) {
    this.#node = new Node(settings)
    this.#shares = new Shares(this.#node)
    this.#overlay = new Overlay(this.#node, this.#shares)
    this.#downloads = new Downloads(this.#node, this.#overlay.search)
    this.#overlay.search.onPush = (index, to) => this.#pushed(index, to)
  }

  start(site: Site): void {
    this.#node.start(site)
  }

  opened(link: Link): void {
    if (link.byUs) talkOf(link).opened(link)
    else link.state = new Arrival(this.#arrivals)
  }

  data(link: Link, bytes: Uint8Array): number {
    return talkOf(link).data(link, bytes)
  }

  closed(link: Link, why: 'closed' | 'refused'): void {
    talkOf(link).closed(link, why)
  }

  /** It takes no datagrams. */
  datagram(): void {}

  wake(): void {
    this.#node.woken()
    const now = this.#node.site.nowMicros
    const next = Math.min(this.#overlay.wake(now), this.#downloads.wake(now))
    if (Number.isFinite(next)) this.#node.alarm(next)
  }

  order(order: Order): void {
    const why = this.#do(order)
    if (why !== undefined) this.#node.site.say({ type: 'failed', order: order.do, why })
  }

  /** @returns why it cannot be done, or undefined */
  #do(order: Order): string | undefined {
    switch (order.do) {
      case 'join':
        this.#overlay.join(order.at, true)
        return undefined
      case 'publish': {
        const content = this.#shares.add(order.file)
        if (content === undefined) return 'too many files'
        this.#node.site.say({ type: 'published', name: order.file.name, content })
        this.#overlay.filesChanged()
        return undefined
      }
      case 'search':
        return this.#overlay.search.begin(order.text, order.ttl)
      case 'fetch':
        return this.#downloads.begin(order.name, order.content)
      case 'browse': {
        const at = parseEndpoint(order.of)
        if (at === undefined) return 'nobody has a nick here'
        this.#node.site.connect(at).state = new Browse(this.#node, at)
        return undefined
      }
      case 'leave':
        this.#downloads.end()
        if (!this.#overlay.leave()) return 'no links'
        this.#node.site.say({ type: 'left' })
        return undefined
      default:
        return 'not understood'
    }
  }

  /** Somebody wants a file and cannot call. */
  #pushed(index: number, to: Endpoint): void {
    if (to.port === 0 || this.#shares.byIndex(index) === undefined) return
    this.#node.site.connect(to).state = new Upload(this.#node, this.#shares, index)
  }

  readonly #arrivals: Arrivals = {
    link: () => new Answerer(this.#overlay),
    request: () => new Upload(this.#node, this.#shares),
    given: (link, servent, index) => this.#downloads.given(link, servent, index),
  }
}

interface Arrivals {
  link(): Talk
  request(): Talk
  given(link: Link, servent: string, index: number): void
}

const GIV_BYTES_MAX = 1024

/** Somebody called: his first bytes say what for. */
class Arrival implements Talk {
  readonly #arrivals: Arrivals

  constructor(arrivals: Arrivals) {
    this.#arrivals = arrivals
  }

  opened(): void {}

  data(link: Link, bytes: Uint8Array): number {
    if (bytes.length < 4) return 0
    const start = latin1(bytes, 0, 4)
    if (start === 'GIV ') return this.#given(link, bytes)
    if (start === 'GNUT') link.state = this.#arrivals.link()
    else if (start === 'GET ' || start === 'HEAD') link.state = this.#arrivals.request()
    else {
      link.close()
      return bytes.length
    }
    return talkOf(link).data(link, bytes)
  }

  /** `GIV 1:0123…/name LF LF` */
  #given(link: Link, bytes: Uint8Array): number {
    const line = latin1(bytes, 0, GIV_BYTES_MAX)
    const match = /^GIV (\d{1,9}):([0-9A-Fa-f]{32})\/[^\n]*\r?\n\r?\n/.exec(line)
    if (match === null) {
      if (bytes.length < GIV_BYTES_MAX) return 0
      link.close()
      return bytes.length
    }
    this.#arrivals.given(link, match[2]!, Number(match[1]))
    return match[0].length
  }

  closed(): void {}
}

function talkOf(link: Link): Talk {
  return link.state as Talk
}

export const peer: PeerKind = {
  roles: ROLES,
  bugs: BUGS,
  make: (settings) => new GnutellaPeer(settings),
}
