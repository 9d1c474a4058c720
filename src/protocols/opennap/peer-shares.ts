/** The files that a small client shares: their paths, and the field that is called MD5. */
import { createHash } from 'node:crypto'
import { hex } from '../../core/bytes.ts'
import type { PeerFile } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { nameOf } from '../formats/file-path.ts'
import { decoded, fileUrn } from './content.ts'
import { quoted, wire8 } from './peer-node.ts'

/** The company's client hashed so many bytes; see content.ts. */
const HASHED_BYTES = 299_008
/** As many as OpenNap's server takes of one user. */
const FILES_MAX = 5000
const FOLDER = 'C:\\MP3\\'
/** Facts of files that all peers of a process share. */
const KNOWN_MAX = 65_536
/** 160 kbit/s, 44,100 Hz: nobody checked. */
const BITS = '160 44100'
const BYTES_A_SECOND = 20_000

export interface SharedFile {
  readonly file: PeerFile
  /** As on the wire: one character per byte. */
  readonly path: string
  readonly md5: string
  readonly content: string
}

/** The same files lie at many peers: each is hashed once. Kept only to be quick. */
const known = new Map<string, SharedFile>()

function sharedFile(file: PeerFile): SharedFile {
  const name = `${file.seed} ${file.size} ${file.name}`
  let facts = known.get(name)
  if (facts === undefined) {
    const path = wire8((FOLDER + file.name).replaceAll('"', "'"))
    const md5 = md5Of(file)
    facts = { file, path, md5, content: fileUrn(decoded(path), file.size) }
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(name, facts)
  }
  return facts
}

function md5Of(file: PeerFile): string {
  const hash = createHash('md5').update(fileBytes(file, 0, HASHED_BYTES))
  return hex(new Uint8Array(hash.digest()))
}

/** What is got of a file, hashed as its index entry was. */
export class FieldHash {
  readonly #hash = createHash('md5')
  #bytes = 0

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes.subarray(0, HASHED_BYTES - Math.min(HASHED_BYTES, this.#bytes)))
    this.#bytes += bytes.length
  }

  /** Clients wrote a length behind the hash, or none. */
  agrees(field: string): boolean {
    const digest = hex(new Uint8Array(this.#hash.digest()))
    return field.split('-')[0]!.toLowerCase() === digest
  }
}

export class Shares {
  readonly #files: SharedFile[] = []

  /** @returns undefined where there are too many */
  add(file: PeerFile): SharedFile | undefined {
    if (this.#files.length >= FILES_MAX) return undefined
    const facts = sharedFile(file)
    if (!this.#files.includes(facts)) this.#files.push(facts)
    return facts
  }

  get all(): readonly SharedFile[] {
    return this.#files
  }

  /** By the path that was told. */
  at(path: string): SharedFile | undefined {
    return this.#files.find((each) => each.path === path)
  }
}

/** A file's words in messages 100 and in lists. */
export function wordsOfFile({ file, path, md5 }: SharedFile): string {
  const seconds = Math.ceil(file.size / BYTES_A_SECOND)
  return `${quoted(path)} ${md5} ${file.size} ${BITS} ${seconds}`
}

/** What a person calls a file whose path was told. */
export function shownName(path: string): string {
  return nameOf(decoded(path))
}
