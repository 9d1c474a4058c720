/** One capture, of either format and any compression, as a cursor. */
import { hex } from '../../core/bytes.ts'
import { type ByteSource, type Compression, openBytes } from './byte-source.ts'
import { CaptureError, type Cursor, type SourceDamage } from './cursor.ts'
import type { Format, PacketFields } from './format.ts'
import { Pcap, pcapMagic } from './pcap.ts'
import { isPcapng, Pcapng } from './pcapng.ts'
import { Window } from './window.ts'

export class CaptureFile implements Cursor, PacketFields {
  readonly capture: string
  readonly compression: Compression
  readonly format: Format
  readonly damage: SourceDamage[] = []
  at = 0
  size = 0
  wireSize = 0
  micros = 0
  linkType = 0
  interfaceId = 0
  frame = 0
  readonly #source: ByteSource
  readonly #window: Window

  private constructor(
    capture: string,
    opened: { source: ByteSource; compression: Compression; window: Window; format: Format },
  ) {
    this.capture = capture
    this.compression = opened.compression
    this.format = opened.format
    this.#source = opened.source
    this.#window = opened.window
  }

  /** Open a capture; its first bytes tell format and compression. */
  static async open(path: string): Promise<CaptureFile> {
    const { source, compression } = await openBytes(path)
    const window = new Window(source)
    while (window.have < 4 && !window.ended) await window.fill()
    const format = formatOf(window)
    if (format === undefined) {
      source.close()
      throw new CaptureError(path, notACapture(window, compression))
    }
    return new CaptureFile(path, { source, compression, window, format })
  }

  get bytes(): Uint8Array {
    return this.#window.bytes
  }

  get bytesRead(): number {
    return this.#source.bytesRead
  }

  get bytesTotal(): number | undefined {
    return this.#source.bytesTotal
  }

  next(): 'packet' | 'wait' | 'end' {
    if (this.damage.length > 0) return 'end'
    const step = this.format.step(this.#window, this)
    if (step === 'packet') {
      this.frame++
      return 'packet'
    }
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

  async close(): Promise<void> {
    this.#window.close()
  }
}

function formatOf(window: Window): Format | undefined {
  if (window.have < 4) return undefined
  if (pcapMagic(window.bytes, window.start) !== undefined) return new Pcap()
  if (isPcapng(window.bytes, window.start)) return new Pcapng()
  return undefined
}

/** Formats that people bring and that are not read, by their first four bytes. */
// biome-ignore format: a table
const OTHERS: Readonly<Record<string, string>> = {
  a1b2cd34: 'a "modified" pcap file (Kuznetzov); convert it with editcap -F pcap',
  '34cdb2a1': 'a "modified" pcap file (Kuznetzov); convert it with editcap -F pcap',
  '736e6f6f': 'a snoop file; convert it with editcap -F pcap',
  '58435000': 'a NetXRay file; convert it with editcap -F pcap',
  '52545353': 'a Network Monitor file; convert it with editcap -F pcap',
  '474d4255': 'a Network Monitor file; convert it with editcap -F pcap',
}

function notACapture(window: Window, compression: Compression): string {
  if (window.cause !== undefined) return `cannot be read: ${window.cause}`
  if (window.have === 0) return 'is empty'
  const head = hex(window.bytes, window.start, Math.min(4, window.have))
  const inside = compression === 'none' ? '' : ` inside ${compression}`
  const known = OTHERS[head]
  if (known !== undefined) return `is ${known}`
  return `is not a capture file: begins${inside} with ${head}, neither pcap nor pcapng`
}
