/** Captures made by hand, and walked through, for the tests of this folder. */
import { ByteWriter, concat } from '../../core/bytes.ts'
import type { Cursor } from './cursor.ts'

/** One packet of a capture being made: `[high, low]` are the two words of its time. */
export interface MadePacket {
  readonly time?: readonly [number, number]
  readonly bytes: Uint8Array
  /** On the wire; as captured unless said. */
  readonly wireSize?: number
  readonly interfaceId?: number
  readonly options?: readonly Option[]
}

export type Option = readonly [code: number, value: Uint8Array]

/** Writes numbers in one byte order. */
class OrderedWriter extends ByteWriter {
  readonly big: boolean

  constructor(big: boolean) {
    super()
    this.big = big
  }

  u16(value: number): this {
    return this.big ? this.u16be(value) : this.u16le(value)
  }

  u32(value: number): this {
    return this.big ? this.u32be(value) : this.u32le(value)
  }
}

export interface PcapOptions {
  readonly big?: boolean
  readonly magic?: number
  readonly snaplen?: number
  readonly linkType?: number
}

/** `time` of a packet is seconds and fraction. */
export function makePcapFile(packets: readonly MadePacket[], o: PcapOptions = {}): Uint8Array {
  const magic = o.magic ?? 0xa1b2c3d4
  const file = new OrderedWriter(o.big ?? false).u32(magic).u16(2).u16(4).u32(0).u32(0)
  file.u32(o.snaplen ?? 262_144).u32(o.linkType ?? 1)
  for (const { bytes, wireSize, time } of packets) {
    const [seconds, fraction] = time ?? [0, 0]
    file
      .u32(seconds)
      .u32(fraction)
      .u32(bytes.length)
      .u32(wireSize ?? bytes.length)
    if (magic === 0xa1b2cd34) file.u32(3).u16(0x0800).u8(0).u8(0)
    file.bytes(bytes)
  }
  return file.finish()
}

/** Blocks of a pcapng file in one byte order. */
export class Blocks {
  readonly big: boolean

  constructor(big = false) {
    this.big = big
  }

  writer(): OrderedWriter {
    return new OrderedWriter(this.big)
  }

  block(type: number, body: Uint8Array): Uint8Array {
    const padded = concat(body, new Uint8Array((4 - (body.length % 4)) % 4))
    const size = padded.length + 12
    return this.writer().u32(type).u32(size).bytes(padded).u32(size).finish()
  }

  options(options: readonly Option[]): Uint8Array {
    const list = this.writer()
    for (const [code, value] of options) {
      list.u16(code).u16(value.length).bytes(value)
      list.bytes(new Uint8Array((4 - (value.length % 4)) % 4))
    }
    return options.length === 0 ? list.finish() : list.u16(0).u16(0).finish()
  }

  section(...options: readonly Option[]): Uint8Array {
    const body = this.writer().u32(0x1a2b3c4d).u16(1).u16(0).u32(0xffffffff).u32(0xffffffff)
    return this.block(0x0a0d0d0a, body.bytes(this.options(options)).finish())
  }

  interface(linkType = 1, snaplen = 0, ...options: readonly Option[]): Uint8Array {
    const body = this.writer().u16(linkType).u16(0).u32(snaplen).bytes(this.options(options))
    return this.block(1, body.finish())
  }

  packet({ bytes, wireSize, time, interfaceId, options }: MadePacket): Uint8Array {
    const [high, low] = time ?? [0, 0]
    const body = this.writer()
      .u32(interfaceId ?? 0)
      .u32(high)
      .u32(low)
    body.u32(bytes.length).u32(wireSize ?? bytes.length)
    return this.block(6, this.#withOptions(body.bytes(bytes), options ?? []))
  }

  oldPacket({ bytes, wireSize, time, interfaceId, options }: MadePacket): Uint8Array {
    const [high, low] = time ?? [0, 0]
    const body = this.writer()
      .u16(interfaceId ?? 0)
      .u16(0xffff)
      .u32(high)
      .u32(low)
    body.u32(bytes.length).u32(wireSize ?? bytes.length)
    return this.block(2, this.#withOptions(body.bytes(bytes), options ?? []))
  }

  simplePacket({ bytes, wireSize }: MadePacket): Uint8Array {
    return this.block(
      3,
      this.writer()
        .u32(wireSize ?? bytes.length)
        .bytes(bytes)
        .finish(),
    )
  }

  #withOptions(body: OrderedWriter, options: readonly Option[]): Uint8Array {
    while (body.size % 4 !== 0) body.u8(0)
    return body.bytes(this.options(options)).finish()
  }
}

/** A packet as it was walked onto, its bytes copied. */
export interface Walked {
  readonly capture: string
  readonly frame: number
  readonly micros: number
  readonly wireSize: number
  readonly linkType: number
  readonly interfaceId: number
  readonly bytes: Uint8Array
}

/** Walk a cursor to its end. */
export async function walk(cursor: Cursor): Promise<Walked[]> {
  const packets: Walked[] = []
  for (;;) {
    const step = cursor.next()
    if (step === 'end') return packets
    if (step === 'wait') {
      await cursor.fill()
      continue
    }
    const { capture, frame, micros, wireSize, linkType, interfaceId, at, size } = cursor
    const bytes = cursor.bytes.slice(at, at + size)
    packets.push({ capture, frame, micros, wireSize, linkType, interfaceId, bytes })
  }
}

/** `size` bytes that tell where they belong. */
export function payload(size: number, first = 0): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (first + i) % 256)
}
