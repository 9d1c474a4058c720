/**
 * One peer connection being read, over TCP or inside uTP: where messages begin and end, in both
 * directions. What they mean is said by `PeerVoice`.
 *
 * Bodies of pieces are passed over without being kept, so a gap inside one costs nothing. After
 * any other gap, after damage, and where the capture began in the middle, the place is found again
 * by a walk over plausible messages (frames.ts).
 */
import { u32be } from '../../core/bytes.ts'
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type FlowFacts, type Moment, type Out, REST, type Session } from '../../core/protocol.ts'
import { FRAMES_WANTED, FRAMES_WANTED_KNOWN, findPlace } from './frames.ts'
import { PeerVoice } from './peer-voice.ts'
import { azureusWire, looksAzureus } from './wire/azureus.ts'
import { bodySizeFits, MESSAGE_BYTES_MAX, peerWire } from './wire/peer.ts'
import {
  HANDSHAKE_BYTES,
  handshakeAgrees,
  INFO_HASH_END,
  peerHandshakeWire,
} from './wire/peer-handshake.ts'

/** Where one direction stands. */
interface Half {
  mode: 'handshake' | 'messages' | 'search' | 'over'
  /** Offset of the first unread byte in the stream; bytes given up before a gap are not in it. */
  offset: number
  /** Bytes of the current message's body that are still to be passed over. */
  bodyLeft: number
  /** Whether that body is a piece's. */
  inPiece: boolean
  /** Bytes looked through since the place was lost. */
  searched: number
  faults: number
}

/** A direction with more faults than this is not what it seemed. */
const FAULTS_MAX = 16
/** Handshakes stand at the very start, or behind an MSE handshake of at most 2 KiB. */
const HANDSHAKE_OFFSET_MAX = 4096
/** How far an encrypted connection is searched for readable messages, in bytes per direction. */
const ENCRYPTED_SEARCH_BYTES = 65_536
/** Ids whose bodies are passed over, with the bytes in front of the body that are read. */
const PIECE = 7
const PIECE_HEAD = 13
const HASHES = 22
const HASHES_HEAD = 53

export interface PeerSessionOptions {
  /**
   * yes: the first flights were an MSE handshake; nothing may be readable, and that is no fault.
   * perhaps: where no handshake stands at the start, it is taken to be so.
   */
  readonly encrypted?: 'yes' | 'perhaps'
  /** What the flow is called once its messages were read: `peer`, `utp`. */
  readonly part?: string
  /** How transfers are said to have gone. */
  readonly via?: string
}

export class PeerSession implements Session {
  need = 0
  messages = 0
  lost = false
  readonly voice: PeerVoice
  readonly #out: Out
  readonly #halves: readonly [Half, Half]
  readonly #part: string
  #encrypted: 'yes' | 'perhaps' | 'no'

  constructor(flow: FlowFacts, out: Out, options: PeerSessionOptions = {}) {
    this.#out = out
    this.#part = options.part ?? 'peer'
    this.voice = new PeerVoice(flow, out, options.via ?? 'peer-wire')
    this.#encrypted = options.encrypted ?? 'no'
    // The exchange of keys is all that will be read of most encrypted connections; without it
    // counted, a flow that stays unreadable would look like a wrong recognition.
    if (this.#encrypted === 'yes') this.messages = 1
    const mode = flow.fromStart && this.#encrypted !== 'yes' ? 'handshake' : 'search'
    this.#halves = [newHalf(mode), newHalf(mode)]
  }

  data(from: Side, bytes: Uint8Array, _at: Moment): number {
    const half = this.#halves[from]
    this.need = 0
    const used = this.#step(from, half, bytes)
    if (used !== REST) half.offset += used
    return used
  }

  /** What follows the head of a piece. */
  pass(from: Side, size: number): boolean {
    const half = this.#halves[from]
    if (half.bodyLeft < size) return false
    this.need = 0
    half.offset += this.#passOver(from, half, size)
    return true
  }

  #step(from: Side, half: Half, bytes: Uint8Array): number {
    if (half.bodyLeft > 0) return this.#passOver(from, half, bytes.length)
    switch (half.mode) {
      case 'handshake':
        return this.#handshake(from, half, bytes)
      case 'messages':
        return this.#message(from, half, bytes)
      case 'search':
        return this.#search(from, half, bytes)
      case 'over':
        return REST
    }
  }

