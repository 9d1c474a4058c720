/**
 * A client is asked which other sources of a file it knows.
 *
 *     hello                                     →
 *                                               ←   hello-answer
 *     multipacket: set-request-file,
 *     request-sources-2 (or request-sources)    →
 *                                               ←   file-status, answer-sources(-2)  or  no-such-file
 *
 * The file is named because eMule answers only for the file that was asked after; no place in the queue is
 * asked for, without which nothing is ever sent of it. Both stand in one message where the other knows
 * that, as with eMule: aMule up to 2.3.3 hangs up on request-sources-2 that stands alone, for its size. The hello has a LowID of no server, so that nobody hands us
 * on. Clients that speak source exchange 2 say in which version a list is; of others it
 * is the one that they announced, and where the entries are of another, both readings of an address are told.
 * Source: eMule ListenSocket.cpp (`OP_REQUESTSOURCES2`), PartFile.cpp (`CreateSrcInfoPacket`,
 * `AddClientSources`), BaseClient.cpp (`SendFileRequest`).
 */
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import { limits } from '../../core/limits.ts'
import { ANSWERED, NextStep, SECOND_MICROS, UNANSWERED } from './crawler-step.ts'
import { clientFrame, clientMessageOf, NONE, readFrame } from './peer-node.ts'
import { EXCHANGE_VERSION, emuleFrame, hashOf, OUR_TAGS } from './responder.ts'
import { urnOf } from './speaker.ts'
import type { ClientTcpMessage } from './wire/client-tcp.ts'
import { type EmuleTcpMessage, emuleTcpWire } from './wire/emule-tcp.ts'
import { EDONKEY, type Frame, PACKED, unpacked } from './wire/frame.ts'
import { type Capabilities, capabilities, type Hello, udpPortsOf } from './wire/hello.ts'
import type { Question as FileQuestion } from './wire/multipacket.ts'
import { addressUnder, readingsOf, type SourceList } from './wire/source-exchange.ts'

/** The least LowID: "I cannot be called". */
const LOW_ID = 1
/** CONNECTION_TIMEOUT of eMule's opcodes.h; aMule 2.3.3 now and then reads half a minute late. */
const PATIENCE_MICROS = 40 * SECOND_MICROS
/** Sources stand before or right behind the answer that the file is there. */
const SOURCES_MICROS = 5 * SECOND_MICROS

export class ExchangeInterview implements Interview {
  readonly #question: Question
  readonly #hash: string
  #theirs: Capabilities | undefined
  /** It has the file, or some of it. */
  #hasFile = false

  constructor(question: Question, hash: string) {
    this.#question = question
    this.#hash = hash
  }

