/**
 * One content at one small peer: who takes part, as far as it knows, which pieces are there, and who is
 * asked for the others. A swarm that was entered by its hash alone first asks for the info dictionary.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { concat, fromHex, hex } from '../../core/bytes.ts'
import { MetadataAssembly } from './metadata.ts'
import type { Client } from './peer-client.ts'
import { hasBug, NEVER, SECOND, sha1 } from './peer-node.ts'
import { PeerTalk } from './peer-talk.ts'
import { Pieces, pieceSize, torrentOfInfo } from './peer-torrent.ts'
import { METADATA_PIECE_BYTES } from './wire/metadata.ts'

const KNOWN_MAX = 200
/** Connections that one who wants something asks for by itself. */
const CALLS_MAX = 10
/** As often others are looked at: silence, peers to tell. */
const LOOK_MICROS = 15 * SECOND
/** Without a new piece for so long, it is given up. */
const PATIENCE_MICROS = 180 * SECOND
/** Who knows nobody asks again so soon. */
const LONELY_MICROS = 30 * SECOND

/** Somebody who takes part, by the port where he takes connections. */
export interface Known {
  readonly endpoint: Endpoint
  /** What is known of him: somebody told; he took a connection; he said the handshake. */
  level: 'heard' | 'answering' | 'met'
  /** Connections with him that stand or are being made: two, where both called at once. */
  links: number
  /** He is not called before; NEVER for one who sent what is wrong. */
  againMicros: number
}

export class Swarm {
  readonly client: Client
  readonly infoHash: string
  readonly hash: Uint8Array
  /** As it was ordered; the info dictionary may say another. */
  name: string
  /** Undefined until the info dictionary is there. */
  pieces: Pieces | undefined
  wants: boolean
  readonly talks = new Set<PeerTalk>()
  readonly #known = new Map<string, Known>()
  readonly #taken = new Set<number>()
  readonly #metadata = new MetadataAssembly()
  /** When the tracker or the DHT is asked again. */
  askMicros = NEVER
  #lookMicros = NEVER
  #progressMicros: number

  constructor(
    client: Client,
    { infoHash, name, pieces }: { infoHash: string; name: string; pieces: Pieces | undefined },
  ) {
    this.client = client
    this.infoHash = infoHash
    this.hash = fromHex(infoHash)
    this.name = name
    this.pieces = pieces
    this.wants = pieces === undefined && !hasBug(client.settings, 'any-content')
    this.#progressMicros = client.site.nowMicros
  }

  get isComplete(): boolean {
    return this.pieces?.isAll === true || hasBug(this.client.settings, 'any-content')
  }

  /** Bytes that are missing; 1 where nobody knows yet. */
  get left(): number {
    if (this.isComplete) return 0
    if (this.pieces === undefined) return 1
    const { torrent, count } = this.pieces
    return Math.max(1, torrent.size - count * torrent.pieceBytes)
  }

