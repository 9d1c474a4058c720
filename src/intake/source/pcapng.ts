/**
 * The next generation capture file: blocks, several interfaces, several sections.
 * Source: draft-ietf-opsawg-pcapng.
 *
 *   block      type u32 | total length u32 | body, padded to 4 | total length u32
 *   section    0a0d0d0a: magic 1a2b3c4d tells the byte order | version | length | options
 *   interface  00000001: link type u16 | reserved | snaplen u32 | options (9: resolution, 14: offset)
 *   packet     00000006: interface u32 | time high, low | captured | on the wire | bytes | options
 *   simple     00000003: on the wire u32 | bytes
 *   old packet 00000002: interface u16 | drops u16 | as packet
 */
import { limits } from '../../core/limits.ts'
import { text } from '../../core/text.ts'
import { type Format, type PacketFields, readU16, readU32 } from './format.ts'
import type { Window } from './window.ts'

const SECTION = 0x0a0d0d0a
const BYTE_ORDER = 0x1a2b3c4d
const INTERFACE = 1
const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const PACKET = 6

/** A block without packet may hold name tables or secrets; more than this is damage. */
const BLOCK_BYTES_MAX = 16 * 1024 * 1024
/** Interfaces of one section, and comments kept. */
const INTERFACES_MAX = 4096
const COMMENTS_MAX = 1000

export interface CaptureInterface {
  readonly linkType: number
  readonly snaplen: number
  /** Microseconds of one tick. */
  readonly tickMicros: number
  readonly ticksPerSecond: number
  readonly offsetMicros: number
  readonly name?: string
  readonly description?: string
  readonly filter?: string
  readonly os?: string
  readonly hardware?: string
  readonly section: number
}

export class Pcapng implements Format {
  readonly name = 'pcapng'
  fault = ''
  sections = 0
  /** Interfaces of all sections; packets name those of the current one. */
  readonly interfaces: CaptureInterface[] = []
  #sectionFrom = 0
  #bigEndian = false
  readonly comments: string[] = []
  packetComments = 0
  readonly applications: string[] = []
  readonly otherBlocks = new Map<number, number>()
  /** Read the options of packets too (describe wants comments; reading does not). */
  packetOptions = false

  get bigEndian(): boolean {
    return this.#bigEndian
  }

  step(window: Window, packet: PacketFields): 'packet' | 'more' | 'end' | 'damage' {
    for (;;) {
      if (window.have < 12) {
        if (window.ended && window.have === 0 && window.cause === undefined) return 'end'
        return this.#short(window, 'a block header is cut')
      }
      const { bytes, start } = window
      const type = readU32(bytes, start, this.#bigEndian)
      if (type === SECTION && !this.#readByteOrder(bytes, start + 8)) return 'damage'
      const size = readU32(bytes, start + 4, this.#bigEndian)
      if (size < 12 || size % 4 !== 0 || size > BLOCK_BYTES_MAX) {
        this.fault = `a block claims ${size} bytes`
        return 'damage'
      }
      if (window.have < size) return this.#short(window, 'a block is cut')
      const found = this.#block(bytes, start, size, type, packet)
      if (found === 'damage') return 'damage'
      window.start = start + size
      if (found === 'packet') return 'packet'
    }
  }

  #short(window: Window, fault: string): 'more' | 'damage' {
    if (!window.ended) return 'more'
    this.fault = window.cause === undefined ? fault : `${fault}: ${window.cause}`
    return 'damage'
  }

  #readByteOrder(bytes: Uint8Array, at: number): boolean {
    if (readU32(bytes, at, true) === BYTE_ORDER) this.#bigEndian = true
    else if (readU32(bytes, at, false) === BYTE_ORDER) this.#bigEndian = false
    else {
      this.fault = 'a section begins without byte-order magic'
      return false
    }
    return true
  }

  #block(
    bytes: Uint8Array,
    start: number,
    size: number,
    type: number,
    packet: PacketFields,
  ): 'packet' | 'none' | 'damage' {
    const end = start + size - 4
    switch (type) {
      case PACKET:
      case OLD_PACKET:
        return this.#packet(bytes, start + 8, end, type === OLD_PACKET, packet)
      case SIMPLE_PACKET:
        return this.#simple(bytes, start + 8, end, packet)
      case SECTION:
        return this.#section(bytes, start + 8, end)
      case INTERFACE:
        return this.#interface(bytes, start + 8, end)
      default:
        this.otherBlocks.set(type, (this.otherBlocks.get(type) ?? 0) + 1)
        return 'none'
    }
  }