  #want(size: number): 0 {
    this.need = size
    return 0
  }

  #passOver(from: Side, half: Half, have: number): number {
    const used = Math.min(half.bodyLeft, have)
    half.bodyLeft -= used
    if (half.inPiece) this.voice.pieceBytes(from, used)
    return used
  }

  #handshake(from: Side, half: Half, bytes: Uint8Array): number {
    if (handshakeAgrees(bytes, 0) < 0) {
      if (this.#encrypted !== 'no' && half.offset === 0) this.#unreadable(half)
      else this.#fault(from, half, peerHandshakeWire.name, 'protocol-unknown', 0)
      return this.#step(from, half, bytes)
    }
    if (bytes.length < INFO_HASH_END) return this.#want(INFO_HASH_END)
    const outcome = peerHandshakeWire.parse(bytes, 0)
    if (outcome.kind !== 'message') {
      this.voice.begunHandshake(from, bytes)
      return this.#want(HANDSHAKE_BYTES)
    }
    this.messages++
    half.mode = 'messages'
    if (this.#encrypted === 'perhaps') this.#encrypted = 'no'
    if (this.#encrypted === 'yes')
      this.#readable('the peer handshake follows in the clear after MSE')
    this.voice.handshake(from, outcome.message)
    return outcome.size
  }

  #message(from: Side, half: Half, bytes: Uint8Array): number {
    if (bytes.length < 4) return this.#want(4)
    const length = u32be(bytes, 0)
    if (length === 0) {
      this.messages++
      this.voice.keepAlive(from)
      return 4
    }
    if (bytes.length < 5) return this.#want(5)
    const id = bytes[4]!
    if (id === 0 && length >= 8) {
      const azureus = looksAzureus(bytes, 0)
      if (azureus === undefined) return this.#want(11)
      if (azureus) return this.#azureus(from, half, bytes)
    }
    const fault =
      length > MESSAGE_BYTES_MAX - 4
        ? 'message-too-long'
        : bodySizeFits(id, length - 1)
          ? undefined
          : 'body-length-wrong'
    if (fault !== undefined) {
      this.#fault(from, half, peerWire.name, fault, 0)
      return this.#step(from, half, bytes)
    }
    if (id === PIECE) return this.#headOnly(from, half, bytes, PIECE_HEAD)
    if (id === HASHES) return this.#headOnly(from, half, bytes, HASHES_HEAD)
    const outcome = peerWire.parse(bytes, 0)
    if (outcome.kind === 'need') return this.#want(outcome.size)
    if (outcome.kind === 'malformed') {
      this.#fault(from, half, peerWire.name, outcome.fault, outcome.at)
      return this.#step(from, half, bytes)
    }
    this.messages++
    this.voice.message(from, outcome.message, half.offset)
    return outcome.size
  }

  /** Read the head of a large message and pass over its body. */
  #headOnly(from: Side, half: Half, bytes: Uint8Array, head: number): number {
    if (bytes.length < head) return this.#want(head)
    this.messages++
    half.inPiece = head === PIECE_HEAD
    half.bodyLeft = 4 + u32be(bytes, 0) - head
    if (half.inPiece) this.voice.piece(from, u32be(bytes, 5), u32be(bytes, 9), half.bodyLeft)
    else this.voice.hashes(from, bytes)
    return head
  }

  #azureus(from: Side, half: Half, bytes: Uint8Array): number {
    const outcome = azureusWire.parse(bytes, 0)
    if (outcome.kind === 'need') return this.#want(outcome.size)
    if (outcome.kind === 'malformed') {
      this.#fault(from, half, azureusWire.name, outcome.fault, outcome.at)
      return this.#step(from, half, bytes)
    }
    this.messages++
    this.voice.azureus(from, outcome.message, half.offset)
    return outcome.size
  }

  #search(from: Side, half: Half, bytes: Uint8Array): number {
    const wanted = this.#encrypted === 'yes' ? FRAMES_WANTED : FRAMES_WANTED_KNOWN
    const place = findPlace(bytes, half.offset < HANDSHAKE_OFFSET_MAX, wanted)
    half.searched += place.at
    const searchMax = this.#encrypted === 'yes' ? ENCRYPTED_SEARCH_BYTES : limits.searchBytesMax
    if (half.searched > searchMax) return this.#giveUp(half)
    if (place.at > 0) return place.at
    if (place.kind === 'maybe') return this.#want(place.need)
    half.searched = 0
    half.mode = place.kind === 'handshake' ? 'handshake' : 'messages'
    if (place.kind === 'frames' && this.#encrypted === 'yes') {
      this.#readable('peer messages follow each other in the clear after MSE')
    }
    return this.#step(from, half, bytes)
  }

  /** MSE agreed on plain text: what was likely is now certain. */
  #readable(reason: string): void {
    this.#encrypted = 'no'
    this.#recognise(this.#part, reason)
  }

  #unreadable(half: Half): void {
    half.mode = 'search'
    if (this.#encrypted === 'yes') return
    this.#encrypted = 'yes'
    // A TCP flow was called a peer connection because something readable stands further on.
    if (this.#part === 'peer') return
    this.#recognise(
      `${this.#part}-encrypted`,
      'the stream inside begins with nothing readable, as an MSE handshake does',
    )
  }

  #recognise(part: string, reason: string): void {
    this.#out.say({ type: 'recognition', part, sureness: 'certain', reasons: [reason] })
  }

  #giveUp(half: Half): number {
    half.mode = 'over'
    this.lost = this.#halves[0].mode === 'over' && this.#halves[1].mode === 'over'
    return REST
  }

  #fault(from: Side, half: Half, wire: string, fault: string, at: number): void {
    half.faults++
    half.mode = half.faults > FAULTS_MAX ? 'over' : 'search'
    if (half.mode === 'over') this.#giveUp(half)
    const resumes = half.mode === 'search'
    this.#out.say({ type: 'fault', wire, fault, side: from, at: half.offset + at, resumes })
  }

  /** @param missing  bytes, or Infinity where their number is not known (uTP counts packets) */
  gap(from: Side, missing: number, _at: Moment): void {
    const half = this.#halves[from]
    if (Number.isFinite(missing)) half.offset += missing
    if (half.bodyLeft >= missing) {
      half.bodyLeft -= missing
      return
    }
    half.bodyLeft = 0
    half.searched = 0
    if (half.mode !== 'over') half.mode = 'search'
  }

  end(_at: Moment): void {
    this.voice.end()
  }
}

function newHalf(mode: Half['mode']): Half {
  return { mode, offset: 0, bodyLeft: 0, inPiece: false, searched: 0, faults: 0 }
}
