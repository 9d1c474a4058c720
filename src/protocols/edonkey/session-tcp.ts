/**
 * One TCP connection: frames out of both streams, handed to what reads a server link or a link
 * between clients. Which it is shows with the first frame (LOGIN or HELLO), or, from the middle of
 * a connection, with the first opcode that only one of them has.
 */
import { u32le, u64le } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import type { FlowFacts, Out, Session } from '../../core/protocol.ts'
import { type DataHead, dataHead, findChain, HEAD_BYTES, type Link, linkOf } from './frame-chain.ts'
import { fieldsOf } from './log-fields.ts'
import { ClientLink } from './session-client.ts'
import { ServerLink } from './session-server.ts'
import { Speaker } from './speaker.ts'
import { CLIENT_TCP, type ClientTcpMessage } from './wire/client-tcp.ts'
import { EMULE_TCP, type EmuleTcpMessage } from './wire/emule-tcp.ts'
import { EMULE, type Frame, frameWire, PACKED, unpacked } from './wire/frame.ts'
import { Cursor, hash16 } from './wire/layout.ts'
import { SERVER_TCP, type ServerTcpMessage } from './wire/server-tcp.ts'

/** Bytes searched in vain for a frame before the stream is given up. */
const SEARCH_BYTES_MAX = 1_048_576

/** Only data or its bookkeeping: counted, said only where every message is wanted. */
const COUNTED = new Set(['request-parts', 'request-parts-64', 'queue-rank', 'queue-ranking'])

