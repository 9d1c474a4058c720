/**
 * The classic capture file.
 * Source: draft-ietf-opsawg-pcap.
 *
 *   file    magic u32 | version u16 u16 | reserved u32 ×2 | snaplen u32 | link type u32
 *   record  seconds u32 | fraction u32 | captured u32 | on the wire u32 | bytes
 *
 * The magic tells byte order and whether the fraction counts micro- or nanoseconds.
 */
import { limits } from '../../core/limits.ts'
import { type Format, type PacketFields, readU16, readU32 } from './format.ts'
import type { Window } from './window.ts'

const HEADER_BYTES = 24
const RECORD_BYTES = 16
const MICROS = 0xa1b2c3d4
const NANOS = 0xa1b23c4d

export interface PcapHeader {
  readonly bigEndian: boolean
  readonly nanoseconds: boolean
  readonly version: readonly [number, number]
  readonly snaplen: number
  readonly linkType: number
}

/** Whether a file that begins so is a pcap file: its byte order and unit, or undefined. */
export function pcapMagic(
  bytes: Uint8Array,
  at: number,
): { bigEndian: boolean; nanoseconds: boolean } | undefined {
  for (const bigEndian of [true, false]) {
    const magic = readU32(bytes, at, bigEndian)
    if (magic === MICROS) return { bigEndian, nanoseconds: false }
    if (magic === NANOS) return { bigEndian, nanoseconds: true }
  }
  return undefined
}

export class Pcap implements Format {
  readonly name = 'pcap'
  header: PcapHeader | undefined
  fault = ''

  step(window: Window, packet: PacketFields): 'packet' | 'more' | 'end' | 'damage' {
    if (this.header === undefined) {
      if (window.have < HEADER_BYTES) return this.#short(window, 'the file header is cut')
      this.header = readHeader(window.bytes, window.start)
      window.start += HEADER_BYTES
    }
    const { bigEndian, nanoseconds, linkType } = this.header
    const { bytes, start } = window
    if (window.have < RECORD_BYTES) {
      if (window.ended && window.have === 0 && window.cause === undefined) return 'end'
      return this.#short(window, 'a packet header is cut')
    }
    const size = readU32(bytes, start + 8, bigEndian)
    if (size > limits.savedLength) {
      this.fault = `a packet claims ${size} captured bytes, more than any capture holds`
      return 'damage'
    }
    if (window.have < RECORD_BYTES + size) return this.#short(window, 'a packet is cut')
    const fraction = readU32(bytes, start + 4, bigEndian)
    packet.micros =
      readU32(bytes, start, bigEndian) * 1_000_000 + (nanoseconds ? fraction / 1000 : fraction)
    packet.at = start + RECORD_BYTES
    packet.size = size
    packet.wireSize = readU32(bytes, start + 12, bigEndian)
    packet.linkType = linkType
    packet.interfaceId = 0
    window.start = start + RECORD_BYTES + size
    return 'packet'
  }

  #short(window: Window, fault: string): 'more' | 'damage' {
    if (!window.ended) return 'more'
    this.fault = window.cause === undefined ? fault : `${fault}: ${window.cause}`
    return 'damage'
  }
}

function readHeader(bytes: Uint8Array, at: number): PcapHeader {
  const { bigEndian, nanoseconds } = pcapMagic(bytes, at)!
  return {
    bigEndian,
    nanoseconds,
    version: [readU16(bytes, at + 4, bigEndian), readU16(bytes, at + 6, bigEndian)],
    snaplen: readU32(bytes, at + 16, bigEndian),
    // The upper bits may carry the length of a frame check sequence.
    linkType: readU32(bytes, at + 20, bigEndian) & 0xffff,
  }
}
