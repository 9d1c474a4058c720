/** The files that a small node shares, as lists and supernodes are told of them. */
import { hex } from '../../core/bytes.ts'
import type { PeerFile } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { text } from '../../core/text.ts'
import { checksumOf, fileHash } from './peer-hash.ts'
import { type SharedFile, sharedFileWire } from './wire/shared-file.ts'

const FILES_MAX = 5000
/** Facts of files that all peers of a process share. */
const KNOWN_MAX = 65_536
const NAME_TAG = 2

export interface Shared {
  readonly file: PeerFile
  /** In hex, as requests name it. */
  readonly hash: string
  /** As it is told. */
  readonly told: Uint8Array
}

/** The same files lie at many peers: each is hashed once. Kept only to be quick. */
const known = new Map<string, Shared>()

function sharedOf(file: PeerFile): Shared {
  const key = `${file.seed} ${file.size} ${file.name}`
  let shared = known.get(key)
  if (shared === undefined) {
    const hash = fileHash(file.size, (at, size) => fileBytes(file, at, size))
    const name = { type: NAME_TAG, value: new TextEncoder().encode(file.name) }
    const fields = { hash, checksum: checksumOf(hash), size: file.size, tags: [name] }
    shared = { file, hash: hex(hash), told: sharedFileWire.emit(fields) }
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(key, shared)
  }
  return shared
}

/** What is told of a file: its hash in hex, its name, its size. */
export function factsOfShared({ hash, size, tags }: SharedFile): {
  hash: string
  name: string
  size: number
} {
  const name = tags.find(({ type }) => type === NAME_TAG)
  return { hash: hex(hash), name: name === undefined ? '' : text(name.value), size }
}

export function hashUrn(hash: string): string {
  return `urn:kzhash:${hash}`
}

export class Shares {
  readonly #files = new Map<string, Shared>()

  /** @returns undefined where there are too many */
  add(file: PeerFile): Shared | undefined {
    if (this.#files.size >= FILES_MAX) return undefined
    const shared = sharedOf(file)
    this.#files.set(shared.hash, shared)
    return shared
  }

  get all(): Iterable<Shared> {
    return this.#files.values()
  }

  at(hash: string): Shared | undefined {
    return this.#files.get(hash)
  }
}
