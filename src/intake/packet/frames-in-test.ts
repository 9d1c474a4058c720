/**
 * Reads the packets of a pcap or pcapng file for the tests of this folder and of flow/, whole and in
 * memory, without trust or care. The program reads captures with intake/source.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export interface Frame {
  /** From 1, as Wireshark counts. */
  readonly frame: number
  readonly bytes: Uint8Array
  readonly at: number
  readonly size: number
  readonly wireSize: number
  readonly linkType: number
  readonly micros: number
}

export function framesOf(file: string): Frame[] {
  let bytes: Uint8Array = readFileSync(file)
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return view.getUint32(0) === 0x0a0d0d0a ? pcapng(bytes, view) : pcap(bytes, view)
}

function pcap(bytes: Uint8Array, view: DataView): Frame[] {
  const little = view.getUint8(0) === 0xd4 || view.getUint8(0) === 0x4d
  const magic = view.getUint32(0, little)
  const u32 = (at: number): number => view.getUint32(at, little)
  const perSecond = magic === 0xa1b23c4d ? 1e9 : 1e6
  const head = magic === 0xa1b2cd34 ? 24 : 16
  const frames: Frame[] = []
  for (let at = 24; at + head <= bytes.length; ) {
    const size = Math.min(u32(at + 8), bytes.length - at - head)
    frames.push({
      frame: frames.length + 1,
      bytes,
      at: at + head,
      size,
      wireSize: u32(at + 12),
      linkType: u32(20) & 0xffff,
      micros: u32(at) * 1e6 + Math.floor((u32(at + 4) * 1e6) / perSecond),
    })
    at += head + size
  }
  return frames
}

function pcapng(bytes: Uint8Array, view: DataView): Frame[] {
  const frames: Frame[] = []
  let little = false
  let interfaces: { linkType: number; perSecond: number }[] = []
  const u16 = (at: number): number => view.getUint16(at, little)
  const u32 = (at: number): number => view.getUint32(at, little)
  for (let at = 0; at + 12 <= bytes.length; ) {
    const type = u32(at)
    if (type === 0x0a0d0d0a) {
      little = view.getUint8(at + 8) === 0x4d
      interfaces = []
    }
    const size = u32(at + 4)
    if (size < 12 || at + size > bytes.length) break
    if (type === 1) {
      let perSecond = 1e6
      for (let option = at + 16; option + 4 <= at + size - 4 && u16(option) !== 0; ) {
        const resolution = view.getUint8(option + 4)
        if (u16(option) === 9) {
          perSecond = resolution < 128 ? 10 ** resolution : 2 ** (resolution - 128)
        }
        option += 4 + ((u16(option + 2) + 3) & ~3)
      }
      interfaces.push({ linkType: u16(at + 8), perSecond })
    } else if (type === 6 || type === 3) {
      const enhanced = type === 6
      const from = interfaces[enhanced ? u32(at + 8) : 0]!
      const wireSize = enhanced ? u32(at + 24) : u32(at + 8)
      const ticks = enhanced ? u32(at + 12) * 2 ** 32 + u32(at + 16) : 0
      frames.push({
        frame: frames.length + 1,
        bytes,
        at: at + (enhanced ? 28 : 12),
        size: enhanced ? u32(at + 20) : Math.min(wireSize, size - 16),
        wireSize,
        linkType: from.linkType,
        micros: Math.floor((ticks / from.perSecond) * 1e6),
      })
    }
    at += size
  }
  return frames
}
