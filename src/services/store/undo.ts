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
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

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

export const undoOf = (path: string) => `${path}.undo`

/**
 * @param store  the open file of a store; it must stay open, see `Checkpoints`
 * @param offsets  of the blocks, in bytes
 */
export function keepBlocks(
  store: number,
  path: string,
  offsets: readonly number[],
  blockBytes: number,
): void {
  const { size } = fstatSync(store)
  const kept = offsets.filter((offset) => offset + blockBytes <= size)
  const growing = `${undoOf(path)}.new`
  const file = openSync(growing, 'w')
  try {
    const hash = createHash('sha256')
    const put = (bytes: Buffer) => {
      hash.update(bytes)
      writeSync(file, bytes)
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
    writeSync(file, hash.digest())
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(growing, undoOf(path))
  syncFolder(path)
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
      writeSync(store, read(undo, at, blocks!.blockBytes), 0, blocks!.blockBytes, offset)
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
  const blockBytes = head.readUInt32LE(MAGIC.length)
  const count = head.readUInt32LE(MAGIC.length + 4)
  const heads = head.length + count * OFFSET_BYTES
  const at = heads + HEADS_BYTES
  if (blockBytes > BLOCK_BYTES_MAX || count > BLOCKS_MAX) return undefined
  if (size !== at + count * blockBytes + DIGEST_BYTES || !isWhole(undo, size)) return undefined
  if (!read(undo, heads, HEADS_BYTES).equals(read(store, 0, HEADS_BYTES))) return undefined
  const listed = read(undo, head.length, count * OFFSET_BYTES)
  const offsets = Array.from({ length: count }, (_, i) =>
    Number(listed.readBigUInt64LE(i * OFFSET_BYTES)),
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

/** A new name is on the disk when its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
