/**
 * A link between servents: the handshake, then binary messages or Gnutella2 packets, each direction
 * deflated or not as its sender said.
 *
 *     open ──GNUTELLA heads──► open ──anything else──► plain | deflated | tls
 *     plain ──gap, unsound length──► seek ──chain of headers──► plain
 */

import type { Side } from '../../core/event.ts'
import { other } from '../../core/flow-teller.ts'
import { InflateStream } from '../../core/inflate.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { latin1 } from '../../core/text.ts'
import { tellG2 } from './g2-said.ts'
import { headerFields, tellHead } from './heads.ts'
import { tellMessage } from './messages.ts'
import { Teller } from './teller.ts'
import { g2Size, g2Wire, parseG2 } from './wire/g2-packet.ts'
import {
  acceptsG2,
  deflates,
  type Handshake,
  handshakeWire,
  isCrawler,
  parseHandshake,
  sendsG2,
  upgradesToTls,
} from './wire/handshake.ts'
import { couldBeHeader, HEADER_BYTES, isLengthSound, readHeader } from './wire/header.ts'
import { messageWire, parseMessage } from './wire/message.ts'
import { isZlib } from './zlib.ts'

type State = 'open' | 'seek' | 'plain' | 'deflated' | 'tls' | 'done'

/** One direction. */
interface Lane {
  state: State
  handshake: Handshake | undefined
  g2: boolean
  /** Bytes of the stream that were used or are known to be missing. */
  offset: number
  inflate: InflateStream | undefined
  /** A handshake head is there in part. */
  begun: boolean
}

const HANDSHAKE_START = 'GNUTELLA'

