/**
 * Captures that come through the page: written to a folder of our own as they arrive, within
 * bounds, and handed on to be read one after the other. Names are only shown, never trusted.
 */
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesText } from '../../core/figures.ts'
import { shown } from '../../core/text.ts'
import { Busy, TooLarge } from '../../services/page/gate.ts'
import type { Captures } from '../../services/page/parts.ts'

/** Uploads that come in at once. */
const AT_ONCE_MAX = 2
const NAME_LENGTH_MAX = 100

export interface UploadBounds {
  /** Of one capture, in bytes. */
  readonly fileBytes: number
  /** Of all that were taken since the start, in bytes. */
  readonly totalBytes: number
}

export class Uploads implements Captures {
  readonly bytesMax: number
  readonly #totalMax: number
  readonly #folder: string
  readonly #read: (name: string, path: string) => void
  #coming = 0
  #taken = 0
  #total = 0

  /**
   * @param folder  where captures are kept until the end, so that packets can be looked at again
   * @param read    begin to read it, now or later; throws Busy where too many wait
   */
  constructor(folder: string, bounds: UploadBounds, read: (name: string, path: string) => void) {
    this.bytesMax = bounds.fileBytes
    this.#totalMax = bounds.totalBytes
    this.#folder = folder
    this.#read = read
  }

  async take(name: string, body: AsyncIterable<Uint8Array>): Promise<{ readonly name: string }> {
    if (this.#coming >= AT_ONCE_MAX) throw new Busy('other captures are coming in')
    this.#coming++
    const own = join(this.#folder, String(++this.#taken))
    const path = join(own, fileName(name))
    try {
      await mkdir(own, { recursive: true, mode: 0o700 })
      await this.#write(path, body)
      this.#read(shown(name), path)
    } catch (error) {
      await rm(own, { recursive: true, force: true })
      throw isFull(error) ? new Busy('the disk is full') : error
    } finally {
      this.#coming--
    }
    return { name: shown(name) }
  }

  async #write(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
    const file = await open(path, 'wx', 0o600)
    let size = 0
    try {
      for await (const piece of body) {
        this.#mustFit(size + piece.length, this.#total + piece.length)
        size += piece.length
        this.#total += piece.length
        await file.writeFile(piece)
      }
    } catch (error) {
      this.#total -= size
      throw error
    } finally {
      await file.close()
    }
  }

  #mustFit(size: number, total: number): void {
    const [fileMax, totalMax] = [this.bytesMax, this.#totalMax]
    if (size > fileMax) throw new TooLarge(`the capture is larger than ${bytesText(fileMax)}`)
    if (total <= totalMax) return
    throw new TooLarge(`all captures together are larger than ${bytesText(totalMax)}`)
  }
}

/** What is left of a name that somebody chose, in a folder of its own. */
function fileName(name: string): string {
  const last = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1)
  const safe = last.replaceAll(/[^A-Za-z0-9._ -]/g, '_').slice(-NAME_LENGTH_MAX)
  return /^\.*$/.test(safe) ? 'capture' : safe
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOSPC'
}
