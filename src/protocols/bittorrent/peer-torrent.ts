/**
 * A content of one file, or of several as one row of bytes: its info dictionary, its pieces and their
 * hashes. Source: BEP 3.
 */
import { concat, hex, sameBytes } from '../../core/bytes.ts'
import type { PeerFile } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { BDict, bdecode, bencode } from '../formats/bencode.ts'
import { readInfo } from './metadata.ts'
import { ID_BYTES, sha1 } from './peer-node.ts'

/** Small, so that small files have several pieces; doubled until there are few enough. */
const PIECE_BYTES_MIN = 32_768
const PIECES_MAX = 2048
/** What a small peer keeps of one content. */
export const CONTENT_BYTES_MAX = 67_108_864
/** Facts of files that all peers of a process share. */
const KNOWN_MAX = 4096

export interface Torrent {
  /** As the hash is taken of it. */
  readonly info: Uint8Array
  /** Hex. */
  readonly infoHash: string
  readonly name: string
  readonly size: number
  readonly pieceBytes: number
  readonly pieces: number
  /** 20 bytes each. */
  readonly hashes: Uint8Array
}

/** The same files lie at many peers: each is hashed once. Kept only to be quick. */
const known = new Map<string, Torrent>()

export function torrentOfFile(file: PeerFile): Torrent {
  const key = `${file.seed} ${file.size} ${file.name}`
  let torrent = known.get(key)
  if (torrent === undefined) {
    torrent = torrentOfInfo(infoOf(file))!
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(key, torrent)
  }
  return torrent
}

function infoOf(file: PeerFile): Uint8Array {
  let pieceBytes = PIECE_BYTES_MIN
  while (file.size / pieceBytes > PIECES_MAX) pieceBytes *= 2
  const hashes: Uint8Array[] = []
  for (let at = 0; at < file.size; at += pieceBytes) {
    hashes.push(sha1(fileBytes(file, at, pieceBytes)))
  }
  const dict = BDict.of({
    length: file.size,
    name: new TextEncoder().encode(file.name),
    'piece length': pieceBytes,
    pieces: concat(...hashes),
  })
  return bencode(dict)
}

/** @returns undefined where it is no dictionary of this kind, or of too much */
export function torrentOfInfo(info: Uint8Array): Torrent | undefined {
  const facts = readInfo(info)
  const outcome = bdecode(info, 0)
  if (facts === undefined || outcome.kind !== 'message') return undefined
  const dict = outcome.message
  if (!(dict instanceof BDict)) return undefined
  const pieceBytes = dict.number('piece length')
  const hashes = dict.bytes('pieces')
  const { size, name = '' } = facts
  if (pieceBytes === undefined || pieceBytes < 1 || hashes === undefined) return undefined
  const pieces = Math.ceil(size / pieceBytes)
  if (size > CONTENT_BYTES_MAX || hashes.length !== pieces * ID_BYTES) return undefined
  return { info, infoHash: hex(sha1(info)), name, size, pieceBytes, pieces, hashes }
}

export function pieceSize({ size, pieceBytes }: Torrent, piece: number): number {
  return Math.min(pieceBytes, size - piece * pieceBytes)
}

/** The pieces of a content that a peer has: those of a file of its own, or those that came. */
export class Pieces {
  readonly torrent: Torrent
  readonly #file: PeerFile | undefined
  readonly #got: (Uint8Array | undefined)[] = []
  #count: number

  constructor(torrent: Torrent, file: PeerFile | undefined) {
    this.torrent = torrent
    this.#file = file
    this.#count = file === undefined ? 0 : torrent.pieces
  }

  get count(): number {
    return this.#count
  }

  get isAll(): boolean {
    return this.#count === this.torrent.pieces
  }

  has(piece: number): boolean {
    return this.#file !== undefined ? piece < this.torrent.pieces : this.#got[piece] !== undefined
  }

  /** @returns whether it has the hash that it must have */
  add(piece: number, bytes: Uint8Array): boolean {
    const at = piece * ID_BYTES
    const wanted = this.torrent.hashes.subarray(at, at + ID_BYTES)
    if (!sameBytes(sha1(bytes), wanted)) return false
    if (!this.has(piece)) this.#count++
    this.#got[piece] = bytes
    return true
  }

  read(piece: number, begin: number, size: number): Uint8Array {
    if (this.#file !== undefined) {
      return fileBytes(this.#file, piece * this.torrent.pieceBytes + begin, size)
    }
    return this.#got[piece]!.subarray(begin, begin + size)
  }

  /** Most significant bit first. */
  get bitfield(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.torrent.pieces / 8))
    for (let piece = 0; piece < this.torrent.pieces; piece++) {
      if (this.has(piece)) bytes[Math.floor(piece / 8)]! += 2 ** (7 - (piece % 8))
    }
    return bytes
  }
}
