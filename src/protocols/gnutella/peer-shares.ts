/** The files that a small peer shares: found by words, told in hits, named by SHA-1. */
import { createHash } from 'node:crypto'
import { bytesOf } from '../../core/bytes.ts'
import type { PeerFile } from '../../core/peer.ts'
import { fileBytes } from '../../core/peer-file.ts'
import { sha1Urn } from '../formats/urn.ts'
import type { Node } from './peer-node.ts'
import { wordsOf } from './peer-qrp.ts'
import type { Hit, QueryHit } from './wire/query-hit.ts'

/** Hits of one message; its count is a byte. */
const HITS_MAX = 64
const FILES_MAX = 10_000
/** Kilobits a second, as told: a line of the time. */
const SPEED = 350
const NOTHING = new Uint8Array(0)
const PIECE_BYTES = 65_536
/** Facts of files that all peers of a process share. */
const KNOWN_MAX = 65_536
/** Size of the worm Mandragore, which every search found as its own words with `.exe`. */
const WORM_BYTES = 8192

export interface SharedFile {
  readonly file: PeerFile
  readonly words: ReadonlySet<string>
  readonly urn: string
}

/** The same files lie at many peers: each is hashed once. Kept only to be quick. */
const known = new Map<string, SharedFile>()

function sharedFile(file: PeerFile): SharedFile {
  const name = `${file.seed} ${file.size} ${file.name}`
  let facts = known.get(name)
  if (facts === undefined) {
    facts = { file, words: new Set(wordsOf(file.name)), urn: sha1Of(file) }
    if (known.size >= KNOWN_MAX) known.clear()
    known.set(name, facts)
  }
  return facts
}

function sha1Of(file: PeerFile): string {
  const hash = createHash('sha1')
  for (let at = 0; at < file.size; at += PIECE_BYTES) hash.update(fileBytes(file, at, PIECE_BYTES))
  return sha1Urn(new Uint8Array(hash.digest()))
}

export class Shares {
  readonly #node: Node
  /** A file's index is its place, from 1. */
  readonly #files: SharedFile[] = []

  constructor(node: Node) {
    this.#node = node
  }

  /** @returns its content name, or undefined where there are too many */
  add(file: PeerFile): string | undefined {
    if (this.#files.length >= FILES_MAX) return undefined
    const facts = sharedFile(file)
    if (!this.#files.includes(facts)) this.#files.push(facts)
    return facts.urn
  }

  get count(): number {
    return this.#files.length
  }

  get kbytes(): number {
    const bytes = this.#files.reduce((sum, { file }) => sum + file.size, 0)
    return Math.floor(bytes / 1024)
  }

  /** All words by which something is found here. */
  words(): Set<string> {
    const all = new Set<string>()
    for (const { words } of this.#files) for (const word of words) all.add(word)
    return all
  }

  byIndex(index: number): PeerFile | undefined {
    if (this.#node.has('answers-everything') && index === 0) return worm('')
    return this.#files[index - 1]?.file
  }

  byUrn(urn: string): { file: PeerFile; index: number } | undefined {
    const at = this.#files.findIndex((each) => each.urn === urn)
    return at < 0 ? undefined : { file: this.#files[at]!.file, index: at + 1 }
  }

  urnOf(file: PeerFile): string {
    return sharedFile(file).urn
  }

  /** What is to be told of all files whose names have all words of the text. */
  find(text: string, words: readonly string[]): QueryHit | undefined {
    const hits: Hit[] = []
    if (this.#node.has('answers-everything')) {
      hits.push({ index: 0, size: WORM_BYTES, name: `${text}.exe`, extra: NOTHING })
    }
    if (words.length > 0) {
      for (let i = 0; i < this.#files.length && hits.length < HITS_MAX; i++) {
        const facts = this.#files[i]!
        if (words.every((word) => facts.words.has(word))) hits.push(this.#hit(facts, i + 1))
      }
    }
    return hits.length === 0 ? undefined : this.hitOf(hits)
  }

  /** All files, in as many hits as needed: for those who browse. */
  all(): QueryHit[] {
    const messages: QueryHit[] = []
    for (let at = 0; at < this.#files.length; at += HITS_MAX) {
      const part = this.#files.slice(at, at + HITS_MAX)
      messages.push(this.hitOf(part.map((facts, i) => this.#hit(facts, at + i + 1))))
    }
    return messages
  }

  #hit({ file, urn }: SharedFile, index: number): Hit {
    // Content names came after 0.4, with HUGE.
    const extra = this.#node.role === 'servent' ? NOTHING : bytesOf(urn)
    return { index, size: file.size, name: file.name, extra }
  }

  hitOf(hits: readonly Hit[]): QueryHit {
    const { told, guid, role, settings } = this.#node
    // Vendor, two bytes of flags: that it says whether it must be pushed, and that.
    const trailer =
      role === 'servent' ? NOTHING : bytesOf(`PEER\x02${settings.isFirewalled ? '\x01' : '\0'}\x01`)
    return { type: 'query-hit', ...told, speed: SPEED, hits, trailer, servent: guid }
  }
}

/** Whatever was asked for. */
function worm(name: string): PeerFile {
  return { name, size: WORM_BYTES, seed: WORM_BYTES }
}
