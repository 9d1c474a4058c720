/**
 * Packets as pcapng, with comments: what Wireshark shows as `frame.comment`.
 * Source: draft-ietf-opsawg-pcapng.
 *
 *   block   type u32 | size u32 | body, padded to 4 | size u32
 *   option  code u16 | size u16 | value, padded to 4; 0 0 ends them
 */
import { ByteWriter } from '../../core/bytes.ts'

const SECTION = 0x0a0d0d0a
const BYTE_ORDER = 0x1a2b3c4d
const INTERFACE = 1
const PACKET = 6
const COMMENT = 1
const APPLICATION = 4
const INTERFACE_NAME = 2
const ALL = 0xffff_ffff
const SNAPLEN = 262_144
/** Of one comment, in characters: what a person reads. */
const COMMENT_MAX = 2000

/** One captured packet; what is needed of a cursor. */
export interface CapturedPacket {
  readonly bytes: Uint8Array
  readonly at: number
  readonly size: number
  readonly wireSize: number
  readonly micros: number
  readonly linkType: number
}

/** Turns packets into blocks; hands nothing on by itself. */
export class PcapngWriter {
  #writer = new ByteWriter()
  /** Interface and link type → its number. */
  readonly #interfaces = new Map<string, number>()

  /** @param comment  about the whole file */
  constructor(application: string, comment?: string) {
    const options = new ByteWriter()
    if (comment !== undefined) option(options, COMMENT, comment)
    option(options, APPLICATION, application)
    const body = new ByteWriter()
    body.u32le(BYTE_ORDER).u16le(1).u16le(0).u32le(ALL).u32le(ALL)
    body.bytes(ended(options))
    this.#block(SECTION, body)
  }

  /** Bytes that wait to be taken. */
  get size(): number {
    return this.#writer.size
  }

  packet(from: string, packet: CapturedPacket, comments: readonly string[] = []): void {
    const number = this.#interface(from, packet.linkType)
    const { bytes, at, size, wireSize } = packet
    const micros = Math.max(0, Math.floor(packet.micros))
    const body = new ByteWriter()
    body
      .u32le(number)
      .u32le(Math.floor(micros / 2 ** 32))
      .u32le(micros % 2 ** 32)
    body
      .u32le(size)
      .u32le(wireSize)
      .bytes(bytes.subarray(at, at + size))
    pad(body, size)
    if (comments.length > 0) {
      const options = new ByteWriter()
      for (const comment of comments) option(options, COMMENT, comment)
      body.bytes(ended(options))
    }
    this.#block(PACKET, body)
  }

  /** What was written since the last call. */
  take(): Uint8Array {
    const bytes = this.#writer.finish()
    this.#writer = new ByteWriter()
    return bytes
  }

  #interface(from: string, linkType: number): number {
    const key = `${linkType} ${from}`
    const known = this.#interfaces.get(key)
    if (known !== undefined) return known
    const options = new ByteWriter()
    option(options, INTERFACE_NAME, from)
    const body = new ByteWriter()
    body.u16le(linkType).u16le(0).u32le(SNAPLEN).bytes(ended(options))
    this.#block(INTERFACE, body)
    const number = this.#interfaces.size
    this.#interfaces.set(key, number)
    return number
  }

  #block(type: number, body: ByteWriter): void {
    const bytes = body.finish()
    const size = bytes.length + 12
    this.#writer.u32le(type).u32le(size).bytes(bytes).u32le(size)
  }
}

const encoder = new TextEncoder()

function option(writer: ByteWriter, code: number, text: string): void {
  const bytes = encoder.encode(text.slice(0, COMMENT_MAX))
  writer.u16le(code).u16le(bytes.length).bytes(bytes)
  pad(writer, bytes.length)
}

function ended(options: ByteWriter): Uint8Array {
  return options.u32le(0).finish()
}

function pad(writer: ByteWriter, size: number): void {
  for (let i = size; i % 4 !== 0; i++) writer.u8(0)
}