export class LinkSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly #teller: Teller
  readonly #lanes: readonly [Lane, Lane]
  #part: string
  #moment: Moment = { micros: 0, frame: 0 }
  #saidTls = false

  constructor(flow: FlowFacts, out: Out) {
    this.#teller = new Teller(flow, out)
    this.#part = flow.part
    const state = flow.fromStart ? 'open' : 'seek'
    this.#lanes = [lane(state, flow.part === 'g2'), lane(state, flow.part === 'g2')]
  }

  data(from: Side, bytes: Uint8Array, at: Moment): number {
    this.need = 0
    this.#moment = at
    const own = this.#lanes[from]
    const used = this.#step(from, own, bytes)
    own.offset += Math.min(used, bytes.length)
    return used
  }

  #step(from: Side, own: Lane, bytes: Uint8Array): number {
    switch (own.state) {
      case 'open':
        return this.#open(from, own, bytes)
      case 'seek':
        return this.#seek(from, own, bytes)
      case 'plain':
        return this.#plain(from, own, bytes)
      case 'deflated':
        return this.#deflated(from, own, bytes)
      default:
        return REST
    }
  }

  #wait(size: number): number {
    this.need = size
    return 0
  }

  // --- Handshake ---------------------------------------------------------------------------------

  #open(from: Side, own: Lane, bytes: Uint8Array): number {
    const start = latin1(bytes, 0, HANDSHAKE_START.length)
    if (start !== HANDSHAKE_START) {
      if (HANDSHAKE_START.startsWith(start)) return this.#wait(HANDSHAKE_START.length)
      return this.#begin(from, own, bytes)
    }
    const outcome = parseHandshake(bytes, 0)
    own.begun = outcome.kind === 'need'
    if (outcome.kind === 'need') return this.#wait(outcome.size)
    if (outcome.kind === 'malformed') {
      const place = own.offset + outcome.at
      this.#teller.fault(handshakeWire.name, outcome.fault, from, place, false)
      own.state = 'done'
      return REST
    }
    this.messages++
    own.handshake = outcome.message
    this.#tellHandshake(from, outcome.message)
    return outcome.size
  }

  #tellHandshake(from: Side, said: Handshake): void {
    const { step, version, code, reason, head } = said
    const wantsG2 = sendsG2(said) || acceptsG2(said)
    this.#teller.log(from, wantsG2 ? 'gnutella2' : 'gnutella', 'handshake', {
      handshake: {
        step,
        version,
        ...(step === 'answer' && { code, reason }),
        ...(isCrawler(said) && { crawler: true }),
        headers: headerFields(head),
      },
    })
    tellHead(this.#teller, from, head, 'handshake', wantsG2 ? 'g2' : 'node')
    if (sendsG2(said)) this.#becomeG2()
  }

  /** Both sides agreed on Gnutella2, or its packets were read. */
  #becomeG2(): void {
    if (this.#part === 'g2') return
    this.#part = 'g2'
    const reasons = ['Content-Type: application/x-gnutella2 in the handshake']
    this.#teller.out.say({ type: 'recognition', part: 'g2', sureness: 'certain', reasons })
  }

  /** The first bytes behind the handshake. */
  #begin(from: Side, own: Lane, bytes: Uint8Array): number {
    if (bytes.length < 2) return this.#wait(2)
    const heads = [own.handshake, this.#lanes[other(from)].handshake]
    own.g2 = own.g2 || heads.some((head) => head !== undefined && sendsG2(head))
    if (bytes[0] === 0x16 && bytes[1] === 3 && heads.some((head) => head && upgradesToTls(head))) {
      own.state = 'tls'
      if (!this.#saidTls) this.#teller.log(from, 'gnutella', 'tls-upgrade', {})
      this.#saidTls = true
      return REST
    }
    const announced = own.handshake === undefined || deflates(own.handshake)
    if (isZlib(bytes) && announced) {
      own.state = 'deflated'
      own.inflate = this.#inflater(from, own)
      return this.#deflated(from, own, bytes)
    }
    own.state = 'plain'
    return this.#plain(from, own, bytes)
  }

  // --- Deflated ----------------------------------------------------------------------------------

  #inflater(from: Side, own: Lane): InflateStream {
    const inner: Session = {
      need: 0,
      messages: 0,
      lost: false,
      data: (_side, bytes) => {
        this.need = 0
        const used = own.state === 'done' ? REST : this.#plain(from, own, bytes)
        inner.need = this.need
        return used
      },
      gap: () => {},
      end: () => {},
    }
    const reader = new StreamReader(inner)
    return new InflateStream((chunk) => {
      reader.push(0, chunk, this.#moment)
    })
  }

  #deflated(from: Side, own: Lane, bytes: Uint8Array): number {
    const goesOn = own.inflate!.push(bytes)
    this.need = 0
    if (!goesOn) {
      if (own.inflate!.damaged) {
        this.#teller.fault('gnutella/deflated-link', 'deflate-damaged', from, own.offset, false)
      }
      own.state = 'done'
    }
    return bytes.length
  }

  // --- Messages ----------------------------------------------------------------------------------

  #plain(from: Side, own: Lane, bytes: Uint8Array): number {
    return own.g2 ? this.#packet(from, own, bytes) : this.#message(from, own, bytes)
  }

  #message(from: Side, own: Lane, bytes: Uint8Array): number {
    const outcome = parseMessage(bytes, 0)
    if (outcome.kind === 'need') return this.#wait(outcome.size)
    if (outcome.kind === 'message') {
      this.messages++
      tellMessage(this.#teller, from, outcome.message)
      return outcome.size
    }
    this.#teller.fault(messageWire.name, outcome.fault, from, own.offset + outcome.at, true)
    const header = readHeader(bytes, 0)
    if (isLengthSound(header)) return HEADER_BYTES + header.size
    if (own.state === 'deflated') {
      own.state = 'done'
      return REST
    }
    own.state = 'seek'
    return 1
  }

  #packet(from: Side, own: Lane, bytes: Uint8Array): number {
    if (bytes[0] === 0) return 1
    const outcome = parseG2(bytes, 0)
    if (outcome.kind === 'need') return this.#wait(outcome.size)
    if (outcome.kind === 'message') {
      this.messages++
      tellG2(this.#teller, from, outcome.message)
      return outcome.size
    }
    const size = g2Size(bytes, 0)
    const resumes = size !== undefined
    this.#teller.fault(g2Wire.name, outcome.fault, from, own.offset + outcome.at, resumes)
    if (size !== undefined) return size
    own.state = 'done'
    return REST
  }

  /**
   * Look for a header that is followed by another one; a handshake may also begin here. Gnutella2
   * packets carry too little that is fixed to be found again.
   */
  #seek(from: Side, own: Lane, bytes: Uint8Array): number {
    if (bytes.length < HEADER_BYTES) return this.#wait(HEADER_BYTES)
    if (latin1(bytes, 0, HANDSHAKE_START.length) === HANDSHAKE_START) {
      own.state = 'open'
      return this.#open(from, own, bytes)
    }
    const last = bytes.length - HEADER_BYTES
    for (let at = 0; at <= last; at++) {
      if (!couldBeHeader(bytes, at, false)) continue
      const next = at + HEADER_BYTES + readHeader(bytes, at).size
      if (next > last) {
        // What stands before is no header; this one is judged when the next is there.
        return at > 0 ? at : this.#wait(next + HEADER_BYTES)
      }
      if (!couldBeHeader(bytes, next, false)) continue
      own.state = 'plain'
      own.g2 = false
      return at > 0 ? at : this.#plain(from, own, bytes)
    }
    return last + 1
  }

  // --- Ends --------------------------------------------------------------------------------------

  gap(from: Side, missing: number, _at: Moment): void {
    const own = this.#lanes[from]
    own.offset += missing
    // A zlib stream and a TLS one cannot be entered again; nor can packets without a mark.
    if (own.state === 'deflated' || (own.state === 'plain' && own.g2)) own.state = 'done'
    else if (own.state === 'open' || own.state === 'plain') own.state = 'seek'
  }

  /** A head that was begun and never ended: a line without end holds up those who wait for it. */
  end(_at: Moment): void {
    for (const side of [0, 1] as const) {
      const own = this.#lanes[side]
      if (own.state !== 'open' || !own.begun) continue
      this.#teller.fault(handshakeWire.name, 'head-unfinished', side, own.offset, false)
    }
  }
}

function lane(state: State, g2: boolean): Lane {
  return {
    state: g2 && state === 'seek' ? 'plain' : state,
    handshake: undefined,
    g2,
    offset: 0,
    inflate: undefined,
    begun: false,
  }
}
