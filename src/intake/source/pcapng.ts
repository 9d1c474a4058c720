/**
 * The next generation capture file: blocks, several interfaces, several sections.
 * Source: draft-ietf-opsawg-pcapng.
 *
 *   block      type u32 | size u32 | body, padded to 4 | size u32
 *   section    0a0d0d0a: magic 1a2b3c4d tells the byte order | version u16 u16 | length u64 | options
 *   interface  1: link type u16 | 0 u16 | snaplen u32 | options
 *   packet     6: interface u32 | time high, low | captured u32 | on the wire u32 | bytes | options
 *   simple     3: on the wire u32 | bytes
 *   old packet 2: interface u16 | drops u16 | as packet
 *   statistics 5: interface u32 | time high, low | options
 */
import { limits } from '../../core/limits.ts'
import { Clock } from './clock.ts'
import { type Format, type PacketFields, readU16, readU32 } from './format.ts'
import { type InterfaceNotes, PcapngNotes } from './pcapng-notes.ts'
import { options, optionText, padded, signed64, unsigned64 } from './pcapng-options.ts'
import type { Window } from './window.ts'

const SECTION = 0x0a0d0d0a
const BYTE_ORDER = 0x1a2b3c4d
const INTERFACE = 1
const OLD_PACKET = 2
const SIMPLE_PACKET = 3
const STATISTICS = 5
const PACKET = 6
const COMMENT = 1

/** Blocks without packet: type → kind, and whether Wireshark gives it a frame number all the same. */
// biome-ignore format: a table
const OTHER_BLOCKS: ReadonlyMap<number, readonly [kind: string, isNumbered: boolean]> = new Map([
  [0x00000004, ['name resolution', false]],        // section 4.5
  [0x00000005, ['interface statistics', false]],   // section 4.6
  [0x00000009, ['systemd journal', true]],         // section 4.7
  [0x0000000a, ['decryption secrets', false]],     // section 4.8
  [0x00000204, ['system event', true]],            // sysdig; Wireshark does not number those with flags
  [0x00000208, ['system event', false]],
  [0x00000216, ['system event', true]],
  [0x00000217, ['system event', false]],
  [0x00000221, ['system event', true]],
  [0x00000222, ['system event', false]],
  [0x00000bad, ['custom', true]],                  // section 4.9: may be copied
  [0x40000bad, ['custom', true]],                  // section 4.9: may not
])

/** The section that is read, with the interfaces that were told of so far. */
export interface PcapngState {
  readonly bigEndian: boolean
  readonly linkTypes: readonly number[]
  readonly clocks: readonly Clock[]
  readonly snaplens: readonly number[]
  readonly notes: readonly (InterfaceNotes | undefined)[]
}

export class Pcapng implements Format<PcapngState> {
  readonly name = 'pcapng'
  readonly notes = new PcapngNotes()
  fault = ''
  #bigEndian = false
  /** Interfaces of the current section, in parallel. */
  #linkTypes: number[] = []
  #clocks: Clock[] = []
  #snaplens: number[] = []
  #interfaceNotes: (InterfaceNotes | undefined)[] = []
  /** As it was told last in this section. */
  #state: PcapngState | undefined

