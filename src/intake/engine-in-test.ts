/**
 * An engine on a bench: a protocol small enough to be understood at a glance, and packets put
 * together by hand, for the tests of this folder.
 *
 * The protocol is spoken in lines. A TCP flow of it begins `WHISPER `, a datagram of it `whisper `;
 * a flow that begins with `~` is likely to be it once there is nothing more to see. Lines:
 *
 *   claim IP PORT PART CARRIERS   a claim         sure    the session is certain of its flow
 *   lost                          give up         part X  the session says the part is X
 *   anything else                 a message, whose text is said
 */
import type { Endpoint } from '../core/address.ts'
import { bytesOf, concat } from '../core/bytes.ts'
import type { Event, Flow, Recognition, Side } from '../core/event.ts'
import type { Fit, FlowFacts, Look, Out, Protocol, Session, Sight } from '../core/protocol.ts'
import { latin1 } from '../core/text.ts'
import { Engine, type EngineOptions } from './engine.ts'
import { ACK, FIN, ip4Of, RAW, RST, SYN, tcpOf, udpOf } from './packet/packets-in-test.ts'

export const A: Endpoint = { ip: '192.0.2.1', port: 40_000 }
export const B: Endpoint = { ip: '198.51.100.2', port: 7000 }
export const C: Endpoint = { ip: '203.0.113.3', port: 7001 }

/** Bytes that nobody can read, of any length, and no more alike than random ones. */
export function unreadable(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => 0x80 | ((i * 37) % 128))
}

/** A card of which everything can be said otherwise. */
export function cardOf(name: string, otherwise: Partial<Protocol> = {}): Protocol {
  return {
    name,
    title: name,
    family: name,
    overlay: 'pure',
    carriers: ['tcp', 'udp'],
    portHints: [],
    starts: {},
    recognise: () => 'no',
    ...otherwise,
  }
}

const BEGIN = 'WHISPER '
const BEGIN_DATAGRAM = 'whisper '

/** The protocol of this file; `secret` is what its encrypted flows are called. */
export const whisper: Protocol = cardOf('whisper', {
  starts: { tcp: [BEGIN, '~'], udp: [BEGIN_DATAGRAM, '~'] },
  recognise: recogniseWhisper,
  fits: fitsWhisper,
  openSession: (flow, out) => new WhisperSession(flow, out),
})

function recogniseWhisper(look: Look): Sight {
  const heads =
    look.carrier === 'tcp' ? look.heads : look.datagrams.slice(0, 1).map(({ bytes }) => bytes)
  const begin = look.carrier === 'tcp' ? BEGIN : BEGIN_DATAGRAM
  for (const head of heads) {
    const text = latin1(head)
    if (text.startsWith(begin)) {
      return { part: 'talk', sureness: 'certain', reasons: [`begins ${begin.trim()}`] }
    }
    if (text.length > 0 && begin.startsWith(text)) return look.final ? 'no' : 'more'
    if (text.startsWith('~')) {
      if (!look.final) return 'more'
      return { part: 'murmur', sureness: 'likely', reasons: ['begins with a tilde'] }
    }
  }
  return 'no'
}

/** What cannot be read, or says nothing: it could be a `talk` in secret. */
function fitsWhisper(look: Look): readonly Fit[] {
  const first = look.carrier === 'tcp' ? look.heads[0][0] : look.datagrams[0]?.bytes[0]
  if (first !== undefined && first < 0x80) return []
  const reason = first === undefined ? 'says nothing' : 'says nothing readable'
  return [{ part: 'secret', taughtAs: ['talk'], reason }]
}

class WhisperSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #carrier: FlowFacts['carrier']
  readonly #out: Out

  constructor({ carrier }: FlowFacts, out: Out) {
    this.#carrier = carrier
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array): number {
    const text = latin1(bytes)
    if (this.#carrier === 'udp') {
      this.#line(from, text)
      return bytes.length
    }
    const end = text.indexOf('\n')
    if (end < 0) return 0
    this.#line(from, text.slice(0, end))
    return end + 1
  }

  #line(side: Side, line: string): void {
    const words = line.replace(/^(WHISPER|whisper|~) /, '').split(' ')
    if (words[0] === 'lost') {
      this.lost = true
      return
    }
    this.messages++
    const reasons = ['a line says so']
    if (words[0] === 'claim') {
      const [, ip, port, part, carriers] = words as [string, string, string, string, 'tcp' | 'udp']
      const about = { ip, port: Number(port) }
      this.#out.say({ type: 'claim', by: B, about, part, carriers, via: 'line' })
    } else if (words[0] === 'sure') {
      this.#out.say({ type: 'recognition', part: 'talk', sureness: 'certain', reasons })
    } else if (words[0] === 'part') {
      this.#out.say({ type: 'recognition', part: words[1]!, sureness: 'likely', reasons })
    } else {
      const fields = { text: words.join(' ') }
      this.#out.say({ type: 'message', log: 'whisper', name: 'line', side, fields })
    }
  }

  gap(side: Side, missing: number): void {
    const fields = { missing }
    this.#out.say({ type: 'message', log: 'whisper', name: 'gap', side, fields })
  }

  end(): void {
    this.#out.count('end')
  }
}

