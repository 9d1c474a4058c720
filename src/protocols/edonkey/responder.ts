/**
 * A client at a dark address: says who it is, hears which file is wanted, asks the caller for the
 * sources that he knows of it, and says that it has no such file. In Kad, a node that knows nobody.
 *
 *     caller   hello                       →
 *                                          ←   hello-answer
 *              emule-info                  →   ←   emule-info-answer
 *              set-request-file, request-
 *              file-name, multipacket …    →
 *                                          ←   request-sources-2, no-such-file       once a file
 *              answer-sources-2            →
 *
 * Source: eMule ListenSocket.cpp, BaseClient.cpp (`SendHelloTypePacket`), PartFile.cpp; KademliaUDPListener.cpp.
 */
import { hex } from '../../core/bytes.ts'
import { randomFrom } from '../../core/random.ts'
import type { Answer, Call, Responder } from '../../core/responder.ts'
import { clientFrame, highIdOf, NONE, numberTag, readFrame, textTag } from './peer-node.ts'
import { clientTcpWire } from './wire/client-tcp.ts'
import { type EmuleTcpMessage, emuleTcpWire } from './wire/emule-tcp.ts'
import { EDONKEY, EMULE, type Frame, frameWire, PACKED, unpacked } from './wire/frame.ts'
import type { Hello } from './wire/hello.ts'
import { type KadBody, kadWire } from './wire/kad.ts'
import { TAG, type Tag } from './wire/tag.ts'

/** By which who is called, or asked, knows what called. */
export const OUR_NAME = 'Peerscope'
const VERSION = 60
/** Compatible client 0, version 0.50 a: callers speak eMule's extensions to it. */
const EMULE_VERSION = 0xc800
/** Source exchange of version 4 in bits 15 to 12, unicode in bit 28. */
const OPTIONS_1 = 0x1000_4000
/** Large files, source exchange 2. */
const OPTIONS_2 = 0x0410
export const EXCHANGE_VERSION = 4
const INFO_VERSION = 0x32
const INFO_PROTOCOL = 1
const KAD_VERSION = 8
/** What a hello says of us: a client of today that exchanges sources. */
export const OUR_TAGS: readonly Tag[] = [
  textTag(TAG.name, OUR_NAME),
  numberTag(TAG.version, VERSION),
  numberTag(TAG.emuleVersion, EMULE_VERSION),
  numberTag(TAG.emuleOptions1, OPTIONS_1),
  numberTag(TAG.emuleOptions2, OPTIONS_2),
]
/** Files asked for on one connection; more are not asked for. */
const FILES_MAX = 64
const BYTES_OF_HASH = 16
/** eMule and its kin are told by these two bytes of their user hash: 0e, 6f. */
const MARKS = [
  [5, 0x0e],
  [14, 0x6f],
] as const

export function makeResponder(call: Call): Responder {
  return new ClientResponder(call)
}

class ClientResponder implements Responder {
  readonly #call: Call
  readonly #asked = new Set<string>()
  #send: Uint8Array[] = []

  constructor(call: Call) {
    this.#call = call
  }

  data(bytes: Uint8Array): Answer {
    this.#send = []
    const used = readFrame(bytes, (frame) => this.#take(frame))
    if (used === 'broken') return { used: bytes.length, send: [], done: true }
    return { used, send: this.#send, done: false }
  }

  #take(frame: Frame): void {
    if (frame.protocol === EDONKEY) return this.#plain(frame.content)
    const content = frame.protocol === PACKED ? unpacked(frame.content) : frame.content
    if (content !== undefined) this.#extended(content)
  }

  #plain(content: Uint8Array): void {
    const outcome = clientTcpWire.parse(content, 0)
    if (outcome.kind !== 'message') return
    const { message } = outcome
    switch (message.type) {
      case 'hello':
        this.#send.push(clientFrame({ type: 'hello-answer', body: this.#hello, rest: NONE }))
        return
      case 'request-file-name':
        return this.#wanted(message.body.hash)
      case 'set-request-file':
      case 'hash-set-request':
        return this.#wanted(message.body)
      case 'start-upload':
        return message.body === undefined ? undefined : this.#wanted(message.body)
      default:
    }
  }

  #extended(content: Uint8Array): void {
    const outcome = emuleTcpWire.parse(content, 0)
    if (outcome.kind !== 'message') return
    const { message } = outcome
    switch (message.type) {
      case 'emule-info': {
        const body = { version: INFO_VERSION, protocol: INFO_PROTOCOL, tags: [] }
        this.#send.push(emuleFrame({ type: 'emule-info-answer', body, rest: NONE }))
        return
      }
      case 'multipacket':
      case 'multipacket-ext':
        return this.#wanted(message.body.hash)
      case 'multipacket-ext-2':
        return message.body.file.hash === undefined
          ? undefined
          : this.#wanted(message.body.file.hash)
      default:
    }
  }

  /** The file that is wanted is the one whose sources are worth asking for. */
  #wanted(hash: string): void {
    if (this.#asked.has(hash) || this.#asked.size >= FILES_MAX) return
    this.#asked.add(hash)
    const body = { version: EXCHANGE_VERSION, options: 0, hash }
    this.#send.push(emuleFrame({ type: 'request-sources-2', body, rest: NONE }))
    this.#send.push(clientFrame({ type: 'no-such-file', body: hash, rest: NONE }))
  }

  get #hello(): Hello {
    const { called, self } = this.#call
    return {
      userHash: hashOf(self),
      id: highIdOf(called.ip) ?? 0,
      port: called.port,
      tags: OUR_TAGS,
      serverIp: '0.0.0.0',
      serverPort: 0,
      tail: undefined,
    }
  }

  datagram(bytes: Uint8Array): Uint8Array | undefined {
    const outcome = kadWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return undefined
    const answer = this.#kad(outcome.message.message)
    return answer && kadWire.emit({ packed: false, message: answer })
  }

  /** Nothing is taken in store: who publishes hears nothing. */
  #kad(asked: KadBody): KadBody | undefined {
    switch (asked.type) {
      case 'hello-request': {
        const { called, self } = this.#call
        const body = { id: hashOf(self), tcpPort: called.port, version: KAD_VERSION, tags: [] }
        return { type: 'hello-response', body, rest: NONE }
      }
      case 'request':
        return { type: 'response', body: { target: asked.body.target, contacts: [] }, rest: NONE }
      default:
        return undefined
    }
  }
}

export function emuleFrame(message: EmuleTcpMessage): Uint8Array {
  const content = emuleTcpWire.emit(message)
  return frameWire.emit({ protocol: EMULE, opcode: content[0]!, content })
}

/** A user hash or node id: the same for the same number. */
export function hashOf(seed: number): string {
  const next = randomFrom(seed)
  const bytes = Uint8Array.from({ length: BYTES_OF_HASH }, () => next() % 256)
  for (const [at, mark] of MARKS) bytes[at] = mark
  return hex(bytes)
}
