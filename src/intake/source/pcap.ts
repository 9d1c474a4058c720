/**
 * The classic capture file.
 * Source: draft-ietf-opsawg-pcap; for the modified records Wireshark's wiretap/libpcap.h.
 *
 *   file      magic u32 | version u16 u16 | 0 u32 ×2 | snaplen u32 | link type u32
 *   record    seconds u32 | fraction u32 | captured u32 | on the wire u32 | bytes
 *   modified  seconds … on the wire | interface u32 | protocol u16 | type u8 | 0 u8 | bytes
 *
 * The magic tells byte order, whether the fraction counts micro- or nanoseconds, and whether the
 * records are the modified ones of Kuznetzov's patches.
 */
import { limits } from '../../core/limits.ts'
import { quarters } from './clock.ts'
import { type Format, type PacketFields, readU16, readU32 } from './format.ts'
import type { Window } from './window.ts'

const HEADER_BYTES = 24

/** magic → nanoseconds, bytes of a record's header */
// biome-ignore format: a table
const MAGICS: ReadonlyMap<number, readonly [nanoseconds: boolean, recordBytes: number]> = new Map([
  [0xa1b2c3d4, [false, 16]],
  [0xa1b23c4d, [true, 16]],
  [0xa1b2cd34, [false, 24]],
])

export interface PcapHeader {
  readonly nanoseconds: boolean
  readonly version: readonly [number, number]
  readonly snaplen: number
  readonly linkType: number
}

/** Whether a file that begins so is a pcap file. */
export function isPcap(bytes: Uint8Array, at: number): boolean {
  return MAGICS.has(readU32(bytes, at, true)) || MAGICS.has(readU32(bytes, at, false))
}

export class Pcap implements Format<PcapHeader> {
  readonly name = 'pcap'
  header: PcapHeader | undefined
  readonly bigEndian: boolean
  fault = ''
  readonly #nanoseconds: boolean
  readonly #recordBytes: number

  /** @param at  where the file's magic stands */
  constructor(bytes: Uint8Array, at: number) {
    this.bigEndian = MAGICS.has(readU32(bytes, at, true))
    const [nanoseconds, recordBytes] = MAGICS.get(readU32(bytes, at, this.bigEndian))!
    this.#nanoseconds = nanoseconds
    this.#recordBytes = recordBytes
  }

  step(window: Window, packet: PacketFields): 'packet' | 'more' | 'end' | 'damage' {
    if (this.header === undefined) {
      if (window.have < HEADER_BYTES) return this.#short(window, 'the file header is cut')
      this.header = this.#readHeader(window.bytes, window.start)
      packet.linkType = this.header.linkType
      window.start += HEADER_BYTES
    }
    const { bytes, start, have } = window
    const big = this.bigEndian
    const headBytes = this.#recordBytes
    if (have < headBytes) {
      if (window.ended && have === 0 && window.cause === undefined) return 'end'
      return this.#short(window, 'a packet header is cut')
    }
    const size = readU32(bytes, start + 8, big)
    if (size > limits.savedLength) {
      this.fault = `a packet claims ${size} captured bytes, more than any capture holds`
      return 'damage'
    }
    if (have < headBytes + size) return this.#short(window, 'a packet is cut')
    const fraction = readU32(bytes, start + 4, big)
    const micros = this.#nanoseconds ? quarters(fraction / 1000) : fraction
    packet.micros = readU32(bytes, start, big) * 1_000_000 + micros
    packet.at = start + headBytes
    packet.size = size
    packet.wireSize = readU32(bytes, start + 12, big)
    packet.frame++
    window.start = start + headBytes + size
    return 'packet'
  }

  state(): PcapHeader | undefined {
    return this.header
  }

  resume(header: PcapHeader, packet: PacketFields): void {
    this.header = header
    packet.linkType = header.linkType
  }

  #short(window: Window, fault: string): 'more' | 'damage' {
    if (!window.ended) return 'more'
    this.fault = window.cause === undefined ? fault : `${fault}: ${window.cause}`
    return 'damage'
  }

  #readHeader(bytes: Uint8Array, at: number): PcapHeader {
    const big = this.bigEndian
    return {
      nanoseconds: this.#nanoseconds,
      version: [readU16(bytes, at + 4, big), readU16(bytes, at + 6, big)],
      snaplen: readU32(bytes, at + 16, big),
      // The upper bits may carry the length of a frame check sequence.
      linkType: readU32(bytes, at + 20, big) & 0xffff,
    }
  }
}