  #packet(
    bytes: Uint8Array,
    at: number,
    end: number,
    old: boolean,
    packet: PacketFields,
  ): 'packet' | 'damage' {
    const big = this.#bigEndian
    if (end - at < 20) return this.#damage('a packet block is too short')
    const id = old ? readU16(bytes, at, big) : readU32(bytes, at, big)
    const from = this.interfaces[this.#sectionFrom + id]
    if (from === undefined)
      return this.#damage(`a packet names interface ${id}, which is not there`)
    const size = readU32(bytes, at + 12, big)
    if (size > end - at - 20 || size > limits.savedLength) {
      return this.#damage(
        `a packet claims ${size} captured bytes, its block holds ${end - at - 20}`,
      )
    }
    // A double holds the ticks of nanosecond captures to about 0.25 µs: seconds come first.
    const ticks = readU32(bytes, at + 4, big) * 0x1_0000_0000 + readU32(bytes, at + 8, big)
    packet.micros = ticks * from.tickMicros + from.offsetMicros
    packet.at = at + 20
    packet.size = size
    packet.wireSize = readU32(bytes, at + 16, big)
    packet.linkType = from.linkType
    packet.interfaceId = id
    if (this.packetOptions) this.#countComments(bytes, at + 20 + padded(size), end)
    return 'packet'
  }

  #simple(bytes: Uint8Array, at: number, end: number, packet: PacketFields): 'packet' | 'damage' {
    const from = this.interfaces[this.#sectionFrom]
    if (from === undefined) return this.#damage('a simple packet without any interface')
    if (end - at < 4) return this.#damage('a simple packet block is too short')
    const wireSize = readU32(bytes, at, this.#bigEndian)
    const there = end - at - 4
    packet.size = Math.min(wireSize, there, from.snaplen > 0 ? from.snaplen : there)
    packet.wireSize = wireSize
    packet.at = at + 4
    packet.linkType = from.linkType
    packet.interfaceId = 0
    // The format gives it no time: that of the packet before stays.
    return 'packet'
  }

  #section(bytes: Uint8Array, at: number, end: number): 'none' {
    this.sections++
    this.#sectionFrom = this.interfaces.length
    for (const [code, from, size] of options(bytes, at + 16, end, this.#bigEndian)) {
      if (code === 1) this.#comment(text(bytes, from, size))
      else if (code <= 4 && this.applications.length < COMMENTS_MAX) {
        this.applications.push(text(bytes, from, size))
      }
    }
    return 'none'
  }

  #interface(bytes: Uint8Array, at: number, end: number): 'none' | 'damage' {
    if (end - at < 8) return this.#damage('an interface block is too short')
    if (this.interfaces.length >= INTERFACES_MAX) {
      return this.#damage(`more than ${INTERFACES_MAX} interfaces`)
    }
    const big = this.#bigEndian
    const words: { -readonly [K in keyof CaptureInterface]?: CaptureInterface[K] } = {}
    let ticksPerSecond = 1_000_000
    let offsetMicros = 0
    for (const [code, from, size] of options(bytes, at + 8, end, big)) {
      if (code === 1) this.#comment(text(bytes, from, size))
      else if (code === 2) words.name = text(bytes, from, size)
      else if (code === 3) words.description = text(bytes, from, size)
      else if (code === 9 && size >= 1) ticksPerSecond = resolution(bytes[from]!)
      else if (code === 11 && size > 1) words.filter = text(bytes, from + 1, size - 1)
      else if (code === 12) words.os = text(bytes, from, size)
      else if (code === 14 && size >= 8) offsetMicros = seconds64(bytes, from, big) * 1_000_000
      else if (code === 15) words.hardware = text(bytes, from, size)
    }
    this.interfaces.push({
      ...words,
      linkType: readU16(bytes, at, big),
      snaplen: readU32(bytes, at + 4, big),
      tickMicros: 1_000_000 / ticksPerSecond,
      ticksPerSecond,
      offsetMicros,
      section: this.sections,
    })
    return 'none'
  }

  #comment(comment: string): void {
    if (this.comments.length < COMMENTS_MAX) this.comments.push(comment)
  }

  #countComments(bytes: Uint8Array, at: number, end: number): void {
    for (const [code] of options(bytes, at, end, this.#bigEndian)) {
      if (code === 1) this.packetComments++
    }
  }

  #damage(fault: string): 'damage' {
    this.fault = fault
    return 'damage'
  }
}

/** if_tsresol: a power of ten, or with the top bit of two. */
function resolution(value: number): number {
  return value & 0x80 ? 2 ** (value & 0x7f) : 10 ** value
}

/** if_tsoffset: signed seconds. */
function seconds64(bytes: Uint8Array, at: number, big: boolean): number {
  const high = readU32(bytes, big ? at : at + 4, big) | 0
  return high * 0x1_0000_0000 + readU32(bytes, big ? at + 4 : at, big)
}

function padded(size: number): number {
  return (size + 3) & ~3
}

/** Options as [code, where, size]; ends at opt_endofopt, or where they no longer fit. */
function* options(
  bytes: Uint8Array,
  from: number,
  end: number,
  big: boolean,
): Generator<readonly [number, number, number]> {
  let at = from
  while (at + 4 <= end) {
    const code = readU16(bytes, at, big)
    const size = readU16(bytes, at + 2, big)
    if (code === 0 || at + 4 + size > end) return
    yield [code, at + 4, size]
    at += 4 + padded(size)
  }
}

/** Whether a file that begins so is a pcapng file. */
export function isPcapng(bytes: Uint8Array, at: number): boolean {
  return readU32(bytes, at, true) === SECTION
}
