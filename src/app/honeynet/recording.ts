/** All packets of a honeynet in one file, as they come. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { type CapturedPacket, PcapngWriter } from '../evidence/pcapng-writer.ts'
import { packageVersion } from '../package-files.ts'

/** Written at once. */
const WAITING_BYTES = 1_048_576

export class Recording {
  readonly #fd: number
  readonly #writer: PcapngWriter
  readonly #from: string

  /**
   * @param from     name of the interface
   * @param isAdded  what the file holds stays: a section of its own comes behind it
   */
  constructor(path: string, from: string, comment: string, isAdded = false) {
    this.#fd = openSync(path, isAdded ? 'a' : 'w', 0o640)
    this.#writer = new PcapngWriter(`Peerscope ${packageVersion()}`, comment)
    this.#from = from
    this.flush()
  }

  add(packet: CapturedPacket): void {
    this.#writer.packet(this.#from, packet)
    if (this.#writer.size >= WAITING_BYTES) this.flush()
  }

  flush(): void {
    if (this.#writer.size > 0) writeSync(this.#fd, this.#writer.take())
  }

  close(): void {
    this.flush()
    closeSync(this.#fd)
  }
}
