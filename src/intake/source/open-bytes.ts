/** The bytes of a capture: opened, and its compression undone, which the first bytes tell. */
import { bytesOf, hasAt } from '../../core/bytes.ts'
import { type ByteSource, openRaw, PushedBack, Watched, worldCause } from './byte-source.ts'
import { CaptureError } from './cursor.ts'
import { GzipSource } from './gzip-source.ts'
import { ZstdSource } from './zstd-source.ts'

export type Compression = 'none' | 'gzip' | 'zstd'

export interface OpenedBytes {
  /** The capture's bytes. */
  readonly source: ByteSource
  /** The file's own bytes: the same unless it is compressed. */
  readonly raw: ByteSource
  readonly compression: Compression
}

const GZIP = bytesOf('\x1f\x8b') // RFC 1952 2.3.1
const ZSTD = bytesOf('\x28\xb5\x2f\xfd') // RFC 8878 3.1.1

/**
 * Open a path (`-`: standard input).
 * @param watch  is shown every byte of the file itself, as it is read
 */
export async function openBytes(
  path: string,
  watch?: (bytes: Uint8Array) => void,
): Promise<OpenedBytes> {
  const opened = openRaw(path)
  return undone(path, watch === undefined ? opened : new Watched(opened, watch))
}

/** The bytes of a source, without compression; `path` is its name where it cannot be read. */
export async function undone(path: string, raw: ByteSource): Promise<OpenedBytes> {
  const head = await readHead(raw, path)
  const source = new PushedBack(head, raw)
  if (hasAt(head, 0, GZIP)) return { source: new GzipSource(source), raw, compression: 'gzip' }
  if (hasAt(head, 0, ZSTD)) return { source: new ZstdSource(source), raw, compression: 'zstd' }
  return { source, raw, compression: 'none' }
}

async function readHead(source: ByteSource, path: string): Promise<Uint8Array> {
  const head = new Uint8Array(4)
  let have = 0
  try {
    while (have < head.length) {
      const count = await source.read(head.subarray(have))
      if (count === 0) break
      have += count
    }
  } catch (error) {
    source.close()
    throw new CaptureError(path, worldCause(error), { cause: error })
  }
  return head.slice(0, have)
}
