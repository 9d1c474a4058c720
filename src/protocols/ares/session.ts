/** Links to supernodes, requests for files, and what they tell of clients and files. */
import type { Endpoint } from '../../core/address.ts'
import { ip4 } from '../../core/address.ts'
import { bytesOf, fromHex, hex, u16le } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { type Fields, FlowTeller, other } from '../../core/flow-teller.ts'
import { limits } from '../../core/limits.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { latin1, text } from '../../core/text.ts'
import { sha1Urn } from '../formats/urn.ts'
import { loginIn, nodesIn, resultIn } from './bodies.ts'
import { handshakeNumbers, unscrambled } from './cipher.ts'
import { type Frame, frameWire, NAMES, PLAIN_ANSWER } from './wire/frame.ts'
import { type FileRequest, requestWire } from './wire/request.ts'

class Teller extends FlowTeller {
  log(side: Side, name: string, fields: Fields): void {
    const all = { type: name, ...fields }
    this.out.say({ type: 'message', log: 'ares', name, side, fields: all })
  }

  claim(
    side: Side,
    about: Endpoint,
    part: 'peer' | 'supernode',
    via: string,
    content?: string,
  ): void {
    const by = this.who(side)
    const more = content === undefined ? {} : { content }
    this.out.say({ type: 'claim', by, about, part, carriers: 'both', via, ...more })
  }

  request(side: Side, what: string, content: string): void {
    const [by, of] = [this.who(side), this.who(other(side))]
    this.out.say({ type: 'request', by, of, what, content })
  }
}

class LinkSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #tell: Teller
  /** The answer has said that bodies are not enciphered. */
  #isPlain = false
  #isAnswered = false

  constructor(tell: Teller) {
    this.#tell = tell
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    const outcome = frameWire.parse(bytes, 0)
    if (outcome.kind !== 'message') {
      this.need = outcome.kind === 'need' ? outcome.size : 0
      return 0
    }
    this.need = 0
    this.messages++
    this.#read(from, outcome.message)
    return outcome.size
  }

  #read(from: Side, { kind, body }: Frame): void {
    const name = NAMES.get(kind) ?? 'other'
    if (from === 1 && !this.#isAnswered) return this.#answer(kind, body)
    const bytes = body.length
    this.#tell.log(from, name, { ...(name === 'other' ? { kind } : {}), bytes })
    if (!this.#isPlain) return
    if (name === 'login' && from === 0) this.#login(body)
    if (name === 'result' && from === 1) this.#result(body)
    if (name === 'locate' && body.length >= 20) this.#tell.request(from, 'locate', sha1Urn(body))
  }

  /** Whoever answers tells other supernodes, scrambled with the port he was called at. */
  #answer(kind: number, body: Uint8Array): void {
    this.#isAnswered = true
    this.#isPlain = kind === PLAIN_ANSWER
    const name = NAMES.get(kind) ?? 'other'
    const plain = unscrambled(body, handshakeNumbers(this.#tell.flow.ends[1].port))
    const nodes = name === 'answer' ? nodesIn(plain) : []
    const children = plain.length >= 2 && name === 'answer' ? { children: u16le(plain, 0) } : {}
    const list = nodes.map(({ ip, port }) => `${ip}:${port}`)
    this.#tell.log(1, name, { kind, bytes: body.length, ...children, nodes: list })
    for (const node of nodes) this.#tell.claim(1, node, 'supernode', 'answer')
  }

  #login(body: Uint8Array): void {
    const login = loginIn(body)
    if (login === undefined) return
    const who = this.#tell.flow.ends[0]
    const { nick, software, port } = login
    const listens = port > 0 ? { listens: { ip: who.ip, port } } : {}
    this.#tell.out.say({ type: 'client', who, software, nick, ...listens })
    if (port > 0) this.#tell.claim(0, { ip: who.ip, port }, 'peer', 'login')
  }

  #result(body: Uint8Array): void {
    const result = resultIn(body)
    if (result === undefined) return
    const { user, supernode, sha1, size, extension } = result
    const content = sha1Urn(sha1)
    this.#tell.claim(1, supernode, 'supernode', 'result')
    this.#tell.claim(1, user, 'peer', 'result', content)
    const name = extension === undefined || extension === '' ? {} : { name: extension }
    const sized = size === undefined ? {} : { size }
    this.#tell.out.say({ type: 'share', by: user, content, via: 'result', ...name, ...sized })
  }

  gap(): void {
    this.lost = true
  }

  end(): void {}
}

const ASK = /^(GET sha1:|PUSH SHA1:)(\S{27,64})/
const HEAD_BYTES_MAX = 4096

/** A hash of 20 bytes, or undefined where the text is none (decoding what is no base64 throws). */
function fromBase64(value: string): Uint8Array | undefined {
  return /^[A-Za-z0-9+/]{27}=$/.test(value) ? bytesOf(atob(value)) : undefined
}