  opened(micros: number): Step {
    const next = new NextStep()
    next.send(clientFrame({ type: 'hello', body: this.#hello, rest: NONE }))
    next.wakeAt(micros + PATIENCE_MICROS)
    return next.step()
  }

  get #hello(): Hello {
    return {
      ...{ userHash: hashOf(this.#question.self), id: LOW_ID, port: 0, tags: OUR_TAGS },
      ...{ serverIp: '0.0.0.0', serverPort: 0, tail: undefined },
    }
  }

  data(bytes: Uint8Array, micros: number): Step {
    const next = new NextStep()
    const used = readFrame(bytes, (frame) => this.#take(frame, next, micros))
    return used === 'broken' ? { ...UNANSWERED, used: bytes.length } : next.step(used)
  }

  #take(frame: Frame, next: NextStep, micros: number): void {
    if (frame.protocol === EDONKEY) {
      const message = clientMessageOf(frame)
      if (message !== undefined) this.#client(message, next, micros)
      return
    }
    const content = frame.protocol === PACKED ? unpacked(frame.content) : frame.content
    const outcome = content && emuleTcpWire.parse(content, 0)
    if (outcome?.kind === 'message') this.#emule(outcome.message, next, micros)
  }

  #client(message: ClientTcpMessage, next: NextStep, micros: number): void {
    switch (message.type) {
      case 'hello-answer':
        return this.#met(message.body, next, micros)
      case 'file-status':
        return this.#there(next, micros)
      case 'no-such-file':
        if (message.body === this.#hash) next.end('answered')
        return
      default:
    }
  }

  #met(said: Hello, next: NextStep, micros: number): void {
    if (this.#theirs !== undefined) return
    this.#theirs = capabilities(said.tags)
    const { ip } = this.#question.whom
    const kad = udpPortsOf(said)?.kad ?? 0
    if (kad !== 0) next.tell({ at: { ip, port: kad }, part: 'kad' })
    if (said.serverPort !== 0 && said.serverIp !== '0.0.0.0') {
      next.tell({ at: { ip: said.serverIp, port: said.serverPort }, part: 'server' })
    }
    const { source_exchange_2, source_exchange, multipacket } = this.#theirs
    // Who speaks neither kind has no words for an answer.
    if (source_exchange_2 === undefined && source_exchange === undefined) {
      return next.end('answered')
    }
    const isSecond = source_exchange_2 === 1
    next.send(...(multipacket === 1 ? this.#inOne(isSecond) : this.#oneByOne(isSecond)))
    next.wakeAt(micros + PATIENCE_MICROS)
  }

  #inOne(isSecond: boolean): Uint8Array[] {
    const hash = this.#hash
    const { size } = this.#question
    const sources: FileQuestion = isSecond
      ? { type: 'request-sources-2', version: EXCHANGE_VERSION, options: 0 }
      : { type: 'request-sources' }
    const questions = [{ type: 'set-request-file' } as const, sources]
    const isSized = size !== undefined && this.#theirs?.extended_multipacket === 1
    if (!isSized)
      return [emuleFrame({ type: 'multipacket', body: { hash, questions }, rest: NONE })]
    return [emuleFrame({ type: 'multipacket-ext', body: { hash, size, questions }, rest: NONE })]
  }

  #oneByOne(isSecond: boolean): Uint8Array[] {
    const hash = this.#hash
    const second = { version: EXCHANGE_VERSION, options: 0, hash }
    return [
      clientFrame({ type: 'set-request-file', body: hash, rest: NONE }),
      isSecond
        ? emuleFrame({ type: 'request-sources-2', body: second, rest: NONE })
        : emuleFrame({ type: 'request-sources', body: hash, rest: NONE }),
    ]
  }

  #there(next: NextStep, micros: number): void {
    this.#hasFile = true
    next.wakeAt(micros + SOURCES_MICROS)
  }

  #emule(message: EmuleTcpMessage, next: NextStep, micros: number): void {
    if (message.type === 'multipacket-answer') {
      return message.body.hash === this.#hash ? this.#there(next, micros) : undefined
    }
    if (message.type !== 'answer-sources' && message.type !== 'answer-sources-2') return
    const { body } = message
    if (body.hash !== this.#hash) return
    const version = 'version' in body ? body.version : this.#agreed()
    next.tell(...this.#sources(body.list, version))
    next.end('answered')
  }

  /** Who announced our version and sends entries of another: the bytes allow both readings. */
  #agreed(): number | undefined {
    const theirs = this.#theirs?.source_exchange
    return theirs !== undefined && theirs < EXCHANGE_VERSION ? theirs : undefined
  }

  #sources({ entryBytes, sources }: SourceList, version: number | undefined): Told[] {
    const content = urnOf(this.#hash)
    const readings = readingsOf(entryBytes, version)
    const told: Told[] = []
    for (const { id, port, userHash } of sources.slice(0, limits.listedMax)) {
      for (const reading of readings) {
        const ip = addressUnder(reading, id)
        if (ip === undefined) continue
        told.push({
          ...{ at: { ip, port }, part: 'peer', content },
          ...(userHash !== undefined && { id: userHash }),
          ...(readings.length > 1 && { reading }),
        })
      }
    }
    return told
  }

  /** eMule does not answer where it knows nobody. */
  tick(): Step {
    return this.#hasFile ? ANSWERED : UNANSWERED
  }
}
