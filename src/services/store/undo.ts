/**
 * DuckDB writes a checkpoint's data where nothing is, but the blocks that hold its metadata in
 * place: a process that is killed in the middle of such a block leaves a file that nobody can open.
 * So before each checkpoint these blocks are copied beside the store, and put back where one was
 * begun and not finished. The log is not emptied before the end, so nothing is lost.
 *
 * File: magic, size of a block u32, count u32, offset u64 of each, the three heads, the blocks, SHA-256.
 * Heads and blocks of DuckDB: https://duckdb.org/docs/stable/internals/storage
 */
import { createHash } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { u32le, u64leBig } from '../../core/bytes.ts'

const MAGIC = Buffer.from('PSUNDO1\n')
/** One head of the file and two of its state, which are written in turn. */
export const HEADS_BYTES = 3 * 4096
const DIGEST_BYTES = 32
const COUNTS_BYTES = 8
const OFFSET_BYTES = 8
/** DuckDB's largest block. */
const BLOCK_BYTES_MAX = 262_144
/** 16 GB of metadata. */
const BLOCKS_MAX = 65_536

const undoOf = (path: string) => `${path}.undo`

/** Where the file itself is: DuckDB keeps its log there too, whatever link it is opened by. */
export function realOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : path
}

/**
 * What is kept already stays where no checkpoint ended since: one that failed may have changed blocks.
 * @param store  the open file of a store; it must stay open, see `Checkpoints`
 * @param path  of the file itself
 * @param offsets  of the blocks, in bytes
 * @returns bytes that are kept
 */
export function keepBlocks(
  store: number,
  path: string,
  offsets: readonly number[],
  blockBytes: number,
): number {
  const { size, mode } = fstatSync(store)
  const kept = offsets.filter((offset) => offset + blockBytes <= size)
  const bytes = kept.length * blockBytes
  if (isKept(store, path)) return bytes
  const growing = `${undoOf(path)}.new`
  rmSync(growing, { force: true })
  const file = openSync(growing, 'wx', mode & 0o777)
  try {
    const hash = createHash('sha256')
    const put = (part: Buffer) => {
      hash.update(part)
      write(file, part)
    }
    const head = Buffer.alloc(COUNTS_BYTES + kept.length * OFFSET_BYTES)
    head.writeUInt32LE(blockBytes, 0)
    head.writeUInt32LE(kept.length, 4)
    for (const [i, offset] of kept.entries()) {
      head.writeBigUInt64LE(BigInt(offset), COUNTS_BYTES + i * OFFSET_BYTES)
    }
    put(MAGIC)
    put(head)
    put(read(store, 0, HEADS_BYTES))
    for (const offset of kept) put(read(store, offset, blockBytes))
    write(file, hash.digest())
    fsyncSync(file)
  } catch (error) {
    rmSync(growing, { force: true })
    throw error
  } finally {
    closeSync(file)
  }
  renameSync(growing, undoOf(path))
  syncFolder(path)
  return bytes
}

function isKept(store: number, path: string): boolean {
  if (!existsSync(undoOf(path))) return false
  const undo = openSync(undoOf(path), 'r')
  try {
    return blocksToPutBack(undo, store) !== undefined
  } finally {
    closeSync(undo)
  }
}

export function forgetBlocks(path: string): void {
  rmSync(undoOf(path), { force: true })
  rmSync(`${undoOf(path)}.new`, { force: true })
}

export function hasKeptBlocks(path: string): boolean {
  return existsSync(undoOf(path)) && existsSync(path)
}

/** Whether a checkpoint of this store was begun and not finished. Nobody may have the store open. */
export function isUnfinished(path: string): boolean {
  return withBoth(path, 'r', (_undo, _store, blocks) => blocks !== undefined)
}

/**
 * Put the kept blocks back where the checkpoint was not finished. Nobody may have the store open.
 * @returns whether it was not
 */
export function putBack(path: string): boolean {
  return withBoth(path, 'r+', (undo, store, blocks) => {
    let at = blocks?.at ?? 0
    for (const offset of blocks?.offsets ?? []) {
      write(store, read(undo, at, blocks!.blockBytes), offset)
      at += blocks!.blockBytes
    }
    fsyncSync(store)
    return blocks !== undefined
  })
}

function withBoth(
  path: string,
  mode: 'r' | 'r+',
  work: (undo: number, store: number, blocks?: KeptBlocks) => boolean,
): boolean {
  const undo = openSync(undoOf(path), 'r')
  try {
    const store = openSync(path, mode)
    try {
      return work(undo, store, blocksToPutBack(undo, store))
    } finally {
      closeSync(store)
    }
  } finally {
    closeSync(undo)
  }
}

interface KeptBlocks {
  readonly offsets: readonly number[]
  readonly blockBytes: number
  /** Where in the file the first one stands. */
  readonly at: number
}

/** Undefined where the copy was not finished, so nothing was begun; or the checkpoint's head was written. */
function blocksToPutBack(undo: number, store: number): KeptBlocks | undefined {
  const { size } = fstatSync(undo)
  const head = read(undo, 0, MAGIC.length + COUNTS_BYTES)
  if (head.length < MAGIC.length + COUNTS_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC)) {
    return undefined
  }
  const blockBytes = u32le(head, MAGIC.length)
  const count = u32le(head, MAGIC.length + 4)
  const heads = head.length + count * OFFSET_BYTES
  const at = heads + HEADS_BYTES
  if (blockBytes > BLOCK_BYTES_MAX || count > BLOCKS_MAX) return undefined
  if (size !== at + count * blockBytes + DIGEST_BYTES || !isWhole(undo, size)) return undefined
  if (!read(undo, heads, HEADS_BYTES).equals(read(store, 0, HEADS_BYTES))) return undefined
  const listed = read(undo, head.length, count * OFFSET_BYTES)
  const offsets = Array.from({ length: count }, (_, i) =>
    Number(u64leBig(listed, i * OFFSET_BYTES)),
  )
  return { offsets, blockBytes, at }
}

function isWhole(undo: number, size: number): boolean {
  const hash = createHash('sha256')
  const end = size - DIGEST_BYTES
  for (let at = 0; at < end; at += BLOCK_BYTES_MAX) {
    hash.update(read(undo, at, Math.min(BLOCK_BYTES_MAX, end - at)))
  }
  return hash.digest().equals(read(undo, end, DIGEST_BYTES))
}

/** Fewer bytes where the file ends before. */
function read(file: number, at: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, at))
}

/**
 * All of them: where the disk becomes full the system may write a part, and no error comes before the
 * next.
 * @param at  absent: behind what was written last
 */
function write(file: number, bytes: Buffer, at?: number): void {
  for (let done = 0; done < bytes.length; ) {
    const place = at === undefined ? null : at + done
    done += writeSync(file, bytes, done, bytes.length - done, place)
  }
}

/** A new name is on the disk when its folder is; where a file system cannot say so, as soon as it likes. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    closeSync(folder)
  }
}
