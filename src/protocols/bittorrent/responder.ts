/**
 * A peer at a dark address: greets whoever calls with the info hash he wants, asks for peer exchange,
 * and stays choking with nothing to give. Over TCP and uTP; in the DHT, a node that knows nobody.
 *
 *     caller   handshake                    →
 *                                           ←   handshake, extended handshake { m: { ut_pex: 1 } … }
 *              extended handshake, pex …    →
 *              keep-alive                   →   ← keep-alive
 *
 * uTP without memory: our first number follows from the pair of addresses, and each packet of the caller
 * says what he has of ours and what he waits for.
 * Source: BEP 3, 5, 10, 11, 29.
 */
import { ByteWriter, bits, bytesOf, concat, hasAt, u32be } from '../../core/bytes.ts'
import { looksRandom } from '../../core/chance.ts'
import type { Answer, Call, Responder } from '../../core/responder.ts'
import { BDict } from '../formats/bencode.ts'
import { ipBytesOf } from '../formats/compact-peers.ts'
import { chanceBytes } from './chance-bytes.ts'
import { KEY_BYTES } from './mse.ts'
import { MseResponder } from './mse-responder.ts'
import { extendedHandshakeWire } from './wire/extended.ts'
import { krpcWire } from './wire/krpc.ts'
import {
  HANDSHAKE_BYTES,
  HANDSHAKE_START,
  handshakeAgrees,
  INFO_HASH_END,
  PROTOCOL,
  peerHandshakeWire,
} from './wire/peer-handshake.ts'
import { type UtpPacket, type UtpType, utpTypeOf, utpWire } from './wire/utp.ts'

const NONE = new Uint8Array(0)
const KEEP_ALIVE = new Uint8Array(4)
const EXTENDED = 20
const UT_PEX = 1
/** Extension protocol (BEP 10) and DHT (BEP 5): then callers say their extensions and their DHT port. */
const RESERVED = Uint8Array.of(0, 0, 0, 0, 0, 0x10, 0, 0x01)
const ID_START = '-PS0001-'
const ID_BYTES = 20
const TOKEN_BYTES = 4
/** A reply of the DHT, in pieces: floods are answered too. */
const REPLY_START = bytesOf('d1:rd2:id20:')
const NO_NODES = bytesOf('5:nodes0:')
const TOKEN = bytesOf(`5:token${TOKEN_BYTES}:`)
/** What stands before a transaction, by its size; floods have short ones. */
const USUAL_SIZES = Array.from({ length: 9 }, (_, size) => bytesOf(`e1:t${size}:`))
const REPLY_END = bytesOf('1:y1:re')
const WINDOW_BYTES = 16_384
const SEQUENCES = 0x1_0000
/** Before we said anything, the opener acknowledges our first number or, as libutp, the one before it. */
const ANSWERS = 3
const QUIET: Answer = { used: 0, send: [], done: false }

export function makeResponder(call: Call): Responder {
  return new PeerResponder(call)
}

/** Who begins with what looks like chance may want one of the contents that are known. */
export function guessResponder(head: Uint8Array, call: Call): Responder | undefined {
  const { contents = [] } = call
  if (contents.length === 0 || head.length < KEY_BYTES || !looksRandom(head, 0, KEY_BYTES)) {
    return undefined
  }
  return new MseResponder(call, makeResponder(call))
}

class PeerResponder implements Responder {
  readonly #call: Call
  #hasGreeted = false
  /** Bytes of a message, or of a peer id, that are passed over. */
  #passing = 0

  constructor(call: Call) {
    this.#call = call
  }

