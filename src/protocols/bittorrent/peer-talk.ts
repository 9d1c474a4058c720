/**
 * A connection between two small peers, for one content.
 *
 *     caller   handshake                       →
 *                                              ←   handshake
 *     each     bitfield (if it has anything), extended handshake, port (if it is a DHT node)
 *     one      ut_metadata request …           →   ut_metadata data …        without the dictionary
 *              interested                      →   unchoke                   or waits for a slot
 *              request …                       →   piece …
 *              have, to all                    →
 *     each     ut_pex, at most once a minute
 *
 * No fast extension, no encryption, no uTP. Source: BEP 3, 5, 9, 10, 11.
 */
import type { Endpoint } from '../../core/address.ts'
import { bits } from '../../core/bytes.ts'
import type { Link } from '../../core/peer.ts'
import type { Client } from './peer-client.ts'
import { Extensions } from './peer-extensions.ts'
import { hasBug, NEVER, NONE, SECOND, type Talk } from './peer-node.ts'
import { type Known, PieceAssembly, type Swarm } from './peer-swarm.ts'
import { type PeerMessage, peerWire } from './wire/peer.ts'
import { type PeerHandshake, PROTOCOL, peerHandshakeWire } from './wire/peer-handshake.ts'

const BLOCK_BYTES = 16_384
/** Larger requests are refused by all clients. */
const REQUEST_BYTES_MAX = 131_072
/** Requests under way on one connection. */
const REQUESTS_MAX = 16
/** Requests of others that wait; what is asked beyond is never served. */
const LATE_MAX = 64
/** 2^19 pieces. */
const BITFIELD_BYTES_MAX = 65_536
/** Who is asked and says nothing for so long is left. */
const SILENCE_MICROS = 60 * SECOND
/** Who was called in vain, or hung up, is called again so late, while something is wanted. */
const AGAIN_MICROS = 120 * SECOND
/** Connections that are silent for two minutes are closed by others. */
const KEEP_ALIVE_MICROS = 90 * SECOND
const EXTENSION_BYTE = 5
const EXTENSION_BIT = 0x10
const DHT_BYTE = 7
const DHT_BIT = 0x01

export class PeerTalk implements Talk {
  readonly #client: Client
  #swarm: Swarm | undefined
  #known: Known | undefined
  #link: Link | undefined
  /** His; undefined until he said the handshake. */
  #peerId: Uint8Array | undefined
  #bits: Uint8Array = NONE
  /** Undefined where he knows none. */
  #extensions: Extensions | undefined
  #isChoking = true
  #isInterested = false
  isHeInterested = false
  #isHeChoked = true
  #piece: PieceAssembly | undefined
  #asked = 0
  #open = 0
  #servedBytes = 0
  /** Requests that one who trickles serves by and by. */
  readonly #late: [piece: number, begin: number, size: number][] = []
  #heardMicros = 0
  #saidMicros = 0
  #isOver = false

  /** @param known  whom it calls; undefined for one who called */
  constructor(client: Client, swarm?: Swarm, known?: Known) {
    this.#client = client
    this.#swarm = swarm
    this.#known = known
    this.#heardMicros = client.site.nowMicros
    if (known === undefined) return
    known.links++
    swarm!.entered(this)
  }

  get isOurs(): boolean {
    return this.#link === undefined || this.#link.byUs
  }

