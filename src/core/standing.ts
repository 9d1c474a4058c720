/** What is thought of a flow at the moment of one of its packets: what inline decisions rest on. */
import type { FlowVerdict, Side } from './event.ts'

export interface Standing {
  /** As in `Stamp.flow`. */
  readonly flow: number
  /** Who sent the packet. */
  readonly side: Side
  /** The flow did not begin before. */
  readonly isNew: boolean
  /** `undecided`: its next bytes may tell; `nothing`: of no protocol that is known here. */
  readonly state: 'undecided' | 'nothing' | 'named'
  readonly p2p?: FlowVerdict
  /** Nobody could read it, but it has a shape that little else has (`Fit.telling`): which, in words. */
  readonly fit?: string
}
