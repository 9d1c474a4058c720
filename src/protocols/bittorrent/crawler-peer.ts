/**
 * A peer is asked whom he knows: handshake with the info hash, extended handshake that takes `ut_pex`,
 * and patience. Clients tell of others once a minute (libtorrent) or each 90 seconds (Transmission), the
 * first time of all they know.
 *
 *     handshake, extended handshake { m: { ut_pex: 1 } }   →
 *                                                          ←   handshake, extended handshake, port …
 *     keep-alive, once a minute                            →
 *                                                          ←   ut_pex { added … }
 *
 * No port is named where we could be called, nothing is said to be had, no interest is shown: whoever
 * has nothing to give and wants nothing is told of others all the same. Over TCP, in the clear.
 * Source: BEP 3, 5, 10, 11.
 */
import { ByteWriter, bytesOf, concat, hex, u16be, u32be } from '../../core/bytes.ts'
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import { BDict } from '../formats/bencode.ts'
import { NOTHING, peerIdOf, SECOND_MICROS } from './crawler-nobody.ts'
import { extendedHandshakeWire } from './wire/extended.ts'
import {
  HANDSHAKE_BYTES,
  handshakeAgrees,
  PROTOCOL,
  peerHandshakeWire,
} from './wire/peer-handshake.ts'
import { pexWire } from './wire/pex.ts'

/** Transmission's 90 seconds, and some of it twice: the first time it may have nobody to tell. */
const PATIENCE_MICROS = 200 * SECOND_MICROS
/** Who did not say the handshake by then is no peer, or wants to speak encrypted. */
const GREETING_MICROS = 15 * SECOND_MICROS
/** Others close what was silent for two minutes. */
const KEEP_ALIVE_MICROS = 60 * SECOND_MICROS
const KEEP_ALIVE = new Uint8Array(4)
const NONE = new Uint8Array(0)
const LENGTH_BYTES = 4
const PORT = 9
const EXTENDED = 20
const UT_PEX = 1
/** Longer extended messages are passed over; peer exchange has some hundred bytes. */
const KEPT_BYTES_MAX = 65_536
/** Extension protocol (BEP 10) and DHT (BEP 5): then peers say where their node is. */
const RESERVED = Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, 0x01)

export class PeerInterview implements Interview {
  readonly #question: Question
  readonly #infoHash: Uint8Array
  #endMicros = 0
  #hasGreeted = false
  /** Bytes of a message that are passed over. */
  #passing = 0

  constructor(question: Question, infoHash: Uint8Array) {
    this.#question = question
    this.#infoHash = infoHash
  }

  opened(micros: number): Step {
    this.#endMicros = micros + PATIENCE_MICROS
    const peerId = peerIdOf(this.#question.self)
    const infoHash = this.#infoHash
    const hello = peerHandshakeWire.emit({
      protocol: PROTOCOL,
      reserved: RESERVED,
      infoHash,
      peerId,
    })
    return { ...NOTHING, send: [hello], wakeMicros: micros + GREETING_MICROS }
  }

  data(bytes: Uint8Array, micros: number): Step {
    if (!this.#hasGreeted) return this.#greet(bytes, micros)
    const told: Told[] = []
    let at = 0
    let isDone = false
    while (at < bytes.length && !isDone) {
      if (this.#passing > 0) {
        const count = Math.min(this.#passing, bytes.length - at)
        this.#passing -= count
        at += count
        continue
      }
      if (bytes.length - at < LENGTH_BYTES) break
      const size = u32be(bytes, at)
      const end = at + LENGTH_BYTES + size
      if (size > KEPT_BYTES_MAX) {
        this.#passing = size
        at += LENGTH_BYTES
        continue
      }
      if (end > bytes.length) break
      isDone = size > 0 && this.#message(bytes.subarray(at + LENGTH_BYTES, end), told)
      at = end
    }
    return { used: at, send: [], told, ...(isDone && { done: 'answered' as const }) }
  }

  #greet(bytes: Uint8Array, micros: number): Step {
    if (handshakeAgrees(bytes, 0) < 0) return this.#over(bytes.length)
    if (bytes.length < HANDSHAKE_BYTES) return NOTHING
    const outcome = peerHandshakeWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return this.#over(bytes.length)
    if (hex(outcome.message.infoHash) !== hex(this.#infoHash)) return this.#over(bytes.length)
    this.#hasGreeted = true
    const wakeMicros = micros + KEEP_ALIVE_MICROS
    return { used: outcome.size, send: [extendedHello()], told: [], wakeMicros }
  }

  /** @returns whether it is what was waited for */
  #message(message: Uint8Array, told: Told[]): boolean {
    const { ip } = this.#question.whom
    if (message[0] === PORT && message.length === 3) {
      told.push({ at: { ip, port: u16be(message, 1) }, part: 'dht' })
    }
    if (message[0] !== EXTENDED || message[1] !== UT_PEX) return false
    const outcome = pexWire.parse(message.subarray(2), 0)
    if (outcome.kind !== 'message') return false
    const content = this.#question.content!
    for (const { ip: other, port } of outcome.message.added) {
      told.push({ at: { ip: other, port }, part: 'peer', content })
    }
    return outcome.message.added.length > 0
  }

  tick(micros: number): Step {
    if (!this.#hasGreeted || micros >= this.#endMicros) return this.#over(0)
    const wakeMicros = Math.min(this.#endMicros, micros + KEEP_ALIVE_MICROS)
    return { ...NOTHING, send: [KEEP_ALIVE], wakeMicros }
  }

  /** Who greeted has answered: that he knows nobody, if he told of nobody. */
  #over(used: number): Step {
    return { ...NOTHING, used, done: this.#hasGreeted ? 'answered' : 'unanswered' }
  }
}

/** Without `p`: there is no port. */
function extendedHello(): Uint8Array {
  const dict = BDict.of({
    m: BDict.of({ ut_pex: UT_PEX }),
    v: bytesOf('Peerscope (measures, shares nothing)'),
  })
  const body = extendedHandshakeWire.emit({ dict, rest: NONE })
  const head = new ByteWriter().u32be(2 + body.length).u8(EXTENDED)
  return concat(head.u8(0).finish(), body)
}