  data(bytes: Uint8Array): Answer {
    if (!this.#hasGreeted) return this.#greet(bytes)
    let at = 0
    const send: Uint8Array[] = []
    while (at < bytes.length) {
      if (this.#passing > 0) {
        const count = Math.min(this.#passing, bytes.length - at)
        this.#passing -= count
        at += count
      } else if (bytes.length - at < KEEP_ALIVE.length) break
      else {
        this.#passing = u32be(bytes, at)
        at += KEEP_ALIVE.length
        if (this.#passing === 0 && send.length === 0) send.push(KEEP_ALIVE)
      }
    }
    return { used: at, send, done: false }
  }

  /** Some say their peer id only after they know the other's. */
  #greet(bytes: Uint8Array): Answer {
    if (handshakeAgrees(bytes, 0) < 0) return { used: bytes.length, send: [], done: true }
    if (bytes.length < INFO_HASH_END) return QUIET
    this.#hasGreeted = true
    const used = Math.min(bytes.length, HANDSHAKE_BYTES)
    this.#passing = HANDSHAKE_BYTES - used
    const send = [this.#handshake(bytes)]
    if (isExtensible(bytes)) send.push(this.#extended())
    return { used, send, done: false }
  }

  /** With the caller's own info hash. */
  #handshake(theirs: Uint8Array): Uint8Array {
    const infoHash = theirs.subarray(INFO_HASH_END - 20, INFO_HASH_END)
    const peerId = concat(
      bytesOf(ID_START),
      chanceBytes(this.#call.self, ID_BYTES - ID_START.length),
    )
    return peerHandshakeWire.emit({ protocol: PROTOCOL, reserved: RESERVED, infoHash, peerId })
  }

  #extended(): Uint8Array {
    const { caller, called } = this.#call
    const dict = BDict.of({
      m: BDict.of({ ut_pex: UT_PEX }),
      p: called.port,
      v: bytesOf('Peerscope'),
      yourip: ipBytesOf(caller.ip),
    })
    const body = extendedHandshakeWire.emit({ dict, rest: NONE })
    const head = new ByteWriter()
      .u32be(2 + body.length)
      .u8(EXTENDED)
      .u8(0)
    return head.bytes(body).finish()
  }

  datagram(bytes: Uint8Array): Uint8Array | undefined {
    const type = utpTypeOf(bytes[0]!)
    return type === undefined ? this.#dht(bytes) : this.#utp(bytes, type)
  }

  #dht(bytes: Uint8Array): Uint8Array | undefined {
    const outcome = krpcWire.parse(bytes, 0)
    if (outcome.kind !== 'message' || outcome.message.kind !== 'query') return undefined
    const { method, transaction } = outcome.message
    const said = this.#saidTo(method)
    if (said === undefined) return undefined
    const id = chanceBytes(this.#call.self, ID_BYTES)
    return concat(REPLY_START, id, said, sizeOf(transaction), transaction, REPLY_END)
  }

  /** What stands behind the id: a node that knows nobody. Its token lets callers announce themselves. */
  #saidTo(method: string): Uint8Array | undefined {
    switch (method) {
      case 'ping':
      case 'announce_peer':
        return NONE
      case 'find_node':
        return NO_NODES
      case 'get_peers':
        return concat(NO_NODES, TOKEN, chanceBytes(this.#call.pair, TOKEN_BYTES))
      default:
        return undefined
    }
  }

  #utp(bytes: Uint8Array, type: UtpType): Uint8Array | undefined {
    const outcome = utpWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return undefined
    const packet = outcome.message
    const first = this.#call.pair % SEQUENCES
    if (type === 'syn') return answerTo(packet, 'state', packet.connectionId, first, NONE)
    if (type === 'state' || type === 'reset') return undefined
    // He calls himself by one more than what he is called by.
    const id = (packet.connectionId + SEQUENCES - 1) % SEQUENCES
    const seq = (packet.ack + 1) % SEQUENCES
    const isEarly = (packet.ack - first + 1 + SEQUENCES) % SEQUENCES < ANSWERS
    for (const payload of isEarly ? this.#utpAnswers(packet.payload) : []) {
      const whole = answerTo(packet, 'data', id, seq, payload)
      if (whole.length <= bytes.length) return whole
    }
    return answerTo(packet, 'state', id, seq, NONE)
  }

  /** What fits best comes first. */
  #utpAnswers(payload: Uint8Array): Uint8Array[] {
    if (payload.length >= INFO_HASH_END && hasAt(payload, 0, HANDSHAKE_START)) {
      const handshake = this.#handshake(payload)
      return isExtensible(payload) ? [concat(handshake, this.#extended()), handshake] : [handshake]
    }
    const isExtendedHandshake = payload[4] === EXTENDED && payload[5] === 0
    return isExtendedHandshake ? [this.#extended()] : []
  }
}

function sizeOf(transaction: Uint8Array): Uint8Array {
  const size = transaction.length
  return USUAL_SIZES[size] ?? bytesOf(`e1:t${size}:`)
}

function isExtensible(handshake: Uint8Array): boolean {
  return bits(handshake[25]!, 4, 1) === 1
}

/** Acknowledges the packet that came, and no other: what is lost comes again. */
function answerTo(
  { timestampMicros, seq: ack }: UtpPacket,
  type: UtpType,
  connectionId: number,
  seq: number,
  payload: Uint8Array,
): Uint8Array {
  return utpWire.emit({
    type,
    connectionId,
    // There is no clock here: what he waited for us is told as nothing.
    timestampMicros,
    timestampDifferenceMicros: 0,
    windowBytes: WINDOW_BYTES,
    seq,
    ack,
    extensions: [],
    payload,
  })
}
