/**
 * A client that has the first part of what it publishes, lets everybody wait for it, and calls nobody.
 *
 *     caller   hello                  →   ←   hello-answer
 *              request-file-name      →   ←   file-name
 *              set-request-file       →   ←   file-status           the first part alone
 *              hash-set-request       →   ←   hash-set-answer
 *              start-upload           →   ←   queue-rank, queue-ranking
 *              request-sources-2      →   ←   answer-sources-2      with the bug `injects`
 *
 * With `injects`, whom it is ordered to join it tells as sources. Source: eMule ListenSocket.cpp,
 * PartFile.cpp (`CreateSrcInfoPacket`).
 */
import { type Endpoint, parseIp4 } from '../../core/address.ts'
import { u32be } from '../../core/bytes.ts'
import { ServingPeer } from '../../core/ordered-peer.ts'
import type { Link, Order } from '../../core/peer.ts'
import { clientFrame, clientMessageOf, highIdOf, NONE, readFrame, textBytes } from './peer-node.ts'
import { type SharedFile, Shares } from './peer-shares.ts'
import { EXCHANGE_VERSION, emuleFrame, hashOf, OUR_TAGS } from './responder.ts'
import type { ClientTcpMessage } from './wire/client-tcp.ts'
import { emuleTcpWire } from './wire/emule-tcp.ts'
import { EMULE, type Frame, PACKED, unpacked } from './wire/frame.ts'
import type { Hello } from './wire/hello.ts'
import type { SourceList } from './wire/source-exchange.ts'

const VICTIMS_MAX = 64
/** His place in the queue: nobody's turn comes. */
const RANK = 5
const ENTRY_BYTES = 29
/**
 * The same in eMule's words, with ten bytes that mean nothing: who does not hear them takes the queue for
 * full, and tells nobody of it (aMule ClientTCPSocket.cpp, OP_QUEUERANKING).
 */
const RANKING = { type: 'queue-ranking', body: RANK, rest: new Uint8Array(10) } as const

export class Holder extends ServingPeer {
  readonly #shares = new Shares()
  readonly #victims: Endpoint[] = []

  protected override obey(order: Order): string | undefined {
    if (order.do === 'publish') {
      return this.#shares.add(order.file) === undefined ? 'too many files' : undefined
    }
    const isVictim = order.do === 'join' && this.settings.bugs.includes('injects')
    if (!isVictim || this.#victims.length >= VICTIMS_MAX) return 'it only waits'
    this.#victims.push(order.at)
    return undefined
  }

  data(link: Link, bytes: Uint8Array): number {
    const used = readFrame(bytes, (frame) => this.#take(link, frame))
    if (used !== 'broken') return used
    link.close()
    return bytes.length
  }

  closed(): void {}

  #take(link: Link, frame: Frame): void {
    if (frame.protocol === EMULE || frame.protocol === PACKED) return this.#emule(link, frame)
    const message = clientMessageOf(frame)
    const answer = message && this.#answer(message)
    if (answer !== undefined) link.send(clientFrame(answer))
    if (answer?.type === 'queue-rank') link.send(emuleFrame(RANKING))
  }

  #answer(asked: ClientTcpMessage): ClientTcpMessage | undefined {
    if (asked.type === 'hello') return { type: 'hello-answer', body: this.#hello, rest: NONE }
    const shared = this.#sharedOf(asked)
    if (shared === undefined) return undefined
    const { hash, parts, file } = shared
    switch (asked.type) {
      case 'request-file-name':
        return { type: 'file-name', body: { hash, name: textBytes(file.name) }, rest: NONE }
      case 'set-request-file': {
        const bitmap = new Uint8Array(Math.ceil(parts.length / 8))
        bitmap[0] = 1
        return {
          type: 'file-status',
          body: { hash, status: { parts: parts.length, bitmap } },
          rest: NONE,
        }
      }
      case 'hash-set-request':
        return { type: 'hash-set-answer', body: { hash, parts: [...parts] }, rest: NONE }
      default:
        return { type: 'queue-rank', body: RANK, rest: NONE }
    }
  }

  /** The file that a question is about; undefined where it is none about a file. */
  #sharedOf(asked: ClientTcpMessage): SharedFile | undefined {
    switch (asked.type) {
      case 'request-file-name':
        return this.#shares.at(asked.body.hash)
      case 'set-request-file':
      case 'hash-set-request':
        return this.#shares.at(asked.body)
      case 'start-upload':
        return asked.body === undefined ? undefined : this.#shares.at(asked.body)
      default:
        return undefined
    }
  }

  get #hello(): Hello {
    const { ip } = this.site
    return {
      userHash: userHashOf(ip),
      id: highIdOf(ip) ?? 0,
      port: this.settings.port,
      tags: OUR_TAGS,
      serverIp: '0.0.0.0',
      serverPort: 0,
      tail: undefined,
    }
  }

  #emule(link: Link, frame: Frame): void {
    const content = frame.protocol === PACKED ? unpacked(frame.content) : frame.content
    const outcome = content && emuleTcpWire.parse(content, 0)
    if (outcome?.kind !== 'message' || outcome.message.type !== 'request-sources-2') return
    const { hash } = outcome.message.body
    if (this.#victims.length === 0 || this.#shares.at(hash) === undefined) return
    const body = { version: EXCHANGE_VERSION, hash, list: this.#sources }
    link.send(emuleFrame({ type: 'answer-sources-2', body, rest: NONE }))
  }

  get #sources(): SourceList {
    const sources = this.#victims.map(({ ip, port }) => ({
      // From version 3 on the id is the address as a number.
      id: u32be(parseIp4(ip)!, 0),
      port,
      serverIp: '0.0.0.0',
      serverPort: 0,
      userHash: userHashOf(ip),
      options: 0,
    }))
    return { entryBytes: ENTRY_BYTES, sources }
  }
}

/** Of who has this address: whoever tells of him knows it. */
export function userHashOf(ip: string): string {
  return hashOf(highIdOf(ip) ?? 0)
}
