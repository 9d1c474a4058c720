/**
 * What a pcapng file says about itself: kept for people, bounded, never looked at by packets.
 */
import { limits } from '../../core/limits.ts'

export interface SectionNotes {
  readonly bigEndian: boolean
  readonly version: string
  readonly hardware?: string
  readonly os?: string
  readonly application?: string
}

export interface InterfaceNotes {
  /** From 0, over all sections of the file. */
  readonly section: number
  /** From 0, within its section. */
  readonly id: number
  readonly linkType: number
  /** 0: no limit. */
  readonly snaplen: number
  readonly ticksPerSecond: number
  /** Seconds that the file adds to its times. */
  readonly offsetSeconds: number
  readonly name?: string
  readonly description?: string
  readonly filter?: string
  readonly os?: string
  readonly hardware?: string
  /** Packets read from it. */
  packets: number
  /** Packets that the capturing system received and dropped, where a statistics block says so. */
  received?: number
  dropped?: number
}

/** Comments of sections, interfaces and other blocks, but packets. */
export interface Comment {
  readonly block: string
  readonly text: string
}

export class PcapngNotes {
  readonly sections: SectionNotes[] = []
  readonly interfaces: InterfaceNotes[] = []
  readonly comments: Comment[] = []
  /** Blocks that hold no packet, by kind; `block 0x…` where the kind is unknown. */
  readonly blocks = new Map<string, number>()
  packetComments = 0
  #sections = 0
  #sectionFrom = 0

  get sectionCount(): number {
    return this.#sections
  }

  section(notes: SectionNotes): void {
    this.#sections++
    this.#sectionFrom = this.interfaces.length
    if (this.sections.length < limits.captureNotesMax) this.sections.push(notes)
  }

  addInterface(notes: Omit<InterfaceNotes, 'section' | 'packets'>): void {
    if (this.interfaces.length >= limits.captureNotesMax) return
    this.interfaces.push({ ...notes, section: this.#sections - 1, packets: 0 })
  }

  /** Notes of an interface of the current section, unless there were too many to keep. */
  interfaceOf(id: number): InterfaceNotes | undefined {
    const notes = this.interfaces[this.#sectionFrom + id]
    return notes !== undefined && notes.section === this.#sections - 1 ? notes : undefined
  }

  comment(block: string, text: string): void {
    if (this.comments.length < limits.captureNotesMax) this.comments.push({ block, text })
  }

  block(kind: string): void {
    if (this.blocks.has(kind) || this.blocks.size < limits.captureNotesMax) {
      this.blocks.set(kind, (this.blocks.get(kind) ?? 0) + 1)
    }
  }
}
