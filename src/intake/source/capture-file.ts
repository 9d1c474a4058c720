/** One capture, of either format and any compression, as a cursor. */
import type { Readable } from 'node:stream'
import { StreamSource } from './byte-source.ts'
import { type Cursor, NotACapture, type Place, type SourceDamage } from './cursor.ts'
import type { PacketFields } from './format.ts'
import { type Compression, type OpenedBytes, openBytes, undone } from './open-bytes.ts'
import { OTHER_FORMAT_BYTES, otherFormat } from './other-formats.ts'
import { isPcap, Pcap, type PcapHeader } from './pcap.ts'
import { isPcapng, Pcapng, type PcapngState } from './pcapng.ts'
import { Window } from './window.ts'

export class CaptureFile implements Cursor, PacketFields {
  readonly capture: string
  readonly compression: Compression
  readonly format: Pcap | Pcapng
  readonly damage: SourceDamage[] = []
  at = 0
  size = 0
  wireSize = 0
  micros = 0
  linkType = 0
  interfaceId = 0
  frame = 0
  readonly #opened: OpenedBytes
  readonly #window: Window
  #isOpen = true

  private constructor(capture: string, opened: OpenedBytes, window: Window, format: Pcap | Pcapng) {
    this.capture = capture
    this.compression = opened.compression
    this.format = format
    this.#opened = opened
    this.#window = window
  }

  /**
   * Open a capture; its first bytes tell format and compression.
   * @param watch  is shown every byte of the file itself, as it is read
   */
  static async open(path: string, watch?: (bytes: Uint8Array) => void): Promise<CaptureFile> {
    return CaptureFile.#begin(path, await openBytes(path, watch))
  }

  /** A capture that somebody is writing into a stream. */
  static async overStream(name: string, stream: Readable): Promise<CaptureFile> {
    return CaptureFile.#begin(name, await undone(name, new StreamSource(stream)))
  }

  static async #begin(path: string, opened: OpenedBytes): Promise<CaptureFile> {
    const window = new Window(opened.source)
    while (window.have < 4 && !window.ended) await window.fill()
    const format = formatOf(window)
    if (format === undefined) {
      while (window.have < OTHER_FORMAT_BYTES && !window.ended) await window.fill()
      const head = window.bytes.slice(window.start, Math.min(window.end, OTHER_FORMAT_BYTES))
      const cause =
        window.cause === undefined || head.length >= 4
          ? otherFormat(head, opened.compression)
          : `cannot be read: ${window.cause}`
      window.close()
      throw new NotACapture(path, cause)
    }
    return new CaptureFile(path, opened, window, format)
  }

  get bytes(): Uint8Array {
    return this.#window.bytes
  }

  get bytesRead(): number {
    return this.#opened.source.bytesRead
  }

  get bytesTotal(): number | undefined {
    return this.#opened.source.bytesTotal
  }

  next(): 'packet' | 'wait' | 'end' {
    if (this.damage.length > 0) return 'end'
    const step = this.format.step(this.#window, this)
    if (step === 'packet') return 'packet'
    if (step === 'more') return 'wait'
    if (step === 'damage') {
      const { offset } = this.#window
      this.damage.push({ capture: this.capture, offset, cause: this.format.fault })
    }
    return 'end'
  }

  fill(): Promise<void> {
    return this.#window.fill()
  }

  /** Before the next packet. Undefined where bytes only come in order: compressed, or out of a pipe. */
  place(): Place | undefined {
    const state = this.format.state()
    const isFile = this.capture !== '-' && this.bytesTotal !== undefined
    if (!isFile || this.compression !== 'none' || state === undefined) return undefined
    return { offset: this.#window.offset, frame: this.frame, micros: this.micros, state }
  }

  /** @returns whether it stands there; if not, where it stood */
  async goTo({ offset, frame, micros, state }: Place): Promise<boolean> {
    if (this.compression !== 'none' || !(await this.#window.seek(offset))) return false
    this.frame = frame
    this.micros = micros
    if (this.format instanceof Pcap) this.format.resume(state as PcapHeader, this)
    else this.format.resume(state as PcapngState)
    return true
  }

  /** Read what is left of the file, for those who watch its bytes. */
  async drain(): Promise<void> {
    const chunk = new Uint8Array(262_144)
    await this.#window.settled()
    try {
      while ((await this.#opened.raw.read(chunk)) > 0) {
        // The reading is what is wanted.
      }
    } catch {
      // What cannot be read was told as damage before.
    }
  }

  /** Tell how many captures are read at once: memory is shared among them. */
  share(captures: number): void {
    this.#window.share(captures)
  }

  /** No packet will be asked for any more. */
  release(): void {
    if (this.#isOpen) this.#window.close()
    this.#isOpen = false
  }

  async close(): Promise<void> {
    this.release()
  }
}

function formatOf(window: Window): Pcap | Pcapng | undefined {
  if (window.have < 4) return undefined
  if (isPcap(window.bytes, window.start)) return new Pcap(window.bytes, window.start)
  return isPcapng(window.bytes, window.start) ? new Pcapng() : undefined
}
