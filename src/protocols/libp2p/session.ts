/** Which session reads a flow, by the part that was recognised. */
import type { Json, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { SaidOnce } from '../../core/said-once.ts'
import { isQuicClientInitial, QuicHello } from '../formats/quic-initial.ts'
import { parseMultiaddr } from './multiaddr.ts'
import { mdnsWire, TXT, textsIn } from './wire/mdns.ts'
import { multistreamWire } from './wire/multistream.ts'

type Fields = { readonly [key: string]: Json }

/** More lines before the encryption begins than anybody needs. */
const LINES_MAX = 64

/** Lines of multistream from both sides, until one of them begins to speak what was agreed on. */
class StreamSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #out: Out
  readonly #ended: [boolean, boolean]
  /** What each side said last that is a protocol's name. */
  readonly #named: [string | undefined, string | undefined] = [undefined, undefined]
  #agreed: string | undefined

  constructor({ fromStart }: FlowFacts, out: Out) {
    this.#out = out
    this.#ended = [!fromStart, !fromStart]
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    if (this.#ended[from]) return REST
    const outcome = multistreamWire.parse(bytes, 0)
    if (outcome.kind === 'need') {
      this.need = outcome.size
      return 0
    }
    this.need = 0
    if (outcome.kind === 'malformed' || this.messages >= LINES_MAX) {
      // No line any more: the security protocol has begun.
      this.#ended[from] = true
      return REST
    }
    this.messages++
    this.#line(from, outcome.message.text)
    return outcome.size
  }

  gap(from: Side, _missing: number, _at: Moment): void {
    this.#ended[from] = true
  }

  end(_at: Moment): void {}

  #line(from: Side, protocol: string): void {
    this.#log(from, 'multistream', { protocol })
    if (!protocol.startsWith('/') || protocol.startsWith('/multistream/')) return
    this.#named[from] = protocol
    // Agreed is what both have said; the answer is the other's own line.
    if (this.#named[0] !== this.#named[1] || this.#agreed === protocol) return
    this.#agreed = protocol
    this.#log(from, 'agreed', { protocol })
  }

  #log(side: Side, type: string, fields: Fields): void {
    const all = { type, ...fields }
    this.#out.say({ type: 'message', log: 'libp2p', name: type, side, fields: all })
  }
}

/** What a QUIC client offers; everything after its hello is encrypted. */
class QuicSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #out: Out
  readonly #hello = new QuicHello()
  #datagrams = 0

  constructor(out: Out) {
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    const size = at.wireSize ?? bytes.length
    if (this.messages > 0 || this.#datagrams++ >= limits.lookDatagrams) return bytes.length
    if (!isQuicClientInitial(bytes, size) || !this.#hello.add(bytes)) return bytes.length
    const { alpn } = this.#hello
    if (typeof alpn === 'string') return bytes.length
    this.messages++
    const fields = { type: 'quic-hello', alpn: alpn.slice(0, ALPN_MAX) }
    this.#out.say({ type: 'message', log: 'libp2p', name: 'quic-hello', side: from, fields })
    return bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}
}

const ALPN_MAX = 16

/** Who is on the local network, by name and address. */
class MdnsSession implements Session {
  need = 0
  messages = 0
  readonly lost = false
  readonly #flow: FlowFacts
  readonly #out: Out
  /** Addresses that were told: they are repeated with every answer. */
  readonly #told = new SaidOnce(limits.listedMax)

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    const outcome = mdnsWire.parse(bytes, 0)
    if (outcome.kind === 'malformed') {
      const { fault, at } = outcome
      this.#out.say({ type: 'fault', wire: mdnsWire.name, fault, side: from, at, resumes: true })
    }
    if (outcome.kind !== 'message') return bytes.length
    this.messages++
    const addresses: string[] = []
    for (const { kind, data } of outcome.message.records) {
      if (kind !== TXT) continue
      for (const text of textsIn(data)) {
        if (text.startsWith(ADDRESS) && addresses.length < limits.listedMax) {
          addresses.push(text.slice(ADDRESS.length))
        }
      }
    }
    const isNew = addresses.filter((address) => this.#told.isNew(address))
    if (isNew.length > 0) this.#answer(from, isNew)
    else this.#out.count(addresses.length > 0 ? 'mdns-answer' : 'mdns-ask')
    return bytes.length
  }

  gap(_from: Side, _missing: number, _at: Moment): void {}

  end(_at: Moment): void {}

  #answer(from: Side, addresses: readonly string[]): void {
    const by = this.#flow.ends[from]
    const fields = { type: 'mdns-answer', addresses }
    this.#out.say({ type: 'message', log: 'libp2p', name: 'mdns-answer', side: from, fields })
    for (const address of addresses) {
      const parsed = parseMultiaddr(address)
      if (parsed?.endpoint === undefined) continue
      const { endpoint: about, carrier: carriers, id, relayed } = parsed
      const said = { type: 'claim', by, about, part: 'peer', carriers, via: 'mdns' } as const
      this.#out.say({ ...said, ...(id !== undefined && { id }) })
      if (relayed || id === undefined || about.ip !== by.ip) continue
      this.#out.say({ type: 'client', who: by, id, listens: about })
    }
  }
}

const ADDRESS = 'dnsaddr='

function unread(): Session {
  return { need: 0, messages: 0, lost: false, data: () => REST, gap: () => {}, end: () => {} }
}

export function openSession(flow: FlowFacts, out: Out): Session {
  switch (flow.part) {
    case 'stream':
      return new StreamSession(flow, out)
    case 'quic':
      return new QuicSession(out)
    case 'mdns':
      return new MdnsSession(flow, out)
    default:
      return unread()
  }
}
