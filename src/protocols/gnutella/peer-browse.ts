/** Asks a servent for the list of all it shares. Source: doc/gnutella/browse_host of gtk-gnutella. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Link, Talk } from '../../core/peer.ts'
import {
  emitHttpHead,
  type HttpHead,
  header,
  parseHttpHead,
  statusLine,
} from '../formats/http-head.ts'
import type { Node } from './peer-node.ts'
import { extensionsOf, urnsOf } from './wire/extensions.ts'
import { parseMessage } from './wire/message.ts'
import type { QueryHit } from './wire/query-hit.ts'

export class Browse implements Talk {
  readonly #node: Node
  readonly #at: Endpoint
  /** Bytes of the list that are still to come; -1: its head is not here yet. */
  #left = -1
  #files = 0

  constructor(node: Node, at: Endpoint) {
    this.#node = node
    this.#at = at
  }

  opened(link: Link): void {
    const headers = [
      ['Host', endpointText(this.#at)],
      ['User-Agent', 'PeerscopeLab/1.0'],
      ['Accept', 'application/x-gnutella-packets'],
    ] as const
    link.send(emitHttpHead({ startLine: 'GET / HTTP/1.1', headers }))
  }

  data(link: Link, bytes: Uint8Array): number {
    if (this.#left < 0) return this.#head(link, bytes)
    const outcome = parseMessage(bytes, 0)
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'malformed') return this.#fail(link, outcome.fault, bytes.length)
    this.#left -= outcome.size
    if (outcome.message.payload.type === 'query-hit') this.#tell(outcome.message.payload)
    if (this.#left <= 0) this.#finish(link)
    return outcome.size
  }

  #head(link: Link, bytes: Uint8Array): number {
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') return 0
    const size = outcome.kind === 'message' ? sizeOf(outcome.message) : undefined
    if (size === undefined) return this.#fail(link, 'no list', bytes.length)
    this.#left = size
    if (size === 0) this.#finish(link)
    return outcome.kind === 'message' ? outcome.size : bytes.length
  }

  #tell({ hits, ip, port }: QueryHit): void {
    for (const { name, size, extra } of hits) {
      this.#files++
      const content = urnsOf(extensionsOf(extra, 0, extra.length))[0]?.urn
      const more = content === undefined ? {} : { content }
      const text = endpointText(this.#at)
      this.#node.site.say({ type: 'found', text, name, size, at: { ip, port }, ...more })
    }
  }

  #finish(link: Link): void {
    link.close()
    this.#node.site.say({ type: 'searched', text: endpointText(this.#at), hits: this.#files })
  }

  #fail(link: Link, why: string, used: number): number {
    link.close()
    this.closed(link, why)
    return used
  }

  closed(_link: Link, why: string): void {
    this.#node.site.say({ type: 'failed', order: 'browse', why })
  }
}

function sizeOf(head: HttpHead): number | undefined {
  const length = /^\d{1,15}$/.exec(header(head, 'content-length') ?? '')
  return statusLine(head)?.code === 200 && length !== null ? Number(length[0]) : undefined
}