  get #at(): Endpoint {
    return this.#known?.endpoint ?? this.#link!.remote
  }

  opened(link: Link): void {
    this.#link = link
    this.#known!.level = 'answering'
    this.#shake()
  }

  #shake(): void {
    const reserved = new Uint8Array(8)
    reserved[EXTENSION_BYTE] = EXTENSION_BIT
    if (this.#client.dht !== undefined) reserved[DHT_BYTE] = DHT_BIT
    const infoHash = this.#swarm!.hash
    const { peerId } = this.#client
    this.#link!.send(peerHandshakeWire.emit({ protocol: PROTOCOL, reserved, infoHash, peerId }))
    this.#saidMicros = this.#client.site.nowMicros
    this.#heardMicros = this.#saidMicros
  }

  data(link: Link, bytes: Uint8Array): number {
    this.#link = link
    this.#heardMicros = this.#client.site.nowMicros
    if (this.#peerId === undefined) {
      const outcome = peerHandshakeWire.parse(bytes, 0)
      if (outcome.kind === 'need') return 0
      if (outcome.kind === 'message') this.#met(outcome.message)
      else this.end()
      return outcome.kind === 'message' ? outcome.size : bytes.length
    }
    const outcome = peerWire.parse(bytes, 0)
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'message') this.#take(outcome.message)
    else this.end()
    return outcome.kind === 'message' ? outcome.size : bytes.length
  }

  closed(): void {
    this.#lost()
  }

  #send(message: PeerMessage): void {
    if (this.#isOver) return
    this.#saidMicros = this.#client.site.nowMicros
    this.#link!.send(peerWire.emit(message))
  }

  #met({ infoHash, peerId, reserved }: PeerHandshake): void {
    const link = this.#link!
    const swarm = this.#swarm ?? this.#client.swarmOf(infoHash)
    if (swarm === undefined || isSame(peerId, this.#client.peerId)) return this.end()
    const others = [...swarm.talks].filter((talk) => talk !== this && talk.is(peerId))
    if (others.length > 0 && !this.#isPreferred(peerId)) return this.end()
    this.#peerId = peerId.slice()
    this.#swarm = swarm
    swarm.entered(this)
    for (const other of others) other.end()
    if (!link.byUs) this.#shake()
    if (this.#known !== undefined) this.#known.level = 'met'
    const { pieces } = swarm
    if (pieces !== undefined && pieces.count > 0) {
      const { bitfield } = pieces
      if (this.#isTrickling) bitfield[Math.floor((pieces.count - 1) / 8)]! -= lastBit(pieces.count)
      this.#send({ type: 'bitfield', bitfield })
    }
    if (bits(reserved[EXTENSION_BYTE]!, 4, 1) === 1) {
      this.#extensions = this.#extensionsOf(swarm)
      this.#extensions.greet(link.remote.ip)
    }
    if (bits(reserved[DHT_BYTE]!, 0, 1) === 1 && this.#client.dht !== undefined) {
      this.#send({ type: 'port', port: this.#client.settings.port })
    }
  }

  #extensionsOf(swarm: Swarm): Extensions {
    return new Extensions({
      client: this.#client,
      swarm,
      send: (extendedId, body) => this.#send({ type: 'extended', extendedId, body }),
      at: () => this.#at,
      listens: (port) => this.#listens(port),
    })
  }

  /** Two that call each other at once both keep the call of the one with the greater id. */
  #isPreferred(theirs: Uint8Array): boolean {
    const ours = this.#client.peerId
    const at = ours.findIndex((byte, i) => byte !== theirs[i])
    return ours[at]! > theirs[at]! === this.#link!.byUs
  }

  is(peerId: Uint8Array): boolean {
    return this.#peerId !== undefined && isSame(this.#peerId, peerId)
  }

  #take(message: PeerMessage): void {
    switch (message.type) {
      case 'bitfield':
        if (message.bitfield.length > BITFIELD_BYTES_MAX) return this.end()
        this.#bits = message.bitfield.slice()
        return this.ready()
      case 'have':
        this.#mark(message.piece)
        return this.ready()
      case 'choke':
        this.#isChoking = true
        return this.#dropPiece()
      case 'unchoke':
        this.#isChoking = false
        return this.request()
      case 'interested':
        this.isHeInterested = true
        if (this.#isHeChoked) this.#client.queue(this)
        return
      case 'not-interested':
        this.isHeInterested = false
        return this.#client.shift()
      case 'request':
        return this.#asks(message.piece, message.begin, message.size)
      case 'piece':
        return this.#received(message.piece, message.begin, message.data)
      case 'port':
        return this.#client.dht?.greet({ ip: this.#link!.remote.ip, port: message.port })
      case 'extended':
        return this.#extensions?.hear(message.extendedId, message.body)
      default:
        return
    }
  }

  #mark(piece: number): void {
    const at = Math.floor(piece / 8)
    if (at >= BITFIELD_BYTES_MAX || this.hasPiece(piece)) return
    if (at >= this.#bits.length) {
      const longer = new Uint8Array(at + 1)
      longer.set(this.#bits)
      this.#bits = longer
    }
    this.#bits[at]! += 2 ** (7 - (piece % 8))
  }

  hasPiece(piece: number): boolean {
    return bits(this.#bits[Math.floor(piece / 8)] ?? 0, 7 - (piece % 8), 1) === 1
  }

  /** What he has, or what is known of the content, is new. */
  ready(): void {
    const swarm = this.#swarm!
    if (this.#peerId === undefined) return
    const isInterested = swarm.isInterestedIn(this)
    if (isInterested !== this.#isInterested) {
      this.#isInterested = isInterested
      this.#send({ type: isInterested ? 'interested' : 'not-interested' })
    }
    this.request()
  }

  /** Ask for blocks, as many as may be under way. */
  request(): void {
    const swarm = this.#swarm
    if (swarm === undefined || this.#isChoking || !this.#isInterested || this.#isOver) return
    if (this.#piece === undefined) {
      const piece = swarm.pick(this)
      if (piece === undefined) return
      this.#piece = new PieceAssembly(piece, swarm.pieceSize(piece))
      this.#asked = 0
      this.#open = 0
      this.#heardMicros = this.#client.site.nowMicros
    }
    const { piece, size } = this.#piece
    while (this.#open < REQUESTS_MAX && this.#asked < size) {
      const block = Math.min(BLOCK_BYTES, size - this.#asked)
      this.#send({ type: 'request', piece, begin: this.#asked, size: block })
      this.#asked += block
      this.#open++
    }
  }

  #received(piece: number, begin: number, data: Uint8Array): void {
    if (this.#piece === undefined || this.#piece.piece !== piece || begin >= this.#asked) return
    this.#open--
    const whole = this.#piece.add(begin, data)
    if (whole !== undefined) {
      this.#piece = undefined
      if (!this.#swarm!.gotPiece(piece, whole, this.#at)) {
        if (this.#known !== undefined) this.#known.againMicros = NEVER
        return this.end()
      }
    }
    this.request()
  }

  /** He takes none any more: somebody else may be asked for it. */
  #dropPiece(): void {
    const piece = this.#piece?.piece
    this.#piece = undefined
    if (piece !== undefined) this.#swarm!.untake(piece)
  }

  tellHave(piece: number): void {
    if (this.#peerId !== undefined) this.#send({ type: 'have', piece })
  }

  /** Somebody else needs his slot more. */
  choke(): void {
    this.#isHeChoked = true
    this.#send({ type: 'choke' })
  }

  /** His turn has come. */
  unchoke(): void {
    this.#isHeChoked = false
    this.#send({ type: 'unchoke' })
  }

  get #isTrickling(): boolean {
    return hasBug(this.#client.settings, 'trickles')
  }

  #asks(piece: number, begin: number, size: number): void {
    if (!this.#isTrickling) this.#serve(piece, begin, size)
    else if (this.#late.length < LATE_MAX) this.#late.push([piece, begin, size])
  }

  #serve(piece: number, begin: number, size: number): void {
    const pieces = this.#swarm!.pieces
    if (this.#isHeChoked || pieces === undefined || !pieces.has(piece)) return
    if (size > REQUEST_BYTES_MAX || begin + size > this.#swarm!.pieceSize(piece)) return this.end()
    this.#send({ type: 'piece', piece, begin, data: pieces.read(piece, begin, size) })
    this.#servedBytes += size
  }

  /** He called, and says where he can be called. */
  #listens(port: number): void {
    if (this.#known !== undefined) return
    this.#known = this.#swarm!.hear({ ip: this.#link!.remote.ip, port })
    if (this.#known === undefined) return
    this.#known.level = 'met'
    this.#known.links++
  }

  wake(now: number): void {
    if (this.#link === undefined) return
    const isSilent = now - this.#heardMicros >= SILENCE_MICROS
    if (isSilent && (this.#peerId === undefined || this.#piece !== undefined)) return this.end()
    if (this.#peerId === undefined) return
    // Two that have all have nothing to say to each other.
    if (this.#swarm!.pieces?.isAll === true && this.#hasAll) return this.end()
    this.#extensions?.tellPeers()
    const late = this.#late.shift()
    if (late !== undefined) this.#serve(...late)
    if (now - this.#saidMicros >= KEEP_ALIVE_MICROS) this.#send({ type: 'keep-alive' })
  }

  get #hasAll(): boolean {
    const count = this.#swarm!.pieces!.torrent.pieces
    for (let piece = 0; piece < count; piece++) if (!this.hasPiece(piece)) return false
    return true
  }

  #tellServed(): void {
    if (this.#servedBytes === 0) return
    const { name } = this.#swarm!
    const to = this.#link!.remote
    this.#client.site.say({ type: 'served', name, bytes: this.#servedBytes, to })
  }

  end(): void {
    this.#link?.close()
    this.#lost()
  }

  #lost(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#client.release(this)
    this.#tellServed()
    this.#client.ended()
    if (this.#known !== undefined) {
      this.#known.links--
      const again = this.#client.site.nowMicros + AGAIN_MICROS
      if (this.isOurs) this.#known.againMicros = Math.max(again, this.#known.againMicros)
    }
    this.#swarm?.lost(this, this.#piece?.piece)
  }
}

/** Of the last of so many pieces, in its byte of a bitfield. */
function lastBit(count: number): number {
  return 2 ** (7 - ((count - 1) % 8))
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.every((byte, i) => byte === b[i])
}
