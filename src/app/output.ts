/**
 * Text to a file descriptor, in large pieces and with back-pressure: a write waits until the
 * reader has taken it, so that nothing piles up in memory.
 */
import { closeSync, openSync, writeSync } from 'node:fs'

const STDOUT = 1
/** Bytes are handed on when this many are full. */
const BUFFER_SIZE = 256 * 1024
/** UTF-8 takes at most so many bytes for one unit of a JavaScript string. */
const BYTES_PER_UNIT = 3
const NEWLINE = 0x0a
/** How long to wait for a pipe that is full and does not block. */
const RETRY_MS = 2

/** Whoever read our output has gone. Nobody is left to tell. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone'
}

export class Output {
  #fd: number
  readonly #path: string
  readonly #eachLine: boolean
  /** Lines are encoded one by one into it: a long text put together of many is dear to flatten. */
  readonly #buffer = Buffer.allocUnsafe(BUFFER_SIZE)
  #size = 0

  constructor(fd: number, eachLine = false, path = '-') {
    this.#fd = fd
    this.#eachLine = eachLine
    this.#path = path
  }

  /**
   * @param path     a file to write anew, or `-` for standard output
   * @param isAdded  what the file holds stays, and what is written comes behind it
   */
  static open(path: string, eachLine = false, isAdded = false): Output {
    const fd = path === '-' ? STDOUT : openSync(path, isAdded ? 'a' : 'w')
    return new Output(fd, eachLine, path)
  }

  /** The file was moved away: go on in a new one of its name, or behind what is there. */
  reopen(): void {
    if (this.isStdout) return
    const fd = openSync(this.#path, 'a')
    this.flush()
    closeSync(this.#fd)
    this.#fd = fd
  }

  get isStdout(): boolean {
    return this.#fd === STDOUT
  }

  line(text: string): void {
    this.write(text)
    if (this.#size === this.#buffer.length) this.flush()
    this.#buffer[this.#size++] = NEWLINE
    if (this.#eachLine) this.flush()
  }

  write(text: string): void {
    const bytesMax = BYTES_PER_UNIT * text.length
    if (bytesMax > this.#buffer.length - this.#size) this.flush()
    if (bytesMax > this.#buffer.length) this.#send(Buffer.from(text))
    else this.#size += this.#buffer.write(text, this.#size)
  }

  bytes(bytes: Uint8Array): void {
    this.flush()
    this.#send(bytes)
  }

  flush(): void {
    const size = this.#size
    // First, so that nothing is written twice where the write fails.
    this.#size = 0
    this.#send(this.#buffer.subarray(0, size))
  }

  close(): void {
    this.flush()
    if (!this.isStdout) closeSync(this.#fd)
  }

  #send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSome(this.#fd, bytes, at)
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