  /** Somebody says that there is somebody. @returns undefined where there is no room */
  hear(endpoint: Endpoint): Known | undefined {
    const key = endpointText(endpoint)
    const before = this.#known.get(key)
    if (before !== undefined) return before
    const { site, settings } = this.client
    const isSelf = endpoint.ip === site.ip && endpoint.port === settings.port
    if (isSelf || endpoint.port === 0 || this.#known.size >= KNOWN_MAX) return undefined
    const known: Known = { endpoint, level: 'heard', links: 0, againMicros: 0 }
    this.#known.set(key, known)
    return known
  }

  /** Call those who were heard of, as far as it makes sense. */
  callMore(): void {
    if (!this.wants || this.isComplete) return
    const now = this.client.site.nowMicros
    let calls = [...this.talks].filter((talk) => talk.isOurs).length
    for (const known of this.#known.values()) {
      if (calls >= CALLS_MAX) break
      if (known.links > 0 || known.againMicros > now) continue
      if (!this.client.call(known.endpoint, new PeerTalk(this.client, this, known))) break
      calls++
    }
    this.#look()
  }

  /** Whom peer exchange tells of. */
  get tellable(): Endpoint[] {
    const { settings, victims } = this.client
    const isHeard = hasBug(settings, 'passes-heard')
    const isAnswering = hasBug(settings, 'passes-answering')
    const told: Endpoint[] = []
    for (const { endpoint, level, links } of this.#known.values()) {
      const isMet = level === 'met' && links > 0
      if (isMet || isHeard || (isAnswering && level !== 'heard')) told.push(endpoint)
    }
    return [...told, ...victims]
  }

  entered(talk: PeerTalk): void {
    this.talks.add(talk)
    this.#look()
  }

  /** A piece that somebody was asked for will not come from him. */
  untake(piece: number): void {
    this.#taken.delete(piece)
  }

  lost(talk: PeerTalk, piece: number | undefined): void {
    this.talks.delete(talk)
    if (piece !== undefined) this.untake(piece)
    if (this.wants && this.talks.size === 0 && this.askMicros !== NEVER) {
      const soon = this.client.site.nowMicros + LONELY_MICROS
      this.askMicros = Math.min(this.askMicros, soon)
      this.client.alarm(this.askMicros)
    }
    this.callMore()
    for (const other of this.talks) other.request()
  }

  /** The tracker or the DHT has said whom it knows. */
  answered(peers: readonly Endpoint[], againSeconds: number): void {
    for (const peer of peers) this.hear(peer)
    this.callMore()
    const isLonely = this.wants && this.talks.size === 0
    const wait = isLonely ? LONELY_MICROS : againSeconds * SECOND
    this.askMicros = Math.min(this.askMicros, this.client.site.nowMicros + wait)
    this.client.alarm(this.askMicros)
  }

  /** A piece that is missing, that this one has and that nobody is asked for, by chance. */
  pick(talk: PeerTalk): number | undefined {
    const { pieces } = this
    if (pieces === undefined || !this.wants || pieces.isAll) return undefined
    const { pieces: count } = pieces.torrent
    const first = this.client.site.chance(count)
    for (let i = 0; i < count; i++) {
      const piece = (first + i) % count
      if (pieces.has(piece) || this.#taken.has(piece) || !talk.hasPiece(piece)) continue
      this.#taken.add(piece)
      return piece
    }
    return undefined
  }

  /** Whether it has anything that is missing here. */
  isInterestedIn(talk: PeerTalk): boolean {
    const { pieces } = this
    if (pieces === undefined || !this.wants) return false
    for (let piece = 0; piece < pieces.torrent.pieces; piece++) {
      if (!pieces.has(piece) && talk.hasPiece(piece)) return true
    }
    return false
  }

  /** @returns whether it is what it should be */
  gotPiece(piece: number, bytes: Uint8Array, from: Endpoint): boolean {
    this.#taken.delete(piece)
    if (this.pieces?.add(piece, bytes) !== true) return false
    this.#progressMicros = this.client.site.nowMicros
    for (const talk of this.talks) talk.tellHave(piece)
    if (this.pieces.isAll) this.#finish(from)
    return true
  }

  #finish(from: Endpoint): void {
    this.wants = false
    const { name, size } = this.pieces!.torrent
    this.client.site.say({ type: 'fetched', name, bytes: size, from, verified: true })
    for (const talk of this.talks) talk.ready()
    this.client.ask(this, 'completed')
  }

  /** A piece of the info dictionary. */
  gotMetadata(piece: number, totalBytes: number, data: Uint8Array, from: Endpoint): void {
    if (this.pieces !== undefined || !this.wants) return
    const info = this.#metadata.add(piece, totalBytes, data)
    // One who sends another's is not believed; the next may send the right one.
    if (info === undefined || hex(sha1(info)) !== this.infoHash) return
    const torrent = torrentOfInfo(info)
    if (torrent === undefined) return this.#fail('a content of another kind')
    this.pieces = new Pieces(torrent, undefined)
    this.name = torrent.name
    this.#progressMicros = this.client.site.nowMicros
    if (this.pieces.isAll) return this.#finish(from)
    for (const talk of this.talks) talk.ready()
  }

  /** @returns undefined where there is no such piece */
  metadataPiece(piece: number): { total: number; data: Uint8Array } | undefined {
    const info = this.pieces?.torrent.info
    const at = piece * METADATA_PIECE_BYTES
    if (info === undefined || at >= info.length) return undefined
    return { total: info.length, data: info.subarray(at, at + METADATA_PIECE_BYTES) }
  }

  #fail(why: string): void {
    this.wants = false
    this.client.fail('fetch', why)
    for (const talk of [...this.talks]) talk.end()
  }

  #look(): void {
    if (this.#lookMicros !== NEVER) return
    this.#lookMicros = this.client.site.nowMicros + LOOK_MICROS
    this.client.alarm(this.#lookMicros)
  }

  /** @returns when to come again */
  wake(now: number): number {
    if (this.askMicros <= now) {
      this.askMicros = NEVER
      this.client.ask(this, 'none')
    }
    if (this.#lookMicros <= now) {
      this.#lookMicros = NEVER
      if (this.wants && now - this.#progressMicros >= PATIENCE_MICROS) {
        this.#fail(this.#known.size === 0 ? 'nobody has it' : 'nobody gives it')
      }
      for (const talk of [...this.talks]) talk.wake(now)
      this.callMore()
      if (this.talks.size > 0 || this.wants) this.#look()
    }
    return Math.min(this.askMicros, this.#lookMicros)
  }

  /** Patience begins. */
  begin(): void {
    this.#progressMicros = this.client.site.nowMicros
    this.#look()
  }

  pieceSize(piece: number): number {
    return pieceSize(this.pieces!.torrent, piece)
  }
}

/** The blocks of a piece, put together in whatever order they come. */
export class PieceAssembly {
  readonly piece: number
  readonly size: number
  readonly #blocks = new Map<number, Uint8Array>()
  #got = 0

  constructor(piece: number, size: number) {
    this.piece = piece
    this.size = size
  }

  /** @returns the piece, once it is whole */
  add(begin: number, data: Uint8Array): Uint8Array | undefined {
    if (this.#blocks.has(begin)) return undefined
    this.#blocks.set(begin, data.slice())
    this.#got += data.length
    if (this.#got < this.size) return undefined
    const starts = [...this.#blocks.keys()].sort((a, b) => a - b)
    return concat(...starts.map((start) => this.#blocks.get(start)!))
  }
}
