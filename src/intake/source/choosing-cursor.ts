/** A cursor that gives out some of the packets of another. */
import type { Cursor, Place, SourceDamage } from './cursor.ts'

export abstract class ChoosingCursor implements Cursor {
  protected readonly inner: Cursor

  constructor(inner: Cursor) {
    this.inner = inner
  }

  /** Whether the packet on which `inner` stands is given out. */
  protected abstract isChosen(): boolean

  next(): 'packet' | 'wait' | 'end' {
    for (;;) {
      const step = this.inner.next()
      if (step !== 'packet' || this.isChosen()) return step
    }
  }

  fill(): Promise<void> {
    return this.inner.fill()
  }

  place(): Place | undefined {
    return this.inner.place?.()
  }

  close(): Promise<void> {
    return this.inner.close()
  }

  get bytes(): Uint8Array {
    return this.inner.bytes
  }

  get at(): number {
    return this.inner.at
  }

  get size(): number {
    return this.inner.size
  }

  get wireSize(): number {
    return this.inner.wireSize
  }

  get micros(): number {
    return this.inner.micros
  }

  get linkType(): number {
    return this.inner.linkType
  }

  get interfaceId(): number {
    return this.inner.interfaceId
  }

  get frame(): number {
    return this.inner.frame
  }

  get capture(): string {
    return this.inner.capture
  }

  get damage(): readonly SourceDamage[] {
    return this.inner.damage
  }

  get bytesRead(): number {
    return this.inner.bytesRead
  }

  get bytesTotal(): number | undefined {
    return this.inner.bytesTotal
  }
}