/** Packets into an engine, one after the other, and what came out. */
export class Bench {
  readonly events: Event[] = []
  readonly engine: Engine
  capture = 'one.pcap'
  micros = 1_700_000_000_000_000
  #frames = new Map<string, number>()

  constructor(protocols: readonly Protocol[] = [whisper], options: EngineOptions = {}) {
    this.engine = new Engine(protocols, (event) => this.events.push(event), {
      flows: true,
      ...options,
    })
  }

  get frame(): number {
    return this.#frames.get(this.capture) ?? 0
  }

  wait(seconds: number): this {
    this.micros += seconds * 1e6
    return this
  }

  /** One IP packet, of which the capture holds `size` bytes. */
  ip(bytes: Uint8Array, size = bytes.length): this {
    const frame = this.frame + 1
    this.#frames.set(this.capture, frame)
    const { capture, micros } = this
    const wireSize = bytes.length
    this.engine.packet({ bytes, at: 0, size, wireSize, micros, linkType: RAW, frame, capture })
    this.micros += 1000
    return this
  }

  udp(from: Endpoint, to: Endpoint, payload: string | Uint8Array): this {
    return this.ip(ip4Of(from.ip, to.ip, 17, udpOf(from.port, to.port, bytesIn(payload))))
  }

  tcp(opener: Endpoint = A, other: Endpoint = B, firsts: [number, number] = [1000, 5000]): Tcp {
    return new Tcp(this, [opener, other], firsts)
  }

  end(): this {
    this.engine.end()
    return this
  }

  of<T extends Event['type']>(type: T): Extract<Event, { type: T }>[] {
    return this.events.filter((event) => event.type === type) as Extract<Event, { type: T }>[]
  }

  get flows(): Flow[] {
    return this.of('flow')
  }

  get recognitions(): Recognition[] {
    return this.of('recognition')
  }

  /** Texts of all messages, in order. */
  get texts(): unknown[] {
    return this.of('message').map(({ fields }) => fields.text ?? fields)
  }
}

export function bytesIn(payload: string | Uint8Array): Uint8Array {
  return typeof payload === 'string' ? bytesOf(payload) : payload
}

/** A connection whose every segment is told by hand. */
class Tcp {
  readonly #bench: Bench
  readonly #ends: readonly [Endpoint, Endpoint]
  /** Sequence number of the next byte. */
  readonly next: [number, number]

  constructor(bench: Bench, ends: readonly [Endpoint, Endpoint], firsts: [number, number]) {
    this.#bench = bench
    this.#ends = ends
    this.next = [...firsts]
  }

  /** The three packets that open it; `data` travels in the SYN. */
  open(data: string | Uint8Array = ''): this {
    this.#bump(0, this.segment(0, this.next[0], data, SYN) + 1)
    this.#bump(1, this.segment(1, this.next[1], '', SYN | ACK) + 1)
    this.segment(0, this.next[0], '')
    return this
  }

  send(from: Side, payload: string | Uint8Array): this {
    this.#bump(from, this.segment(from, this.next[from], payload))
    return this
  }

  /** Bytes that were on the wire and not in the capture. */
  lose(from: Side, size: number): this {
    this.#bump(from, size)
    return this
  }

  acknowledge(from: Side, times = 1): this {
    for (let i = 0; i < times; i++) this.segment(from, this.next[from], '')
    return this
  }

  close(): this {
    for (const side of [0, 1] as const) {
      this.segment(side, this.next[side], '', FIN | ACK)
      this.#bump(side, 1)
    }
    return this
  }

  reset(from: Side, payload: string | Uint8Array = ''): this {
    this.segment(from, this.next[from], payload, RST | ACK)
    return this
  }

  /** One segment as it is; returns the size of its payload. */
  segment(from: Side, sequence: number, payload: string | Uint8Array, flags = ACK): number {
    const [source, target] = from === 0 ? this.#ends : [this.#ends[1], this.#ends[0]]
    const bytes = bytesIn(payload)
    const acknowledgement = (flags & ACK) === 0 ? 0 : this.next[from === 0 ? 1 : 0]
    const header = { flags, sequence: sequence >>> 0, acknowledgement: acknowledgement >>> 0 }
    const tcp = tcpOf(source.port, target.port, bytes, header)
    this.#bench.ip(ip4Of(source.ip, target.ip, 6, tcp))
    return bytes.length
  }

  #bump(side: Side, by: number): void {
    this.next[side] = (this.next[side] + by) % 0x1_0000_0000
  }
}

/** Several payloads as one. */
export function joined(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  return concat(...parts.map(bytesIn))
}
