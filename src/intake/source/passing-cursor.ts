/** What cursors have in common whose packets stand in no file, but pass: one interface, no end that is known. */
import type { Cursor, SourceDamage } from './cursor.ts'

const NONE = new Uint8Array(0)

export abstract class PassingCursor implements Cursor {
  readonly capture: string
  readonly linkType: number
  readonly interfaceId = 0
  readonly damage: SourceDamage[] = []
  readonly bytesTotal = undefined
  bytes: Uint8Array = NONE
  at = 0
  size = 0
  wireSize = 0
  micros = 0
  frame = 0
  bytesRead = 0

  constructor(capture: string, linkType: number) {
    this.capture = capture
    this.linkType = linkType
  }

  abstract next(): 'packet' | 'wait' | 'end'
  abstract fill(): Promise<void>
  abstract close(): Promise<void>
}