/** Requests in text or binary; the answer is a file, of which only bytes are counted. */
class TransferSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #tell: Teller
  readonly #asked: [boolean, boolean] = [false, false]
  readonly #bytes: [number, number] = [0, 0]
  #content: string | undefined

  constructor(tell: Teller) {
    this.#tell = tell
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    this.need = 0
    if (this.#asked[from] || (this.#content !== undefined && this.#asked[from === 0 ? 1 : 0])) {
      this.#bytes[from] += bytes.length
      return bytes.length
    }
    return bytes[0] === 0x47 || bytes[0] === 0x50
      ? this.#line(from, bytes)
      : this.#binary(from, bytes)
  }

  #line(from: Side, bytes: Uint8Array): number {
    const end = bytes.indexOf(0x0a)
    if (end < 0 && bytes.length < HEAD_BYTES_MAX) {
      this.need = bytes.length + 1
      return 0
    }
    const match = ASK.exec(latin1(bytes, 0, Math.min(bytes.length, 128)))
    if (match === null) return this.#lose(bytes)
    const isGet = match[1] === 'GET sha1:'
    const sha1 = isGet ? fromBase64(match[2]!) : fromHex(match[2]!.slice(0, 40))
    if (sha1?.length !== 20) return this.#lose(bytes)
    this.#content = sha1Urn(sha1)
    this.messages++
    if (!isGet) {
      this.#tell.log(from, 'push', { content: this.#content })
      const by = this.#tell.flow.ends[from]
      this.#tell.out.say({ type: 'share', by, content: this.#content, via: 'push' })
      // Now the other side asks.
      this.#content = undefined
      return end + 1
    }
    this.#asked[from] = true
    this.#tell.log(from, 'get', { content: this.#content })
    this.#tell.request(from, 'download', this.#content)
    return end + 1
  }

  #binary(from: Side, bytes: Uint8Array): number {
    const outcome = requestWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    if (outcome.kind === 'malformed') return this.#lose(bytes)
    this.messages++
    this.#asked[from] = true
    this.#fields(from, outcome.message)
    return outcome.size
  }

  #lose(bytes: Uint8Array): number {
    if (this.messages === 0) this.lost = true
    return Math.max(1, bytes.length)
  }

  #fields(from: Side, { fields }: FileRequest): void {
    const value = (kind: number) => fields.find((field) => field.kind === kind)?.value
    const content = sha1Urn(value(1)!)
    this.#content = content
    const nick = text(value(2) ?? new Uint8Array(0))
    const software = text(value(9) ?? new Uint8Array(0))
    const kinds = fields.slice(0, limits.listedMax).map(({ kind }) => hex(Uint8Array.of(kind)))
    this.#tell.log(from, 'get', { content, nick, software, fields: kinds })
    const who = this.#tell.flow.ends[from]
    this.#tell.out.say({ type: 'client', who, nick, software })
    this.#tell.request(from, 'download', content)
    const nodes = value(3)
    if (nodes?.length !== 16) return
    const [supernode, own] = [0, 6].map((at) => ({
      ip: ip4(nodes, at),
      port: u16le(nodes, at + 4),
    }))
    this.#tell.claim(from, supernode!, 'supernode', 'request')
    this.#tell.claim(from, own!, 'peer', 'request')
  }

  gap(from: Side): void {
    if (!this.#asked[from] && this.#content === undefined) this.lost = true
  }

  end(): void {
    if (this.#content === undefined) return
    for (const from of [0, 1] as const) {
      const bytes = this.#bytes[from]
      if (this.#asked[from] || bytes === 0) continue
      const [source, to] = [this.#tell.flow.ends[from], this.#tell.flow.ends[from === 0 ? 1 : 0]]
      const content = this.#content
      this.#tell.out.say({ type: 'transfer', from: source, to, content, bytes, via: 'peer' })
    }
  }
}

/** Contacts and keys of the DHT are Kademlia's; their layouts are not read here. */
class DhtSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #tell: Teller

  constructor(tell: Teller) {
    this.#tell = tell
  }

  data(from: Side, bytes: Uint8Array): number {
    if (bytes.length < 2) return bytes.length
    this.messages++
    this.#tell.out.count('dht')
    if (this.#tell.out.everyMessage)
      this.#tell.log(from, 'dht', { kind: bytes[1]!, bytes: bytes.length })
    return REST
  }

  gap(): void {}

  end(): void {}
}

export function openSession(flow: FlowFacts, out: Out): Session {
  const tell = new Teller(flow, out)
  if (flow.part === 'dht') return new DhtSession(tell)
  return flow.part === 'supernode' ? new LinkSession(tell) : new TransferSession(tell)
}
