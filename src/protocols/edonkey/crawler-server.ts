/**
 * A server of the index is asked who has a file, and which other servers it knows.
 *
 *     over TCP    login (id 0, port 0)          →
 *                                               ←   id-change
 *                 get-sources, get-server-list  →
 *                                               ←   found-sources, server-list
 *     over UDP    udp-get-sources(-2)           →   ←   udp-found-sources
 *                 server-list-request-2         →   ←   udp-server-list
 *
 * The login names port 0, where nobody can be called: a server that tries it gives a LowID, which it hands
 * on to nobody. No file is offered, so that nobody is told that there is one here. Who has no source for a file is silent about it; the list of
 * servers is asked for behind, so that its answer says that there is none.
 * Source: eMule sockets.cpp (`ConnectionEstablished`), DownloadQueue.cpp (`SendLocalSrcRequest`,
 * `SendNextUDPPacket`), UDPSocket.cpp; a server's UDP port is the one of TCP and 4 (Server.cpp).
 */
import type { Endpoint } from '../../core/address.ts'
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import { limits } from '../../core/limits.ts'
import { NextStep, NOTHING, SECOND_MICROS, UNANSWERED } from './crawler-step.ts'
import { loginTags, NONE, readFrame, serverFrame, serverMessageOf } from './peer-node.ts'
import { hashOf, OUR_NAME } from './responder.ts'
import { urnOf } from './speaker.ts'
import { addressOfId, type FileSize, type Source } from './wire/entries.ts'
import type { ServerTcpMessage } from './wire/server-tcp.ts'
import { type ServerUdpMessage, serverUdpWire } from './wire/server-udp.ts'

const UDP_PORT_FROM_TCP = 4
const PORT_MAX = 65_535
/** A server tries the caller's port before it gives an id. */
const LOGIN_MICROS = 30 * SECOND_MICROS
const ANSWER_MICROS = 10 * SECOND_MICROS
const DATAGRAM_MICROS = 4 * SECOND_MICROS
const TRIES = 3
const WIDE_FROM = 2 ** 32

/** By TCP. */
export class ServerInterview implements Interview {
  readonly #question: Question
  readonly #hash: string | undefined
  #isIn = false

  constructor(question: Question, hash: string | undefined) {
    this.#question = question
    this.#hash = hash
  }

  opened(micros: number): Step {
    const userHash = hashOf(this.#question.self)
    const body = { userHash, id: 0, port: 0, tags: loginTags(OUR_NAME) }
    const next = new NextStep()
    next.send(serverFrame({ type: 'login', body, rest: NONE }))
    next.wakeAt(micros + LOGIN_MICROS)
    return next.step()
  }

  data(bytes: Uint8Array, micros: number): Step {
    const next = new NextStep()
    const used = readFrame(bytes, (frame) => {
      const message = serverMessageOf(frame)
      if (message !== undefined) this.#take(message, next, micros)
    })
    return used === 'broken' ? { ...UNANSWERED, used: bytes.length } : next.step(used)
  }

  #take(message: ServerTcpMessage, next: NextStep, micros: number): void {
    switch (message.type) {
      case 'id-change':
        return this.#ask(next, micros)
      case 'found-sources':
      case 'found-sources-obfuscated':
        return next.tell(...sourcesOf(message.body.hash, message.body.sources))
      case 'server-list':
        next.tell(...serversOf(message.body))
        if (this.#isIn) next.end('answered')
        return
      case 'reject':
        return next.end('unanswered')
      default:
    }
  }

  #ask(next: NextStep, micros: number): void {
    if (this.#isIn) return
    this.#isIn = true
    if (this.#hash !== undefined) {
      const body = { hash: this.#hash, size: sizeOf(this.#question.size) }
      next.send(serverFrame({ type: 'get-sources', body, rest: NONE }))
    }
    next.send(serverFrame({ type: 'get-server-list', body: null, rest: NONE }))
    next.wakeAt(micros + ANSWER_MICROS)
  }

  /** A server that let us in and says nothing of the file knows nobody. */
  tick(): Step {
    return this.#isIn ? { ...NOTHING, done: 'answered' } : UNANSWERED
  }
}

/** By UDP. */
export class ServerUdpInterview implements Interview {
  readonly #question: Question
  readonly #hash: string | undefined
  #tries = 0
  #hasSources = false
  #hasServers = false

  constructor(question: Question, hash: string | undefined) {
    this.#question = question
    this.#hash = hash
    this.#hasSources = hash === undefined
  }

  opened(micros: number): Step {
    return this.#say(micros)
  }

  #say(micros: number): Step {
    this.#tries++
    const next = new NextStep()
    if (!this.#hasSources) next.send(serverUdpWire.emit(this.#request(this.#hash!)))
    if (!this.#hasServers) {
      next.send(serverUdpWire.emit({ type: 'server-list-request-2', body: null, rest: NONE }))
    }
    next.wakeAt(micros + DATAGRAM_MICROS)
    return next.step()
  }

  /** Newer servers want the size as well, and older do not know the request that has it. */
  #request(hash: string): ServerUdpMessage {
    const size = sizeOf(this.#question.size)
    return size === undefined
      ? { type: 'udp-get-sources', body: [hash], rest: NONE }
      : { type: 'udp-get-sources-2', body: [{ hash, size }], rest: NONE }
  }

  datagram(bytes: Uint8Array): Step {
    const outcome = serverUdpWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return NOTHING
    const { message } = outcome
    const next = new NextStep()
    if (message.type === 'udp-found-sources') {
      this.#hasSources = true
      for (const { hash, sources } of message.body) next.tell(...sourcesOf(hash, sources))
    } else if (message.type === 'udp-server-list') {
      this.#hasServers = true
      next.tell(...serversOf(message.body))
    }
    if (this.#hasSources && this.#hasServers) next.end('answered')
    return next.step()
  }

  tick(micros: number): Step {
    if (this.#tries < TRIES) return this.#say(micros)
    const hasHeard = this.#hasServers || (this.#hasSources && this.#hash !== undefined)
    return hasHeard ? { ...NOTHING, done: 'answered' } : UNANSWERED
  }
}

function sizeOf(size: number | undefined): FileSize | undefined {
  return size === undefined ? undefined : { size, wide: size >= WIDE_FROM }
}

/** Those that can be called. */
function sourcesOf(hash: string, sources: readonly Source[]): Told[] {
  const content = urnOf(hash)
  return sources.slice(0, limits.listedMax).flatMap(({ id, port }) => {
    const ip = addressOfId(id)
    return ip === undefined ? [] : [{ at: { ip, port }, part: 'peer', content }]
  })
}

/** Each server by both of its ports. */
function serversOf(servers: readonly Endpoint[]): Told[] {
  return servers.slice(0, limits.listedMax).flatMap(({ ip, port }) => {
    const told: Told[] = [{ at: { ip, port }, part: 'server' }]
    const udp = port + UDP_PORT_FROM_TCP
    if (udp <= PORT_MAX) told.push({ at: { ip, port: udp }, part: 'server-udp' })
    return told
  })
}
