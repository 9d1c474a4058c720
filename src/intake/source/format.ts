/** What a capture format must do: step over records in a window, and say what damage it met. */
import type { Window } from './window.ts'

/** The fields of the packet that was stepped onto; one object, reused. */
export interface PacketFields {
  at: number
  size: number
  wireSize: number
  micros: number
  linkType: number
  interfaceId: number
  /** Counted up by the format: some give numbers to what is no packet. */
  frame: number
}

export interface Format<State = unknown> {
  readonly name: 'pcap' | 'pcapng'
  /** `damage`: the rest, from the window's first unread byte, cannot be read; `fault` says why. */
  step(window: Window, packet: PacketFields): 'packet' | 'more' | 'end' | 'damage'
  readonly fault: string
  /** What must be known to read on from here; undefined before the first packet. */
  state(): State | undefined
  resume(state: State, packet: PacketFields): void
}

/** Numbers of either byte order. */
export function readU32(bytes: Uint8Array, at: number, big: boolean): number {
  return big
    ? ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    : (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
}

export function readU16(bytes: Uint8Array, at: number, big: boolean): number {
  return big ? (bytes[at]! << 8) | bytes[at + 1]! : bytes[at]! | (bytes[at + 1]! << 8)
}
