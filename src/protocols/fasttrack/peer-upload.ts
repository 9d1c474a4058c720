/**
 * A small node as the one who is asked: files by their hash, and the list of all, over HTTP; called by
 * who wants them, or calling him (GIVE).
 *
 *     asker  GET /.hash=…            owner  206, the file
 *     asker  GET /.files             owner  403 Forbidden, cipher type, challenge
 *     asker  proof of 6 bytes        owner  200, the list
 */
import { bytesOf, concat, sameBytes } from '../../core/bytes.ts'
import type { Link, Talk } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { latin1 } from '../../core/text.ts'
import { type HttpHead, header, parseHttpHead, requestLine } from '../formats/http-head.ts'
import { fileHead, listHead, refusalHead } from './peer-heads.ts'
import type { Node } from './peer-node.ts'
import { proofOf } from './peer-seal.ts'
import { chance32 } from './peer-words.ts'
import { giveWire } from './wire/give.ts'

const PIECE_BYTES = 16_384
const PROOF_BYTES = 6
/** As in PROTOCOL. */
const CIPHER_TYPE = 38
const HASH_TARGET = /^\/\.hash=([0-9a-f]{40})$/i

/** Somebody called, or was called to be given a file: he asks over HTTP. */
export class Upload implements Talk {
  readonly #node: Node
  #challenge: number | undefined

  constructor(node: Node) {
    this.#node = node
  }

  opened(): void {}

  data(link: Link, bytes: Uint8Array): number {
    if (this.#challenge !== undefined) return this.#proof(link, bytes)
    const start = latin1(bytes, 0, 5)
    if (start.startsWith('GIVE') || 'GIVE '.startsWith(start)) return this.#given(link, bytes)
    const outcome = parseHttpHead(bytes, 0)
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'message') this.#asked(link, outcome.message)
    else link.close()
    return outcome.kind === 'message' ? outcome.size : bytes.length
  }

  /** He was asked to call. */
  #given(link: Link, bytes: Uint8Array): number {
    const outcome = giveWire.parse(bytes, 0)
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'malformed') {
      link.close()
      return bytes.length
    }
    this.#node.downloads.given(link, outcome.message.pushId)
    return outcome.size
  }

  #asked(link: Link, head: HttpHead): void {
    const target = requestLine(head)?.target ?? ''
    if (target === '/.files') {
      this.#challenge = chance32(this.#node.site)
      link.send(bytesOf(`HTTP/1.0 403 Forbidden ${CIPHER_TYPE} ${this.#challenge}\r\n\r\n`))
      return
    }
    const hash = HASH_TARGET.exec(target)?.[1]?.toLowerCase()
    const shared = hash === undefined ? undefined : this.#node.shares.at(hash)
    if (shared === undefined) {
      link.send(refusalHead(this.#node, '404 Not Found'))
      link.close()
      return
    }
    const { file } = shared
    const range = /^bytes=(\d{1,12})-/.exec(header(head, 'range') ?? '')
    const from = Math.min(Number(range?.[1] ?? 0), file.size)
    link.send(fileHead(this.#node, file, shared.hash, from))
    for (let at = from; at < file.size; at += PIECE_BYTES) {
      link.send(fileBytes(file, at, PIECE_BYTES))
    }
    link.close()
    const bytes = file.size - from
    this.#node.site.say({ type: 'served', name: file.name, bytes, to: link.remote })
  }

  #proof(link: Link, bytes: Uint8Array): number {
    if (bytes.length < PROOF_BYTES) return 0
    if (sameBytes(bytes.subarray(0, PROOF_BYTES), proofOf(this.#challenge!))) {
      const list = concat(...[...this.#node.shares.all].map(({ told }) => told))
      link.send(concat(listHead(this.#node, list.length), list))
    }
    link.close()
    return bytes.length
  }

  closed(): void {}
}

/** Calls one who could not call. */
export class Give extends Upload {
  readonly #pushId: number

  constructor(node: Node, pushId: number) {
    super(node)
    this.#pushId = pushId
  }

  override opened(link?: Link): void {
    link?.send(giveWire.emit({ pushId: this.#pushId }))
  }
}
