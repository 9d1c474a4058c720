/**
 * The contract of everything that packets come from. A cursor walks; its fields describe the
 * packet it stands on, so that nothing is allocated per packet.
 */

/** Where a capture can be read on from, by another cursor too; good as long as the file is as it was. */
export interface Place {
  readonly offset: number
  /** Of the packet before it: its number, and its time. */
  readonly frame: number
  readonly micros: number
  /** What the format must know; only handed back. */
  readonly state: unknown
}

/** Where a capture stopped being readable. Everything before stays good. */
export interface SourceDamage {
  readonly capture: string
  /** Offset in the uncompressed file, in bytes. */
  readonly offset: number
  readonly cause: string
}

export interface Cursor {
  /**
   * Step to the next packet.
   * `packet`: the fields below describe it. `wait`: await `fill()`, then step again. `end`: over.
   */
  next(): 'packet' | 'wait' | 'end'
  fill(): Promise<void>
  /** The buffer that holds the packet; valid until the next `fill()`. */
  readonly bytes: Uint8Array
  /** Where the packet's first byte stands in `bytes`. */
  readonly at: number
  /** Captured bytes. */
  readonly size: number
  /** Bytes on the wire. */
  readonly wireSize: number
  /** Microseconds since 1970; captures with nanoseconds keep the fraction (to about 0.25 µs). */
  readonly micros: number
  readonly linkType: number
  /** Number of the interface in its section; 0 where the format has none. */
  readonly interfaceId: number
  /** From 1 per capture, as Wireshark counts: also what is no packet and not given out. */
  readonly frame: number
  /** The capture's name as the user gave it. */
  readonly capture: string
  readonly damage: readonly SourceDamage[]
  /** Bytes of the files taken in (compressed bytes where compressed). */
  readonly bytesRead: number
  /** Bytes of the files in all, where that is known. */
  readonly bytesTotal: number | undefined
  /** Packets that a filter left out. */
  readonly skipped?: number
  /** Where this capture can be read on from; absent, or undefined, where it cannot. */
  place?(): Place | undefined
  close(): Promise<void>
}

/** The user's input cannot be opened or read. */
export class CaptureError extends Error {
  readonly path: string

  constructor(path: string, cause: string, options?: ErrorOptions) {
    super(`${path}: ${cause}`, options)
    this.name = 'CaptureError'
    this.path = path
  }
}

/** The bytes are there, and are no capture that can be read. */
export class NotACapture extends CaptureError {
  constructor(path: string, cause: string) {
    super(path, cause)
    this.name = 'NotACapture'
  }
}
