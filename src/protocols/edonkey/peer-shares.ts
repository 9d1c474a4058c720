/** The files that a small client shares, and the hash that names them: MD4 over parts, and over those. */
import { concat, fromHex, hex } from '../../core/bytes.ts'
import { md4 } from '../../core/md4.ts'
import type { PeerFile } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { numberTag, textTag } from './peer-node.ts'
import type { FileEntry } from './wire/entries.ts'
import { TAG } from './wire/tag.ts'

/** PARTSIZE of eMule's opcodes.h. */
export const PART_BYTES = 9_728_000
const FILES_MAX = 5000
const PIECE_BYTES = 65_536
/** Facts of files that all peers of a process share. */
const KNOWN_MAX = 65_536

/** eD2k hash of bytes that come in order; keeps one part at most. */
export class FileHash {
  readonly #parts: string[] = []
  #pieces: Uint8Array[] = []
  #inPart = 0

  update(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.slice(at, at + PART_BYTES - this.#inPart)
      this.#pieces.push(piece)
      this.#inPart += piece.length
      at += piece.length
      if (this.#inPart === PART_BYTES) this.#endPart()
    }
  }

  #endPart(): void {
    this.#parts.push(hex(md4(concat(...this.#pieces))))
    this.#pieces = []
    this.#inPart = 0
  }

  /**
   * A file that ends with a part has one more, without bytes, as eMule counts.
   * @returns the hash, and those of the parts where there are several
   */
  digest(): { hash: string; parts: readonly string[] } {
    this.#endPart()
    const [only] = this.#parts
    if (this.#parts.length === 1) return { hash: only!, parts: [] }
    return { hash: hex(md4(concat(...this.#parts.map(fromHex)))), parts: this.#parts }
  }
}

export interface SharedFile {
  readonly file: PeerFile
  readonly hash: string
  readonly parts: readonly string[]
}

/** The same files lie at many peers: each is hashed once. Kept only to be quick. */
const known = new Map<string, SharedFile>()

function sharedFile(file: PeerFile): SharedFile {
  const name = `${file.seed} ${file.size} ${file.name}`
  let facts = known.get(name)
  if (facts === undefined) {
    const whole = new FileHash()
    for (let at = 0; at < file.size; at += PIECE_BYTES) {
      whole.update(fileBytes(file, at, PIECE_BYTES))
    }
    facts = { file, ...whole.digest() }
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(name, facts)
  }
  return facts
}

export class Shares {
  readonly #files = new Map<string, SharedFile>()

  /** @returns undefined where there are too many */
  add(file: PeerFile): SharedFile | undefined {
    if (this.#files.size >= FILES_MAX) return undefined
    const facts = sharedFile(file)
    this.#files.set(facts.hash, facts)
    return facts
  }

  get all(): readonly SharedFile[] {
    return [...this.#files.values()]
  }

  at(hash: string): SharedFile | undefined {
    return this.#files.get(hash)
  }
}

export function entryOf({ file, hash }: SharedFile, id: number, port: number): FileEntry {
  return { hash, id, port, tags: [textTag(TAG.name, file.name), numberTag(TAG.size, file.size)] }
}

export function contentOf(hash: string): string {
  return `urn:ed2k:${hash}`
}
