/**
 * Text to a file descriptor, in large pieces and with back-pressure: a write waits until the
 * reader has taken it, so that nothing piles up in memory.
 */
import { closeSync, openSync, writeSync } from 'node:fs'

const STDOUT = 1
/** Text is handed on once there is this much of it. */
const CHUNK_LENGTH = 128 * 1024
/** How long to wait for a pipe that is full and does not block. */
const RETRY_MS = 2

/** Whoever read our output has gone. Nobody is left to tell. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone'
}

const encoder = new TextEncoder()

export class Output {
  readonly #fd: number
  readonly #eachLine: boolean
  #text = ''

  constructor(fd: number, eachLine = false) {
    this.#fd = fd
    this.#eachLine = eachLine
  }

  /** @param path  a file to write anew, or `-` for standard output */
  static open(path: string, eachLine = false): Output {
    return new Output(path === '-' ? STDOUT : openSync(path, 'w'), eachLine)
  }

  get isStdout(): boolean {
    return this.#fd === STDOUT
  }

  line(text: string): void {
    this.#text += `${text}\n`
    if (this.#text.length >= CHUNK_LENGTH || this.#eachLine) this.flush()
  }

  write(text: string): void {
    this.#text += text
    if (this.#text.length >= CHUNK_LENGTH) this.flush()
  }

  flush(): void {
    if (this.#text === '') return
    const bytes = encoder.encode(this.#text)
    this.#text = ''
    for (let at = 0; at < bytes.length; ) at += writeSome(this.#fd, bytes, at)
  }

  close(): void {
    this.flush()
    if (!this.isStdout) closeSync(this.#fd)
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))

function writeSome(fd: number, bytes: Uint8Array, at: number): number {
  try {
    return writeSync(fd, bytes, at)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPIPE') throw new ReaderGone('nobody reads the output any more', { cause: error })
    if (code !== 'EAGAIN') throw error
    Atomics.wait(sleeper, 0, 0, RETRY_MS)
    return 0
  }
}