  step(window: Window, packet: PacketFields): 'packet' | 'more' | 'end' | 'damage' {
    for (;;) {
      if (window.have < 12) {
        if (window.ended && window.have === 0 && window.cause === undefined) return 'end'
        return this.#short(window, 'a block header is cut')
      }
      const { bytes, start } = window
      const type = readU32(bytes, start, this.#bigEndian)
      // Reads the same in both orders.
      if (type === SECTION && !this.#readByteOrder(bytes, start + 8)) return 'damage'
      const size = readU32(bytes, start + 4, this.#bigEndian)
      if (size < 12 || size % 4 !== 0 || size > limits.captureBlockBytesMax) {
        return this.#damage(`a block claims ${size} bytes`)
      }
      if (window.have < size) return this.#short(window, 'a block is cut')
      const again = readU32(bytes, start + size - 4, this.#bigEndian)
      if (again !== size)
        return this.#damage(`a block claims ${size} bytes, and ${again} at its end`)
      const found = this.#block(bytes, start, size, type, packet)
      if (found === 'damage') return 'damage'
      window.start = start + size
      if (found === 'packet') return 'packet'
    }
  }

  state(): PcapngState {
    const known = this.#state
    // Most sections say all of their interfaces at their beginning.
    if (known?.linkTypes.length === this.#linkTypes.length) return known
    const state: PcapngState = {
      bigEndian: this.#bigEndian,
      linkTypes: [...this.#linkTypes],
      clocks: [...this.#clocks],
      snaplens: [...this.#snaplens],
      notes: [...this.#interfaceNotes],
    }
    this.#state = state
    return state
  }

  resume({ bigEndian, linkTypes, clocks, snaplens, notes }: PcapngState): void {
    this.#bigEndian = bigEndian
    this.#linkTypes = [...linkTypes]
    this.#clocks = [...clocks]
    this.#snaplens = [...snaplens]
    this.#interfaceNotes = [...notes]
  }

  #short(window: Window, fault: string): 'more' | 'damage' {
    if (!window.ended) return 'more'
    return this.#damage(window.cause === undefined ? fault : `${fault}: ${window.cause}`)
  }

  #damage(fault: string): 'damage' {
    this.fault = fault
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
    const at = start + 8
    const end = start + size - 4
    switch (type) {
      case PACKET:
      case OLD_PACKET:
        return this.#packet(bytes, at, end, type === OLD_PACKET, packet)
      case SIMPLE_PACKET:
        return this.#simple(bytes, at, end, packet)
      case SECTION:
        return this.#section(bytes, at, end)
      case INTERFACE:
        return this.#interface(bytes, at, end)
      default: {
        const [kind, isNumbered] = OTHER_BLOCKS.get(type) ?? [`0x${type.toString(16)}`, false]
        this.notes.block(kind)
        if (isNumbered) packet.frame++
        if (type === STATISTICS) this.#statistics(bytes, at, end)
        return 'none'
      }
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
    const room = end - at - 20
    if (room < 0) return this.#damage('a packet block is too short')
    const id = old ? readU16(bytes, at, big) : readU32(bytes, at, big)
    const clock = this.#clocks[id]
    if (clock === undefined) {
      return this.#damage(`a packet names interface ${id}, which is not there`)
    }
    const size = readU32(bytes, at + 12, big)
    if (size > room || size > limits.savedLength) return this.#damage(tooLarge(size, room))
    packet.micros = clock.micros(readU32(bytes, at + 4, big), readU32(bytes, at + 8, big))
    packet.at = at + 20
    packet.size = size
    packet.wireSize = readU32(bytes, at + 16, big)
    packet.linkType = this.#linkTypes[id]!
    packet.interfaceId = id
    packet.frame++
    const notes = this.#interfaceNotes[id]
    if (notes !== undefined) notes.packets++
    const optionsAt = at + 20 + padded(size)
    if (optionsAt + 4 <= end) this.#countComments(bytes, optionsAt, end)
    return 'packet'
  }

  #simple(bytes: Uint8Array, at: number, end: number, packet: PacketFields): 'packet' | 'damage' {
    const linkType = this.#linkTypes[0]
    const room = end - at - 4
    if (room < 0) return this.#damage('a simple packet block is too short')
    if (linkType === undefined) return this.#damage('a simple packet without any interface')
    const wireSize = readU32(bytes, at, this.#bigEndian)
    const snaplen = this.#snaplens[0]!
    // Nothing else tells padding from packet.
    const size = Math.min(wireSize, room, snaplen > 0 ? snaplen : room)
    if (size > limits.savedLength) return this.#damage(tooLarge(size, room))
    packet.size = size
    packet.wireSize = wireSize
    packet.at = at + 4
    packet.linkType = linkType
    packet.interfaceId = 0
    packet.frame++
    // The block has no time: that of the packet before stays.
    const notes = this.#interfaceNotes[0]
    if (notes !== undefined) notes.packets++
    return 'packet'
  }

  #section(bytes: Uint8Array, at: number, end: number): 'none' | 'damage' {
    if (end - at < 16) return this.#damage('a section header is too short')
    const big = this.#bigEndian
    const major = readU16(bytes, at + 4, big)
    if (major !== 1) return this.#damage(`version ${major} of pcapng is not known`)
    this.#linkTypes = []
    this.#clocks = []
    this.#snaplens = []
    this.#interfaceNotes = []
    this.#state = undefined
    const words: { hardware?: string; os?: string; application?: string } = {}
    const comments: string[] = []
    for (const [code, from, size] of options(bytes, at + 16, end, big)) {
      if (code === COMMENT) comments.push(optionText(bytes, from, size))
      else if (code === 2) words.hardware = optionText(bytes, from, size)
      else if (code === 3) words.os = optionText(bytes, from, size)
      else if (code === 4) words.application = optionText(bytes, from, size)
    }
    const version = `${major}.${readU16(bytes, at + 6, big)}`
    this.notes.section({ ...words, bigEndian: big, version })
    for (const comment of comments) this.notes.comment('section', comment)
    return 'none'
  }

  #interface(bytes: Uint8Array, at: number, end: number): 'none' | 'damage' {
    if (end - at < 8) return this.#damage('an interface block is too short')
    const id = this.#linkTypes.length
    if (id >= limits.captureInterfacesMax) {
      return this.#damage(`more than ${id} interfaces in one section`)
    }
    const big = this.#bigEndian
    const words: { -readonly [K in keyof InterfaceNotes]?: InterfaceNotes[K] } = {}
    let resolution = 6
    let offsetSeconds = 0
    for (const [code, from, size] of options(bytes, at + 8, end, big)) {
      if (code === COMMENT) this.notes.comment('interface', optionText(bytes, from, size))
      else if (code === 2) words.name = optionText(bytes, from, size)
      else if (code === 3) words.description = optionText(bytes, from, size)
      else if (code === 9 && size >= 1) resolution = bytes[from]!
      // First a byte that says what follows: 0 for the expression as text, 1 for BPF code.
      else if (code === 11 && bytes[from] === 0)
        words.filter = optionText(bytes, from + 1, size - 1)
      else if (code === 12) words.os = optionText(bytes, from, size)
      else if (code === 14 && size >= 8) offsetSeconds = signed64(bytes, from, big)
      else if (code === 15) words.hardware = optionText(bytes, from, size)
    }
    const clock = new Clock(resolution, offsetSeconds)
    const linkType = readU16(bytes, at, big)
    const snaplen = readU32(bytes, at + 4, big)
    const { ticksPerSecond } = clock
    this.#linkTypes.push(linkType)
    this.#clocks.push(clock)
    this.#snaplens.push(snaplen)
    this.notes.addInterface({ ...words, id, linkType, snaplen, ticksPerSecond, offsetSeconds })
    this.#interfaceNotes.push(this.notes.interfaceOf(id))
    return 'none'
  }

  /** Counters are totals since the capture began: a later block replaces an earlier one. */
  #statistics(bytes: Uint8Array, at: number, end: number): void {
    if (end - at < 12) return
    const big = this.#bigEndian
    const notes = this.#interfaceNotes[readU32(bytes, at, big)]
    for (const [code, from, size] of options(bytes, at + 12, end, big)) {
      if (code === COMMENT) {
        this.notes.comment('interface statistics', optionText(bytes, from, size))
      }
      if (notes === undefined || size < 8) continue
      if (code === 4) notes.received = unsigned64(bytes, from, big)
      else if (code === 5) notes.dropped = unsigned64(bytes, from, big)
    }
  }

  #countComments(bytes: Uint8Array, from: number, end: number): void {
    const big = this.#bigEndian
    for (let at = from; at + 4 <= end; ) {
      const code = readU16(bytes, at, big)
      const size = readU16(bytes, at + 2, big)
      if (code === 0 || at + 4 + size > end) return
      if (code === COMMENT) this.notes.packetComments++
      at += 4 + padded(size)
    }
  }
}

function tooLarge(size: number, room: number): string {
  return size > limits.savedLength
    ? `a packet claims ${size} captured bytes, more than any capture holds`
    : `a packet claims ${size} captured bytes, its block holds ${room}`
}

/** Whether a file that begins so is a pcapng file. */
export function isPcapng(bytes: Uint8Array, at: number): boolean {
  return readU32(bytes, at, true) === SECTION
}
