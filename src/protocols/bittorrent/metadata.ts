/**
 * Names out of the info dictionary: put together from the pieces that peers send each other
 * (ut_metadata), checked against the info hash, and read.
 *
 * Source: BEP 9 (exchange), BEP 3 (info dictionary), BEP 47 (padding files), BEP 52 (v2: file tree,
 * the info hash is SHA-256, cut to 20 bytes where a handshake carries it).
 */
import { createHash } from 'node:crypto'
import { concat, hex, sameBytes } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import { latin1, text } from '../../core/text.ts'
import { BDict, bdecode } from '../formats/bencode.ts'
import { METADATA_PIECE_BYTES } from './wire/metadata.ts'

/** What an info dictionary says of its content. */
export interface Info {
  readonly name?: string
  /** Sum of the files' sizes, in bytes. */
  readonly size: number
  /** Empty where the content is one file; at most `listedMax`; padding left out. */
  readonly files: readonly { readonly path: string; readonly size: number }[]
  readonly private: boolean
  readonly v1: boolean
  readonly v2: boolean
}

/** An info dictionary whose hash is known. */
export interface CheckedInfo extends Info {
  /** `urn:btih:…` as in the handshake. */
  readonly urn: string
  /** Other names of the same content: `urn:btmh:1220…` where it has a v2 part. */
  readonly also: readonly string[]
}

/** Different total sizes claimed within one connection that are believed at once. */
const TOTALS_MAX = 4
/** Depth of a v2 file tree that is read. */
const TREE_DEPTH_MAX = 16

/** Pieces of one info dictionary, told apart by the total size that their senders claim. */
export class MetadataAssembly {
  readonly #byTotal = new Map<number, Map<number, Uint8Array>>()

  /**
   * @returns the whole dictionary once its last piece came; it is then forgotten here
   */
  add(piece: number, totalSize: number, data: Uint8Array): Uint8Array | undefined {
    if (totalSize <= 0 || totalSize > limits.metadataBytesMax) return undefined
    const count = Math.ceil(totalSize / METADATA_PIECE_BYTES)
    const last = piece === count - 1
    const wanted = last ? totalSize - piece * METADATA_PIECE_BYTES : METADATA_PIECE_BYTES
    if (piece >= count || data.length !== wanted) return undefined
    let pieces = this.#byTotal.get(totalSize)
    if (pieces === undefined) {
      if (this.#byTotal.size >= TOTALS_MAX) return undefined
      pieces = new Map()
      this.#byTotal.set(totalSize, pieces)
    }
    pieces.set(piece, data.slice())
    if (pieces.size < count) return undefined
    this.#byTotal.delete(totalSize)
    return concat(...Array.from({ length: count }, (_, i) => pieces.get(i)!))
  }
}

/**
 * @param infoHash  20 bytes out of the handshake; undefined where none was seen: then the hash is
 *                  computed, and proves only that the name belongs to it
 * @returns         undefined where the hash does not agree or the bytes are no info dictionary
 */
export function checkInfo(
  bytes: Uint8Array,
  infoHash: Uint8Array | undefined,
): CheckedInfo | undefined {
  const sha1 = new Uint8Array(createHash('sha1').update(bytes).digest())
  const sha256 = new Uint8Array(createHash('sha256').update(bytes).digest())
  const cut = sha256.subarray(0, 20)
  if (infoHash !== undefined && !sameBytes(sha1, infoHash) && !sameBytes(cut, infoHash)) {
    return undefined
  }
  const info = readInfo(bytes)
  if (info === undefined) return undefined
  const named = infoHash ?? (info.v1 ? sha1 : cut)
  const also: string[] = []
  if (info.v2) also.push(`urn:btmh:1220${hex(sha256)}`)
  if (info.v1 && !sameBytes(named, sha1)) also.push(`urn:btih:${hex(sha1)}`)
  return { ...info, urn: `urn:btih:${hex(named)}`, also }
}

export function readInfo(bytes: Uint8Array): Info | undefined {
  const outcome = bdecode(bytes, 0)
  if (outcome.kind !== 'message' || !(outcome.message instanceof BDict)) return undefined
  const info = outcome.message
  const name = textOf(info, 'name')
  const tree = info.dict('file tree')
  const v1 = info.has('pieces')
  const v2 = tree !== undefined
  if (!v1 && !v2) return undefined
  const files: { path: string; size: number }[] = []
  const size = v1 ? filesOfList(info, files) : filesOfTree(tree!, files)
  const single = files.length === 0 || (files.length === 1 && files[0]!.path === name)
  return {
    ...(name === undefined ? {} : { name }),
    size,
    files: single ? [] : files,
    private: info.number('private') === 1,
    v1,
    v2,
  }
}

/** `key.utf-8` outranks `key`: old clients wrote the local encoding into the latter. */
function textOf(dict: BDict, key: string): string | undefined {
  const bytes = dict.bytes(`${key}.utf-8`) ?? dict.bytes(key)
  return bytes === undefined ? undefined : text(bytes)
}

function isPadding(file: BDict): boolean {
  return file.bytes('attr')?.includes(0x70) === true
}

/** v1: `length`, or `files` with `path` lists. */
function filesOfList(info: BDict, into: { path: string; size: number }[]): number {
  const list = info.list('files')
  if (list === undefined) return info.number('length') ?? 0
  let total = 0
  for (const file of list) {
    if (!(file instanceof BDict) || isPadding(file)) continue
    const size = Math.max(0, file.number('length') ?? 0)
    total += size
    if (into.length >= limits.listedMax) continue
    const path = file.list('path.utf-8') ?? file.list('path') ?? []
    const parts = path.slice(0, 64).map((part) => (part instanceof Uint8Array ? text(part) : '?'))
    into.push({ path: parts.join('/'), size })
  }
  return total
}

/** v2: directories inside directories; a file is a dictionary under the empty name. */
function filesOfTree(tree: BDict, into: { path: string; size: number }[]): number {
  let total = 0
  const open: { dict: BDict; path: string; depth: number }[] = [{ dict: tree, path: '', depth: 0 }]
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    const { dict, path, depth } = entry
    // Backwards, so that the first name is taken from the stack first.
    for (let i = dict.size - 1; i >= 0; i--) {
      const value = dict.values[i]
      if (!(value instanceof BDict)) continue
      const key = dict.keys[i]!
      if (key !== '') {
        if (depth >= TREE_DEPTH_MAX) continue
        const name = nameOfKey(key)
        open.push({ dict: value, path: path === '' ? name : `${path}/${name}`, depth: depth + 1 })
        continue
      }
      if (isPadding(value)) continue
      const size = Math.max(0, value.number('length') ?? 0)
      total += size
      if (into.length < limits.listedMax) into.push({ path, size })
    }
  }
  return total
}

/** Keys are kept one character per byte; names in a tree are UTF-8. */
function nameOfKey(key: string): string {
  const bytes = Uint8Array.from(key, (character) => character.charCodeAt(0))
  const name = text(bytes)
  return name === '' ? latin1(bytes) : name
}