export class TcpSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #say: Speaker
  readonly #server: ServerLink
  readonly #client: ClientLink
  #link: Link | undefined
  #synced: [boolean, boolean]
  readonly #offsets: [number, number] = [0, 0]
  readonly #searched: [number, number] = [0, 0]

  constructor(flow: FlowFacts, out: Out) {
    this.#say = new Speaker(flow, out)
    this.#server = new ServerLink(this.#say)
    this.#client = new ClientLink(this.#say)
    if (flow.part === 'server') this.#link = 'server'
    if (flow.part === 'peer') this.#link = 'client'
    this.#synced = [flow.fromStart, flow.fromStart]
  }

  data(from: Side, bytes: Uint8Array): number {
    this.need = 0
    const used = this.#synced[from] ? this.#frame(from, bytes) : this.#search(from, bytes)
    this.#offsets[from] += used
    return used
  }

  gap(from: Side, missing: number): void {
    this.#synced[from] = false
    this.#searched[from] = 0
    this.#offsets[from] += missing
  }

  end(): void {
    this.#client.end()
  }

  #search(from: Side, bytes: Uint8Array): number {
    const { at, found, need } = findChain(bytes)
    this.need = need
    if (found) {
      this.#synced[from] = true
      this.#searched[from] = 0
      // Nothing is used where the frame stands first: the next call reads it.
      return at > 0 ? at : this.#frame(from, bytes)
    }
    this.#searched[from] += at
    if (this.#searched[from] > SEARCH_BYTES_MAX) {
      const resting = this.#searched[from === 0 ? 1 : 0]
      this.lost = this.messages === 0 || resting > 0
      this.#searched[from] = 1
    }
    return at
  }

  #frame(from: Side, bytes: Uint8Array): number {
    if (bytes.length < HEAD_BYTES) {
      // The protocol byte alone can already be wrong.
      const early = frameWire.parse(bytes, 0)
      if (early.kind === 'malformed') return this.#broken(from, early.fault, early.at)
      this.need = HEAD_BYTES
      return 0
    }
    const data = dataHead(bytes[0]!, bytes[5]!)
    if (data !== undefined) return this.#data(from, bytes, data)
    const outcome = frameWire.parse(bytes, 0)
    switch (outcome.kind) {
      case 'need':
        this.need = outcome.size
        return 0
      case 'malformed':
        return this.#broken(from, outcome.fault, outcome.at)
      case 'message':
        this.#message(from, outcome.message)
        return outcome.size
    }
  }

  /** The stream is not where a frame begins: say so once and look for the next. */
  #broken(from: Side, fault: string, at: number): number {
    const hopeless = this.messages === 0 && this.#say.flow.fromStart
    this.#say.fault(frameWire.name, fault, from, this.#offsets[from] + at, !hopeless)
    this.#synced[from] = false
    this.#searched[from] = 0
    if (hopeless) this.lost = true
    return 1
  }

  /** Part data: read what stands before it, pass over the rest. */
  #data(from: Side, bytes: Uint8Array, head: DataHead): number {
    const size = u32le(bytes, 1)
    const dataBytes = 5 + size - head.bytes
    if (size > frameWire.messageBytesMax) return this.#broken(from, 'frame-too-long', 1)
    if (dataBytes < 0) {
      this.#say.fault(frameWire.name, 'frame-empty', from, this.#offsets[from])
      return 5 + size
    }
    if (bytes.length < head.bytes) {
      this.need = head.bytes
      return 0
    }
    this.messages++
    this.#link = 'client'
    const at = new Cursor(bytes, HEAD_BYTES, head.bytes)
    const file = hash16.read(at)
    this.#client.data(from, file, head.name, dataBytes)
    this.#say.out.count(head.name)
    if (this.#say.out.everyMessage) {
      const wide = head.name.endsWith('64')
      const start = wide ? u64le(bytes, at.at) : u32le(bytes, at.at)
      this.#say.message('edonkey', head.name, from, {
        type: head.name,
        link: 'peer',
        protocol: bytes[0]!,
        opcode: bytes[5]!,
        file_hash: file,
        start_offset: start,
        data_bytes: dataBytes,
      })
    }
    return 5 + size
  }

  #message(from: Side, frame: Frame): void {
    let content = frame.content
    if (frame.protocol === PACKED) {
      const whole = unpacked(content)
      if (whole === undefined) {
        this.#say.fault('edonkey/frame', 'compressed-broken', from, this.#offsets[from] + 6)
        return
      }
      content = whole
    }
    const shown = linkOf(frame.protocol, content)
    // C5 never comes from a server; otherwise what the link is does not change.
    if (this.#link === undefined || frame.protocol === EMULE) this.#link = shown
    const link = this.#link
    const packed = frame.protocol === PACKED
    if (link === 'server') {
      const read = SERVER_TCP.read(frame.opcode, content, 1, content.length)
      if (read.kind !== 'message') return this.#fault(from, 'edonkey/server-tcp', read, packed)
      this.#log(from, frame, 'server', read.message)
      this.#server.message(from, read.message)
      return
    }
    const extended = frame.protocol === EMULE || (packed && EMULE_TCP.opcodes.has(frame.opcode))
    const table = extended ? EMULE_TCP : CLIENT_TCP
    const read = table.read(frame.opcode, content, 1, content.length)
    if (read.kind !== 'message') {
      return this.#fault(from, `edonkey/${extended ? 'emule' : 'client'}-tcp`, read, packed)
    }
    this.#log(from, frame, 'peer', read.message)
    if (extended) this.#client.emule(from, read.message as EmuleTcpMessage)
    else this.#client.client(from, read.message as ClientTcpMessage)
  }

  #fault(
    from: Side,
    wire: string,
    bad: { readonly kind: string; readonly fault?: string; readonly at?: number },
    packed: boolean,
  ): void {
    // `at` counts from the frame's opcode; inside a compressed body there is no such place.
    const at = packed ? 0 : (bad.at ?? 0)
    this.#say.fault(wire, bad.fault ?? 'body-wrong', from, this.#offsets[from] + 5 + at)
  }

  #log(
    from: Side,
    frame: Frame,
    link: string,
    read: ServerTcpMessage | ClientTcpMessage | EmuleTcpMessage,
  ): void {
    this.messages++
    const name = read.type
    if (COUNTED.has(name)) {
      this.#say.out.count(name)
      if (!this.#say.out.everyMessage) return
    }
    // Plain properties stand before spreads: behind one, each costs a microsecond in V8.
    this.#say.message('edonkey', name, from, {
      type: name,
      link,
      protocol: frame.protocol,
      opcode: frame.opcode,
      ...fieldsOf('edonkey', read),
      ...(link === 'peer' && this.#client.extraFields(read)),
      ...(link === 'server' && this.#server.extraFields(read)),
    })
  }
}
