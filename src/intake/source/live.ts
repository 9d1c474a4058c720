/** Packets as they pass on an interface: what is asked for, and what both ways of capturing share. */
import type { BpfProgram } from './bpf.ts'
import type { Cursor } from './cursor.ts'
import { compileFilter } from './filter.ts'

export interface LiveOptions {
  /** Name of the interface; also the name of the capture. */
  readonly interface: string
  /** A BPF expression, as tcpdump takes it. */
  readonly filter?: string
  /** Bytes of a packet that are taken. */
  readonly snaplen: number
  readonly promiscuous: boolean
  /** Of one ring, or what the program at the other end of the pipe may hold. */
  readonly bufferBytes: number
}

/** Counts of the whole capture. */
export interface LiveCounts {
  /** Packets that the kernel had for us, those dropped included; as far as it is known. */
  readonly received: number
  /** Packets for which the kernel had no room; undefined where it cannot be known yet. */
  readonly dropped: number | undefined
  /** Share of the ring that waited to be read, at most since it was asked last: 0 to 1. */
  readonly ringUse: number | undefined
}

/** A cursor that never ends by itself; `fill` gives up now and then, so that time is looked at. */
export interface LiveCursor extends Cursor {
  /** Take in nothing more: what was captured before is still given out, then comes the end. */
  stop(): void
  counts(): LiveCounts
}

/** `fill` waits no longer than this. */
export const PATIENCE_MILLIS = 500

/** `load #k` is 0x00, `return #k` 0x06. */
const RETURN_CONSTANT = 0x06

/**
 * The program that the kernel runs: which packets, and how many bytes of each.
 * @throws FilterError
 */
export function kernelFilter(
  expression: string | undefined,
  linkType: number,
  snaplen: number,
): BpfProgram {
  if (expression === undefined || asksForTags(expression)) {
    return {
      code: new Uint16Array([RETURN_CONSTANT]),
      jumpTrue: new Uint8Array(1),
      jumpFalse: new Uint8Array(1),
      k: new Uint32Array([snaplen]),
    }
  }
  const program = compileFilter(expression, linkType)
  const k = program.k.map((constant, index) =>
    program.code[index] === RETURN_CONSTANT ? Math.min(constant, snaplen) : constant,
  )
  return { ...program, k }
}

/**
 * The kernel takes VLAN tags out of a frame before its filter sees it; they are put back here. So an
 * expression that speaks of them is for the frames as they were.
 */
export function asksForTags(expression: string): boolean {
  return /\bvlan\b/.test(expression)
}
