/**
 * A small peer as the server of a transfer: over a connection that somebody made, or that a push
 * asked for.
 *
 *     GIV <index>:<GUID, hex>/<name> LF LF       first, where it was pushed
 *     GET /get/<index>/<name> …                  0.4
 *     GET /uri-res/N2R?urn:sha1:… …              HUGE 0.94
 *     GET / …, Accept: application/x-gnutella-packets      all files, as hits
 *
 * Source: Gnutella 0.4 section 4; doc/gnutella/huge, browse_host of gtk-gnutella; RFC 9110 section 14
 * (ranges).
 */
import { bytesOf, concat } from '../../core/bytes.ts'
import type { Link, PeerFile, Talk } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import {
  emitHttpHead,
  type HttpHead,
  header,
  parseHttpHead,
  requestLine,
} from '../formats/http-head.ts'
import type { Node } from './peer-node.ts'
import type { Shares } from './peer-shares.ts'
import { asksToBrowse, urnInTarget } from './transfer-request.ts'
import { emitMessage } from './wire/message.ts'

const PIECE_BYTES = 65_536
const SERVER = 'PeerscopeLab/1.0'

export class Upload implements Talk {
  readonly #node: Node
  readonly #shares: Shares
  /** Index of the file that a push asked for. */
  readonly #pushed: number | undefined

  constructor(node: Node, shares: Shares, pushed?: number) {
    this.#node = node
    this.#shares = shares
    this.#pushed = pushed
  }

  opened(link: Link): void {
    const name = this.#shares.byIndex(this.#pushed ?? -1)?.name ?? ''
    link.send(bytesOf(`GIV ${this.#pushed}:${this.#node.shownGuid}/${name}\n\n`))
  }

  data(link: Link, bytes: Uint8Array): number {
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'malformed') {
      link.close()
      return bytes.length
    }
    this.#serve(link, outcome.message)
    return outcome.size
  }

  closed(): void {}

  #serve(link: Link, head: HttpHead): void {
    const request = requestLine(head)
    if (request === undefined) return link.close()
    if (asksToBrowse(head) && request.target === '/') return this.#browse(link)
    const file = this.#wanted(request.target)
    const range = file && rangeOf(head, file.size)
    if (file === undefined || range === undefined) {
      const startLine = file === undefined ? 'HTTP/1.1 404 Not Found' : 'HTTP/1.1 416 No such range'
      const headers = [['Server', SERVER] as const, ['Content-Length', '0'] as const]
      link.send(emitHttpHead({ startLine, headers }))
      return
    }
    const [from, to] = range
    link.send(this.#answer(file, from, to))
    if (request.method === 'HEAD') return
    for (let at = from; at < to; at += PIECE_BYTES) {
      link.send(fileBytes(file, at, Math.min(PIECE_BYTES, to - at)))
    }
    const { name } = file
    this.#node.site.say({ type: 'served', name, bytes: to - from, to: link.remote })
  }

  #wanted(target: string): PeerFile | undefined {
    const urn = urnInTarget(target)?.urn
    if (urn !== undefined) return this.#shares.byUrn(urn)?.file
    const index = /^\/get\/(\d{1,9})\//.exec(target)?.[1]
    return index === undefined ? undefined : this.#shares.byIndex(Number(index))
  }

  #answer(file: PeerFile, from: number, to: number): Uint8Array {
    const isPart = from > 0 || to < file.size
    const part = ['Content-Range', `bytes ${from}-${to - 1}/${file.size}`] as const
    const common = [
      ['Content-Type', 'application/binary'],
      ['Content-Length', String(to - from)],
      ...(isPart ? [part] : []),
    ] as const
    if (this.#node.role === 'servent') {
      // As the specification of 0.4 writes it, without a version.
      const startLine = isPart ? 'HTTP 206 Partial Content' : 'HTTP 200 OK'
      return emitHttpHead({ startLine, headers: [['Server', 'Gnutella'], ...common] })
    }
    const startLine = isPart ? 'HTTP/1.1 206 Partial Content' : 'HTTP/1.1 200 OK'
    const urn = ['X-Gnutella-Content-URN', this.#shares.urnOf(file)] as const
    return emitHttpHead({ startLine, headers: [['Server', SERVER], ...common, urn] })
  }

  #browse(link: Link): void {
    const messages = this.#shares.all().map((payload) => {
      return emitMessage({ guid: this.#node.newGuid(), kind: 0x81, ttl: 1, hops: 0, payload })
    })
    const body = concat(...messages)
    const headers = [
      ['Server', SERVER],
      ['Content-Type', 'application/x-gnutella-packets'],
      ['Content-Length', String(body.length)],
    ] as const
    link.send(concat(emitHttpHead({ startLine: 'HTTP/1.1 200 OK', headers }), body))
  }
}

/** What of a file is asked for: from, to behind the last byte; undefined where there is none. */
function rangeOf(head: HttpHead, size: number): readonly [number, number] | undefined {
  const asked = /^bytes=(\d{1,15})-(\d{1,15})?$/.exec(header(head, 'range') ?? '')
  if (asked === null) return [0, size]
  const from = Number(asked[1])
  const to = asked[2] === undefined ? size : Math.min(size, Number(asked[2]) + 1)
  return from < to || size === 0 ? [from, to] : undefined
}
